"""Writing an export: the data as it streams by, then its papers, and the folder appears whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa

import medinst
from medinst.build import card, manifest, whole
from medinst.build.export import files, guide, inspect_folder, lm_eval, medinst32
from medinst.build.export.formats import FORMATS, Record
from medinst.build.export.plan import KIND, Plan
from medinst.build.manifest import Manifest, SplitEntry
from medinst.build.parquet import FileEntry
from medinst.errors import MedinstError, UsageError
from medinst.models import prompts
from medinst.schema import Sample
from medinst.sources import digest_file

BATCH = "openai-batch"
LM_EVAL, INSPECT, PUBLISHED = TESTS = ("lm-eval", "inspect", medinst32.TO)  # of test splits, with demonstrations
TARGETS = (*FORMATS, BATCH, *TESTS)
Tell = Callable[[SplitEntry], None]
Samples = Callable[[SplitEntry], Iterator[Sample]]
MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"


class Target(msgspec.Struct, frozen=True):
    """What to write. ``model``: asked in a batch, else named in commands. ``max_tokens``, ``token_key``: a batch's."""

    to: str
    parquet: bool = False
    model: str = ""
    max_tokens: int = 1024
    token_key: str = "max_completion_tokens"


def check(plan: Plan, target: Target) -> None:
    """Refuse a target that cannot be had.

    Raises:
        UsageError: an unknown format, a batch without a model, a batch or tasks as Parquet, training without training
            samples, tasks of another split than test.
    """
    if target.to not in TARGETS:
        raise UsageError(f"Unknown format {target.to!r}. There is: {', '.join(TARGETS)}.")
    if target.to == BATCH and not target.model:
        raise UsageError("A batch names the model that it asks: --model NAME.")
    if target.to == BATCH and target.parquet:
        raise UsageError("A batch is of JSON lines. Leave --parquet out.")
    if target.to in TESTS and (target.parquet or any(part.split != "test" for part in plan.parts)):
        raise UsageError(f"{target.to} is given test splits, in files of its own. Leave --split and --parquet out.")
    if target.to == "axolotl" and not any(part.split == "train" for part in plan.parts):
        raise UsageError(f"{plan.data}: no training split is among what is asked for, and axolotl needs one.")


def notes(plan: Plan, target: Target) -> list[str]:
    """Return what the user should know of a target, beside the plan's notes."""
    if target.to != LM_EVAL:
        return []
    differ = [part.row for part in plan.parts if lm_eval.demonstrations(plan, part) is None]
    return [f"{row}: demonstrations differ from sample to sample; in lm-eval it has none" for row in differ]


def write(plan: Plan, target: Target, out: Path, tell: Tell = lambda part: None) -> Manifest:
    """Write the export into ``out`` and return its manifest; ``tell`` hears of every part that is done.

    Equal folders and wishes, equal bytes. Holds a few thousand samples at a time.

    Raises:
        UsageError: ``out`` is or holds something else than an export, or lies in the folder that is exported.
    """
    check(plan, target)
    if out.resolve().is_relative_to(plan.data.resolve()):
        raise UsageError(
            f"--out {out} lies in {plan.data}, which would then not be what was built. Give another place."
        )
    with whole.made(out, KIND) as folder:
        seen: set[str] = set()

        def samples(part: SplitEntry) -> Iterator[Sample]:
            for sample in plan.samples(part):
                seen.add(sample.corpus)
                yield sample
            tell(part)

        written = list(_data(plan, target, folder, samples))
        if not written:
            raise MedinstError(f"{plan.data}: no sample is left to export.")
        if plan.wish.shots:
            seen |= {name for part in plan.parts for name in plan.shown.get(part.row, [])}
        terms = card.terms_of(seen)
        model = target.model or MODEL
        papers = {
            "README.md": guide.readme(target.to, plan, written, terms, model).encode(),
            "LICENSES.md": card.licences(terms).encode(),
            **guide.extra(target.to, plan, written, model),
        }
        written += [files.paper(folder, name, data) for name, data in sorted(papers.items())]
        made = Manifest(medinst.__version__, pa.__version__, [], written, _note(plan, target), terms)
        files.paper(folder, manifest.NAME, msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
    return made


def data_files(made: Manifest) -> list[FileEntry]:
    """Return those files of an export that hold samples."""
    return guide.of_samples(made.files)


def _data(plan: Plan, target: Target, folder: Path, samples: Samples) -> Iterator[FileEntry]:
    """Write the data files and yield their entries."""
    if target.to == BATCH:
        every = (sample for part in plan.parts for sample in samples(part))
        yield from files.parts(folder, (_request(sample, plan.wish.shots, target) for sample in every))
        return
    if target.to == LM_EVAL:
        yield from lm_eval.write(plan, folder, samples)
        return
    if target.to == INSPECT:
        yield from inspect_folder.write(plan, folder, samples, lm_eval.prefix(plan))
        return
    if target.to == PUBLISHED:
        yield from medinst32.write(plan, folder, samples)
        return
    form = FORMATS[target.to]
    for part in plan.parts:
        name = f"{part.split}/{part.row}"
        records = (form.render(sample, plan.wish.shots) for sample in samples(part))
        if target.parquet:
            entry = files.parquet(folder, f"{name}.parquet", records, form.schema)
        else:
            entry = files.jsonl(folder, f"{name}.jsonl", records)
        if entry:
            yield entry


def _request(sample: Sample, shots: int, target: Target) -> Record:
    """Return a line of a batch: what ``medinst eval`` would ask of a server."""
    body = {
        "model": target.model,
        "messages": prompts.messages(sample, shots),
        target.token_key: target.max_tokens,
        "temperature": 0,
    }
    return {"custom_id": sample.id, "method": "POST", "url": "/v1/chat/completions", "body": body}


def _note(plan: Plan, target: Target) -> dict[str, str | int | list[str]]:
    wish = plan.wish
    note: dict[str, str | int | list[str]] = {
        KIND: target.to,
        "input": digest_file(plan.data / manifest.NAME),
        "template": prompts.TEMPLATE,
        "shots": wish.shots,
        "left_out": plan.left_out,
    }
    if wish.limit is not None:
        note |= {"limit": wish.limit, "seed": wish.seed}
    if wish.publishable:
        note["publishable"] = "yes"
    if target.to in (LM_EVAL, INSPECT):
        note["name"] = lm_eval.prefix(plan)
    return note
