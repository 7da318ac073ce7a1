"""The corpora: one module each that says what it is, where it is, its terms, and which reader reads which split.

A module holds ``CORPUS`` and, where the format is its own, the functions that read it. Found by file name;
a user's own corpus loads from a path (``load("./mine.py")``).
"""

from __future__ import annotations

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
from medinst.schema import Record, Split
from medinst.sources import Tree, locate
from medinst.sources.pins import places

# Two numbers in a module's name are a version's: evidence_inference_2_0 is evidence-inference-2.0.
_DIGITS = re.compile(r"(?<=_\d)_(?=\d$)")

# Called with a path, the quarantine and, where ``Files`` names something beside the path, ``beside=`` its path.
Reader = Callable[..., Iterator[Record]]


Access = Literal["open", "registration", "agreement", "gone"]
ACCESS: tuple[str, ...] = get_args(Access)


class Files(msgspec.Struct, frozen=True):
    """A place in the corpus's tree and the reader for it.

    ``places``: relative paths, ``*`` allowed, the first that exists is read; official layout and mirror may differ.
    ``partial``: what is found there is known to be less than the release. ``beside``: places of a second file or
    folder, without which the first cannot be read; the reader gets it as the keyword ``beside``. ``damage``: pieces
    known to be unusable in this copy of the split, by rule, beyond what the corpus declares of the release.
    """

    read: Reader
    places: tuple[str, ...]
    partial: bool = False
    beside: tuple[str, ...] = ()
    damage: dict[str, int] = {}


class Corpus(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a corpus.

    ``licence``: an SPDX expression or ``LicenseRef-…``; ``LicenseRef-unknown`` is never permissive.
    ``urls``: official download places; an archive among them is read in place of its unpacked tree.
    ``splits``: alternatives a split, first found wins. ``views``: further ways to read it (the same corpus as
    sentences with tags), by name. ``damage``: pieces known to be unusable in the release, by rule, over all splits.
    ``also``: further source folders in which its files may lie (a split index that others published).
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
) -> tuple[Files, ...]:
    """Return one alternative of a split; alternatives add up with ``+``."""
    return (Files(read, places, partial, beside, damage or {}),)


def find(files: tuple[Files, ...], tree: Tree) -> tuple[Files, Path] | None:
    """Return the first alternative that is there, with its path, or None."""
    for alternative in files:
        path = _first(alternative.places, tree)
        other = _first(alternative.beside, tree)
        if path is None or (alternative.beside and other is None):
            continue
        if other is not None:
            alternative = msgspec.structs.replace(alternative, read=partial(alternative.read, beside=other))
        return alternative, path
    return None


def _first(places: tuple[str, ...], tree: Tree) -> Path | None:
    return next((path for place in places if (path := tree.find(place)) is not None), None)


def names() -> list[str]:
    """Return the names of all corpora, sorted, without importing any."""
    return sorted(_DIGITS.sub(".", module.name).replace("_", "-") for module in pkgutil.iter_modules(__path__))


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
