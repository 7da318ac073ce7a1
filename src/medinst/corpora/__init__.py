"""The corpora: one module each that says what it is, where it is, its terms, and which reader reads which split.

A module holds ``CORPUS`` and, where the format is its own, the functions that read it. Found by file name;
a user's own corpus loads from a path (``load("./mine.py")``).
"""

from __future__ import annotations

import functools
import importlib
import importlib.resources
import importlib.util
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Literal, get_args

import msgspec

from medinst.errors import UnknownName, UsageError
from medinst.formats.parts import Part
from medinst.schema import Record, Split
from medinst.sources import Tree, locate
from medinst.sources.pins import places

# Two numbers in a module's name are a version's: evidence_inference_2_0 is evidence-inference-2.0.
_DIGITS = re.compile(r"(?<=_\d)_(?=\d$)")

# What a document's id says of the article it is, or is from, by view; what does not match in full names no article.
PMID = {"documents": r"(?P<pmid>[1-9]\d{3,7})"}
SECTION = {"documents": r"PMID-(?P<pmid>\d+)|PMC-?(?P<pmcid>\d+)(?:-.*)?"}
MEDLINE = {"documents": r"(?P<medline>[1-9]\d{7})"}

# Called with a path, the quarantine and, where ``Files`` names something beside the path, ``beside=`` its path; with
# ``part=`` where the file is read in parts.
Reader = Callable[..., Iterator[Record]]
# Called with the path and ``beside=`` likewise; returns the parts in order, fewer than two where it is read whole.
Splitter = Callable[..., list[Part]]


Access = Literal["open", "registration", "agreement", "gone"]
ACCESS: tuple[str, ...] = get_args(Access)


class Files(msgspec.Struct, frozen=True):
    """A place in the corpus's tree and the reader for it.

    ``places``: relative paths, ``*`` allowed, the first that exists is read; official layout and mirror may differ.
    ``partial``: what is found there is known to be less than the release. ``beside``: places of a second file or
    folder, without which the first cannot be read; the reader gets it as the keyword ``beside``. ``damage``: pieces
    known to be unusable in this copy of the split, by rule, beyond what the corpus declares of the release.
    ``parts`` says where a large file may be cut; the records of its parts are those of the whole, with the same ids.
    ``numbered``: the ids say where in the file a record stands, so that none can come twice.
    """

    read: Reader
    places: tuple[str, ...]
    partial: bool = False
    beside: tuple[str, ...] = ()
    damage: dict[str, int] = {}
    parts: Splitter | None = None
    numbered: bool = False


class Corpus(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a corpus.

    ``licence``: an SPDX expression or ``LicenseRef-…``; ``LicenseRef-unknown`` is never permissive.
    ``urls``: official download places; an archive among them is read in place of its unpacked tree.
    ``splits``: alternatives a split, first found wins. ``views``: further ways to read it (the same corpus as
    sentences with tags), by name. ``damage``: pieces known to be unusable in the release, by rule, over all splits.
    ``also``: further source folders in which its files may lie (a split index that others published).
    ``articles``: by view, what the ids of documents are: a pattern whose named group holds the number of the article
    (``pmid``, ``pmcid``, or ``medline`` for the older number of MEDLINE); views not named have ids of their own.
    """

    name: str
    title: str
    year: int
    homepage: str
    licence: str
    access: Access = "open"
    language: str = "en"
    domain: Literal["literature", "clinical", "consumer", "social", "web"] = "literature"
    urls: tuple[str, ...] = ()
    layout: Literal["real", "documented"] = "real"
    splits: dict[Split, tuple[Files, ...]]
    views: dict[str, dict[Split, tuple[Files, ...]]] = {}
    damage: dict[str, int] = {}
    also: tuple[str, ...] = ()
    articles: dict[str, str] = {}

    def tree(self, sources: Path | None, cache: Path) -> Tree | None:
        """Return the corpus's files in the sources folder or the cache, or None where none are at hand.

        Raises:
            ArchiveRefused: an archive is damaged or hostile; nothing of it was kept.
        """
        return locate(self.name, self.archives(), sources, cache, self.also)

    def view(self, name: str) -> dict[Split, tuple[Files, ...]]:
        """Return the splits of a view; ``documents`` is the corpus's main one."""
        if name == "documents":
            return self.splits
        if name not in self.views:
            raise UsageError(f"Corpus {self.name} has no view {name!r}; it has {['documents', *self.views]}.")
        return self.views[name]

    def article(self, view: str, doc: str) -> str:
        """Return the article that a document's id names, as ``pmid:9974401``, or nothing where it names none."""
        found = re.fullmatch(self.articles.get(view, "(?!)"), doc)
        return next((f"{kind}:{number}" for kind, number in found.groupdict().items() if number), "") if found else ""

    def declared(self, view: str, split: Split, partial: bool) -> Counter[str]:
        """Return the damage that the files of a split declare beyond ``damage``, those of a partial copy or not."""
        found: Counter[str] = Counter()
        for files in self.view(view).get(split, ()):
            if files.partial == partial:
                found.update(files.damage)
        return found

    def archives(self) -> tuple[str, ...]:
        """Return the names of official archives and their mirrors, which may lie in the tree instead of contents."""
        # NCBI has tar archives named .BioC.xml.gz; what an archive is, its content says.
        endings = (".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar", ".BioC.xml.gz")
        found = (place.name for place in places(self.name, self.urls))
        return tuple(dict.fromkeys(name for name in found if name.endswith(endings)))


def at(
    *places: str,
    read: Reader,
    partial: bool = False,
    beside: tuple[str, ...] = (),
    damage: dict[str, int] | None = None,
    parts: Splitter | None = None,
    numbered: bool = False,
) -> tuple[Files, ...]:
    """Return one alternative of a split; alternatives add up with ``+``."""
    return (Files(read, places, partial, beside, damage or {}, parts, numbered),)


def find(files: tuple[Files, ...], tree: Tree) -> tuple[Files, Path] | None:
    """Return the first alternative that is there, with its path, or None."""
    for alternative in files:
        path = _first(alternative.places, tree)
        other = _first(alternative.beside, tree)
        if path is None or (alternative.beside and other is None):
            continue
        if other is not None:
            read, parts = alternative.read, alternative.parts
            alternative = msgspec.structs.replace(
                alternative, read=partial(read, beside=other), parts=parts and partial(parts, beside=other)
            )
        return alternative, path
    return None


def _first(places: tuple[str, ...], tree: Tree) -> Path | None:
    return next((path for place in places if (path := tree.find(place)) is not None), None)


@functools.cache
def names() -> tuple[str, ...]:
    """Return the names of all corpora, sorted, without importing any."""
    found = (_DIGITS.sub(".", module.name).replace("_", "-") for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(found))


def load(name: str) -> Corpus:
    """Return a corpus by name, or from a user's own file where ``name`` ends in ``.py``.

    Raises:
        UnknownName: there is no such corpus; the message names the nearest.
        UsageError: the file holds no ``CORPUS``.
    """
    if name.endswith(".py"):
        return _from_file(Path(name))
    corpus = _module(name).CORPUS
    if not isinstance(corpus, Corpus):
        raise UsageError(f"corpora/{name}: CORPUS is {type(corpus).__name__}, expected Corpus.")
    return corpus


def about(name: str) -> str:
    """Return what a corpus's module says that the corpus is.

    Raises:
        UnknownName: there is no such corpus; the message names the nearest.
    """
    return inspect.cleandoc(_module(name).__doc__ or "")


def citation(name: str) -> str:
    """Return the BibTeX entry of a corpus, its key the corpus's name, or nothing where there is none."""
    text = (importlib.resources.files(__name__) / "citations.bib").read_text("utf-8")
    found = re.search(rf"^@\w+\{{{re.escape(name)},$.*?^\}}$", text, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def _module(name: str) -> ModuleType:
    if name not in names():
        raise UnknownName("corpus", name, names())
    return importlib.import_module(f"{__name__}.{name.replace('-', '_').replace('.', '_')}")


def _from_file(path: Path) -> Corpus:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UsageError(f"No corpus module at {path}; expected a Python file with a CORPUS in it.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    corpus = getattr(module, "CORPUS", None)
    if not isinstance(corpus, Corpus):
        raise UsageError(f"{path} holds no CORPUS of type medinst.corpora.Corpus.")
    return corpus
