"""Scores and forecasts as rows of a table, and the remarks that belong under them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from medinst import reference
from medinst.evaluate import cost, mmlu
from medinst.evaluate.cost import Ahead
from medinst.evaluate.types import Scores

FORECAST = ("row", "samples>", "to ask>", "prompt tokens>", "answer tokens>")
PRICED = ("about>", "at most>")
SCORES = ("row", "n>", "failed>", "unparsed>", "cut>", "paper>", "strict>", "95 %>")  # within 80 columns
SPARED = ("cut>", "unparsed>", "failed>", "n>", "95 %>")  # the first to go where there is no room


def forecast(found: Mapping[str, Ahead]) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Return the columns and a line a row, then the sum; what it costs only where that is known."""
    whole = cost.total(found)
    named = [*found.items(), ("all", whole)]
    lines = [(row, one.samples, one.requests, one.tokens, one.answer_tokens) for row, one in named]
    if whole.dollars is None:
        return FORECAST, list(lines)
    prices = [(cost.dollars(one.dollars or 0.0), cost.dollars(one.most_dollars or 0.0)) for _, one in named]
    return (*FORECAST, *PRICED), [(*line, *price) for line, price in zip(lines, prices, strict=True)]


def forecast_remarks(found: Mapping[str, Ahead], context: int) -> Iterator[str]:
    """Yield what must be read with a forecast: how tokens were counted, and what has no room in the model's context."""
    whole = cost.total(found)
    how = "counted by the model's own tokenizer" if whole.counted else "estimated, four characters a token"
    yield f"prompt tokens are {how}; answer tokens are estimated from the gold answers"
    if whole.too_long:
        yield f"{whole.too_long} prompts leave no room in the model's context of {context:,} tokens: these will fail"


def scores(found: Scores) -> Iterator[Sequence[object]]:
    """Yield a line a row, then the means."""
    for row, one in found.rows.items():
        strict = one.strict
        paper = f"{'mse ' if one.paper.metric == 'mse' else ''}{_number(one.paper.value)}"
        interval = f"{_number(strict['low'])}–{_number(strict['high'])}"
        yield row, one.n, one.failed, one.unparsed, one.truncated, paper, _number(strict["value"]), interval
    yield "mean", "", "", "", "", _number(found.paper.mean), _number(found.strict.mean), ""


def fitting(found: Scores, width: int) -> tuple[list[str], list[list[object]]]:
    """Return the columns of ``SCORES`` that fit whole into ``width`` characters, a space apart, and their lines."""
    table = [SCORES, *scores(found)]
    widths = {name: max(map(_length, cells)) for name, *cells in zip(SCORES, *table, strict=True)}
    kept = list(SCORES)
    for name in SPARED:
        if sum(widths[kept_name] + 1 for kept_name in kept) - 1 > width:
            kept.remove(name)
    at = [SCORES.index(name) for name in kept]
    return kept, [[line[place] for place in at] for line in table[1:]]


def _length(cell: object) -> int:
    return len(f"{cell:,}" if isinstance(cell, int) else str(cell).rstrip(">"))


def remarks(found: Scores) -> Iterator[str]:
    """Yield what must be read with the table: what the means are over, which tests lack, which rows are small."""
    left_out = [row for row in found.rows if row not in found.paper.mean_rows]
    yield f"the mean is over {len(found.paper.mean_rows)} rows" + (
        f", without {', '.join(left_out)}" if left_out else ""
    )
    tests = reference.medinst32()
    absent = [test for test in tests if test not in found.rows]
    if absent and len(absent) < len(tests):
        yield f"{len(absent)} of the {len(tests)} tests of MedINST32 were not asked: {', '.join(absent)}"
    for row, one in found.rows.items():
        if isinstance(count := one.strict.get("text_only"), float):
            yield f"{row}: of {count:.0f} gold answers only the text is known; the strict score is without them"
    if said := mmlu.remark(found):
        yield said
    for name, why in {name: why for one in found.rows.values() for name, why in one.lacking.items()}.items():
        yield f"no {name}: {why}"
    small = [f"{row} ({one.ok})" for row, one in found.rows.items() if one.warning]
    if small:
        yield f"so few answered samples that the interval says little: {', '.join(small)}"


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "none"
