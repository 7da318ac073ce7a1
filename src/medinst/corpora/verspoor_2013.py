"""Verspoor-2013: variants, diseases, patients and how they relate, in ten full papers on colorectal cancer.

Documented layout: the release of 15 January 2013 as the SETH repository keeps it, texts in ``Verspoor2013/corpus`` and
annotations in ``Verspoor2013/annotations``, named ``<PMC>-<serial>-<section>-<paragraph>``; the release itself has both
in ``data``. BigBio's ``verspoor_2013`` gathers them from wherever they lie, and so do we. A document is a paragraph.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import Corpus, at
from medinst.formats import detached
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document


def read(folder: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the paragraphs of ``folder``, wherever in it they and their annotations lie."""
    texts = (path for path in folder.rglob("*.txt") if path.stem.lower() != "readme")
    return detached.read(detached.files(texts, quarantine), folder.rglob("*.ann"), quarantine)


CORPUS = Corpus(
    name="verspoor-2013",
    title="Variome corpus",
    year=2013,
    homepage="https://doi.org/10.1093/database/bat019",
    licence="LicenseRef-unknown",
    articles={"documents": r"(?P<pmcid>\d+)-.*"},
    urls=("https://github.com/rockt/SETH/archive/refs/heads/master.zip",),
    layout="documented",
    splits={"train": at("**/*Verspoor2013", read=read)},
)
