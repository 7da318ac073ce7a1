"""The catalogue: what `medinst catalog` lists and `medinst show` opens, from rows, corpora and the paper's counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import medinst
from medinst import corpora, tasks
from medinst.errors import UnknownName, UsageError
from medinst.formats.quarantine import Quarantine
from medinst.reference import table11
from medinst.schema import SPLITS, Record, Sample
from medinst.sources import cache_folder, pins

PERMISSIVE = {
    *("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-2.0", "CC-BY-3.0", "CC-BY-4.0"),
    *("CC-PDM-1.0", "CC0-1.0", "ISC", "MIT"),
}


def entries(category: str | None = None, access: str | None = None, licence: str | None = None) -> list[dict[str, Any]]:
    """Return the rows, filtered, in the catalogue's order, with their corpus's terms and the printed counts.

    Raises:
        UnknownName: there is no such category.
    """
    if category and category.upper() not in tasks.CATEGORIES:
        raise UnknownName("category", category, tasks.CATEGORIES)
    if access and access not in corpora.ACCESS:
        raise UnknownName("access class", access, corpora.ACCESS)
    found = []
    for row in tasks.rows().values():
        corpus = corpora.load(row.corpus)
        if category and row.category != category.upper():
            continue
        if access and corpus.access != access:
            continue
        if licence and licence.casefold() not in corpus.licence.casefold():
            continue
        found.append(_entry(row, corpus))
    return found


def page(name: str) -> dict[str, Any]:
    """Return the page of a row (``<row>-empty`` has one too), or of a corpus with all its rows.

    Raises:
        UnknownName: there is neither a row nor a corpus of that name.
    """
    if name.removesuffix(tasks.EMPTY) in tasks.rows() or name in tasks.beside():
        row = tasks.load(name)
        corpus = corpora.load(row.corpus)
        example = next(examples(row), None)
        shown = {} if example is None else {"input": example.input, "output": example.output}
        terms = {key: value for key, value in _corpus(corpus).items() if key not in ("name", "about", "citation")}
        return {
            **_entry(row, corpus),
            "task": row.task,
            "metric": row.metric,
            "labels": list(row.labels),
            "instruction": tasks.instruction(row.name),
            "source": terms,
            "example (invented)": shown,
        }
    if name in corpora.names():
        return {**_corpus(corpora.load(name)), "rows": [row.name for row in tasks.of_corpus(name)]}
    raise UnknownName("row or corpus", name, [*tasks.rows(), *tasks.beside(), *corpora.names()])


def permissive(licence: str) -> bool:
    """Say whether an SPDX expression allows use for any purpose with no more than attribution; unknown terms do not."""
    return any(PERMISSIVE.issuperset(choice.split(" AND ")) for choice in licence.split(" OR "))


def invented() -> Path:
    """Return the folder of invented documents in the original formats that ships with the package."""
    with resources.as_file(resources.files(medinst) / "invented") as folder:
        return folder


def examples(row: tasks.Row) -> Iterator[Sample]:
    """Yield the samples of a row's invented documents, split by split.

    Raises:
        UsageError: an invented document is damaged, which is a fault of this package.
    """
    corpus = corpora.load(row.corpus)
    tree = corpus.tree(invented(), cache_folder())
    if tree is None:
        return
    view = corpus.view(row.view)
    for split in SPLITS:
        found = corpora.find(view[split], tree) if split in view else None
        if found is None:
            continue
        files, path = found
        quarantine = Quarantine(corpus.name, split, tree.roots[0], row.view)
        records: list[Record] = list(files.read(path, quarantine))
        if quarantine.damage:
            raise UsageError(f"invented/{corpus.name}: {quarantine.damage[0]}")
        for record in records:
            yield from tasks.render(record, row, split)


def _entry(row: tasks.Row, corpus: corpora.Corpus) -> dict[str, Any]:
    printed = table11().get(row.name)  # none for <row>-empty and what is beside the table
    return {
        "row": row.name,
        "category": row.category,
        "corpus": corpus.name,
        "title": corpus.title,
        "licence": corpus.licence,
        "access": corpus.access,
        "language": corpus.language,
        "layout": corpus.layout,
        "printed": {split: printed.samples(split) for split in SPLITS} if printed else None,
    }


def _damage(corpus: corpora.Corpus) -> Counter[str]:
    """Return all damage that is declared: of the release, and of copies known to be partial."""
    found = Counter(corpus.damage)
    for view in ("documents", *corpus.views):
        for alternatives in corpus.view(view).values():
            for files in alternatives:
                found.update(files.damage)
    return found


def _corpus(corpus: corpora.Corpus) -> dict[str, Any]:
    return {
        "name": corpus.name,
        "title": corpus.title,
        "about": corpora.about(corpus.name),
        "year": corpus.year,
        "homepage": corpus.homepage,
        "urls": list(corpus.urls),
        "pinned mirrors": [place.url for place in pins.places(corpus.name, corpus.urls) if place.mirror],
        "content digest": sorted(pins.trees(corpus.name)),
        "licence": corpus.licence,
        "access": corpus.access,
        "language": corpus.language,
        "domain": corpus.domain,
        "layout": corpus.layout,
        "splits": list(corpus.splits),
        "known damage": [f"{count} {rule}" for rule, count in _damage(corpus).items()],
        "citation": corpora.citation(corpus.name),
    }
