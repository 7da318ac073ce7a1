"""What commands print: JSON alone on stdout, tables, pages; all talk goes to stderr."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress, ProgressColumn
from rich.table import Table
from rich.text import Text

from medinst.build.bigbio import Exported
from medinst.build.plan import Plan
from medinst.build.reconcile import Cell
from medinst.corpora import Corpus

_OUT = Console(highlight=False)
if not _OUT.is_terminal:
    _OUT.width = 240  # what reads a pipe wants a row a line
_ERR = Console(stderr=True, highlight=False)
_PADDING = re.compile(r" +(\x1b\[0m)?$", re.M)


def emit(value: object) -> None:
    """Print a value as JSON on stdout."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def width() -> int:
    """Return how many characters a line of stdout may have."""
    return _OUT.width


def say(text: str) -> None:
    """Print a line of talk on stderr, as it is."""
    _ERR.print(Text(text), soft_wrap=True)


def bars(*columns: ProgressColumn) -> Progress:
    """Return progress bars on stderr, for a terminal only; ``say`` may be used beside them."""
    return Progress(*columns, console=_ERR, transient=True, disable=not _ERR.is_terminal)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table on stdout; a column name that ends in ``>`` is set to the right, numbers get thousands commas."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        right = column.endswith(">")
        drawn.add_column(column.rstrip(">"), justify="right" if right else "left", no_wrap=column != columns[-1])
    for row in rows:
        drawn.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) else str(cell)) for cell in row))
    # A narrow terminal wraps lines; numbers and names are never cut.
    wide = Console(file=_OUT.file, highlight=False, width=10_000)
    wide.width = max(_OUT.width, wide.measure(drawn).maximum)
    with wide.capture() as captured:
        wide.print(drawn)
    print(_PADDING.sub(r"\1", captured.get()), end="")


def page(fields: Mapping[str, Any]) -> None:
    """Print a page of named fields on stdout, nested ones indented."""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            _OUT.print(Text(name, style="bold"))
            for key, inner in value.items():
                _OUT.print(Text(f"  {key}: {inner}"))
        elif value not in ("", None, []):
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            _OUT.print(Text.assemble((f"{name}: ", "bold"), text))


def entries(found: Sequence[Mapping[str, Any]]) -> None:
    """Print catalogue entries as a table."""
    names = ("row", "category", "corpus", "licence", "access", "layout")
    rows = [(*(entry[name] for name in names), *entry["printed"].values()) for entry in found]
    table((*names, "train>", "validation>", "test>"), rows)
    corpora = {entry["corpus"] for entry in found}
    real = sum(entry["layout"] == "real" for entry in found)
    say(
        f"{len(found)} rows from {len(corpora)} corpora: {real} read from real files, {len(found) - real} written from "
        "the documented layout only; the counts are those printed in the paper's Table 11"
    )


def cells(found: Sequence[Cell]) -> None:
    """Print cells of Table 11 beside ours as a table."""
    rows = [
        (c.row, c.category, c.split, c.printed, "" if c.ours is None else c.ours, c.status, c.reason) for c in found
    ]
    table(("row", "category", "split", "printed>", "ours>", "status", "reason"), rows)


def missing(plan: Plan) -> None:
    """Say on stderr which rows and splits have no files at hand, are left out, or are read from files as found."""
    for heading, found in (("left out", plan.left_out), ("not at hand", plan.missing)):
        for item in found:
            say(f"{heading}: {item.row}{'/' + item.split if item.split else ''}: {item.why}")
    names = plan.taken_as_found()
    if names:
        few = ", ".join([*names[:6], *(["…"] if len(names) > 6 else [])])
        say(f"no digest is known of the files of {len(names)} corpora, they are taken as they are: {few}")


def exported(corpus: Corpus, done: Sequence[Exported], json: bool) -> None:
    """Print what came of an export in BigBio's schema, and end with the exit code it deserves."""
    if json:
        emit([{**msgspec.to_builtins(made), "damage": len(made.damage)} for made in done])
    else:
        kinds = [", ".join(f"{count:,} {kind}" for kind, count in made.lost.items()) for made in done]
        rows = [(made.split, made.documents, len(made.damage), lost) for made, lost in zip(done, kinds, strict=True)]
        table(("split", "documents>", "quarantined>", "changed or left out to fit the schema"), rows)
    declared = sum((Counter(made.declared) for made in done), Counter(corpus.damage))
    excess = Counter(item.rule for made in done for item in made.damage) - declared
    if excess:
        say(f"more was set aside than {corpus.name} declares, by rule: {dict(excess)}; see quarantine.jsonl")
        raise typer.Exit(3)
