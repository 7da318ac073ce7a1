"""Bio-ID: ten kinds of biological entities in the captions of figures, a panel each, linked to databases.

Documented layout: ``BioIDtraining_2`` with ``caption_bioc/<PMC>.xml`` and ``annotations.csv``, read as BigBio's
``bioid`` does: mentions are those of the table, since the offsets in the XML are wrong. AIONER published a copy with
cell lines only, in which the captions were revised. One split.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from medinst.corpora import Corpus, at
from medinst.formats import offsets, pubtator, tables
from medinst.formats.quarantine import Quarantine
from medinst.formats.xml import elements
from medinst.schema import Document

_COLUMNS = ("don_article", "figure", "first left", "last right", "text", "obj")
# A database by the name it has in the table: how we call it, and the type of what it lists.
DATABASES = {
    "BAO": ("BAO", "assay"),
    "CHEBI": ("CHEBI", "chemical"),
    "CL": ("CL", "cell"),
    "Cellosaurus": ("Cellosaurus", "cellline"),
    "Corum": ("Corum", "protein"),
    "GO": ("GO", "gene"),
    "NCBI gene": ("NCBIGene", "gene"),
    "NCBI taxon": ("NCBITaxon", "species"),
    "PubChem": ("PubChem", "chemical"),
    "Rfam": ("Rfam", "rna"),
    "Uberon": ("Uberon", "anatomy"),
    "Uniprot": ("UniProt", "protein"),
}


def linked(objects: str) -> tuple[str, tuple[str, ...]]:
    """Return type and identifiers of the cell ``obj``, e.g. ``NCBI gene:1|NCBI gene:2``.

    Cell lines are without a database. What is not linked has its type in place of one: ``gene:VELM2``. Some databases
    are named twice: ``Uberon:UBERON:1``.
    """
    kind, ids = "", []
    for part in objects.split("|"):
        name, *rest = part.split(":")
        if name.startswith("CVCL_"):
            name, rest = "Cellosaurus", [name]
        database, its_kind = DATABASES.get(name, ("", name))
        kind = kind or its_kind
        if database and rest:
            ids.append(f"{database}/{rest[-1]}")
    return kind, tuple(dict.fromkeys(ids))


def read(table: Path, quarantine: Quarantine) -> Iterator[Document]:
    """Yield the captions in the folder ``caption_bioc`` beside the table of mentions."""
    rows: dict[str, list[offsets.Row]] = {}
    for line, row in tables.rows(table, quarantine, _COLUMNS):
        kind, ids = linked(row["obj"])
        mention = offsets.Row(
            line, ",".join(row.values()), row["first left"], row["last right"], kind, row["text"], ids
        )
        rows.setdefault(f"{row['don_article']}_{row['figure']}", []).append(mention)
    return offsets.documents(
        captions(table.parent / "caption_bioc", quarantine), rows, table, quarantine, 1, hyphenated
    )


def hyphenated(text: str) -> str:
    """Return the text as some mentions have it: with hyphens for what looks like one."""
    return text.replace("\N{HYPHEN}", "-").replace("\N{MINUS SIGN}", "-")


def captions(folder: Path, quarantine: Quarantine) -> Iterator[tuple[str, str]]:
    """Yield (article and panel, text) of every caption."""
    seen: Counter[str] = Counter()
    for path in sorted(folder.glob("[!.]*.xml")):
        for _, node in elements(path, "document", quarantine):
            infons = {infon.get("key", ""): infon.text or "" for infon in node.findall("infon")}
            name = f"{infons.get('pmc_id', path.stem)}_{infons.get('sourcedata_figure_dir', '')}"
            seen[name] += 1
            yield name if seen[name] == 1 else f"{name}_{seen[name]}", node.findtext("passage/text") or ""


def cell_line(kind: str, written: str) -> tuple[str, ...]:
    """Return an identifier of a cell line."""
    return (f"Cellosaurus/{written}",)


CORPUS = Corpus(
    name="bio-id",
    title="BioCreative VI Bio-ID corpus",
    year=2017,
    homepage="https://biocreative.bioinformatics.udel.edu/tasks/biocreative-vi/track-1/",
    licence="LicenseRef-unknown",
    articles={"documents": r"(?P<pmcid>\d+)_.*"},
    urls=("https://biocreative.bioinformatics.udel.edu/media/store/files/2017/BioIDtraining_2.tar.gz",),
    layout="documented",
    splits={
        "train": at("annotations.csv", "**/BioIDtraining_2/annotations.csv", read=read)
        + at("**/BioID_Train_revision.PubTator", read=partial(pubtator.read, identify=cell_line, reach=1), partial=True)
    },
    damage={"realigned": 1},
)
