"""MMLU-Medicine: the six subjects of MMLU about medicine, 1,089 test questions with four options each.

No row of Table 11 is made from it: the paper uses it to see whether a tuned model forgets. A view a subject; its
``dev``, five questions to show before the others, is ``train`` here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import Corpus, Files, at
from medinst.formats import tables
from medinst.formats.quarantine import Quarantine
from medinst.schema import Question, Split

SUBJECTS = (
    "anatomy",
    "clinical_knowledge",
    "college_biology",
    "college_medicine",
    "medical_genetics",
    "professional_medicine",
)
LETTERS = ("A", "B", "C", "D")
FOLDERS: dict[Split, str] = {"train": "dev", "validation": "val", "test": "test"}


def read(path: Path, quarantine: Quarantine) -> Iterator[Question]:
    """Yield the questions of a subject, known by their line, with texts as they stand in the file."""
    columns = ("question", *LETTERS, "answer")
    for line, row in tables.rows(path, quarantine, columns, header=False):
        if row["answer"] not in LETTERS:
            quarantine.set_aside(path, line, "unknown-label", ",".join(row.values()), repr(row["answer"]), "A, B, C, D")
            continue
        choices = tuple(row[letter] for letter in LETTERS)
        yield Question(f"{line:04d}", row["question"], (row[row["answer"]],), choices=choices)


def read_all(path: Path, quarantine: Quarantine) -> Iterator[Question]:
    """Yield the questions of all subjects in a folder, known by subject and line."""
    for subject in SUBJECTS:
        file = path / f"{subject}_{path.name}.csv"
        if not file.is_file():
            quarantine.set_aside(file, 0, "missing-file", "", "no such file", "one file a subject")
            continue
        for found in read(file, quarantine):
            yield Question(f"{subject}_{found.id}", found.question, found.answers, choices=found.choices)


def files(subject: str) -> dict[Split, tuple[Files, ...]]:
    """Return the splits of a subject."""
    return {
        split: at(f"data/{name}/{subject}_{name}.csv", f"{name}/{subject}_{name}.csv", read=read)
        for split, name in FOLDERS.items()
    }


CORPUS = Corpus(
    name="mmlu-medicine",
    title="Measuring Massive Multitask Language Understanding, six subjects about medicine",
    year=2021,
    homepage="https://github.com/hendrycks/test",
    licence="MIT",
    domain="clinical",
    urls=("https://people.eecs.berkeley.edu/~hendrycks/data.tar",),
    splits={split: at(f"data/{name}", name, read=read_all) for split, name in FOLDERS.items()},
    views={subject: files(subject) for subject in SUBJECTS},
)
