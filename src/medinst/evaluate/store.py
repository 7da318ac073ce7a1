"""The run folder on disk: one process at a time, every finished sample kept, and nothing asked twice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import msgspec

from medinst.build import lock
from medinst.errors import IntegrityFailure, MedinstError, UsageError
from medinst.evaluate.types import Line, Run
from medinst.mixtures.place import writable
from medinst.schema import UNREADABLE

RUN, SAMPLES, SCORES, LOCK = "run.json", "samples.jsonl", "scores.json", "run.lock"
DECIDES = ("model", "endpoint", "decoding", "template", "shots", "wording", "choices", "constrain", "preset")


class Store:
    """An open run folder; ``done`` holds the ids that have an answer."""

    def __init__(self, path: Path, done: set[str], file: IO[bytes]) -> None:
        self.path, self.done = path, done
        self._file = file

    def append(self, line: Line) -> None:
        """Add a finished sample; once this returns it survives the end of the process.

        Raises:
            MedinstError: the disk is full or gone.
        """
        try:
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()
        except OSError as error:
            raise MedinstError(
                f"{self.path}: cannot write sample {line.id}: {error.strerror}. What was written before is kept: "
                "make room and run the same command again."
            ) from None
        if line.status == "ok":
            self.done.add(line.id)


@contextmanager
def opened(folder: Path, run: Run) -> Iterator[Store]:
    """Open a run folder, a new one or one to resume, and hold it while the block runs.

    What a killed process left half written is dropped, and so are samples that failed: they are to be asked again.

    Raises:
        MedinstError: another living process holds it; names its pid and host.
        UsageError: it cannot be written, or it was made for another model, prompt, decoding or data; says what differs.
        IntegrityFailure: a line of ``samples.jsonl`` cannot be read.
    """
    with ExitStack() as stack:
        with writable(folder):
            _check_place(folder)
            stack.enter_context(lock.held(folder / LOCK, f"The run folder {folder}"))
        adopted = _adopt(folder, run)
        answered = _answered(folder / SAMPLES)
        replace(folder / RUN, msgspec.json.format(msgspec.json.encode(adopted), indent=2) + b"\n")
        (folder / SCORES).unlink(missing_ok=True)
        with (folder / SAMPLES).open("ab") as file:
            yield Store(folder / SAMPLES, answered, file)


def read_run(folder: Path) -> Run:
    """Return the ``run.json`` of a run folder.

    Raises:
        UsageError: there is none.
        IntegrityFailure: it cannot be read.
    """
    path = folder / RUN
    if not path.is_file():
        raise UsageError(f"{folder} holds no {RUN}: it is not a folder that `medinst eval` made.")
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except UNREADABLE as error:
        raise IntegrityFailure(f"{path}: {error}. Evaluate into a new folder.") from None


def read_lines(folder: Path) -> dict[str, Line]:
    """Return the finished samples of a run by id; a last line that was cut off does not count.

    Raises:
        IntegrityFailure: a line cannot be read; names it.
    """
    path = folder / SAMPLES
    if not path.is_file():
        return {}
    decoder = msgspec.json.Decoder(Line)
    lines: dict[str, Line] = {}
    for number, raw in enumerate(path.read_bytes().split(b"\n")[:-1], 1):
        try:
            line = decoder.decode(raw)
        except UNREADABLE as error:
            raise IntegrityFailure(
                f"{path}:{number}: found {raw[:60]!r}, expected a sample ({error}). Remove the line and run the same "
                "command again: its sample is asked once more."
            ) from None
        lines[line.id] = line
    return lines


def _check_place(folder: Path) -> None:
    """Refuse a place that holds anything but a run or a run's beginning."""
    if not folder.exists():
        return
    if folder.is_dir() and ((folder / RUN).is_file() or all(map(_begins, folder.iterdir()))):
        return
    raise UsageError(f"{folder} exists and is no run folder. Give a new or an empty folder for --out.")


def _begins(path: Path) -> bool:
    """Say whether a process killed before it had written ``run.json`` leaves such a file."""
    return path.name == _beside(path.with_name(RUN)).name or path.name.startswith(LOCK)


def _adopt(folder: Path, run: Run) -> Run:
    """Return what to write as ``run.json``: the run, with the digests of rows that were asked earlier."""
    if not (folder / RUN).is_file():
        return run
    earlier = read_run(folder)
    differs = [name for name in DECIDES if getattr(earlier, name) != getattr(run, name)]
    found = [f"{name}: {_show(getattr(earlier, name))} there, {_show(getattr(run, name))} now" for name in differs]
    found += [
        f"data of {row}: {earlier.data[row]} there, {digest} now"
        for row, digest in run.data.items()
        if earlier.data.get(row, digest) != digest
    ]
    if found:
        raise UsageError(f"{folder} is a run of something else. {'; '.join(found)}. Give another folder for --out.")
    terms = {item.corpus: item for item in (*earlier.terms, *run.terms)}
    return msgspec.structs.replace(run, data=earlier.data | run.data, terms=[terms[name] for name in sorted(terms)])


def _show(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _answered(path: Path) -> set[str]:
    """Return the ids that have an answer, after putting ``samples.jsonl`` in order: one line each and no others."""
    lines = [line for line in read_lines(path.parent).values() if line.status == "ok"]
    text = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    if path.is_file() and path.read_bytes() != text:
        replace(path, text)
    return {line.id for line in lines}


def replace(path: Path, data: bytes) -> None:
    """Write a file so that a reader finds the old one or the whole new one."""
    beside = _beside(path)
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")
