"""``medinst demo``: all of it, small, on the invented documents and a real small model; no network."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from medinst import tasks
from medinst.build import dataset, manifest, plan
from medinst.build.manifest import Manifest
from medinst.evaluate import plan as plans
from medinst.evaluate import run as runs
from medinst.evaluate.types import Decoding, Scores
from medinst.mixtures import benchmark
from medinst.mixtures.benchmark import Test
from medinst.mixtures.place import writable
from medinst.models import Model, parse_spec
from medinst.report import pages
from medinst.sources import cache_folder
from medinst.workflows.catalogue import invented

COLUMNS = ("test", "category", "strict metric", "model>", "mock:gold>")
SAMPLES = 2
SHOTS = 2
MAX_TOKENS = 64
# One test a category, two where it has two output forms; those without a test split are drawn from training data.
TESTS = (
    Test("AnEM", cap=SAMPLES),
    Test("BC5CDR", cap=SAMPLES),
    Test("tmVar-v3-NED", cap=SAMPLES),
    Test("BC5CDR-RE", cap=SAMPLES),
    Test("AnEM-COREF", cap=SAMPLES),
    Test("MLEE-EE", cap=SAMPLES),
    Test("PubMedQA-labeled", cap=SAMPLES),
    Test("MedQA", cap=SAMPLES),
    Test("SciFact", cap=SAMPLES),
    Test("BIOSSES", cap=SAMPLES),
    Test("Hallmarks-of-Cancer", cap=SAMPLES),
    Test("Medical-Data", "train", SAMPLES),
    Test("ParaMed", cap=SAMPLES),
    Test("MeQSum", "train", SAMPLES),
)
NOTE = (
    "A demonstration. The documents are invented and there are two samples a test: the numbers show that every part "
    "works, and say nothing about the model. What is printed in the paper is for the real tests."
)

Tell = Callable[[str], None]


class Demo(msgspec.Struct, frozen=True):
    """What the demo made: its first page, the scores of the model and of the gold answers, and the seconds it took."""

    page: Path
    model: Scores
    gold: Scores
    seconds: float


def run(out: Path, tell: Tell) -> Demo:
    """Build, benchmark, evaluate, score and report in the folder ``out``; ``tell`` hears of each step.

    What an earlier demo in ``out`` has done is not done again.

    Raises:
        MedinstError: there are no weights; the message has the command that gets them.
        UsageError: ``out`` cannot be written.
    """
    began = time.monotonic()
    model, mock = parse_spec("gguf:"), parse_spec("mock:gold")
    data, bench = out / "data", out / "bench"
    with writable(out):
        out.mkdir(parents=True, exist_ok=True)
    dataset.build(plan.make([], invented(), cache_folder()), data, None, lambda built: None)
    tell(f"1/5 data: {_counts(manifest.read(data))}, from the invented documents, at {data}")
    made = benchmark.make("demo", TESTS, data, bench, seed=0)
    tell(f"2/5 benchmark: {_counts(made.manifest)}, at {bench}")
    for row, why in made.missing.items():
        tell(f"    missing: {row}: {why}")
    asked = plans.make(bench, model, shots=SHOTS, decoding=Decoding(max_tokens=MAX_TOKENS))
    tell(f"3/5 model: {len(asked)} questions to {model.identity['spec']}, answers of at most {MAX_TOKENS} tokens")
    for note in asked.notes:
        tell(f"    {note}")
    answers = _folder(out, "model", asked)
    answered = _evaluate(asked, model, answers, tell)
    tell("4/5 check: the gold answers, through the same parsers and scorers")
    checked = plans.make(bench, mock)
    truth = _folder(out, "gold", checked)
    gold = _evaluate(checked, mock, truth, tell)
    page = pages.write([answers, truth], data, out / "report", NOTE)[0]
    tell(f"5/5 report: {page.absolute()}")
    return Demo(page.absolute(), answered, gold, round(time.monotonic() - began, 1))


def _folder(out: Path, name: str, asked: plans.Plan) -> Path:
    """Return the run folder for these very questions; a newer medinst or other weights ask into another one."""
    decides = msgspec.structs.replace(asked.run, bench="", versions={})
    return out / "runs" / f"{name}-{hashlib.sha256(msgspec.json.encode(decides)).hexdigest()[:8]}"


def _evaluate(asked: plans.Plan, model: Model, out: Path, tell: Tell) -> Scores:
    outcome = runs.evaluate(asked, model, out)
    if outcome.failed:
        tell(f"{outcome.failed} of {len(asked)} questions got no answer: {outcome.reason}")
    assert outcome.scores  # scoring was not declined
    return outcome.scores


def _counts(folder: Manifest) -> str:
    rows, categories = {entry.row for entry in folder.splits}, {entry.category for entry in folder.splits}
    samples = sum(entry.samples for entry in folder.splits)
    return f"{samples} samples in {len(rows)} rows of {len(categories)} categories"


def lines(done: Demo) -> list[tuple[str, ...]]:
    """Return the strict scores of the model and of gold, a line a test, under ``COLUMNS``."""
    return [(row, tasks.load(row).category, *_strict(done, row)) for row in done.model.rows]


def _strict(done: Demo, row: str) -> tuple[str, str, str]:
    scores = [run.rows[row].strict for run in (done.model, done.gold)]
    shown = ["–" if score["value"] is None else f"{score['value']:.2f}" for score in scores]
    return str(scores[0]["metric"]), shown[0], shown[1]
