"""What a run will ask: the chosen samples of a benchmark, digests of the data, and the requests they make."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

import medinst
from medinst import corpora, tasks
from medinst.build import card, manifest, parquet
from medinst.build.manifest import Terms
from medinst.errors import UsageError, nearest
from medinst.evaluate.types import Decoding, Run
from medinst.mixtures.sampling import take
from medinst.models import Model, Request, prompts
from medinst.schema import Sample

LOOPBACK = ("127.0.0.1", "localhost", "::1")

CHARACTERS_A_TOKEN = 4  # a rule of thumb for English; only for --dry-run


class Plan(msgspec.Struct, frozen=True):
    """A run and its samples by row; ``notes``: what the user should know before it starts."""

    run: Run
    samples: dict[str, list[Sample]]
    notes: list[str]

    def __len__(self) -> int:
        return sum(map(len, self.samples.values()))

    def ids(self) -> Iterator[str]:
        """Yield the id of every sample."""
        return (sample.id for samples in self.samples.values() for sample in samples)

    def left(self, done: Collection[str]) -> int:
        """Return how many samples are not in ``done``."""
        return sum(name not in done for name in self.ids())

    def requests(self, done: Collection[str] = ()) -> Iterator[Request]:
        """Yield the request of every sample that is not in ``done`` when its turn comes, row by row."""
        decoding = self.run.decoding
        for samples in self.samples.values():
            for sample in samples:
                if sample.id not in done:
                    chat = prompts.messages(sample, self.run.shots)
                    yield Request(sample.id, chat, sample, decoding.max_tokens, decoding.temperature)


def make(
    bench: Path,
    model: Model,
    rows: Sequence[str] = (),
    limit: int | None = None,
    seed: int = 0,
    shots: int = 0,
    decoding: Decoding | None = None,
    wording: int | None = None,
    allow_remote: bool = False,
) -> Plan:
    """Return what evaluating ``model`` on ``bench`` asks: of every row (or ``rows``) all test samples, or ``limit``.

    ``wording`` replaces the instructions of the questions, not those of the demonstrations. ``allow_remote``: rows
    of corpora under an agreement may be sent to another machine.

    Raises:
        UsageError: no test split there, a row that is not there, no demonstrations for ``shots``, or a row under an
            agreement that would leave this machine.
    """
    chosen = rows_of(bench, rows)
    identity = dict(model.identity)
    endpoint = identity.pop("endpoint", "")
    if endpoint and not allow_remote:
        _refuse_remote(chosen, endpoint)
    samples, data = read(bench, chosen, limit, seed, wording)
    run = Run(
        model=identity,
        endpoint=endpoint,
        decoding=decoding or Decoding(),
        template=prompts.TEMPLATE,
        shots=shots,
        seed=seed,
        limit=limit,
        rows=chosen,
        data=data,
        bench=str(bench.resolve()),
        versions=_versions(),
        wording=wording,
        terms=_terms(bench, samples, shots),
    )
    return Plan(run, samples, _short_of_shots(samples, shots))


def reopen(run: Run, bench: Path | None = None) -> Plan:
    """Return the plan of a run that was made before, its samples read from ``bench`` or where they were then.

    Raises:
        UsageError: the benchmark is not there, lacks a row, or has other data than were asked.
    """
    place = bench or Path(run.bench)
    samples, data = read(place, rows_of(place, run.rows), run.limit, run.seed, run.wording)
    for row, digest in data.items():
        if digest != run.data[row]:
            raise UsageError(
                f"{place}: the samples of {row} are not those that the run was made on (digest {digest}, expected "
                f"{run.data[row]}). Give the benchmark it was made on with --bench."
            )
    return Plan(run, samples, [])


def read(
    bench: Path, rows: Iterable[str], limit: int | None, seed: int, wording: int | None = None
) -> tuple[dict[str, list[Sample]], dict[str, str]]:
    """Return the chosen test samples by row, in hash order, and by row a digest of the whole test split.

    With a ``wording`` the samples have that instruction; the digest is of the benchmark's own.
    """
    samples, data = {}, {}
    for row in rows:
        digest = hashlib.sha256()
        found = take(_digested(parquet.read(bench, row, "test"), digest), limit, seed)
        samples[row] = found if wording is None else [_reworded(sample, wording) for sample in found]
        data[row] = digest.hexdigest()[:32]
    return samples, data


def _reworded(sample: Sample, wording: int) -> Sample:
    text = tasks.instruction(sample.row, wording)
    return msgspec.structs.replace(sample, instruction=text, wording=wording)


def _refuse_remote(rows: Iterable[str], endpoint: str) -> None:
    """Refuse rows whose corpus was given under an agreement where they would be sent to another machine."""
    if urlsplit(endpoint).hostname in LOOPBACK:
        return
    bound = [row for row in rows if corpora.load(tasks.load(row).corpus).access == "agreement"]
    if bound:
        raise UsageError(
            f"{', '.join(bound)}: the corpora were given under an agreement, and {endpoint} is not this machine. Leave "
            "them out with --rows, use a model on this machine, or give --allow-remote if the agreement permits it."
        )


def _digested(samples: Iterable[Sample], digest: hashlib._Hash) -> Iterator[Sample]:
    for sample in samples:
        shown = (sample.id, sample.instruction, sample.input, sample.output, sample.history, sample.target)
        digest.update(msgspec.json.encode(shown))
        yield sample


def rows_of(bench: Path, wanted: Sequence[str] = ()) -> list[str]:
    """Return the rows of a folder that have a test split, or those that are wanted, by name; commas may part names.

    Raises:
        UsageError: there are none, or a wanted one is not among them.
        UnknownName: a folder's name is no row of Table 11.
    """
    there = [row for row, splits in parquet.splits(bench).items() if "test" in splits]
    if not there:
        raise UsageError(f"{bench} holds no test split. Give a folder that `medinst bench` made: --bench BENCH.")
    wanted = [row for names in wanted for row in names.split(",")]
    for row in wanted:
        if row not in there:
            near = ", ".join(nearest(row, there)) or ", ".join(there)
            raise UsageError(f"{bench} has no test {row!r}. Nearest of its {len(there)}: {near}.")
    chosen = sorted(set(wanted)) or there
    for row in chosen:
        tasks.load(row)  # what cannot be scored is not to be asked first
    return chosen


def _terms(bench: Path, samples: dict[str, list[Sample]], shots: int) -> list[Terms]:
    """Return the terms of the corpora that the samples, and what is shown before them, were made from."""
    names = {sample.corpus for found in samples.values() for sample in found[:1]}
    if shots and (bench / manifest.NAME).is_file():
        names |= {item.corpus for item in manifest.read(bench).terms}
    return card.terms_of(names)


def _short_of_shots(samples: dict[str, list[Sample]], shots: int) -> list[str]:
    """Return a note for every row with fewer demonstrations than asked for.

    Raises:
        UsageError: no row has any.
    """
    least = {row: min((len(sample.history) for sample in found), default=shots) for row, found in samples.items()}
    if shots and not any(least.values()):
        raise UsageError(
            f"--shots {shots}: no row of the benchmark has demonstrations. `medinst bench` takes them from training "
            "splits of other rows: build some of the same categories."
        )
    return [f"{row} has {count} of {shots} demonstrations" for row, count in least.items() if count < shots]


def _versions() -> dict[str, str]:
    found = {"medinst": medinst.__version__}
    for name in ("openai", "xllamacpp"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
