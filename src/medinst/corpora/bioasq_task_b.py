"""BioASQ task B, edition 11: experts' questions on biomedicine with snippets of abstracts, exact and ideal answers.

One record a question and snippet, as BigBio's ``bioasq_task_b`` makes them; the layout of both archives is taken from
there. ``exact_answer`` is a text, a list of synonyms or, for lists, a list of such lists; summaries have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import jsonl
from medinst.formats.quarantine import Quarantine
from medinst.schema import Question, Split

KINDS = ("yesno", "list", "factoid", "summary")


class Snippet(msgspec.Struct, gc=False):
    """A passage of an abstract; ``document`` is its URL in PubMed."""

    text: str
    document: str


class Item(msgspec.Struct, gc=False):
    """What is used of a question."""

    id: str
    type: str
    body: str
    exact_answer: object = ""
    ideal_answer: object = ""
    snippets: list[Snippet] = []


def read(path: Path, quarantine: Quarantine, kinds: tuple[str, ...]) -> Iterator[Question]:
    """Yield the questions of these kinds, one a snippet, of a file or of all files of a folder."""
    for file in sorted(path.glob("*_golden.json")) if path.is_dir() else [path]:
        for line, _, item in jsonl.members(file, quarantine, Item, under="questions"):
            if item.type not in KINDS:
                quarantine.set_aside(file, line, "unknown-label", item.body, item.type, f"one of {', '.join(KINDS)}")
            elif item.type in kinds:
                answers = accepted(item)
                for number, snippet in enumerate(item.snippets):
                    doc = snippet.document.rpartition("/")[2]
                    yield Question(f"{item.id}_{number}", item.body, answers, context=snippet.text, doc=doc)


def accepted(item: Item) -> tuple[str, ...]:
    """Return the answers that count: yes or no; any synonym; the whole list by first names; any ideal answer."""
    if item.type == "summary":
        return texts(item.ideal_answer)
    if item.type == "list" and isinstance(item.exact_answer, list):
        names = [texts(one)[:1] for one in item.exact_answer]
        return ("; ".join(name for (name,) in filter(None, names)),)
    answers = texts(item.exact_answer)
    return tuple(answer.strip(" .").lower() for answer in answers) if item.type == "yesno" else answers


def texts(value: object) -> tuple[str, ...]:
    """Return all texts of a list of any depth, in order."""
    if isinstance(value, list):
        return tuple(text for one in value for text in texts(one))
    return (value,) if isinstance(value, str) and value.strip() else ()


def splits(*kinds: str) -> dict[Split, tuple[Files, ...]]:
    """Return the splits with the questions of these kinds."""
    reader = partial(read, kinds=kinds)
    return {
        "train": at("training11b.json", "BioASQ-training11b/training11b.json", read=reader),
        "test": at("Task11BGoldenEnriched", read=reader),
    }


CORPUS = Corpus(
    name="bioasq-task-b",
    title="BioASQ task B, edition 11",
    year=2023,
    homepage="http://participants-area.bioasq.org/datasets/",
    licence="LicenseRef-NLM-terms",
    articles=dict.fromkeys(("documents", *KINDS), PMID["documents"]),
    access="agreement",
    # The page that offers the archives to those who are registered, and their names.
    urls=(
        "http://participants-area.bioasq.org/datasets/#/BioASQ-training11b.zip",
        "http://participants-area.bioasq.org/datasets/#/Task11BGoldenEnriched.zip",
    ),
    layout="documented",
    splits=splits(*KINDS),
    views={kind: splits(kind) for kind in KINDS},
)
