"""TRANSL: translate a text; rendered and read as a summary is in SUM."""

from __future__ import annotations

from medinst.tasks.sum import gold, grammar, parse, samples, write

__all__ = ["gold", "grammar", "parse", "samples", "write"]
