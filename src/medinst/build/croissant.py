"""``croissant.json``: a dataset folder in the words of Croissant 1.1, from which mlcroissant yields its records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

import medinst
from medinst.build.manifest import SplitEntry, Terms
from medinst.build.parquet import SCHEMA

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}
# All further terms of the standard context, each named as in Croissant's vocabulary.
_TERMS = """
arrayShape citeAs column containedIn equivalentProperty extract field fileObject fileProperty fileSet format includes
isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate
separator source subField transform
"""
_SPDX = re.compile(r"(?!AND\b|OR\b|WITH\b)[A-Za-z0-9.+-]+")
_TYPES: dict[str, dict[str, Any]] = {
    "wording": {"dataType": "sc:Integer"},
    # Any number of [user, assistant] pairs.
    "history": {"dataType": "sc:Text", "isArray": True, "arrayShape": "-1,2"},
}


def describe(splits: Sequence[SplitEntry], terms: Iterable[Terms], title: str, lead: str) -> bytes:
    """Return the description: every Parquet file with its digest, and a RecordSet ``<row>/<split>`` for each split.

    A RecordSet reads all parts of its split. mlcroissant finds the parts by their names, because it cannot read a
    FileSet that is said to be contained in FileObjects; the digests stand with the FileObjects all the same.
    """
    filled = [entry for entry in splits if entry.files]
    document = {
        "@context": {**_CONTEXT, **{name: f"cr:{name}" for name in _TERMS.split()}},
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": title,
        "description": lead,
        "license": sorted({name for item in terms for name in _licences(item.licence)}),
        "url": "https://arxiv.org/abs/2410.13458",
        "creator": {"@type": "sc:Organization", "name": "medinst"},
        # Of the paper whose data this rebuilds: the folder itself is the same whenever it is built.
        "datePublished": "2024-10-17",
        "version": medinst.__version__.replace(".dev", "-dev"),
        "inLanguage": "en",
        "keywords": ["biology", "medicine", "instruction tuning"],
        "citeAs": "Han et al., MedINST: Meta Dataset of Biomedical Instructions, Findings of EMNLP 2024",
        "distribution": [*_files(filled), *map(_parts, filled)],
        "recordSet": [_records(entry) for entry in filled],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _licences(expression: str) -> list[str]:
    """Return the licences of an SPDX expression: addresses of those that SPDX lists, names of the others."""
    names = _SPDX.findall(expression)
    return [name if name.startswith("LicenseRef-") else f"https://spdx.org/licenses/{name}" for name in names]


def _files(splits: Iterable[SplitEntry]) -> list[dict[str, Any]]:
    return [
        {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": file.path,
            "contentUrl": file.path,
            "contentSize": f"{file.bytes} B",
            "encodingFormat": "application/x-parquet",
            "sha256": file.sha256,
        }
        for entry in splits
        for file in entry.files
    ]


def _parts(entry: SplitEntry) -> dict[str, Any]:
    name = f"{entry.row}/{entry.split}"
    return {
        "@type": "cr:FileSet",
        "@id": f"{name}-*.parquet",
        "name": f"{name}-*.parquet",
        "encodingFormat": "application/x-parquet",
        "includes": f"{name}-*.parquet",
    }


def _records(entry: SplitEntry) -> dict[str, Any]:
    name = f"{entry.row}/{entry.split}"
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{column}",
            "name": column,
            **_TYPES.get(column, {"dataType": "sc:Text"}),
            "source": {"fileSet": {"@id": f"{name}-*.parquet"}, "extract": {"column": column}},
        }
        for column in SCHEMA.names
    ]
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}
