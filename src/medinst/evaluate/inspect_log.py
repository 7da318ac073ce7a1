"""A run as a log of inspect-ai, which ``inspect view`` shows: every sample's chat, answer, scores, tokens and time.

Needs inspect-ai, an option: nothing of it is imported before a run is exported.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from medinst.build.export import plan as export
from medinst.errors import IntegrityFailure, MedinstError, UsageError
from medinst.evaluate import judging, score, store
from medinst.evaluate import plan as plans
from medinst.evaluate.plan import Plan
from medinst.evaluate.types import Line, Run, Scores
from medinst.mixtures.place import writable
from medinst.models import Request
from medinst.schema import UNREADABLE

if TYPE_CHECKING:
    from inspect_ai import log as logs
    from inspect_ai import model as models

GET = "pip install 'medinst[inspect]'"
SCORER = "by_row"  # the scorer of the tasks for inspect-ai


class Chosen(msgspec.Struct, frozen=True):
    """What of a run is to be exported: its samples, their lines, and what is left out and why, a line a corpus."""

    folder: Path
    plan: Plan
    lines: dict[str, Line]
    left_out: list[str]


class Exported(msgspec.Struct, frozen=True):
    """What an export came to: the log's file, its samples, those of them that failed, those not asked yet."""

    log: str
    samples: int
    failed: int
    missing: int


def choose(folder: Path, bench: Path | None = None, rows: Sequence[str] = (), publishable: bool = False) -> Chosen:
    """Return what is to be exported of the run in ``folder``: all its samples, or those of ``rows``.

    The benchmark is read from ``bench`` or where the run read it. ``publishable``: rows go whose samples or
    demonstrations are of corpora that may not be published.

    Raises:
        UsageError: it is no run folder, it lacks a row, or the benchmark is not there or another one.
        MedinstError: nothing is left.
    """
    run = store.read_run(folder)
    plan = plans.reopen(run, bench)
    wanted = [row for names in rows for row in names.split(",")]
    if unknown := [row for row in wanted if row not in plan.samples]:
        raise UsageError(f"{folder} did not ask {unknown[0]!r}. It asked {', '.join(plan.samples)}.")
    left_out: list[str] = []
    kept = wanted or list(plan.samples)
    if publishable:
        open_to_all = export.make(bench or Path(run.bench), export.Wish(kept, ["test"], run.shots, publishable=True))
        kept, left_out = [part.row for part in open_to_all.parts], open_to_all.left_out
    plan = msgspec.structs.replace(plan, samples={row: found for row, found in plan.samples.items() if row in kept})
    lines, asked = store.read_lines(folder), set(plan.ids())
    lines = {name: line for name, line in lines.items() if name in asked}
    if not lines:
        raise MedinstError(f"{folder}: no sample is left to export. Run `medinst eval` first, or leave out no rows.")
    return Chosen(folder, plan, lines, left_out)


def write(chosen: Chosen, out: Path, tell: Callable[[str], None] = lambda row: None) -> Exported:
    """Write a run as a log into the folder ``out``, in place of an earlier log of it there; ``tell`` hears every row.

    Raises:
        MedinstError: inspect-ai is not installed.
        UsageError: ``out`` cannot be written.
    """
    if importlib.util.find_spec("inspect_ai") is None:
        raise MedinstError(f"A log for inspect needs inspect-ai, which is not installed here. Run: {GET}")
    plan, lines = chosen.plan, chosen.lines
    asked = (request for request in plan.requests() if request.id in lines)
    samples = [_sample(request, lines[request.id], plan.run, tell) for request in asked]
    log = _log(chosen, samples, scores(chosen))
    with writable(out):
        path = _write(log, out)
    failed = sum(sample.error is not None for sample in samples)
    return Exported(str(path), len(samples), failed, len(plan) - len(samples))


def scores(chosen: Chosen) -> Scores:
    """Return the scores of a run as its ``scores.json`` has them, computed anew where that has others or is not there.

    Raises:
        IntegrityFailure: the file cannot be read.
    """
    path = chosen.folder / store.SCORES
    if path.is_file():
        try:
            found = msgspec.json.decode(path.read_bytes(), type=Scores)
        except UNREADABLE as error:
            raise IntegrityFailure(f"{path}: {error}. Make it again: medinst score {chosen.folder}") from None
        if found.rows.keys() == chosen.plan.samples.keys():
            return found
    return score.score(chosen.plan.samples, chosen.lines, chosen.plan.run.seed)


def _sample(request: Request, line: Line, run: Run, tell: Callable[[str], None]) -> logs.EvalSample:
    """Return a sample as it finished; one that failed has its error and no score."""
    from inspect_ai.log import EvalError, EvalSample

    from medinst.evaluate import inspect_tasks

    sample = request.sample
    told = inspect_tasks.told(sample)
    asked = request.text if request.choices else inspect_tasks.turns(request.messages)
    common = {"id": sample.id, "epoch": 1, "input": asked, "target": sample.output, "total_time": line.seconds}
    chat = inspect_tasks.turns([{"role": "user", "content": request.text}]) if request.choices else list(asked)
    metadata = told | {"tries": line.tries} | ({"choice_logprobs": line.choice_logprobs} if request.choices else {})
    tell(sample.row)
    if line.status == "failed":
        error = EvalError(message=line.reason, traceback="", traceback_ansi="")
        return EvalSample(**common, messages=chat, metadata=metadata, error=error)
    output = _output(line, judging.said(line), run)
    return EvalSample(
        **common,
        messages=[*chat, output.message],
        output=output,
        metadata=metadata,
        scores={SCORER: inspect_tasks.scored(told, judging.said(line))},
        model_usage={output.model: output.usage} if output.usage else {},
        working_time=line.seconds,
    )


def _output(line: Line, said: str, run: Run) -> models.ModelOutput:
    from inspect_ai import model as models

    tokens = line.tokens
    content: Any = said
    if line.reasoning:
        content = [models.ContentReasoning(reasoning=line.reasoning), models.ContentText(text=said)]
    message = models.ChatMessageAssistant(content=content, model=_model(run), source="generate")
    reason = "max_tokens" if line.finish_reason == "length" else "stop"
    return models.ModelOutput(
        model=_model(run),
        choices=[models.ChatCompletionChoice(message=message, stop_reason=reason)],
        completion=said,
        usage=models.ModelUsage(
            input_tokens=tokens.prompt, output_tokens=tokens.completion, total_tokens=tokens.prompt + tokens.completion
        ),
        time=line.seconds,
    )


def _log(chosen: Chosen, samples: list[logs.EvalSample], found: Scores) -> logs.EvalLog:
    from inspect_ai import log as logs

    spec, plan = _spec(chosen, samples), chosen.plan
    answered = [sample for sample in samples if sample.error is None]
    used: dict[str, models.ModelUsage] = {}
    for sample in answered:
        for model, usage in sample.model_usage.items():
            used[model] = used[model] + usage if model in used else usage
    return logs.EvalLog(
        status="success" if len(samples) == len(plan) else "cancelled",
        eval=spec,
        plan=logs.EvalPlan(steps=[logs.EvalPlanStep(solver="generate")], config=spec.model_generate_config),
        results=logs.EvalResults(
            total_samples=len(plan), completed_samples=len(answered), scores=[_scores(found, len(answered))]
        ),
        stats=logs.EvalStats(
            started_at=spec.created, completed_at=_time(chosen.folder / store.SAMPLES), model_usage=used
        ),
        samples=samples,
    )


def _spec(chosen: Chosen, samples: list[logs.EvalSample]) -> logs.EvalSpec:
    """Return what was asked of what. A run is known by its folder's name and by what decides its answers."""
    from inspect_ai import log as logs
    from inspect_ai import model as models

    from medinst.evaluate import inspect_tasks

    folder, run = chosen.folder, chosen.plan.run
    decided = [folder.resolve().name, *(getattr(run, part) for part in (*store.DECIDES, "data"))]
    identity = hashlib.sha256(msgspec.json.encode(decided)).hexdigest()[:22]
    name = inspect_tasks.name(Path(run.bench))
    told = {part: getattr(run, part) for part in ("template", "seed", "limit", "data", "versions")}
    return logs.EvalSpec(
        created=min(_time(folder / part) for part in (store.RUN, store.SAMPLES)),
        eval_id=identity,
        run_id=identity,
        task_id=identity,
        task=name,
        task_args={part: getattr(run, part) for part in ("shots", "wording", "choices", "constrain", "preset")},
        dataset=logs.EvalDataset(name=name, samples=len(chosen.plan), sample_ids=[sample.id for sample in samples]),
        model=_model(run),
        model_base_url=run.endpoint or None,
        model_generate_config=models.GenerateConfig(
            temperature=run.decoding.temperature, max_tokens=run.decoding.max_tokens
        ),
        model_args={part: value for part, value in run.model.items() if part != "spec"},
        config=logs.EvalConfig(fail_on_error=False),
        packages=run.versions,
        metadata={**told, "terms": msgspec.to_builtins(run.terms)},
    )


def _scores(found: Scores, answered: int) -> logs.EvalScore:
    from inspect_ai.log import EvalMetric, EvalScore

    metrics = {name: EvalMetric(name=name, value=value) for name, value in _values(found) if value is not None}
    return EvalScore(name=SCORER, scorer=SCORER, scored_samples=answered, metrics=metrics)


def _values(found: Scores) -> Iterator[tuple[str, float | None]]:
    """Yield the numbers of ``scores.json`` that a viewer's table holds, by the names of the tasks for inspect-ai."""
    yield "paper", found.paper.mean
    yield "strict", found.strict.mean
    for row, numbers in found.rows.items():
        yield f"paper/{row}", numbers.paper.value
        for kind, name in (("value", ""), ("low", " low"), ("high", " high")):
            value = numbers.strict.get(kind)
            yield f"strict/{row}{name}", value if isinstance(value, float) else None
        value = numbers.also.get("rouge_l")
        yield f"rouge_l/{row}", value if isinstance(value, float) else None


def _model(run: Run) -> str:
    return run.model.get("spec", "a model").replace(":", "/", 1)


def _time(path: Path) -> str:
    stamp = path.stat().st_mtime if path.is_file() else 0.0
    return datetime.fromtimestamp(stamp, UTC).isoformat(timespec="seconds")


def _write(log: logs.EvalLog, out: Path) -> Path:
    """Write a log under a name that inspect-ai knows as one, whole or not at all."""
    from inspect_ai.log import write_eval_log

    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file. Give a folder for --out.")
    out.mkdir(parents=True, exist_ok=True)
    name = f"{log.eval.created.translate(str.maketrans(':+', '--'))}_{log.eval.task}_{log.eval.task_id}.eval"
    private = out / f".{log.eval.task_id}.eval"
    try:
        write_eval_log(log, str(private))
        for earlier in out.glob(f"*_{log.eval.task_id}.eval"):
            earlier.unlink()
        return private.rename(out / name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            private.unlink()
