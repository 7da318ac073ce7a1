"""The papers of a dataset folder: README.md with its YAML ``configs``, and LICENSES.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from medinst import corpora
from medinst.build.manifest import SplitEntry, Terms
from medinst.sources.terms import grade, words

# The hub's names for what a category asks.
_ASKED = {
    "NER": "token-classification",
    "NED": "token-classification",
    "QA": "question-answering",
    "TE": "text-classification",
    "TXTCLASS": "text-classification",
    "TEXTPAIRCLASS": "text-classification",
    "STS": "sentence-similarity",
    "SUM": "summarization",
    "TRANSL": "translation",
}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def head(title: str, splits: Sequence[SplitEntry], samples: int) -> list[str]:
    """Return the lines of a card's YAML that go before its configs, opening dashes included."""
    names = {name for entry in splits for name in (entry.corpora or [entry.corpus])}
    spoken = {word for name in names for word in corpora.load(name).language.split(", ")}
    size = next((name for limit, name in _SIZES if samples < limit), "1M<n<10M")
    asked = sorted({"text-generation", *(_ASKED[e.category] for e in splits if e.category in _ASKED)})
    return [
        "---",
        f'pretty_name: "{title}"',
        "license: other",
        "license_name: mixed",
        "license_link: LICENSES.md",
        f"language: [{', '.join(sorted({'en', *spoken}))}]",
        f"task_categories: [{', '.join(asked)}]",
        f'size_categories: ["{size}"]',
        "tags: [biology, medical, instruction-tuning]",
    ]


def readme(splits: Sequence[SplitEntry], title: str, lead: str) -> str:
    """Return the card: YAML that makes every row a config, then a table of the rows."""
    lines = [*head(title, splits, sum(entry.samples for entry in splits)), "configs:"]
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
    return terms_of({name for entry in splits for name in (entry.corpora or [entry.corpus])})


def terms_of(names: Iterable[str]) -> list[Terms]:
    """Return the terms of corpora, by name."""
    found = [corpora.load(name) for name in sorted(names)]
    return [Terms(corpus.name, corpus.licence, corpus.access, corpus.homepage) for corpus in found]


def licences(under: Sequence[Terms]) -> str:
    """Return LICENSES.md: one line a corpus with its licence, access class and homepage, and what they mean."""
    lines = ["# Licences of the sources", "", "Every sample keeps the terms of the corpus it was made from.", ""]
    lines += ["| corpus | title | year | licence | access | homepage |", "| --- | --- | ---: | --- | --- | --- |"]
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
