"""What lm-eval calls: the samples of a row, and medinst's own scores of it, each over the whole row.

A copy of this file stands in every folder that ``medinst export --to lm-eval`` writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from medinst import tasks
from medinst.tasks import judge

FOLDER = Path(__file__).parent.parent


def load(row: str, **_: object) -> dict[str, Any]:
    """Return the samples of a row and its demonstrations, as splits; nothing is looked up or cached elsewhere."""
    import datasets  # which lm-eval brings along

    with (FOLDER / "data" / f"{row}.jsonl").open("rb") as file:
        samples = [json.loads(line) for line in file]
    shown = json.loads((FOLDER / "demonstrations" / f"{row}.json").read_bytes())
    return {"test": datasets.Dataset.from_list(samples), "demonstrations": datasets.Dataset.from_list(shown)}


def results(doc: Mapping[str, Any], answers: Sequence[str | None]) -> dict[str, Any]:
    """Return what the scores of a row need of one sample, nothing of a sample that got no answer.

    Scores of which no mean over rows is to be taken have names of their own.
    """
    output = answers[0]
    if output is None:
        return {}
    row = tasks.load(doc["row"])
    gold = judge.reference(row, doc["input"], doc["output"], doc["target"], doc["doc_id"])
    found = judge.judge(row, gold, doc["input"], output)
    paper, strict, rouge_l = judge.names(row)
    numbers = {strict: [row.name, *found.numbers]} if doc["strict"] else {}  # else only the text of its gold is known
    return {paper: [row.name, found.gold, output], **numbers, rouge_l: found.rouge_l, "unparsed": float(found.unparsed)}


def few(doc: Mapping[str, Any], answers: Sequence[str | None]) -> dict[str, Any]:
    """Return the same for a row of so few samples that no mean over rows is taken of it."""
    return {f"{name}_few": value for name, value in results(doc, answers).items()}


def paper(items: Sequence[tuple[str, str, str]]) -> float:
    """Return a row's score under the published rule, of (row, gold output, answer)."""
    return judge.paper(tasks.load(items[0][0]), [gold for _, gold, _ in items], [output for _, _, output in items])


def strict(items: Sequence[Sequence[Any]]) -> float:
    """Return a row's strict score, of (row, the metric's numbers)."""
    return judge.strict(tasks.load(items[0][0]), [numbers for _, *numbers in items])
