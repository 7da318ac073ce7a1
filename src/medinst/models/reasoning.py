"""Answers of models that think aloud: the thoughts apart from the answer."""

from __future__ import annotations

_MARKS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<|channel|>analysis", "<|channel|>final<|message|>"),
)


def parted(text: str) -> tuple[str, str]:
    """Return (thoughts, answer) of a raw answer; the thoughts are empty where it has none.

    A model whose template opens the thoughts for it closes them only; one that was cut off while it thought has
    given no answer. Thoughts stand before the answer: a mark further on is the answer's own text.
    """
    for start, end in _MARKS:
        before, closed, after = text.partition(end)
        opened = before.lstrip().startswith(start)
        if closed and (opened or start not in before):
            return before.strip().removeprefix(start).strip(), after.strip()
        if opened:
            return before.strip().removeprefix(start).strip(), ""
    return "", text
