"""Where a reader puts what it cannot use: every piece set aside or repaired, with its place and its raw text."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from medinst.errors import MedinstError
from medinst.formats import limits

MAX_PIECES = 1 << 18
MAX_RAW = 1 << 20


class Damage(msgspec.Struct, frozen=True, gc=False):
    """One line of ``quarantine.jsonl``; ``line`` counts from 1, 0 where the whole file is meant.

    ``row`` is given where a record was read well and only that row cannot use it; ``file`` is then the record's id.
    """

    corpus: str
    split: str
    file: str
    line: int
    rule: str
    found: str
    expected: str
    raw: str
    action: str = "set aside"
    view: str = "documents"
    row: str = ""


class Quarantine:
    """Collects the damage of one split of one corpus; ``root`` makes file names relative, so no path leaks.

    Of a raw text the first ``MAX_RAW`` characters are kept. ``MAX_PIECES`` end the reading with a MedinstError: such
    files are not the corpus. ``standing_for``: files that are named as those they were unpacked from.
    """

    def __init__(self, corpus: str, split: str, root: Path, view: str = "documents") -> None:
        self.corpus = corpus
        self.split = split
        self.view = view
        self.root = root
        self.damage: list[Damage] = []
        self.standing_for: dict[Path, Path] = {}

    def set_aside(self, path: Path, line: int, rule: str, raw: str | bytes, found: str, expected: str) -> None:
        """Record a piece that is left out, with what was found there and what the format asks for."""
        self._record(path, line, rule, raw, found, expected, "set aside")

    def repaired(self, path: Path, line: int, rule: str, raw: str | bytes, found: str, expected: str) -> None:
        """Record a piece that is used after a correction the corpus declares."""
        self._record(path, line, rule, raw, found, expected, "repaired")

    def counts(self) -> Counter[str]:
        """Return how many pieces fell to each rule, repairs included."""
        return Counter(damage.rule for damage in self.damage)

    def _record(
        self, path: Path, line: int, rule: str, raw: str | bytes, found: str, expected: str, action: str
    ) -> None:
        path = self.standing_for.get(path, path)
        file = path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name
        raw = raw[:MAX_RAW]
        text = raw.decode("utf-8", "backslashreplace") if isinstance(raw, bytes) else raw
        if len(self.damage) == MAX_PIECES:
            raise MedinstError(
                f"{self.corpus}: {path}:{line}: found {found}, expected {expected}, after {MAX_PIECES:,} other pieces "
                "that cannot be used. These are not the corpus's files; get them again."
            )
        place = (self.corpus, self.split, file, line)
        self.damage.append(Damage(*place, rule, found, expected, text, action, self.view))


def read_text(path: Path, quarantine: Quarantine, encoding: str = "utf-8") -> str | None:
    """Return the text of ``path`` with its line ends as they are, or None after setting the file aside.

    Set aside: a file that cannot be decoded (rule ``encoding``) or is too big to be read at once (``limit``).

    Offsets count characters, so nothing is translated or replaced. A UTF-8 byte order mark is dropped.
    """
    if found := limits.too_big(path):
        quarantine.set_aside(path, 0, limits.RULE, "", found, f"at most {limits.MAX_WHOLE:,} bytes")
        return None
    data = path.read_bytes()
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        start = data.rfind(b"\n", 0, error.start) + 1
        stop = data.find(b"\n", error.start)
        raw = data[start:] if stop < 0 else data[start:stop]
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x} at {error.start}"
        quarantine.set_aside(path, line, "encoding", raw, found, f"{encoding} text")
        return None
    return text.removeprefix("\ufeff")


def named(folder: Path, name: str) -> Path | None:
    """Return the file of a folder that data name; None where there is none, or the name leads elsewhere."""
    path = folder / name
    try:
        return path if path.parent == folder and path.name == name and path.is_file() else None
    except OSError:  # a name that is too long
        return None


def read_names(path: Path, quarantine: Quarantine) -> dict[str, int]:
    """Return the names or ids of a list file, parted by white space, with the line each is first on."""
    names: dict[str, int] = {}
    for number, line in enumerate((read_text(path, quarantine) or "").split("\n"), 1):
        for name in line.split():
            names.setdefault(name, number)
    return names
