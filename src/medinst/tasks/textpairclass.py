"""TEXTPAIRCLASS: one label for two texts, a drug and what is said about it; rendered and read as in TE."""

from __future__ import annotations

from medinst.tasks.te import gold, grammar, parse, samples, write

__all__ = ["gold", "grammar", "parse", "samples", "write"]
