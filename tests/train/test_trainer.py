"""The loss, token by token."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")
for _name in ("transformers", "peft", "trl", "datasets"):
    pytest.importorskip(_name, reason="needs the extra train")

from medinst.train import trainer  # noqa: E402 - asked for above


def test_a_token_is_made_likely_or_unlikely_by_the_sign_of_its_weight():
    scores = torch.randn(4, 7, generator=torch.Generator().manual_seed(0))
    targets, weights = torch.tensor([0, 3, 3, 6]), torch.tensor([1.0, 0.5, -0.5, -2.0])
    p = scores.softmax(-1)[range(4), targets]
    expected = torch.stack([-p[0].log(), -0.5 * p[1].log(), -0.5 * (1 - p[2]).log(), -2 * (1 - p[3]).log()])
    assert torch.allclose(trainer.losses(scores, targets, weights), expected)


@pytest.mark.parametrize("sure", [0.0, 20.0, 1000.0])
def test_a_token_that_is_sure_and_wrong_has_a_loss_and_a_gradient_that_are_numbers(sure):
    scores = torch.tensor([[sure, -sure]], requires_grad=True)
    loss = trainer.losses(scores, torch.tensor([0]), torch.tensor([-1.0])).sum()
    loss.backward()
    assert 0 < loss.item() < 14
    assert scores.grad.isfinite().all()
