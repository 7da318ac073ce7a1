"""OSIRIS: genes and their sequence variants in 105 abstracts, linked to NCBI Gene and dbSNP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import Element

from medinst.corpora import PMID, Corpus, at
from medinst.formats.quarantine import Quarantine
from medinst.formats.xml import Node, elements, marked
from medinst.schema import Document, Entity


def read(path: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the articles: title, one space, abstract."""
    for line, article in elements(path, "Article", quarantine):
        text = ""
        entities: list[Entity] = []
        for part in (article.find("Title"), article.find("Abstract")):
            if part is None:
                continue
            start = len(text) + 1 if text else 0
            words, names = marked(part)
            text = f"{text} {words}" if text else words
            for name, (begin, end) in names:
                # Sixteen names end with the space behind them, and two say so only here.
                actual = words[begin:end].rstrip()
                stated = name.get("g_lex") or name.get("v_lex") or ""
                if actual and actual == stated.rstrip():
                    span = (start + begin, start + begin + len(actual))
                    entities.append(Entity(f"T{len(entities) + 1}", name.tag, (span,), actual, _ids(name)))
                else:
                    at_ = cast("Node", name).line
                    quarantine.set_aside(path, at_, "text-mismatch", str(name.attrib), repr(actual), repr(stated))
        yield Document((article.findtext("Pmid") or f"line-{line}").strip(), text, tuple(entities))


def _ids(name: Element) -> tuple[str, ...]:
    """Return the identifier of a gene or variant; it is ``No`` where there is none."""
    gene, variant = name.get("g_id", "No"), name.get("v_id", "No")
    if gene != "No":
        return (f"NCBIGene/{gene}",)
    return (f"dbSNP/rs{variant}",) if variant != "No" else ()


CORPUS = Corpus(
    name="osiris",
    title="OSIRIS corpus of sequence variants",
    year=2008,
    homepage="https://sites.google.com/site/laurafurlongweb/databases-and-tools/corpora/",
    licence="CC-BY-3.0",
    articles=PMID,
    urls=("https://github.com/rockt/SETH/raw/master/resources/OSIRIS/corpus.xml",),
    splits={"train": at("corpus.xml", "**/OSIRIS/corpus.xml", read=read)},
)
