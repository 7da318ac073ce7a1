"""What may be built: agreements first accepted, licences as wished for, and what is not for publication left out."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import medinst
from medinst.corpora import Corpus
from medinst.errors import TermsNotAccepted
from medinst.sources import Tree, digest_tree, terms
from medinst.sources.pins import places
from medinst.sources.terms import Acceptance, Wanted


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
    if corpus.access != "agreement" or terms.accepted(cache, corpus.name, wording(corpus)):
        return
    if tree.digest != _invented(corpus.name):
        raise TermsNotAccepted(
            f"{corpus.name} is under an agreement: {_licence(corpus)}. Read it at {corpus.homepage}; if you have "
            f"accepted it, say so with `medinst accept {corpus.name}` and run this again."
        )


def accept(corpus: Corpus, cache: Path, by: str = "") -> Acceptance:
    """Record that the terms of a corpus are accepted, by whoever runs this or by ``by``."""
    return terms.accept(cache, corpus.name, corpus.licence, corpus.homepage, wording(corpus), by)


def wording(corpus: Corpus) -> str:
    """Return the terms of a corpus as a user accepts them; where these words change, they are to be accepted anew."""
    name = f"{corpus.name}: {corpus.title} ({corpus.year})"
    lines = [name, f"Licence: {_licence(corpus)}.", f"At: {corpus.homepage}"]
    if corpus.access == "agreement":
        lines.append(
            "Its files are given out only to those who register there and accept these terms. The files, what is made "
            "from them, and models tuned on that are bound by the same terms; do not pass them on."
        )
    return "\n".join(lines)


def _licence(corpus: Corpus) -> str:
    meaning = terms.words(corpus.licence)
    return f"{corpus.licence}, {meaning}" if meaning else corpus.licence


def how_to_get(corpus: Corpus, sources: Path | None) -> str:
    """Return how a user gets the files of a corpus and where they go."""
    where = sources / corpus.name if sources else Path("<sources>") / corpus.name
    files = ", ".join(_files(corpus))
    there = f"put {files} into {where}/, or all of it as {where}.tar.gz"
    if corpus.access == "open" and corpus.urls:
        return f"Run `medinst fetch {corpus.name}` where there is a network, or {there}; from {corpus.urls[0]}."
    asks = {
        "registration": f"Register at {corpus.homepage}",
        "agreement": f"Register at {corpus.homepage} and accept its terms ({_licence(corpus)})",
        "gone": f"It is not offered any more; ask its authors ({corpus.homepage})",
    }.get(corpus.access, f"Get it from {corpus.homepage}")
    accepting = f" Then run `medinst accept {corpus.name}`." if corpus.access == "agreement" else ""
    return f"{asks}; {there}. It is never downloaded.{accepting}"


def _files(corpus: Corpus) -> list[str]:
    """Return the names of a corpus's official files, or else the places where its splits are looked for first."""
    official = [place.name for place in places(corpus.name, corpus.urls) if place.name and not place.mirror]
    return official or list(dict.fromkeys(files[0].places[0] for files in corpus.splits.values()))


def _invented(corpus: str) -> str:
    with resources.as_file(resources.files(medinst) / "invented" / corpus) as folder:
        return digest_tree(folder)
