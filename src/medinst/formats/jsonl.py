"""JSON rows, each decoded strictly into a given type: JSON Lines, or the members of one array or object.

Stricter than RFC 8259 asks: a doubled key, an unpaired surrogate or (without ``nan``) a bare NaN costs the row.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TextIO, TypeVar

import msgspec

from medinst.formats import limits
from medinst.formats.parts import Part
from medinst.formats.quarantine import Quarantine, read_text
from medinst.formats.streams import DAMAGED, WHOLE, opened

T = TypeVar("T")

MAX_VALUE = 1 << 24  # characters of one member of a file that is streamed

_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CHUNK = 1 << 20
_KEPT = 1000


def rows(
    path: Path, quarantine: Quarantine, kind: type[T], *, nan: bool = False, part: Part | None = None
) -> Iterator[tuple[int, T]]:
    """Yield (line, value) of every line of a JSON Lines file, plain or gzip, as ``kind``, a Struct or a ``dict``.

    Blank lines are no rows. ``nan`` allows bare NaN and Infinity. ``part``: one of ``parts.by_lines``.
    Set aside, line by line: what is not JSON, is nested too deeply, has a doubled key, a NaN or a number that no float
    holds (rule ``json``), is not UTF-8 (``encoding``), does not fit the type (``columns``), or is too long (``limit``);
    what follows a fault of a gzip file as one piece (``encoding``).
    """
    reading = _Reading(path, quarantine, nan)
    with opened(path, part) as file:
        for number, line in enumerate(_lines(file, reading), part[2] + 1 if part else 1):
            if len(line) > limits.MAX_LINE:
                reading.line = number
                reading.aside(limits.RULE, line[: limits.KEPT], "a longer one", limits.LINE)
                continue
            data = (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip(b" \t\r\n")
            if not data:
                continue
            try:
                reading.start(data.decode(), number)
                value = reading.value()
                if reading.at < len(reading.text):  # no white space follows, so that none is to be skipped
                    raise ValueError("more than one value")
            except UnicodeDecodeError as error:
                reading.line = number
                reading.aside("encoding", data, f"byte 0x{data[error.start]:02x}", "utf-8 text")
            except ValueError as error:
                reading.aside("json", data, str(error), "one JSON value on the line")
            else:
                row = reading.convert(value, 0, kind)
                if row is not None:
                    yield number, row


def members(
    path: Path, quarantine: Quarantine, kind: type[T], *, under: str = "", nan: bool = False
) -> Iterator[tuple[int, str, T]]:
    """Yield (line, key, value) of every member of the file's array (key empty) or object, values as ``kind``.

    ``under`` names the member of the outer object that holds the array or object. Members are set aside as in
    ``rows``. Where the text stops being JSON, what came before has been yielded and the rest is set aside as one
    piece, since where its next member begins cannot be known.
    """
    text = read_text(path, quarantine)
    if text is None:
        return
    reading = _Reading(path, quarantine, nan)
    reading.start(text, 1)
    done = 0
    try:
        if under:
            _enter(reading, under)
        for key in _keys(reading):
            start = reading.space()
            value = reading.value()
            row = reading.convert(value, start, kind)
            done = reading.at
            if row is not None:
                yield reading.line, key, row
        if not under and not reading.ended():
            raise ValueError("more text after the end")
    except ValueError as error:
        place = f" in {under!r}" if under else ""
        reading.aside("json", text[done:], str(error), f"an array or object of rows{place}")


def stream(
    path: Path,
    quarantine: Quarantine,
    kind: type[T],
    *,
    under: str = "",
    nan: bool = False,
    part: Part | None = None,
) -> Iterator[tuple[int, str, T]]:
    """Yield what ``members`` yields of a file of any size, plain or gzip; no more than a member's text is held.

    ``part``: one of ``parts.by_members``, of a file without ``under``.
    A member of an array has its number from 0 as its key, so that parallel arrays can be kept together. Bytes that
    are not UTF-8 cost the member they stand in. Of a rest that is set aside only the beginning is kept.
    """
    with opened(path, part) as data, io.TextIOWrapper(data, "utf-8-sig", "surrogateescape", newline="") as file:
        reading = _Window(path, quarantine, nan, file, part)
        try:
            if under:
                _enter(reading, under)
            for number, key in enumerate(_keys(reading), part[3] if part else 0):
                start = reading.space()
                value = reading.value()
                row, line = reading.convert(value, start, kind), reading.line
                reading.forget()
                if row is not None:
                    yield line, key or str(number), row
            if not under and not reading.ended():
                raise ValueError("more text after the end")
        except DAMAGED as error:
            reading.aside("encoding", "", str(error), WHOLE)
        except (ValueError, RecursionError) as error:
            place = f" in {under!r}" if under else ""
            reading.aside("json", reading.rest(), str(error), f"an array or object of rows{place}")


class _Reading:
    """Walks through a text value by value and sets aside the values that are JSON but cannot be used."""

    def __init__(self, path: Path, quarantine: Quarantine, nan: bool) -> None:
        self.path = path
        self.quarantine = quarantine
        self.remarks: list[str] = []
        constant = float if nan else self._constant
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_constant=constant, parse_float=self._float
        )
        self.text = ""
        self.at = self.line = self.counted = 0

    def start(self, text: str, line: int) -> None:
        """Begin a text whose first character stands on ``line``."""
        self.text, self.line, self.at, self.counted = text, line, 0, 0

    def space(self) -> int:
        """Skip white space, bring the line up to date, and return where that ends."""
        if self.text[self.at : self.at + 1].isspace():
            match = _SPACE.match(self.text, self.at)
            self.at = match.end() if match else self.at
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.at

    def begins(self, character: str) -> bool:
        """Skip white space and say whether the character comes next."""
        at = self.space()
        return self.text.startswith(character, at)

    def take(self, character: str) -> bool:
        """Skip white space and, if it comes next, the character; say whether it did."""
        found = self.begins(character)
        self.at += found
        return found

    def inside(self) -> bool:
        """Say whether here begins a part of a file, with a member and not with the outer bracket."""
        return False

    def cut(self) -> bool:
        """Say whether this is the end of a part of a file that ends behind a comma."""
        return False

    def ended(self) -> bool:
        """Say whether only white space is left."""
        return self.space() == len(self.text)

    def value(self) -> object:
        """Return the value that comes next; a ValueError says that there is none."""
        start = self.space()
        self.remarks.clear()
        try:
            value, self.at = self.decoder.raw_decode(self.text, start)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        return value

    def convert(self, value: object, start: int, kind: type[T]) -> T | None:
        """Return the value just read, which begins at ``start``, as the type, or None after setting it aside."""
        raw = self.text[start : self.at]
        rule, found, expected = "json", "; ".join(self.remarks), "every key once and numbers that JSON has"
        try:
            if not found and _SURROGATE.search(raw, max(0, raw.find("\\"))) and _unpaired(value):
                rule, found, expected = "encoding", "half of a surrogate pair", "text that UTF-8 can hold"
            if not found:
                return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            rule, found, expected = "columns", str(error), f"the fields of {getattr(kind, '__name__', kind)}"
        except RecursionError:
            found = "nested too deeply"
        self.aside(rule, raw, found, expected)
        return None

    def skip(self) -> None:
        """Pass over the value that comes next."""
        self.value()

    def aside(self, rule: str, raw: str | bytes, found: str, expected: str) -> None:
        """Set a piece aside at the current line."""
        self.quarantine.set_aside(self.path, self.line, rule, raw, found, expected)

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) < len(pairs):
            name = Counter(name for name, _ in pairs).most_common(1)[0][0]
            self.remarks.append(f"key {name!r} more than once")
        return members

    def _float(self, digits: str) -> float:
        number = float(digits)
        if math.isinf(number):
            self.remarks.append(f"a number that no float holds, {digits[:40]}")
        return number

    def _constant(self, name: str) -> float:
        self.remarks.append(f"a bare {name}")
        return float(name)


class _Window(_Reading):
    """Walks through a file, of which it holds what was read on since ``forget`` was called last."""

    def __init__(self, path: Path, quarantine: Quarantine, nan: bool, file: TextIO, part: Part | None = None) -> None:
        super().__init__(path, quarantine, nan)
        self.file = file
        self.part = part
        self.start("", part[2] + 1 if part else 1)

    def space(self) -> int:
        """Skip white space, bring the line up to date, and return where that ends, reading on where need be."""
        while super().space() == len(self.text) and self.grow():
            pass
        return self.at

    def value(self) -> object:
        """Return the value that comes next, reading on until it is whole; a ValueError says that there is none."""
        start = self.space()
        while True:
            try:
                value = super().value()
            except json.JSONDecodeError as error:
                # A text cut anywhere is found at fault at its end, a string cut in two where it begins.
                cut = error.msg.startswith("Unterminated") or error.pos > len(self.text) - 12
                if not cut or not self.grow():
                    raise
            else:
                # A number may go on, and may be cut behind the first sign of its fraction or its exponent: 12.5e+
                if self.at + 2 < len(self.text) or not self.grow():
                    return value
                self.at = start

    def convert(self, value: object, start: int, kind: type[T]) -> T | None:
        """Return the value just read as the type, or None after setting it aside."""
        raw = self.text[start : self.at]
        try:
            raw.encode()
        except UnicodeEncodeError as error:
            data = raw.encode("utf-8", "surrogateescape")
            self.aside("encoding", data, f"byte 0x{ord(raw[error.start]) - 0xDC00:02x}", "utf-8 text")
            return None
        return super().convert(value, start, kind)

    def inside(self) -> bool:
        return self.part is not None and self.part[0] > 0

    def cut(self) -> bool:
        return self.part is not None and self.ended()

    def skip(self) -> None:
        """Pass over the value that comes next, however long it is."""
        start = self.space()
        if self.text.startswith(("[", "{"), start):
            for _ in _keys(self):
                self.skip()
        else:
            self.value()
        self.forget()

    def grow(self) -> bool:
        """Read on by as much as is held and not passed yet, at least by a chunk; say whether there was more.

        Raises:
            ValueError: so much is held already that no member can be as long.
        """
        if len(self.text) - self.at > MAX_VALUE:
            raise ValueError(f"a value of more than {MAX_VALUE:,} characters")
        piece = self.file.read(max(_CHUNK, len(self.text) - self.at))
        self.text += piece
        return bool(piece)

    def forget(self) -> None:
        """Let go of the text that was passed once that is a chunk."""
        if self.at > _CHUNK:
            self.line += self.text.count("\n", self.counted, self.at)
            self.text, self.at, self.counted = self.text[self.at :], 0, 0

    def rest(self) -> bytes:
        """Return the beginning of what has not been passed."""
        return self.text[self.at : self.at + _KEPT].encode("utf-8", "surrogateescape")


def _lines(file: IO[bytes], reading: _Reading) -> Iterator[bytes]:
    """Yield the lines of a file, those before a fault where it is a damaged gzip file."""
    try:
        yield from limits.lines(file)
    except DAMAGED as error:
        reading.line += 1
        reading.aside("encoding", "", str(error), WHOLE)


def _unpaired(value: object) -> bool:
    """Say whether some text in the value has half of a surrogate pair."""
    if isinstance(value, str) and value.isascii():
        return False
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _enter(reading: _Reading, name: str) -> None:
    """Move to the value of one member of the outer object."""
    for key in _keys(reading):
        if key == name:
            return
        reading.skip()
    raise ValueError(f"no member {name!r}")


def _keys(reading: _Reading) -> Iterator[str]:
    """Yield the key of every member of the container that begins here, empty in an array; its value is to be read."""
    inside = reading.inside()
    is_object = reading.begins('"') if inside else reading.take("{")
    if not inside and not is_object and not reading.take("["):
        raise ValueError("neither an array nor an object")
    close = "}" if is_object else "]"
    if not inside and reading.take(close):
        return
    while not reading.cut():
        key = reading.value() if is_object else ""
        if not isinstance(key, str) or (is_object and not reading.take(":")):
            raise ValueError("an object without a key")
        if _unpaired(key):
            raise ValueError("a key that UTF-8 cannot hold")
        yield key
        if reading.take(close):
            return
        if not reading.take(","):
            raise ValueError(f"neither a comma nor {close}")
