"""tmVar 2: variants in 158 abstracts with their form in tmVar's notation, linked to dbSNP; one file without splits."""

from __future__ import annotations

import re
from functools import partial

from medinst.corpora import PMID, Corpus, at
from medinst.formats import pubtator

_DBSNP = re.compile(r"(?:rs|RSID:)(\d+)")


def identify(kind: str, written: str) -> tuple[str, ...]:
    """Return tmVar's form of a variant or its dbSNP number as ``DB/identifier``.

    Raises:
        ValueError: it is neither.
    """
    if match := _DBSNP.fullmatch(written):
        return (f"dbSNP/rs{match[1]}",)
    if "|" in written:
        return (f"tmVar/{written}",)
    raise ValueError("tmVar's notation, or rs or RSID: and digits")


def typed(fields: list[str]) -> list[str]:
    """Return the columns of a mention with its type, which one of 18166824 lacks."""
    lacking = len(fields) == 6 and fields[4].startswith("p|")
    return [*fields[:4], "ProteinMutation", *fields[4:]] if lacking else fields


CORPUS = Corpus(
    name="tmvar-v2",
    title="tmVar 2 corpus of variants",
    year=2018,
    homepage="https://www.ncbi.nlm.nih.gov/research/bionlp/Tools/tmvar/",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=("https://www.ncbi.nlm.nih.gov/CBBresearch/Lu/Demo/tmTools/download/tmVar/tmVar.Normalization.txt",),
    splits={
        "train": at(
            "**/tmVar.Normalization.txt", read=partial(pubtator.read, identify=identify, extra=True, mend=typed)
        )
    },
    damage={"columns": 2},
)
