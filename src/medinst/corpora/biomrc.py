"""BIOMRC, large: abstracts with identifiers in place of entities, and titles in which one of them is hidden.

Read is setting B, where an identifier has a meaning within its abstract only, else setting A, where it is the same in
the whole corpus and the entity's names follow it. Two releases: JSON lines, and a JSON object of four parallel lists.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import msgspec

from medinst.corpora import Corpus, Files, at
from medinst.formats import jsonl, parts
from medinst.formats.parts import Part
from medinst.formats.quarantine import Quarantine
from medinst.schema import Question


class Item(msgspec.Struct, gc=False):
    """A line; an entity is ``@entity7``, in setting A followed by `` :: `` and what it is."""

    abstract: str
    title: str
    entities_list: list[str]
    answer: str


def read(path: Path, quarantine: Quarantine, part: Part | None = None) -> Iterator[Question]:
    """Yield the questions of either release, known by their number; the identifiers of an abstract are the options."""
    items = jsonl.rows(path, quarantine, Item, part=part) if ".jsonl" in path.name else _lists(path, quarantine)
    for number, item in items:
        choices = tuple([identifier(entity) for entity in item.entities_list])
        yield Question(f"{number:06d}", item.title, (identifier(item.answer),), item.abstract.strip(), choices)


@functools.lru_cache(maxsize=1 << 14)
def identifier(entity: str) -> str:
    """Return an entity without what may follow it."""
    return entity.partition(" :: ")[0].strip()


def cut(path: Path) -> list[Part]:
    """Return the parts of JSON lines; four lists side by side are read whole."""
    return parts.by_lines(path) if ".jsonl" in path.name else []


def _lists(path: Path, quarantine: Quarantine) -> Iterator[tuple[int, Item]]:
    """Yield (number, item) of four parallel lists; at the first gap in one of them the rest is set aside."""
    lists = zip(
        jsonl.stream(path, quarantine, str, under="abstracts"),
        jsonl.stream(path, quarantine, str, under="titles"),
        jsonl.stream(path, quarantine, list[str], under="entities_list"),
        jsonl.stream(path, quarantine, str, under="answers"),
        strict=True,
    )
    try:
        for (_, key, abstract), (_, key2, title), (_, key3, entities), (_, key4, answer) in lists:
            if not key == key2 == key3 == key4:
                raise ValueError(f"numbers {key}, {key2}, {key3} and {key4} side by side")
            yield int(key) + 1, Item(abstract, title, entities, answer)
    except ValueError as error:
        quarantine.set_aside(path, 0, "columns", "", str(error), "four lists of the same length")


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release."""
    stems = (f"biomrc_large/dataset_{name}_B", f"dataset_{name}_B", f"biomrc_large/dataset_{name}", f"dataset_{name}")
    return at(
        *(f"{stem}.{ending}" for stem in stems for ending in ("jsonl.gz", "json.gz", "jsonl", "json")),
        read=read,
        parts=cut,
        numbered=True,
    )


CORPUS = Corpus(
    name="biomrc",
    title="BIOMRC, large version",
    year=2020,
    homepage="https://github.com/PetrosStav/BioMRC_code",
    licence="LicenseRef-unknown",
    urls=(
        "https://huggingface.co/datasets/biomrc/resolve/main/data/biomrc_large/dataset_train_B.jsonl.gz",
        "https://huggingface.co/datasets/biomrc/resolve/main/data/biomrc_large/dataset_val_B.jsonl.gz",
        "https://huggingface.co/datasets/biomrc/resolve/main/data/biomrc_large/dataset_test_B.jsonl.gz",
    ),
    layout="documented",
    splits={"train": split("train"), "validation": split("val"), "test": split("test")},
)
