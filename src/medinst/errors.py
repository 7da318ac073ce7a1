"""Every exception medinst raises on purpose, and the exit code each one means.

    MedinstError               1  something failed; the message says what, where, and what to do next
    ├── UsageError             2  the command or a recipe asks for what cannot be
    │   └── UnknownName        2  a row, corpus, model or metric that does not exist; names the nearest
    ├── SourceMissing          1  a corpus was asked for and none of its files is at hand
    ├── TermsNotAccepted       1  a corpus is under an agreement that was not yet accepted
    ├── RemoteFailure          4  a server refused, stalled or answered nonsense
    ├── IntegrityFailure       5  bytes are not what they were, or must not be trusted
    │   └── ArchiveRefused     5  a corrupt or hostile archive; nothing of it was kept
    └── Interrupted          130  stopped by the user; says how to go on

A mistake of the user prints as one message without a traceback; a traceback is always a fault of ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MedinstError(Exception):
    """Base of all; ``exit_code`` is what the command line ends with."""

    exit_code = 1


class UsageError(MedinstError):
    """The request itself is wrong: a flag, a path, a recipe."""

    exit_code = 2


class UnknownName(UsageError):
    """A name that is not in the catalogue; the message lists the nearest ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.nearest = nearest(name, known)
        hint = f" Nearest: {', '.join(self.nearest)}." if self.nearest else ""
        super().__init__(f"Unknown {kind} {name!r}.{hint} `medinst catalog` lists them all.")


class SourceMissing(MedinstError):
    """A corpus has no files in the sources folder or the cache."""


class TermsNotAccepted(MedinstError):
    """A corpus is under an agreement and the user's acceptance is not recorded."""


class RemoteFailure(MedinstError):
    """A server could not be reached or did not answer usefully within its tries."""

    exit_code = 4


class IntegrityFailure(MedinstError):
    """A file differs from its recorded digest, or a folder from its manifest."""

    exit_code = 5


class ArchiveRefused(IntegrityFailure):
    """An archive is damaged or tries to leave its folder; it was refused as a whole."""


class Interrupted(MedinstError):
    """The user stopped the command; what had finished is kept."""

    exit_code = 130


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to ``count`` known names most like ``name``, ignoring case, best first."""
    by_folded: dict[str, str] = {}
    for candidate in known:
        by_folded.setdefault(candidate.casefold(), candidate)
    close = difflib.get_close_matches(name.casefold(), by_folded, n=count, cutoff=0.4)
    return [by_folded[key] for key in close]
