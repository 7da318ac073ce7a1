"""References for the metric tests, made of plain items."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from medinst.metrics import Reference
from medinst.schema import Gold, Target


@pytest.fixture
def reference() -> Callable[..., Reference]:
    """Return a function that makes a reference of items; a slot of an item is a text or a set of accepted ones."""

    def make(*items, symmetric=False, labels=(), output="", doc="d", text="", category="", **target):
        gold = tuple(
            Gold(tuple(frozenset((slot,) if isinstance(slot, str) else slot) for slot in item), symmetric)
            for item in items
        )
        return Reference(output, gold, Target(**target), labels, doc, text, category)

    return make
