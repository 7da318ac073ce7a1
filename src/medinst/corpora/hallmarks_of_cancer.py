"""Hallmarks of Cancer: the sentences of 1,852 abstracts, each with the hallmarks it gives evidence for, or none.

The split is BLURB's, a list of file names a split (``indexing/HoC`` of its data_generation archive).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats.quarantine import Quarantine, named, read_text
from medinst.schema import Labelled


def read(index: Path, quarantine: Quarantine, beside: Path) -> Iterator[Labelled]:
    """Yield the sentences of the documents that ``index`` lists; ``beside`` is the folder of texts."""
    listing = read_text(index, quarantine) or ""
    for name in listing.strip().split(","):
        path = beside / name
        marks = beside.parent / "labels" / name
        absent = next((file for file in (path, marks) if not named(file.parent, name)), None)
        if absent:
            quarantine.set_aside(absent, 0, "missing-file", name, "no such file", f"a document listed in {index.name}")
            continue
        text, labels = read_text(path, quarantine), read_text(marks, quarantine)
        if text is not None and labels is not None:
            yield from _sentences(path, text.rstrip("\n").split("\n"), labels.split("<")[1:], quarantine)


def _sentences(path: Path, sentences: list[str], marks: list[str], quarantine: Quarantine) -> Iterator[Labelled]:
    if len(sentences) != len(marks):
        expected = f"{len(marks)} sentences, one for each mark in labels/{path.name}"
        quarantine.set_aside(path, 0, "columns", "\n".join(sentences), f"{len(sentences)} sentences", expected)
        return
    for at_, (sentence, mark) in enumerate(zip(sentences, marks, strict=True)):
        yield Labelled(f"{path.stem}_s{at_}", sentence, hallmarks(mark), doc=path.stem)


def hallmarks(mark: str) -> tuple[str, ...]:
    """Return the hallmarks of one sentence's mark, each once, without the finer classes below them.

    A mark is ``Resisting cell death--Apoptosis AND Cellular energetics``, empty or NULL where there is none.
    """
    names = [label.partition("--")[0].strip() for label in mark.split("AND")]
    return tuple(dict.fromkeys(name for name in names if name not in ("", "NULL")))


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in BLURB."""
    listing = f"indexing/HoC/{name}_pmid.tsv"
    return at(listing, f"data_generation/{listing}", read=read, beside=("text", "Hallmarks-of-Cancer-*/text"))


CORPUS = Corpus(
    name="hallmarks-of-cancer",
    title="Hallmarks of Cancer corpus",
    year=2016,
    homepage="https://github.com/sb895/Hallmarks-of-Cancer",
    licence="GPL-3.0-only",
    articles=PMID,
    urls=(
        "https://github.com/sb895/Hallmarks-of-Cancer/archive/refs/heads/master.zip",
        "https://microsoft.github.io/BLURB/sample_code/data_generation.tar.gz",
    ),
    also=("blurb-index",),
    splits={"train": split("train"), "validation": split("dev"), "test": split("test")},
)
