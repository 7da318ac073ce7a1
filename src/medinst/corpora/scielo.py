"""SciELO: sentences of scientific articles in English with their Spanish or Portuguese, aligned line by line.

Two pairs of files, read side by side: the larger pair has 2.8 million lines. A third release, with a sentence in all
three languages, repeats part of them and is left out, as in BigBio's ``scielo``, from where the file names are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import Corpus, at
from medinst.formats import parts, streams
from medinst.formats.parts import Part
from medinst.formats.quarantine import Quarantine
from medinst.schema import TextToText


def read(path: Path, quarantine: Quarantine, beside: Path, part: Part | None = None) -> Iterator[TextToText]:
    """Yield the Spanish pairs and then, from ``beside``, the Portuguese ones, known by their line; English is last.

    ``part``: the number of a pair, then what ``parts.by_pairs`` says of it; nothing where it is read whole.
    """
    for number, (language, english) in enumerate((("es", path), ("pt", beside))):
        if part and part[0] != number:
            continue
        other = english.with_suffix(f".{language}")
        if not other.is_file():
            quarantine.set_aside(other, 0, "missing-file", "", "no such file", f"the other side of {english.name}")
            continue
        for line, source, answer in streams.aligned(other, english, quarantine, part=part and part[1:]):
            yield TextToText(f"{language}{line:07d}", (source,), answer)


def cut(path: Path, beside: Path) -> list[Part]:
    """Return the parts of both pairs; none where neither can be cut, and else one of a pair that cannot."""
    found: list[Part] = []
    for number, (language, english) in enumerate((("es", path), ("pt", beside))):
        other = english.with_suffix(f".{language}")
        inside = parts.by_pairs(other, english) if other.is_file() else []
        found += [(number, *part) for part in inside] or [(number,)]
    return found if len(found) > 2 else []


CORPUS = Corpus(
    name="scielo",
    title="SciELO parallel corpus of full-text articles",
    year=2018,
    homepage="https://sites.google.com/view/felipe-soares/datasets",
    licence="CC-BY-4.0",
    language="es, pt",
    urls=(
        "https://ndownloader.figstatic.com/files/14019287",
        "https://ndownloader.figstatic.com/files/14019308",
    ),
    layout="documented",
    splits={
        "train": at("en_es.en", "*/en_es.en", read=read, beside=("en_pt.en", "*/en_pt.en"), parts=cut, numbered=True)
    },
)
