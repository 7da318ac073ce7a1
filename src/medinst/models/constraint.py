"""How a server is told the only form that an answer may have: each kind of server has its own field for it."""

from __future__ import annotations

from typing import Any

from medinst.errors import UsageError
from medinst.models import Grammar

LLAMA_CPP = "llama.cpp"
DIALECTS = {
    LLAMA_CPP: "llama.cpp's server: `grammar`",
    "vllm": "vLLM: `structured_outputs` with `grammar`, which its back-end xgrammar reads",
    "vllm-regex": "vLLM with any back-end: `structured_outputs` with `regex`, where mentions may be any words",
}


def check(dialect: str) -> str:
    """Return a dialect that there is, or none.

    Raises:
        UsageError: there is no such dialect.
    """
    if dialect and dialect not in DIALECTS:
        known = "; ".join(f"{name} ({what})" for name, what in DIALECTS.items())
        raise UsageError(f"Unknown dialect {dialect!r}. There are: {known}.")
    return dialect


def fields(dialect: str, answers: Grammar | None) -> dict[str, Any]:
    """Return what a request's body has beside the messages so that the answer has the form ``answers``."""
    if answers is None or not dialect:
        return {}
    if dialect == LLAMA_CPP:
        return {"grammar": answers.gbnf}
    return {"structured_outputs": {"grammar": answers.gbnf} if dialect == "vllm" else {"regex": answers.pattern}}
