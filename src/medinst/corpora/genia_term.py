"""GENIA term corpus 3.02: terms of 36 kinds, nested, in 2,000 abstracts on transcription factors in human blood cells.

The words that coordinated terms share (``alpha-`` and ``globin`` of "alpha- and beta-globin") are marked without a
kind; they become entities of the type ``part``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import Element

from medinst.corpora import MEDLINE, Corpus, at
from medinst.formats.quarantine import Quarantine
from medinst.formats.xml import Node, elements, marked
from medinst.schema import Document, Entity, Span

_KIND = re.compile(r"G#([^\s()]+)")


def read(path: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the articles; the one that stands twice, annotated differently, has ``-2`` behind its id."""
    seen: Counter[str] = Counter()
    for line, article in elements(path, "article", quarantine):
        name = (article.findtext("articleinfo/bibliomisc") or f"line-{line}").strip().removeprefix("MEDLINE:")
        seen[name] += 1
        yield _document(name if seen[name] == 1 else f"{name}-{seen[name]}", article, path, quarantine)


def _document(name: str, article: Element, path: Path, quarantine: Quarantine) -> Document:
    """Return the sentences of title and abstract as one text, one space between them, with their terms."""
    text = ""
    found: dict[tuple[Span, str], Entity] = {}
    for sentence in article.iter("sentence"):
        start = len(text) + 1 if text else 0
        words, terms = marked(sentence)
        text = f"{text} {words}" if text else words
        for term, (begin, end) in terms:
            span = (start + begin, start + end)
            for kind in _kinds(term):
                if begin == end or (span, kind) in found:
                    line, stated = cast("Node", term).line, text[slice(*span)]
                    quarantine.set_aside(path, line, "duplicate-id", stated, kind, "words, and a kind of them once")
                else:
                    found[span, kind] = Entity(f"T{len(found) + 1}", kind, (span,), text[slice(*span)])
    return Document(name, text, tuple(found.values()))


def _kinds(term: Element) -> list[str]:
    """Return each kind of a term once; coordinated terms state one a member: ``(AND G#cell_type G#cell_type)``."""
    return list(dict.fromkeys(_KIND.findall(term.get("sem", "")))) or ["part"]


CORPUS = Corpus(
    name="genia-term",
    title="GENIA term corpus",
    year=2003,
    homepage="http://www.geniaproject.org/genia-corpus/term-corpus",
    licence="CC-BY-3.0",
    articles=MEDLINE,
    urls=("http://www.nactem.ac.uk/GENIA/current/GENIA-corpus/Term/GENIAcorpus3.02.tgz",),
    splits={"train": at("**/GENIAcorpus3.02.xml", read=read)},
    damage={"duplicate-id": 31},
)
