"""What a licence allows, and which agreements this user has accepted.

Licences are SPDX expressions; each identifier that a corpus has stands in ``LICENCES``. One that is not there is
unknown, and what is unknown is neither permissive nor to be published.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Literal, get_args

import msgspec

from medinst.errors import IntegrityFailure

Wanted = Literal["permissive", "noncommercial", "any"]
WANTED: tuple[Wanted, ...] = get_args(Wanted)
_TOKEN = re.compile(r"[()]|[A-Za-z0-9.+-]+")


class Licence(msgspec.Struct, frozen=True):
    """How far a licence goes.

    ``wanted``: the strictest wish that it meets. Permissive ones ask for no more than attribution; those that ask to
    share alike, and those for non-commercial use only, meet ``noncommercial``. ``publish``: whether samples made under
    it may be published, with its terms. ``words``: what it is, where SPDX does not say.
    """

    wanted: Wanted = "any"
    publish: bool = False
    words: str = ""


_PERMISSIVE = Licence("permissive", publish=True)
_ALIKE = Licence("noncommercial", publish=True)
_NONCOMMERCIAL = Licence("noncommercial", publish=True)
_UNKNOWN = Licence()

LICENCES = {
    **dict.fromkeys(("CC0-1.0", "CC-PDM-1.0", "CC-BY-2.0", "CC-BY-3.0", "CC-BY-4.0"), _PERMISSIVE),
    **dict.fromkeys(("MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"), _PERMISSIVE),
    **dict.fromkeys(("CC-BY-SA-3.0", "CC-BY-SA-4.0", "GPL-3.0-only", "GPL-3.0-or-later"), _ALIKE),
    **dict.fromkeys(("CC-BY-NC-2.0", "CC-BY-NC-3.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-2.0-UK"), _NONCOMMERCIAL),
    **dict.fromkeys(("CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0"), _NONCOMMERCIAL),
    "LicenseRef-NCBI-PublicDomain": Licence(
        "permissive", publish=True, words="the public domain notice of the U.S. National Center for Biotechnology"
    ),
    "LicenseRef-GENIA": Licence(
        "permissive",
        publish=True,
        words="the GENIA Project Licence for Annotated Corpora: annotations under CC-BY-3.0, abstracts from PubMed",
    ),
    "LicenseRef-BioNLP-ST-2011": Licence(
        "noncommercial",
        publish=True,
        words="the terms of the BioNLP Shared Task 2011: research only, commercial use by permission of the organisers",
    ),
    "LicenseRef-NLM-terms": Licence(
        words="the terms of the U.S. National Library of Medicine for its data "
        "(https://www.nlm.nih.gov/databases/download/terms_and_conditions.html)"
    ),
    "LicenseRef-unknown": _UNKNOWN,
}


def grade(expression: str) -> Licence:
    """Return what an SPDX expression allows: of ``A OR B`` the freer one, of ``A AND B`` no more than both do."""
    tokens = _TOKEN.findall(expression)
    try:
        found = _either(tokens)
    except IndexError:
        return _UNKNOWN
    return _UNKNOWN if tokens else found


def allows(expression: str, wanted: Wanted) -> bool:
    """Say whether an SPDX expression meets a wish; every licence meets ``any``."""
    return WANTED.index(grade(expression).wanted) <= WANTED.index(wanted)


def words(expression: str) -> str:
    """Return what the identifiers of an expression stand for where SPDX does not say; empty for a plain one."""
    found = [LICENCES.get(token, _UNKNOWN).words for token in _TOKEN.findall(expression)]
    return "; ".join(filter(None, found))


def _either(tokens: list[str]) -> Licence:
    found = _both(tokens)
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        found = min(found, _both(tokens), key=_rank)
    return found


def _both(tokens: list[str]) -> Licence:
    found = _one(tokens)
    while tokens and tokens[0] == "AND":
        tokens.pop(0)
        found = max(found, _one(tokens), key=_rank)
    return found


def _one(tokens: list[str]) -> Licence:
    token = tokens.pop(0)
    if token != "(":
        return LICENCES.get(token, _UNKNOWN)
    found = _either(tokens)
    return found if tokens.pop(0) == ")" else _UNKNOWN


def _rank(licence: Licence) -> tuple[int, bool]:
    return WANTED.index(licence.wanted), not licence.publish


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That this user accepted the terms of a corpus: which (licence, homepage), and when (UTC)."""

    corpus: str
    licence: str
    homepage: str
    accepted: str


def accept(cache: Path, corpus: str, licence: str, homepage: str) -> Acceptance:
    """Record that the user accepts the terms of a corpus, and return the record."""
    given = Acceptance(corpus, licence, homepage, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    path = _path(cache, corpus)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(given) + b"\n")
    return given


def accepted(cache: Path, corpus: str, licence: str, homepage: str) -> Acceptance | None:
    """Return the record of an acceptance of these very terms, or None.

    Raises:
        IntegrityFailure: the record is damaged.
    """
    path = _path(cache, corpus)
    try:
        given = msgspec.json.decode(path.read_bytes(), type=Acceptance)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IntegrityFailure(f"{path}: {error}. Run `medinst accept {corpus}` again.") from None
    return given if (given.corpus, given.licence, given.homepage) == (corpus, licence, homepage) else None


def _path(cache: Path, corpus: str) -> Path:
    return cache / "accepted" / f"{corpus}.json"
