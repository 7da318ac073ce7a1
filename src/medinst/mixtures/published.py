"""A benchmark folder from the authors' own MedINST32 files: ``unseen_tests/<row>_test.json``, one file a test.

Its questions and answers are theirs to the letter, so that scores under the published rule compare with the published
ones. They published texts only: what a strict score needs besides is read back from the gold answers, and what that
cannot tell is said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from medinst import corpora, reference, tasks
from medinst.build import dataset, parquet, whole
from medinst.build.manifest import Manifest, SplitEntry
from medinst.errors import MedinstError, UsageError, nearest
from medinst.formats import jsonl, limits
from medinst.formats.quarantine import Damage, Quarantine
from medinst.mixtures.benchmark import KIND
from medinst.schema import Sample
from medinst.sources import digest_file
from medinst.tasks import targets

NAME = "medinst32-published"
SHOTS, ZERO = "unseen_tests", "unseen_tests_zs"
MOST = 100_000  # records of a file; the largest test has a few thousand
MOST_NAMED = 1_000  # files that are looked at in a folder
# What the published texts do not tell, so that a strict score differs from one on rebuilt samples.
LOST = {
    "BC5CDR-RE": "of an argument's concept only the mention that is written counts, in rebuilt samples any",
    "BIOSSES": "Pearson and Spearman are of the rounded scores",
    "MeDAL": "of several expansions only the one that is written counts",
    "all tests": "intervals are not clustered by document; a mention is taken to stand where its words first do, which "
    "partial overlap and error classes depend on",
}
_ENDS = re.compile(r"(?:zs)?(?:test)?(?:zs)?$")


class Item(msgspec.Struct, gc=False):
    """A record of a published file; further columns are not looked at."""

    instruction: str
    input: str
    output: str | int
    history: list[tuple[str, str]] | None = None


class Imported(msgspec.Struct, frozen=True):
    """What an import came to.

    ``missing``: tests without a file or a usable record, and why. ``unknown``: files that are no test's, and the
    nearest tests. ``text_only``: by row, how many gold answers the row's parser does not read, so that only the
    published rule scores them. ``without_shots``: rows without demonstrations. ``differ``: rows whose two files hold
    different questions. ``damage``: what was set aside.
    """

    manifest: Manifest
    missing: dict[str, str]
    unknown: dict[str, list[str]]
    text_only: dict[str, int]
    without_shots: list[str]
    differ: list[str]
    damage: list[Damage]


def make(folder: Path, out: Path) -> Imported:
    """Write the published tests found in ``folder``, or in its ``unseen_tests`` and ``unseen_tests_zs``, into ``out``.

    Where a test is there both with demonstrations and without, it is read once, with them.

    Raises:
        UsageError: there is no such folder, it has none of the tests or two files of one, or ``out`` cannot be used.
        MedinstError: none of the files has a usable record.
    """
    with_shots, unknown = _files(folder, SHOTS)
    without, more = _files(folder, ZERO)
    chosen = [row for row in reference.medinst32() if row in with_shots | without]
    unknown |= more
    if not chosen:
        raise UsageError(
            f"{folder} has no file of a MedINST32 test; expected {SHOTS}/<test>_test.json, such as "
            f"{SHOTS}/AnEM_test.json. {_named(unknown)}"
        )
    quarantine = Quarantine("medinst32", "test", folder)
    with whole.made(out, KIND) as fresh:
        read: dict[str, _Test] = {}
        for row in chosen:
            for path in [files[row] for files in (with_shots, without) if row in files]:
                if not read.get(row):  # the second stands in where the first has no usable record
                    read[row] = _Test(fresh, row, path, quarantine)
        entries = [test.entry for test in read.values() if test.entry]
        if not entries:
            raise MedinstError(_unusable(folder, len(chosen), quarantine.damage))
        both = with_shots.keys() & without.keys()
        differ = [row for row in chosen if row in both and read[row].seen != _seen(without[row], quarantine)]
        missing = {row: _why(row, read, folder) for row in reference.medinst32() if row not in read or not read[row]}
        text_only = {row: test.text_only for row, test in read.items() if test.text_only}
        bare = [row for row, test in read.items() if test.entry and not test.shots]
        made = _finish(fresh, entries, missing, text_only, bare, quarantine.damage)
    return Imported(made, missing, unknown, text_only, bare, differ, quarantine.damage)


class _Test:
    """A test while it is read from its file and written into a folder; ``entry`` is None where it has no samples."""

    def __init__(self, folder: Path, name: str, path: Path, quarantine: Quarantine) -> None:
        self.row = tasks.load(name)
        self.text_only = self.shots = 0
        self.seen: Counter[int] = Counter()
        file = f"{name}/test-00000-of-00001.parquet"
        writer = parquet.Writer(folder / file)
        before = len(quarantine.damage)
        for number, item in _items(path, quarantine):
            self.seen[hash((item.instruction, item.input, item.output))] += 1
            writer.add(self._sample(number, item))
        written = writer.close(file)
        aside = len(quarantine.damage) - before
        place = path.relative_to(quarantine.root).as_posix()
        self.entry = _entry(self.row, place, digest_file(path), written, aside) if written else None

    def __bool__(self) -> bool:
        return self.entry is not None

    def _sample(self, number: int, item: Item) -> Sample:
        output = str(item.output)
        history = [list(turn) for turn in item.history or ()]
        self.shots += bool(history)
        sample = Sample(
            id=f"{self.row.name}/test/published-{number:05d}/0",
            row=self.row.name,
            category=self.row.category,
            task=self.row.task,
            wording=0,
            corpus=self.row.corpus,
            doc_id=f"published-{number:05d}",
            split="test",
            instruction=item.instruction,
            input=item.input,
            output=output,
            history=history,
            **targets.fields(output, self.row, item.input),
        )
        self.text_only += targets.text_only(sample)
        return sample


def _files(folder: Path, name: str) -> tuple[dict[str, Path], dict[str, list[str]]]:
    """Return the files of tests by row, and those that are no test's with the nearest tests.

    ``name`` is a folder in ``folder``; ``folder`` itself may be it, or be ``unseen_tests`` under another name.
    """
    if not folder.is_dir():
        raise UsageError(f"No folder at {folder}. Give --import the folder that holds {SHOTS}/.")
    inner = {_key(path.name): path for path in sorted(folder.iterdir()) if path.is_dir()}
    place = inner.get(_key(name))
    if inner.keys().isdisjoint((_key(SHOTS), _key(ZERO))):
        place = folder if _key(folder.resolve().name).endswith("zs") == (name == ZERO) else None
    rows = {_key(row): row for row in reference.medinst32()}
    known: dict[str, Path] = {}
    unknown = {}
    for path in sorted(place.iterdir()) if place else ():
        stem, _, ending = path.name.rpartition(".")
        if ending.casefold() not in ("json", "jsonl") or not path.is_file():
            continue
        row = rows.get(_ENDS.sub("", _key(stem)))
        if row is None:
            unknown[path.relative_to(folder).as_posix()] = nearest(stem.removesuffix("_test"), rows.values())
        elif row in known:
            raise UsageError(f"{known[row]} and {path} are both of {row}. Leave one of them in the folder.")
        else:
            known[row] = path
    return known, unknown


def _key(name: str) -> str:
    """Return a name as names are compared: letters and digits, in lower case."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _items(path: Path, quarantine: Quarantine) -> Iterator[tuple[int, Item]]:
    """Yield the number from 1 and the record of every usable one, of a JSON array or of JSON lines."""
    if found := limits.too_big(path):
        quarantine.set_aside(path, 0, limits.RULE, "", found, f"at most {limits.MAX_WHOLE:,} bytes")
        return
    with path.open("rb") as file:
        begin = file.read(1 << 16).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1]
    if not begin:
        quarantine.set_aside(path, 0, "json", "", "nothing", "a JSON array, or a JSON object a line")
        return
    records = (
        ((line, item) for line, _, item in jsonl.stream(path, quarantine, Item))
        if begin == b"["
        else jsonl.rows(path, quarantine, Item)
    )
    for number, (line, item) in enumerate(records, 1):
        if number > MOST:
            quarantine.set_aside(path, line, limits.RULE, "", "more records", f"at most {MOST:,}")
            return
        yield number, item


def _seen(path: Path, quarantine: Quarantine) -> Counter[int]:
    """Return how often each question with its answer stands in a file."""
    return Counter(hash((item.instruction, item.input, item.output)) for _, item in _items(path, quarantine))


def _unusable(folder: Path, files: int, damage: list[Damage]) -> str:
    """Return what to say where no file has a usable record."""
    said = f"{folder}: none of its {files} files of tests has a usable record"
    if not damage:
        return f"{said}; they are empty arrays. Get them again."
    first = damage[0]
    return f"{said}; first: {first.file}:{first.line}: found {first.found}, expected {first.expected}. Get them again."


def _why(row: str, read: dict[str, _Test], folder: Path) -> str:
    if row in read:
        return "its file has no usable record; see quarantine.jsonl."
    return f"{folder.name} has no file of it, {SHOTS}/{row}_test.json."


def _named(unknown: dict[str, list[str]]) -> str:
    some = [*list(unknown)[:5], *(["…"] if len(unknown) > 5 else [])]
    return f"Not recognised: {', '.join(some)}." if some else "It holds no .json file."


def _entry(row: tasks.Row, place: str, digest: str, file: parquet.FileEntry, aside: int) -> SplitEntry:
    return SplitEntry(
        row=row.name,
        split="test",
        category=row.category,
        corpus=row.corpus,
        view=row.view,
        place=place,
        layout=corpora.load(row.corpus).layout,
        partial=False,
        digest=digest,
        records=file.rows + aside,
        used=file.rows,
        samples=file.rows,
        files=[file],
        corpora=[row.corpus],
    )


def _finish(
    folder: Path,
    entries: list[SplitEntry],
    missing: dict[str, str],
    text_only: dict[str, int],
    bare: list[str],
    damage: list[Damage],
) -> Manifest:
    """Write the papers of the benchmark."""
    there = {entry.row for entry in entries}
    lost = [f"{row}: {why}" for row, why in LOST.items() if row in there or row not in reference.medinst32()]
    note: dict[str, str | int | list[str]] = {
        KIND: NAME,
        "missing": [f"{row}: {why}" for row, why in missing.items()],
        "without_demonstrations": bare,
        "text_only": [f"{row}: {count}" for row, count in text_only.items()],
        "not_known": lost,
    }
    lead = (
        f"MedINST32 as its authors published it (CC-BY-4.0 for their collection): {len(entries)} of "
        f"{len(reference.medinst32())} tests, imported by medinst; instructions, inputs, answers and demonstrations in "
        f"`history` are theirs. Their files tell texts only. {'; '.join(lost)}."
    )
    lines = b"".join(msgspec.json.encode(item) + b"\n" for item in damage)
    extra = {"quarantine.jsonl": lines} if damage else {}
    return dataset.finish(folder, entries, extra, f"{NAME}, imported by medinst", lead, note)
