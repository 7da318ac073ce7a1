"""What a training will do, before it does anything: the samples as tokens, what does not fit, batches and steps."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import msgspec
import pyarrow as pa
from transformers import PreTrainedTokenizerBase

from medinst.errors import UsageError
from medinst.models import weights
from medinst.train import base, batches, examples, mixture, unseen
from medinst.train.examples import Example, Taken
from medinst.train.mixture import Source
from medinst.train.recipe import Recipe
from medinst.train.record import Mixture, Record


class Plan(msgspec.Struct):
    """A training that may begin: ``record`` as it will be kept, ``batches`` a batch a row, ``where`` the weights."""

    record: Record
    taken: Taken
    batches: pa.Table
    tokenizer: PreTrainedTokenizerBase
    where: Path

    def shown(self, count: int = 3) -> list[Example]:
        """Return samples of as many rows, the first of each."""
        first = {example.row: example for example in reversed(self.taken.examples)}
        return list(first.values())[:count]


def make(
    name: str,
    recipe: Recipe,
    mix: Path,
    cache: Path,
    other: str = "",
    *,
    devices: int = 1,
    bench: Path | None = None,
    dry: bool = False,
) -> Plan:
    """Return the plan of a training on the folder of mixtures ``mix``, of ``other`` weights than the recipe's base.

    ``bench``: a benchmark whose documents are looked for in the mixture; ``dry``: a tokenizer is enough, no weights.

    Raises:
        UsageError: the weights or the mixture are not there, it must not be learnt, or too many samples do not fit.
    """
    source = mixture.find(recipe, mix)
    where = base.folder(other or recipe.base, cache, dry)
    tokenizer = base.tokenizer(recipe, where)
    taken = examples.take(tokenizer, source.samples(), recipe)
    _check(recipe, taken)
    notes = [*_notes(recipe, source, taken), *([unseen.check(recipe, source, bench)] if bench else [])]
    table = batches.table(taken.examples, recipe.epochs, recipe.tokens, recipe.seed, recipe.balance)
    record = Record(
        name=name,
        recipe=recipe,
        base=other or recipe.base,
        base_digest=weights.digest(where),
        mixture=_described(source, taken),
        steps=math.ceil(math.ceil(table.num_rows / devices) / recipe.accumulate),
        tokens=taken.tokens * recipe.epochs,
        answer_tokens=taken.answers * recipe.epochs,
        notes=notes,
    )
    return Plan(record, taken, table, tokenizer, where)


def _check(recipe: Recipe, taken: Taken) -> None:
    if taken.share > recipe.too_long:
        some = ", ".join(f"{row} {count:,}" for row, count in Counter(one.row for one in taken.left_out).most_common(5))
        raise UsageError(
            f"{taken.share:.1%} of the samples have more than {recipe.length:,} tokens, and none is cut, since a cut "
            f"answer teaches to stop too early; the recipe lets {recipe.too_long:.1%} be left out (too_long). Most "
            f"are of {some}. Raise `length`, or say with `too_long` that so many may go."
        )


def _described(source: Source, taken: Taken) -> Mixture:
    rows = Counter(example.row for example in taken.examples)
    return Mixture(
        name=source.name,
        digest=source.digest,
        samples=len(taken.examples),
        too_long=len(taken.left_out),
        rows=dict(sorted(rows.items())),
        corpora=source.corpora,
        terms=source.terms,
    )


def _notes(recipe: Recipe, source: Source, taken: Taken) -> list[str]:
    notes = []
    if recipe.samples and len(taken.examples) < recipe.samples:
        notes.append(f"fewer samples than asked for: {len(taken.examples):,} of {recipe.samples:,} fit")
    if recipe.unique:
        notes.append("lists are learnt with every item once, so what is said of repeats in their questions is not")
    if source.report.tests_missing:
        notes.append(f"tests whose documents could not be held out: {', '.join(source.report.tests_missing)}")
    return notes
