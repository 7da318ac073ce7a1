"""BIOSSES: 100 sentence pairs from biomedical papers, scored 0 to 4 for similarity by five annotators.

The corpus has no split of its own; the one here is BLURB's and BLUE's list of sentence numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from medinst.corpora import Corpus, Files, at
from medinst.formats import tables
from medinst.formats.quarantine import Quarantine
from medinst.schema import Pair

ANNOTATORS = tuple(f"annotator_{letter}" for letter in "abcde")
VALIDATION = frozenset({2, 8, 9, 24, 40, 41, 47, 63, 68, 72, 80, 82, 88, 90, 91, 100})
TEST = frozenset({7, 20, 22, 23, 25, 33, 38, 49, 52, 57, 59, 64, 69, 70, 71, 81, 83, 89, 96, 97})
TRAIN = frozenset(range(1, 101)) - VALIDATION - TEST


def read(path: Path, quarantine: Quarantine, numbers: frozenset[int]) -> Iterator[Pair]:
    """Yield the pairs with these numbers, scored by the mean of the annotators.

    A number in no split is set aside once, where the training pairs are read.
    """
    columns = ("sentence_id", "sentence_1", "sentence_2", *ANNOTATORS)
    for line, row in tables.rows(path, quarantine, columns, delimiter="\t"):
        try:
            number = int(row["sentence_id"])
            score = sum(int(row[annotator]) for annotator in ANNOTATORS) / len(ANNOTATORS)
        except (ValueError, OverflowError) as error:
            quarantine.set_aside(path, line, "columns", "\t".join(row.values()), str(error), "whole numbers")
            continue
        if number in numbers:
            yield Pair(str(number), row["sentence_1"], row["sentence_2"], score=score)
        elif numbers == TRAIN and number not in VALIDATION | TEST:
            quarantine.set_aside(path, line, "unknown-id", "\t".join(row.values()), str(number), "1 to 100")


def split(numbers: frozenset[int]) -> tuple[Files, ...]:
    """Return the split with these sentence numbers."""
    return at("annotation_pairs_scores.tsv", read=partial(read, numbers=numbers))


CORPUS = Corpus(
    name="biosses",
    title="BIOSSES: biomedical sentence similarity",
    year=2017,
    homepage="https://tabilab.cmpe.boun.edu.tr/BIOSSES/DataSet.html",
    licence="GPL-3.0-only",
    urls=("https://huggingface.co/datasets/bigscience-biomedical/biosses/raw/main/annotation_pairs_scores.tsv",),
    splits={"train": split(TRAIN), "validation": split(VALIDATION), "test": split(TEST)},
)
