"""ParaMed: sentences of New England Journal of Medicine articles in Chinese and English, tokenised and lower-cased.

The release aligns two files line by line. Where only the repository is at hand, its twelve articles aligned by hand
stand in for part of train (the release's test and validation are the newest articles; these are older).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import Corpus, Files, at
from medinst.formats import tables
from medinst.formats.quarantine import Quarantine, named, read_text
from medinst.schema import TextToText

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
PLACE = "processed_data/open_access/open_access"


def read(path: Path, quarantine: Quarantine) -> Iterator[TextToText]:
    """Yield the pairs of the Chinese file and the English one beside it, known by their line."""
    sides = [_sentences(path.with_suffix(suffix), quarantine) for suffix in (".zh", ".en")]
    if None in sides:
        return
    chinese, english = (side or [] for side in sides)
    if len(chinese) != len(english):
        found = f"{len(chinese)} Chinese and {len(english)} English lines"
        quarantine.set_aside(path, 0, "columns", "", found, "as many lines in both languages")
        return
    for line, (source, answer) in enumerate(zip(chinese, english, strict=True), 1):
        if source and answer:
            yield TextToText(f"{line:05d}", (source,), answer)
        else:
            quarantine.set_aside(path, line, "columns", f"{source}\t{answer}", "an empty sentence", "both languages")


def read_by_hand(path: Path, quarantine: Quarantine) -> Iterator[TextToText]:
    """Yield the pairs that ``align.txt`` makes of the articles in ``manual_align_input``.

    A line is ``doc1<TAB>18,19 <=> 18<TAB>OK``, Chinese sentences first; ``omitted`` stands for none.
    """
    articles: dict[str, tuple[list[str], list[str]]] = {}
    for line, row in tables.rows(path, quarantine, ("doc", "pair", "status"), delimiter="\t", header=False):
        doc, (left, _, right) = row["doc"], row["pair"].partition(" <=> ")
        if "omitted" in (left, right):
            continue
        if doc not in articles:
            folder = path.with_name("manual_align_input")
            files = [folder / Path(f"{doc}.{language}").name for language in ("zh", "en")]
            chinese, english = (_sentences(file, quarantine) or [] for file in files)
            articles[doc] = chinese, english
        source, answer = (_chosen(side, numbers) for side, numbers in zip(articles[doc], (left, right), strict=True))
        if source and answer:
            yield TextToText(f"{doc}_{left.partition(',')[0]}", (source,), answer, doc=doc)
        else:
            quarantine.set_aside(path, line, "unknown-id", "\t".join(row.values()), row["pair"], f"lines of {doc}")


def _sentences(path: Path, quarantine: Quarantine) -> list[str] | None:
    if not named(path.parent, path.name):
        quarantine.set_aside(path, 0, "missing-file", "", "no such file", "one side of a pair of files")
        return None
    text = read_text(path, quarantine)
    return None if text is None else [line.strip() for line in text.removesuffix("\n").split("\n")]


def _chosen(sentences: list[str], numbers: str) -> str:
    """Return the sentences with these numbers (``18,19``, from 1) joined, empty where one does not exist."""
    chosen = [int(number) for number in numbers.split(",") if _NUMBER.fullmatch(number)]
    if len(chosen) != numbers.count(",") + 1 or not all(0 < number <= len(sentences) for number in chosen):
        return ""
    return " ".join(sentences[number - 1] for number in chosen)


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release."""
    return at(f"{PLACE}/nejm.{name}.zh", f"nejm.{name}.zh", read=read)


CORPUS = Corpus(
    name="paramed",
    title="ParaMed: Chinese and English sentences of the New England Journal of Medicine",
    year=2021,
    homepage="https://github.com/boxiangliu/ParaMed",
    licence="CC-BY-4.0",
    language="zh",
    urls=("https://github.com/boxiangliu/ParaMed/raw/master/data/nejm-open-access.tar.gz",),
    splits={
        "train": split("train") + at("align.txt", read=read_by_hand, partial=True),
        "validation": split("dev"),
        "test": split("test"),
    },
)
