"""What a licence allows, and which agreements this user has accepted.

Licences are SPDX expressions. An identifier that is not known here is neither permissive nor to be published.
"""

from __future__ import annotations

import getpass
import hashlib
import re
import time
from pathlib import Path
from typing import Literal, get_args

import msgspec

from medinst.errors import IntegrityFailure
from medinst.schema import UNREADABLE
from medinst.sources import private

Wanted = Literal["permissive", "noncommercial", "any"]
WANTED: tuple[Wanted, ...] = get_args(Wanted)
_TOKEN = re.compile(r"[()]|[^\s()]+")
_CREATIVE_COMMONS = re.compile(r"CC-BY(?P<nc>-NC)?(?P<more>-SA|-ND)?-[1-4]\.[05](-[A-Z]{2,4})?", re.IGNORECASE)


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
_ALIKE = _NONCOMMERCIAL = Licence("noncommercial", publish=True)
_UNCHANGED = Licence("noncommercial")  # what is made from it must not be passed on
_UNKNOWN = Licence()

LICENCES = {
    **dict.fromkeys(("CC0-1.0", "CC-PDDC", "CC-PDM-1.0", "PDDL-1.0", "ODC-By-1.0", "Unlicense"), _PERMISSIVE),
    **dict.fromkeys(("0BSD", "MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"), _PERMISSIVE),
    **dict.fromkeys(("ODbL-1.0", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later"), _ALIKE),
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
_BY_FOLDED = {name.casefold(): licence for name, licence in LICENCES.items()}


def grade(expression: str) -> Licence:
    """Return what an SPDX expression allows: of ``A OR B`` the freer one, of ``A AND B`` no more than both do."""
    tokens = _TOKEN.findall(expression)
    try:
        found = _either(tokens)
    except (IndexError, RecursionError):
        return _UNKNOWN
    return _UNKNOWN if tokens else found


def allows(expression: str, wanted: Wanted) -> bool:
    """Say whether an SPDX expression meets a wish; every licence meets ``any``."""
    return WANTED.index(grade(expression).wanted) <= WANTED.index(wanted)


def words(expression: str) -> str:
    """Return what the identifiers of an expression stand for where SPDX does not say; empty for a plain one."""
    found = [_known(token).words for token in _TOKEN.findall(expression)]
    return "; ".join(filter(None, found))


def _either(tokens: list[str]) -> Licence:
    found = _both(tokens)
    while tokens and tokens[0].upper() == "OR":
        tokens.pop(0)
        found = min(found, _both(tokens), key=_rank)
    return found


def _both(tokens: list[str]) -> Licence:
    found = _one(tokens)
    while tokens and tokens[0].upper() == "AND":
        tokens.pop(0)
        found = max(found, _one(tokens), key=_rank)
    return found


def _one(tokens: list[str]) -> Licence:
    token = tokens.pop(0)
    if token != "(":
        return _known(token)
    found = _either(tokens)
    return found if tokens.pop(0) == ")" else _UNKNOWN


def _rank(licence: Licence) -> tuple[int, bool]:
    return WANTED.index(licence.wanted), not licence.publish


def _known(identifier: str) -> Licence:
    """Return what one licence allows; SPDX does not tell its identifiers' case."""
    if found := _CREATIVE_COMMONS.fullmatch(identifier):
        if (found["more"] or "").upper() == "-ND":
            return _UNCHANGED
        return _NONCOMMERCIAL if found["nc"] or found["more"] else _PERMISSIVE
    return _BY_FOLDED.get(identifier.casefold(), _UNKNOWN)


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That somebody accepted the terms of a corpus: ``terms`` is the sha256 of their words, ``accepted`` when (UTC)."""

    corpus: str
    licence: str
    homepage: str
    terms: str
    by: str
    accepted: str


def accept(cache: Path, corpus: str, licence: str, homepage: str, text: str, by: str = "") -> Acceptance:
    """Record that ``by`` (else who is logged in) accepts the terms of a corpus, worded as ``text``; return the record.

    Raises:
        OSError: the cache cannot be written.
    """
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    given = Acceptance(corpus, licence, homepage, _digest(text), by or _user(), now)
    path = _path(cache, corpus)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{private.owner()}")
    beside.write_bytes(msgspec.json.encode(given) + b"\n")
    beside.replace(path)
    return given


def accepted(cache: Path, corpus: str, text: str) -> Acceptance | None:
    """Return the record of an acceptance of these very terms, or None.

    Raises:
        IntegrityFailure: the record is damaged.
    """
    path = _path(cache, corpus)
    try:
        given = msgspec.json.decode(path.read_bytes(), type=Acceptance)
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise IntegrityFailure(f"{path}: {error}. Run `medinst accept {corpus}` again.") from None
    return given if (given.corpus, given.terms) == (corpus, _digest(text)) else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name
        return "unknown"


def _path(cache: Path, corpus: str) -> Path:
    return cache / "accepted" / f"{corpus}.json"
