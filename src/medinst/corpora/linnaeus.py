"""LINNAEUS: species in 100 full papers, linked to the NCBI Taxonomy; also as tagged sentences.

The release is a table of mentions beside a folder of texts, without splits; the sentences have some.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import Corpus, Files, at
from medinst.formats import detached, iob, offsets, tables
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document

_COLUMNS = ("species", "document", "start", "end", "text", "code")
_SPECIES = re.compile(r"species:ncbi:(\d+)", re.ASCII)


def read(table: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the papers in the folder ``txt`` beside the table of mentions ``tags.tsv``."""
    rows: dict[str, list[offsets.Row]] = {}
    for line, row in tables.rows(table, quarantine, _COLUMNS, delimiter="\t", header=False, skip=1):
        raw = "\t".join(row.values())
        species = _SPECIES.fullmatch(row["species"])
        if species is None:
            quarantine.set_aside(table, line, "identifier", raw, row["species"], "species:ncbi: and digits")
        # 0 stands for a species that the taxonomy did not have.
        ids = (f"NCBITaxon/{species[1]}",) if species and species[1] != "0" else ()
        mention = offsets.Row(line, raw, row["start"], row["end"], "species", row["text"], ids)
        rows.setdefault(row["document"], []).append(mention)
    texts = detached.files((table.parent / "txt").glob("*.txt"), quarantine)
    return offsets.documents(texts, rows, table, quarantine)


def tagged(name: str) -> tuple[Files, ...]:
    """Return a split of the tagged sentences."""
    return at(f"**/linnaeus-IOB/{name}.tsv", read=iob.read)


CORPUS = Corpus(
    name="linnaeus",
    title="LINNAEUS corpus of species names",
    year=2010,
    homepage="http://linnaeus.sourceforge.net/",
    licence="CC-BY-4.0",
    articles={"documents": r"pmcA(?P<pmcid>\d+)"},
    urls=(
        "https://sourceforge.net/projects/linnaeus/files/Corpora/manual-corpus-species-1.0.tar.gz/download",
        "https://github.com/cambridgeltl/MTL-Bioinformatics-2016/archive/df0df02fae6dbb87d88ffcf323b9096528f06f84.zip",
    ),
    splits={"train": at("tags.tsv", "**/manual-corpus-species-*/tags.tsv", read=read)},
    views={"sentences": {"train": tagged("train"), "validation": tagged("devel"), "test": tagged("test")}},
)
