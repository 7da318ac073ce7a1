"""Tasks for inspect-ai, found by their entry point: ``inspect eval medinst/medinst32 -T bench=BENCH --model …``.

Only inspect-ai imports this module. The scores are medinst's own, of whole rows: they are no means of samples' scores.
"""

from __future__ import annotations

import logging
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from inspect_ai import Task, dataset, task
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser, GenerateConfig, get_model
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import TaskState, generate

from medinst import tasks
from medinst.build import manifest
from medinst.evaluate import plan as plans
from medinst.evaluate.types import Decoding
from medinst.models import Messages, prompts
from medinst.models.mock import Mock
from medinst.schema import Sample
from medinst.tasks import judge, targets

_log = logging.getLogger(__name__)
HERE = ("mockllm", "none", "hf", "nnterp", "transformer_lens", "vllm", "sglang")  # unless they have an address
TOLD = ("row", "category", "corpus", "doc_id", "input", "output", "target")


@task
def medinst32(
    bench: str,
    shots: int | None = None,
    rows: str | Sequence[str] = (),
    limit: int | None = None,
    seed: int = 0,
    max_tokens: int = 1024,
    wording: int | None = None,
    allow_remote: bool = False,
) -> Task:
    """Return the tests of the benchmark folder ``bench`` as one task, asked and scored as ``medinst eval`` does.

    ``limit``: samples a row. The rest is as for ``medinst eval``.

    Raises:
        UsageError: no such folder, row or demonstrations, or a row under an agreement and a model elsewhere.
    """
    folder = Path(bench).expanduser()
    wanted = [rows] if isinstance(rows, str) and rows else list(rows)
    decoding = Decoding(max_tokens=max_tokens)
    plan = plans.make(folder, _Asked(), wanted, limit, seed, shots, decoding, wording, allow_remote)
    for note in plan.notes:
        _log.warning(note)
    return Task(
        dataset=dataset.MemoryDataset(
            [as_sample(one, plan.run.shots) for found in plan.samples.values() for one in found], name=name(folder)
        ),
        solver=generate(),
        scorer=by_row(),
        config=GenerateConfig(temperature=decoding.temperature, max_tokens=decoding.max_tokens),
        metadata={"template": plan.run.template, "data": plan.run.data, "terms": msgspec.to_builtins(plan.run.terms)},
    )


@task
def mmlu_medicine(bench: str, shots: int | None = None, limit: int | None = None, seed: int = 0) -> Task:
    """Return the six subjects of MMLU-Medicine as one task: letters are asked for, five demonstrations before each."""
    made: Task = medinst32(bench, shots, limit=limit, seed=seed)
    return made


def as_sample(sample: Sample, shots: int) -> dataset.Sample:
    """Return a sample with its chat, under its own id."""
    return dataset.Sample(
        id=sample.id,
        input=turns(prompts.messages(sample, shots)),
        target=sample.output,
        metadata=told(sample),
    )


def told(sample: Sample) -> dict[str, Any]:
    """Return what a score needs to know of a sample; ``strict``: more than the text of its gold is known."""
    return {name: getattr(sample, name) for name in TOLD} | {"strict": not targets.text_only(sample)}


def turns(chat: Messages) -> list[ChatMessage]:
    """Return a chat as inspect-ai's messages."""
    kinds = {"user": ChatMessageUser, "assistant": ChatMessageAssistant}
    return [kinds[turn["role"]](content=turn["content"]) for turn in chat]


def scored(known: dict[str, Any], output: str) -> Score:
    """Return the score of one answer, with what the scores of its row need of it; ``known`` is what ``told`` gives."""
    row = tasks.load(known["row"])
    gold = judge.reference(row, known["input"], known["output"], known["target"], known["doc_id"])
    found = judge.judge(row, gold, known["input"], output)
    value = {"paper": judge.paper(row, [found.gold], [output]), "rouge_l": found.rouge_l}
    if known["strict"]:
        value["strict"] = judge.strict(row, [found.numbers])
    return Score(
        value=value,
        answer=output,
        reason="invalid_response_format" if found.unparsed else None,
        metadata={"row": row.name, "gold": found.gold, "numbers": list(found.numbers)},
    )


def _by_row(called: str, value: Callable[[tasks.Row, list[Score]], float]) -> Metric:
    """Return a metric that gives ``value`` of every row, and the mean over rows where ``medinst score`` takes one."""

    def over_rows(scores: list[SampleScore]) -> dict[str, float]:
        rows: dict[str, list[Score]] = {}
        for one in scores:
            rows.setdefault(one.score.metadata["row"], []).append(one.score)
        values, alike = {}, []
        for row, found in ((tasks.load(name), found) for name, found in rows.items()):
            if known := [one for one in found if called in one.as_dict()]:
                values[f"{called}/{row.name}"] = value(row, known)
                if len(known) >= judge.TOO_FEW and called in judge.names(row):
                    alike.append(values[f"{called}/{row.name}"])
        return ({called: statistics.fmean(alike)} if alike else {}) | values

    return over_rows


def _told(found: list[Score], name: str) -> list[Any]:
    return [one.metadata[name] for one in found if one.metadata]


@metric(scores="unreduced")
def paper() -> Metric:
    """Score under the published rules: each row's, and their mean."""
    return _by_row(
        "paper", lambda row, found: judge.paper(row, _told(found, "gold"), [one.answer or "" for one in found])
    )


@metric(scores="unreduced")
def strict() -> Metric:
    """Score strictly: each row's, and their mean."""
    return _by_row("strict", lambda row, found: judge.strict(row, _told(found, "numbers")))


@metric(scores="unreduced")
def rouge_l() -> Metric:
    """ROUGE-L of each row."""
    return _by_row("rouge_l", lambda row, found: statistics.fmean(one.as_dict()["rouge_l"] for one in found))


@scorer(metrics=[paper(), strict(), rouge_l()])
def by_row() -> Scorer:
    """Score answers by medinst's own metrics."""

    async def score(state: TaskState, target: Target) -> Score:
        return scored(state.metadata, state.output.completion)

    return score


class _Asked(Mock):
    """The model that inspect-ai was told to ask, as a plan sees it: its name, and where it is unless it is here."""

    def __init__(self) -> None:
        super().__init__("empty")
        model = get_model()
        self.identity = {"spec": f"inspect:{model}"}
        if model.api.base_url or str(model).partition("/")[0] not in HERE:
            self.identity["endpoint"] = model.api.base_url or f"https://{model}"


def name(folder: Path) -> str:
    """Return what a benchmark is called: as its manifest says, else as its folder."""
    found = manifest.read(folder).note if (folder / manifest.NAME).is_file() else {}
    return str(found.get("benchmark") or found.get("name") or folder.name)
