"""DDI: drugs and how they interact in 1,017 texts of DrugBank and abstracts of MEDLINE, by the name of their file.

BRAT first: its texts are whole, those of the XML are cut into sentences.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats import brat, ppi
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document


def standoff(path: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the documents of the two folders, DrugBank and MedLine."""
    for folder in sorted(folder for folder in path.iterdir() if folder.is_dir()):
        yield from brat.read(folder, quarantine, (".ann",))


def marked(path: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the documents of all XML files below ``path``, one a file; the test's are spread over two tasks."""
    for file in sorted(path.rglob("*.xml"), key=lambda file: (file.parent.name, file.name)):
        for document in ppi.documents(file, quarantine, inclusive=True):
            yield replace(document, id=file.stem)


def split(name: str) -> tuple[Files, ...]:
    """Return a split by the name of its folder."""
    return at(f"**/DDICorpusBrat/{name}", read=standoff) + at(f"**/DDICorpus/{name}", read=marked)


CORPUS = Corpus(
    name="ddi",
    title="DDI corpus of drug-drug interactions",
    year=2013,
    homepage="https://github.com/isegura/DDICorpus",
    licence="CC-BY-NC-4.0",
    articles=PMID,
    urls=(
        "https://github.com/isegura/DDICorpus/raw/master/DDICorpus-2013(BRAT).zip",
        "https://github.com/isegura/DDICorpus/raw/master/DDICorpus-2013.zip",
    ),
    splits={"train": split("Train"), "test": split("Test")},
    damage={"text-mismatch": 5, "arguments": 1},
)
