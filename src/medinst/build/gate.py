"""What may be built: agreements first accepted, licences as wished for, and what is not for publication left out."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import medinst
from medinst.corpora import Corpus
from medinst.errors import TermsNotAccepted
from medinst.sources import Tree, digest_tree, terms
from medinst.sources.pins import places
from medinst.sources.terms import Wanted


def left_out(corpus: Corpus, wanted: Wanted, publishable: bool) -> str:
    """Return why a corpus is left out of a build, empty where it is not."""
    if not terms.allows(corpus.licence, wanted):
        return f"{corpus.name}: its licence is {corpus.licence}, asked for is --licence {wanted}"
    if publishable and corpus.access != "open":
        return f"{corpus.name}: it is not open to all ({corpus.access}), so not --publishable"
    if publishable and not terms.grade(corpus.licence).publish:
        return f"{corpus.name}: its licence is {corpus.licence}, which is not known to allow --publishable"
    return ""


def require(corpus: Corpus, tree: Tree, cache: Path) -> None:
    """See to it that nothing under an agreement is used before the user has accepted it.

    The invented documents that ship with the package are under none, wherever they were copied to.

    Raises:
        TermsNotAccepted: it was not; the message says what to read and what to run.
        IntegrityFailure: the record of the acceptance is damaged.
    """
    if corpus.access != "agreement" or terms.accepted(cache, corpus.name, corpus.licence, corpus.homepage):
        return
    if tree.digest != _invented(corpus.name):
        raise TermsNotAccepted(
            f"{corpus.name} is under an agreement: {agreement(corpus)}. Read it at {corpus.homepage}; if you have "
            f"accepted it, say so with `medinst accept {corpus.name}` and run this again."
        )


def agreement(corpus: Corpus) -> str:
    """Return the terms of a corpus in words."""
    meaning = terms.words(corpus.licence)
    return f"{corpus.licence}, {meaning}" if meaning else corpus.licence


def how_to_get(corpus: Corpus, sources: Path | None) -> str:
    """Return how a user gets the files of a corpus and where they go."""
    where = sources / corpus.name if sources else Path("<sources>") / corpus.name
    files = ", ".join(place.name for place in places(corpus.name, corpus.urls) if place.name and not place.mirror)
    there = f"put {files or 'its files'} into {where}/, or all of it as {where}.tar.gz"
    if corpus.access == "open" and corpus.urls:
        return f"Run `medinst fetch {corpus.name}` where there is a network, or {there}; from {corpus.urls[0]}."
    asks = {
        "registration": f"Register at {corpus.homepage}",
        "agreement": f"Register at {corpus.homepage} and accept its terms ({agreement(corpus)})",
        "gone": f"It is not offered any more; ask its authors ({corpus.homepage})",
    }.get(corpus.access, f"Get it from {corpus.homepage}")
    accepting = f" Then run `medinst accept {corpus.name}`." if corpus.access == "agreement" else ""
    return f"{asks}; {there}. It is never downloaded.{accepting}"


def _invented(corpus: str) -> str:
    with resources.as_file(resources.files(medinst) / "invented" / corpus) as folder:
        return digest_tree(folder)
