"""A few samples with gold and every run's answer side by side: what the numbers look like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec
from markupsafe import Markup

from medinst import reference, tasks
from medinst.build import parquet
from medinst.evaluate.types import Line
from medinst.metrics.matching import match
from medinst.report.highlight import highlight
from medinst.report.runs import Scored
from medinst.schema import SPLITS, Gold, Sample, Target

COUNT = 12
LONGEST = 2_500
SCANNED = 20_000


class Item(msgspec.Struct, frozen=True):
    """One item read from an answer, or missing from it: ``right``, ``wrong`` or ``missed``."""

    text: str
    verdict: str


class Reply(msgspec.Struct, frozen=True):
    """A run's answer, verbatim, and the items read from it; ``failed`` says why there is none.

    ``reasoning``: what the model thought aloud before; ``cut``: it ended at the limit of tokens.
    """

    run: str
    output: str
    items: list[Item]
    failed: str = ""
    reasoning: str = ""
    cut: bool = False


class Example(msgspec.Struct, frozen=True):
    """A sample as it is shown."""

    sample: Sample
    marked: Markup
    replies: list[Reply]


def choose(runs: Sequence[Scored], data: Path) -> list[Example]:
    """Return an example for the first test of every category, then of further tests, twelve at most.

    Of each test a sample is taken that every run which was asked this test has tried, and that is not too long to read.
    Its text is looked up in the benchmark that was run or, where that is gone, in the dataset folder ``data``.
    """
    asked: dict[str, list[Scored]] = {}
    for run in runs:
        for row in dict.fromkeys(line.row for line in run.lines.values()):
            asked.setdefault(row, []).append(run)
    found = filter(None, (_of_row(row, asked[row], data) for row in _spread(asked)))
    return list(islice(found, COUNT))


def _of_row(row: str, runs: Sequence[Scored], data: Path) -> Example | None:
    """Return an example of a row, which all these runs were asked, None where there is none that all have tried."""
    first, *others = (run.lines for run in runs)
    keys = {key for key, line in first.items() if line.row == row and all(key in other for other in others)}
    bench = Path(runs[0].about.bench)
    sample = _first(bench if bench.is_dir() else data, row, keys)
    return _example(sample, runs, [run.lines[sample.id] for run in runs]) if sample else None


def _spread(rows: Iterable[str]) -> Iterator[str]:
    """Yield rows so that every category comes once before any comes twice; rows outside Table 11 come last."""
    order = {row: at for at, row in enumerate(reference.table11())}
    waiting = sorted(rows, key=lambda row: (order.get(row.removesuffix(tasks.EMPTY), len(order)), row))
    while waiting:
        first: dict[str, str] = {}
        for row in waiting:
            first.setdefault(tasks.load(row).category, row)
        yield from first.values()
        waiting = [row for row in waiting if row not in first.values()]


def _first(place: Path, row: str, keys: set[str]) -> Sample | None:
    """Return a sample of ``keys`` in the folder that is short enough: the first with mentions, else the first."""
    samples = (sample for split in SPLITS for sample in islice(parquet.read(place, row, split), SCANNED))
    fitting = [sample for sample in samples if sample.id in keys and len(sample.input) <= LONGEST]
    return next((sample for sample in fitting if '"mentions"' in sample.target), fitting[0] if fitting else None)


def _example(sample: Sample, runs: Sequence[Scored], lines: Sequence[Line]) -> Example:
    target = msgspec.json.decode(sample.target, type=Target)
    replies = [_reply(run.name, line, sample, target) for run, line in zip(runs, lines, strict=True)]
    return Example(sample, highlight(sample.input, target.mentions), replies)


def _reply(name: str, line: Line, sample: Sample, target: Target) -> Reply:
    """Return a run's answer with the items read from it; of words with tags, those outside mentions are left out."""
    if line.status != "ok":
        return Reply(name, "", [], failed=line.reason)
    cut = line.finish_reason == "length"
    row = tasks.load(sample.row)
    module = tasks.category(sample.category)
    items = module.parse(line.output, row, sample.input).items
    gold = module.gold(target, row, sample.input)
    if row.form == "bio":
        items = tuple(item for item in items if item[-1] != "O")
        gold = tuple(wanted for wanted in gold if "O" not in wanted.slots[-1])
    return Reply(name, line.output, judged(items, gold), reasoning=line.reasoning, cut=cut)


def judged(items: Sequence[tuple[str, ...]], gold: Sequence[Gold]) -> list[Item]:
    """Return the answer's items in order, right or wrong, then the gold items that none of them is."""
    missed, left = match(gold, items)
    wrong = Counter(left)
    found = []
    for item in reversed(items):  # of equal items the last ones are the surplus
        found.append(Item(" · ".join(item), "wrong" if wrong[item] > 0 else "right"))
        wrong[item] -= 1
    texts = [" · ".join(min(slot) for slot in one.slots) for one in missed]
    return found[::-1] + [Item(text, "missed") for text in texts]
