"""What is to be built: the rows and splits whose files are at hand as shards, the others with what is missing."""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

import msgspec
import pyarrow as pa

import medinst
from medinst import corpora, tasks
from medinst.build import gate
from medinst.errors import ArchiveRefused, IntegrityFailure, SourceMissing, TermsNotAccepted, UsageError
from medinst.formats.parts import Part
from medinst.schema import SPLITS, Split
from medinst.sources import Tree
from medinst.sources.archive import gunzipped
from medinst.sources.terms import Wanted

# The code that a dataset's bytes depend on besides its own corpus module.
_CODE = ("schema.py", "formats", "sources", "tasks", "corpora/__init__.py", "build/parquet.py", "build/shard.py")
_PACKED = 1 << 24  # a gzip file over this is unpacked once, so that it can be read in parts
_THREADS = 2  # of the files of several corpora, some wait for the disk while others are hashed

_SIBLING = re.compile(r"medinst\.corpora(?: import|\.)\s*\(?(\w+)")


class Shard(msgspec.Struct, frozen=True):
    """A split of a row, or a part of it where a large file is read in parts: the unit of work.

    ``key`` is the digest of all that its bytes depend on. It is number ``at`` (from 0) of ``of`` shards; ``part`` is
    what the reader is to read, empty for the whole file. ``size``: bytes of the files that it reads. ``but``: hashes
    of ids that an earlier part has.
    """

    row: str
    split: Split
    corpus: str
    view: str
    place: str
    partial: bool
    digest: str
    key: str
    wording: int = 0
    part: Part = ()
    at: int = 0
    of: int = 1
    size: int = 0
    but: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The shard as messages call it."""
        return f"{self.row}/{self.split}" + (f" {self.at + 1} of {self.of}" if self.of > 1 else "")

    @property
    def file(self) -> str:
        """The Parquet file's path in the dataset folder."""
        return f"{self.row}/{self.split}-{self.at:05d}-of-{self.of:05d}.parquet"


class Missing(msgspec.Struct, frozen=True):
    """A row, or a split of it, that cannot be built here, and why."""

    row: str
    split: str
    why: str


class _Looked(msgspec.Struct):
    """The files of a corpus, or why they were refused; by view and split what is there, and where it is cut.

    ``splits``: the file, whether it is known to be less than the release, where its content is if it was unpacked,
    and the parts that it is read in, none where it is read whole.
    """

    tree: Tree | None = None
    refused: str = ""
    splits: dict[tuple[str, Split], tuple[Path, bool, Path | None, list[Part]]] = {}


class Plan(msgspec.Struct):
    """Shards to build, the largest first, with the trees they read; what is missing; corpora whose files were refused.

    ``unpacked``: by corpus and place, where the content of large gzip files is. ``left_out``: rows that are left
    out for a wish (``licence``, ``publishable``) or an agreement that is not accepted, and why.
    """

    shards: list[Shard] = []
    trees: dict[str, Tree] = {}
    unpacked: dict[tuple[str, str], Path] = {}
    missing: list[Missing] = []
    refused: dict[str, str] = {}
    left_out: list[Missing] = []
    licence: Wanted = "any"
    publishable: bool = False

    def taken_as_found(self) -> list[str]:
        """Return the corpora to be read of whose bytes no digest is known, so that damage cannot be told."""
        return sorted({job.corpus for job in self.shards if not self.trees[job.corpus].known})


def make(
    names: Iterable[str],
    sources: Path | None,
    cache: Path,
    wording: int = 0,
    keep_empty: bool = False,
    licence: Wanted = "any",
    publishable: bool = False,
    beside: bool = False,
) -> Plan:
    """Return the plan for the named rows, or for every row of Table 11 where none is named.

    ``keep_empty`` adds for every row that lists mentions, links, relations or events a row ``<row>-empty`` of the
    documents that have none. ``wording``: which of a task's three instructions to use. Corpora whose licence does not
    meet ``licence``, and with ``publishable`` those that must not or may not be published, are left out. ``beside``:
    a named row may be one that is not of Table 11.

    Raises:
        UnknownName: there is no such row.
        UsageError: a row is only asked by a benchmark, whose questions must not come into a dataset folder.
        SourceMissing: a row that was named has no source at all.
        TermsNotAccepted: a row that was named is of a corpus under an agreement that was not accepted.
    """
    named = list(dict.fromkeys(names))
    if not beside and (asked := [name for name in named if name in tasks.beside()]):
        raise UsageError(
            f"{', '.join(asked)}: nothing is to be trained on it, so it comes into no dataset folder. Make its "
            f"benchmark: `medinst bench {tasks.load(asked[0]).corpus} --data OUT --out BENCH`."
        )
    plan = Plan(licence=licence, publishable=publishable)
    wanted = []
    for name in _with_empty(named or tasks.rows()) if keep_empty else named or tasks.rows():
        if why := gate.left_out(corpora.load(tasks.load(name).corpus), licence, publishable):
            plan.left_out.append(Missing(name, "", why))
        else:
            tasks.instruction(name, wording)  # refuses a wording that is not there before anything is read
            wanted.append(tasks.load(name))
    looked = _look_at(wanted, sources, cache)
    plan.refused = {name: found.refused for name, found in looked.items() if found.refused}
    plan.trees = {name: found.tree for name, found in looked.items() if found.tree}
    for row in wanted:
        _take(plan, row, looked[row.corpus], sources, cache, wording, bool(named))
    plan.shards.sort(key=lambda job: (-job.size, job.row, job.split, job.at))
    return plan


def _look_at(rows: Iterable[tasks.Row], sources: Path | None, cache: Path) -> dict[str, _Looked]:
    """Return what there is of the corpora of all rows, by name, looking at several of them at a time."""
    views: dict[str, set[str]] = {}
    for row in rows:
        views.setdefault(row.corpus, set()).add(row.view)
    pool = ThreadPoolExecutor(_THREADS)
    try:
        found = pool.map(lambda name: _look(corpora.load(name), views[name], sources, cache), views)
        return dict(zip(views, found, strict=True))
    finally:
        pool.shutdown(cancel_futures=True)


def _look(corpus: corpora.Corpus, views: Iterable[str], sources: Path | None, cache: Path) -> _Looked:
    """Find and check the files of a corpus, and see where the large ones of these views can be cut."""
    try:
        tree = corpus.tree(sources, cache)
    except IntegrityFailure as error:
        return _Looked(refused=str(error))
    if tree is None:
        return _Looked()
    looked = _Looked(tree)
    for view in views:
        for split, places in corpus.view(view).items():
            found = corpora.find(places, tree)
            if found is not None:
                files, path = found
                looked.splits[view, split] = (path, files.partial, *_parts(files, path, cache))
    return looked


def _take(
    plan: Plan, row: tasks.Row, looked: _Looked, sources: Path | None, cache: Path, wording: int, named: bool
) -> None:
    """Add a row to the plan, as shards or as missing; one that was ``named`` must not miss everything."""
    corpus, tree = corpora.load(row.corpus), looked.tree
    if tree is None:
        why = looked.refused or gate.how_to_get(corpus, sources)
        if named and not looked.refused:
            raise SourceMissing(f"{row.name}: no files of corpus {corpus.name}. {why}")
        plan.missing.append(Missing(row.name, "", why))
    elif why := _not_accepted(corpus, tree, cache):
        if named:
            raise TermsNotAccepted(f"{row.name}: {why}")
        plan.left_out.append(Missing(row.name, "", why))
    elif not _add(plan, row, looked, tree, wording) and named:
        places = "; ".join(item.why for item in plan.missing if item.row == row.name)
        raise SourceMissing(
            f"{row.name}: none of its files are in {tree.roots[0]}: {places}. {gate.how_to_get(corpus, sources)}"
        )


def _with_empty(names: Iterable[str]) -> list[str]:
    """Return the names with ``<row>-empty`` behind each row that can have it."""
    found = []
    for name in names:
        found += [name, f"{name}{tasks.EMPTY}"] if tasks.load(name).can_be_empty() else [name]
    return found


def _not_accepted(corpus: corpora.Corpus, tree: Tree, cache: Path) -> str:
    """Return what is to be done before a corpus under an agreement may be built, empty where nothing is."""
    try:
        gate.require(corpus, tree, cache)
    except TermsNotAccepted as error:
        return str(error)
    return ""


def _add(plan: Plan, row: tasks.Row, looked: _Looked, tree: Tree, wording: int) -> bool:
    """Add the row's splits to the plan, or to what is missing; say whether any of them can be built."""
    view = corpora.load(row.corpus).view(row.view)
    for split in (split for split in SPLITS if split in view):
        if (row.view, split) not in looked.splits:
            places = " or ".join(place for files in view[split] for place in files.places)
            plan.missing.append(Missing(row.name, split, f"{row.corpus}: no {places}"))
            continue
        path, partial, unpacked, parts = looked.splits[row.view, split]
        place = next(path.relative_to(root).as_posix() for root in tree.roots if path.is_relative_to(root))
        if unpacked is not None:
            plan.unpacked[row.corpus, place] = unpacked
        whole = Shard(row.name, split, row.corpus, row.view, place, partial, tree.digest, "", wording)
        # Whether a split has empty documents is seen from all of it.
        cut = [] if row.name.endswith(tasks.EMPTY) else parts
        size = _size(unpacked or path) // max(1, len(cut))
        for at, part in enumerate(cut or [()]):
            job = msgspec.structs.replace(whole, part=part, at=at, of=max(1, len(cut)), size=size)
            plan.shards.append(msgspec.structs.replace(job, key=key(job)))
    return any(job.row == row.name for job in plan.shards)


def _parts(files: corpora.Files, path: Path, cache: Path) -> tuple[Path | None, list[Part]]:
    """Return where the content of a large gzip file was unpacked, and the parts that a large file is read in."""
    if files.parts is None or not path.is_file():
        return None, []
    unpacked = None
    if path.suffix == ".gz":
        if path.stat().st_size < _PACKED:
            return None, []
        try:
            unpacked = gunzipped(path, cache)
        except ArchiveRefused:
            return None, []  # read whole, up to the fault
    found = files.parts(unpacked or path)
    return unpacked, found if len(found) > 1 else []


@functools.cache
def _size(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(os.stat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(path) for name in names)


def key(job: Shard) -> str:
    """Return the digest of all that a shard's bytes depend on: code, input, row, options, and which part it is."""
    row = msgspec.json.encode(tasks.load(job.row)).decode()
    what = (code_digest(job.corpus), job.digest, row, tasks.instruction(job.row, job.wording), job.wording)
    return hashlib.sha256(repr((*what, job.split, job.place, job.part, job.at, job.of)).encode()).hexdigest()


@functools.cache
def code_digest(corpus: str) -> str:
    """Return the sha256 of the code that the rows of a corpus depend on, and of pyarrow's version."""
    package = resources.files(medinst)
    digest = hashlib.sha256(pa.__version__.encode())
    with resources.as_file(package) as root:
        paths = [path for name in _CODE for path in sorted({root / name, *(root / name).rglob("*")})]
        own = root / "corpora" / f"{corpus.replace('-', '_').replace('.', '_')}.py"
        others = _SIBLING.findall(own.read_text("utf-8")) if own.is_file() else []
        for path in [*paths, own, *(own.with_name(f"{name}.py") for name in sorted(set(others)))]:
            if path.suffix == ".py" and path.is_file():
                digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()
