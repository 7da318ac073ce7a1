"""The papers of a dataset folder: README.md with its YAML ``configs``, LICENSES.md, croissant.json."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from medinst import corpora
from medinst.build.manifest import SplitEntry, Terms
from medinst.build.parquet import SCHEMA
from medinst.sources.terms import grade, words

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def readme(splits: Sequence[SplitEntry], title: str, lead: str) -> str:
    """Return the card: YAML that makes every row a config, then a table of the rows."""
    lines = ["---", f"pretty_name: {title}", "license: other", "license_name: mixed", "license_link: LICENSES.md"]
    lines += ["tags: [biology, medical, instruction-tuning]", "configs:"]
    for row in dict.fromkeys(entry.row for entry in splits if entry.files):
        lines += [f"- config_name: {row}", "  data_files:"]
        for entry in splits:
            if entry.row == row and entry.files:
                lines.append(f'  - {{split: {entry.split}, path: "{row}/{entry.split}-*.parquet"}}')
    lines += ["---", "", f"# {title}", "", lead, ""]
    lines += ["| row | category | corpus | train | validation | test |", "| --- | --- | --- | ---: | ---: | ---: |"]
    for row in dict.fromkeys(entry.row for entry in splits):
        mine = {entry.split: entry for entry in splits if entry.row == row}
        first = next(iter(mine.values()))
        counts = (f"{mine[split].samples:,}" if split in mine else "" for split in ("train", "validation", "test"))
        lines.append(f"| {row} | {first.category} | {first.corpus} | {' | '.join(counts)} |")
    return "\n".join(lines) + "\n"


def terms(splits: Sequence[SplitEntry]) -> list[Terms]:
    """Return the terms of the corpora that the splits were made from, by name."""
    found = [corpora.load(name) for name in sorted({entry.corpus for entry in splits})]
    return [Terms(corpus.name, corpus.licence, corpus.access, corpus.homepage) for corpus in found]


def licences(splits: Sequence[SplitEntry]) -> str:
    """Return LICENSES.md: one line a corpus with its licence, access class and homepage, and what they mean."""
    lines = ["# Licences of the sources", "", "Every sample keeps the terms of the corpus it was made from.", ""]
    lines += ["| corpus | title | year | licence | access | homepage |", "| --- | --- | ---: | --- | --- | --- |"]
    under = terms(splits)
    for item in under:
        corpus = corpora.load(item.corpus)
        lines.append(
            f"| {item.corpus} | {corpus.title} | {corpus.year} | {item.licence} | {item.access} | {item.homepage} |"
        )
    meant = {item.licence: words(item.licence) for item in under if words(item.licence)}
    lines += ["", *(f"- {licence}: {meaning}." for licence, meaning in sorted(meant.items()))] if meant else []
    unknown = [item.corpus for item in under if not grade(item.licence).publish]
    if unknown:
        lines += ["", f"Not known to be free to publish, nor what is made from them: {', '.join(unknown)}."]
    agreed = [item.corpus for item in under if item.access == "agreement"]
    if agreed:
        lines += [
            "",
            f"Under an agreement that binds whoever built this folder, not to be passed on: {', '.join(agreed)}.",
        ]
    return "\n".join(lines) + "\n"


def croissant(splits: Sequence[SplitEntry], title: str, lead: str) -> bytes:
    """Return the Croissant 1.1 description: a FileObject and a RecordSet for every Parquet file."""
    files: list[dict[str, Any]] = []
    records: list[dict[str, Any]] = []
    for entry in splits:
        for file in entry.files:
            files.append(
                {
                    "@type": "cr:FileObject",
                    "@id": file.path,
                    "name": file.path,
                    "contentUrl": file.path,
                    "contentSize": f"{file.bytes} B",
                    "encodingFormat": "application/x-parquet",
                    "sha256": file.sha256,
                }
            )
            records.append(_record_set(file.path))
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": title,
        "description": lead,
        "license": sorted({corpora.load(entry.corpus).licence for entry in splits}),
        "url": "https://arxiv.org/abs/2410.13458",
        "distribution": files,
        "recordSet": records,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _record_set(path: str) -> dict[str, Any]:
    name = path.partition("-")[0] if "/" not in path else path.removesuffix(".parquet")
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{column}",
            "name": column,
            "dataType": "sc:Integer" if column == "wording" else "sc:Text",
            "source": {"fileObject": {"@id": path}, "extract": {"column": column}},
        }
        for column in SCHEMA.names
        if column != "history"
    ]
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}
