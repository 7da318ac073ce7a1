"""Libraries that only some scores need: imported by these, and said how to get where they are missing."""

from __future__ import annotations

import importlib
from typing import Any

from medinst.errors import MedinstError

HOW = "pip install 'medinst[metrics]'"


class Lacking(MedinstError):
    """A score cannot be computed here: what it needs is not installed. The message says how to get it."""


def library(name: str) -> Any:
    """Return a module by its name.

    Raises:
        Lacking: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Lacking(f"{name.partition('.')[0]} is not installed: {HOW}") from None
