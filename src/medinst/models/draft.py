"""Guesses at a text's next tokens from what it held before: models copy their prompt and repeat themselves.

A decoder reads a guess together with the last token, which costs little more than that token alone, and keeps of it
what the model would have said itself. So answers come sooner, and are the same.
"""

from __future__ import annotations

from collections.abc import Iterable

SPAN = 3  # tokens that must be the same for those after them to be guessed
FEWEST, MOST = 2, 16  # tokens of a guess


class Draft:
    """A text's tokens so far, and where the latest three that were alike went on."""

    def __init__(self, tokens: Iterable[int]) -> None:
        self.tokens: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}
        self._length = FEWEST
        for token in tokens:
            self.add(token)

    def add(self, token: int) -> None:
        """Take in the text's next token."""
        self._after[tuple(self.tokens[-SPAN:])] = len(self.tokens)
        self.tokens.append(token)

    def guess(self, most: int) -> list[int]:
        """Return up to ``most`` tokens that may come next: those that followed the last three before, round and round.

        The guess is empty where these three are new.
        """
        at = self._after.get(tuple(self.tokens[-SPAN:]))
        if at is None:
            return []
        text = self.tokens[at:]
        count = min(self._length, most)
        return (text * (count // len(text) + 1))[:count]

    def judge(self, guessed: int, right: int) -> None:
        """Make the next guess longer after one that was right, else as long as what was right of this one."""
        if guessed:
            self._length = min(2 * guessed, MOST) if right == guessed else max(right, FEWEST)
