"""Answers without a model, to check that scores come out as they must: the gold, nothing, or the input back."""

from __future__ import annotations

from contextlib import nullcontext
from types import TracebackType
from typing import Self

from medinst.errors import UsageError
from medinst.models import Reply, Request

KINDS = ("gold", "empty", "echo")


class Mock:
    """``mock:gold``, ``mock:empty`` or ``mock:echo``."""

    concurrency = 1
    dialect = ""
    can_choose = False

    def __init__(self, kind: str) -> None:
        if kind not in KINDS:
            raise UsageError(
                f"Unknown model 'mock:{kind}'. There are: {', '.join(f'mock:{known}' for known in KINDS)}."
            )
        self.kind = kind
        self.identity = {"spec": f"mock:{kind}"}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def counting(self) -> nullcontext[None]:
        """Count nothing."""
        return nullcontext()

    async def answer(self, request: Request) -> Reply:
        """Return the sample's own output, an empty answer, or its input."""
        sample = request.sample
        return Reply({"gold": sample.output, "empty": "", "echo": sample.input}[self.kind])
