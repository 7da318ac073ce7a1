"""Train against test over dataset folders: which test documents are seen in which training rows, and how.

A document is a source text of a corpus, counted once however many rows use it. The tests are held in memory, the
training samples pass by; what is kept of them is what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

import medinst
from medinst import reference, tasks
from medinst.build import manifest
from medinst.errors import MedinstError
from medinst.mixtures.overlap import documents, index, near
from medinst.mixtures.overlap.documents import Passage, Source
from medinst.mixtures.overlap.index import KINDS, Hit, Kind, Tests
from medinst.mixtures.sampling import rank
from medinst.sources import digest_file

# Of a larger test split the first so many samples in a benchmark's order are looked for.
MOST = 20_000
ALL, MI32, MI32_CORPUS = "all", "mi32", "mi32-corpus"


class Named(msgspec.Struct, frozen=True, order=True):
    """A document: its corpus, its id there (of equal texts the first), and the rows that use it."""

    corpus: str
    doc_id: str
    rows: list[str]


class Pair(msgspec.Struct, frozen=True, order=True):
    """A test document found in a training document; ``score`` is the share of 13-grams or the Jaccard similarity."""

    test: Named
    train: Named
    kind: Kind
    score: float


class Seen(msgspec.Struct, frozen=True):
    """How much of a test row is seen in some training rows: its documents by any way, by each, and its samples."""

    documents: int
    samples: int
    by: dict[Kind, int]


class TestRow(msgspec.Struct, frozen=True):
    """A test row: what it has (or what of it was looked for) and what of that is seen, by mixture of training rows."""

    row: str
    corpus: str
    medinst32: bool
    samples: int
    documents: int
    seen: dict[str, Seen]


class Cell(msgspec.Struct, frozen=True):
    """The documents of a test row that are seen in a training row, in all and by each way."""

    test: str
    train: str
    documents: int
    by: dict[Kind, int]


class Overlap(msgspec.Struct, frozen=True):
    """What ``medinst overlap`` found. ``data``: digests of the folders' manifests; ``mixtures``: training rows."""

    medinst: str
    data: list[str]
    most: int
    rules: dict[str, float]
    mixtures: dict[str, list[str]]
    tests: list[TestRow]
    cells: list[Cell]
    pairs: dict[Kind, int]


class _Document(msgspec.Struct):
    """A test document and where it is used: row to the ids of its samples."""

    source: Source
    samples: dict[str, list[str]]


def measure(
    folders: Sequence[Path], most: int = MOST, tell: Callable[[str], None] = lambda text: None
) -> tuple[Overlap, list[Pair]]:
    """Compare every training row in the folders with every test row; the pairs are sorted.

    Raises:
        UsageError: a folder is no finished dataset folder.
        MedinstError: there are no tests or no training rows in them.
    """
    digests = [digest_file(folder / manifest.NAME) for folder in folders if manifest.read(folder)]
    trains, tests = _of("train", folders), _of("test", folders)
    if not trains or not tests:
        raise MedinstError(
            f"{', '.join(map(str, folders))}: {len(trains)} training splits and {len(tests)} test splits; needed "
            "are both. Build more rows, or name a second folder that has the others."
        )
    known = _documents(tests, most)
    finder = Tests([document.source.passage for document in known])
    seen: dict[tuple[int, str], set[Kind]] = {}
    pairs: dict[tuple[int, str, str, Kind], tuple[float, str, list[str]]] = {}
    for name, (folder, row) in trains.items():
        tell(name)
        for batch in documents.sources(folder, row, "train"):
            for hit in finder.hits([source.passage for source in batch]):
                seen.setdefault((hit.test, name), set()).add(hit.kind)
                _note(pairs, hit, batch[hit.other], name)
    listed = sorted(_pairs(known, pairs))
    mixtures = _mixtures(trains)
    found = Overlap(
        medinst=medinst.__version__,
        data=digests,
        most=most,
        rules={"n": index.N, "contained": index.CONTAINED, "shingle": near.SHINGLE, "near": near.THRESHOLD},
        mixtures=mixtures,
        tests=[_test(name, row, known, seen, mixtures) for name, (_, row) in tests.items()],
        cells=[cell for name in tests for cell in _cells(name, known, seen, trains)],
        pairs={kind: sum(pair.kind == kind for pair in listed) for kind in KINDS},
    )
    return found, listed


def _of(split: str, folders: Iterable[Path]) -> dict[str, tuple[Path, str]]:
    """Return (folder, row) of every such split by name; a row that an earlier folder has too is ``folder/row``."""
    found: dict[str, tuple[Path, str]] = {}
    for folder in folders:
        there = [entry.row for entry in manifest.read(folder).splits if entry.split == split and entry.samples]
        for row in dict.fromkeys(there):
            found[row if row not in found else f"{folder.name}/{row}"] = (folder, row)
    return found


def _documents(tests: dict[str, tuple[Path, str]], most: int) -> list[_Document]:
    """Return the documents of the test rows, each once."""
    found: dict[Passage, _Document] = {}
    for name, (folder, row) in tests.items():
        wanted = _first(folder, row, most)
        for batch in documents.sources(folder, row, "test"):
            for source in batch:
                if wanted is None or source.sample in wanted:
                    document = found.setdefault(source.passage, _Document(source, {}))
                    document.samples.setdefault(name, []).append(source.sample)
    return list(found.values())


def _first(folder: Path, row: str, most: int) -> set[str] | None:
    """Return the ids of the first ``most`` samples of a larger test split in the order of a benchmark, else None."""
    ids = [source.sample for batch in documents.sources(folder, row, "test") for source in batch]
    unique = list(dict.fromkeys(ids))
    if len(unique) <= most:
        return None
    return set(sorted(unique, key=lambda name: (rank(0, name), name))[:most])


def _note(
    pairs: dict[tuple[int, str, str, Kind], tuple[float, str, list[str]]], hit: Hit, source: Source, name: str
) -> None:
    """Enter a hit among the pairs: the best score of a document, all its rows; equal texts of a corpus are one."""
    document = "" if hit.kind == "text" else source.doc_id
    key = (hit.test, source.passage.corpus, document, hit.kind)
    score, first, rows = pairs.get(key, (0.0, source.doc_id, []))
    pairs[key] = (max(score, hit.score), first, rows if name in rows else [*rows, name])


def _pairs(
    known: Sequence[_Document], pairs: dict[tuple[int, str, str, Kind], tuple[float, str, list[str]]]
) -> Iterator[Pair]:
    for (test, corpus, _, kind), (score, doc, rows) in pairs.items():
        of = known[test]
        tested = Named(of.source.passage.corpus, of.source.doc_id, list(of.samples))
        yield Pair(tested, Named(corpus, doc, rows), kind, round(score, 4))


def _mixtures(trains: dict[str, tuple[Path, str]]) -> dict[str, list[str]]:
    """Return the training rows of each mixture: all, those the paper trains on, those of no test's corpus."""
    held = reference.medinst32()
    corpora = {tasks.load(row).corpus for row in held}
    rows = {name: row.removesuffix(tasks.EMPTY) for name, (_, row) in trains.items()}
    left = [name for name, row in rows.items() if row not in held]
    known = tasks.rows()
    return {
        ALL: list(trains),
        MI32: left,
        MI32_CORPUS: [name for name in left if rows[name] in known and known[rows[name]].corpus not in corpora],
    }


def _test(
    name: str,
    row: str,
    known: Sequence[_Document],
    seen: dict[tuple[int, str], set[Kind]],
    mixtures: dict[str, list[str]],
) -> TestRow:
    mine = [at for at, document in enumerate(known) if name in document.samples]
    samples = {sample for at in mine for sample in known[at].samples[name]}
    by_mixture = {mixture: _seen(name, known, mine, seen, rows) for mixture, rows in mixtures.items()}
    held = row.removesuffix(tasks.EMPTY) in reference.medinst32()
    return TestRow(name, known[mine[0]].source.passage.corpus, held, len(samples), len(mine), by_mixture)


def _seen(
    name: str, known: Sequence[_Document], mine: Sequence[int], seen: dict[tuple[int, str], set[Kind]], rows: list[str]
) -> Seen:
    ways = {at: set().union(*(seen.get((at, row), ()) for row in rows)) for at in mine}
    samples = {sample for at in mine if ways[at] for sample in known[at].samples[name]}
    by = {kind: sum(kind in found for found in ways.values()) for kind in KINDS}
    return Seen(sum(map(bool, ways.values())), len(samples), by)


def _cells(
    name: str, known: Sequence[_Document], seen: dict[tuple[int, str], set[Kind]], trains: Iterable[str]
) -> Iterator[Cell]:
    mine = [at for at, document in enumerate(known) if name in document.samples]
    for train in trains:
        found = _seen(name, known, mine, seen, [train])
        if found.documents:
            yield Cell(name, train, found.documents, found.by)
