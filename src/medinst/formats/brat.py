"""BRAT standoff: a ``.txt`` beside annotation files of T, R, E, ``*``, A/M, N and ``#`` lines.

https://brat.nlplab.org/standoff.html and the BioNLP shared tasks' variant of it (``.a1`` entities, ``.a2`` or
``.rel`` the rest, ``M`` for modifications). Offsets count characters of the ``.txt`` as it is, line ends included.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from operator import length_hint
from pathlib import Path

from medinst.formats.quarantine import Quarantine, read_text
from medinst.schema import Argument, Document, Entity, Event, Note, Relation, Span, pieces

Same = Callable[[str], str]
File = tuple[str, str]  # where the quarantine says it is, its content
Line = tuple[str, int, str]  # where its file is, number from 1, the line without its end

_KINDS = frozenset("TER*AMN#")
_CHUNK = 1 << 16
_READ_BYTES = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_open, _read, _close = os.open, os.read, os.close  # found once: they are called for every file


def read(
    folder: Path,
    quarantine: Quarantine,
    suffixes: tuple[str, ...] = (".a1", ".a2"),
    names: Iterable[str] | None = None,
    joint: str = " ",
    same: Same | None = None,
) -> Iterator[Document]:
    """Yield the documents of ``folder`` by name, one for each ``.txt`` (or for each of ``names``).

    ``suffixes``: annotation files in reading order, those that are absent skipped. ``joint`` joins the
    pieces of a discontinuous mention. ``same`` maps a text to the form in which stated and actual mention
    must agree (a corpus that wrote a plain space for a no-break one); without it they must be equal.
    Annotations without a text, files that are not UTF-8 and lines that do not hold are set aside.
    """
    reading = Reading(quarantine, joint, same)
    with contextlib.closing(_Folder(folder, quarantine)) as files:
        texts = files.stems(".txt")
        content_of = files.reader()
        annotated = [(suffix, stems) for suffix in suffixes if (stems := files.stems(suffix))]
        for name in sorted(texts) if names is None else names:
            if name not in texts:
                files.missing(f"{name}.txt", "the text of a listed document")
                continue
            text = content_of(name + ".txt")
            if text is None:
                continue
            found = []
            for suffix, stems in annotated:
                if name in stems:
                    content = content_of(name + suffix)
                    if content:
                        found.append((files.path + name + suffix, content))
            yield reading.document(name, text, found)
        if names is None:
            for stem, suffix in sorted((stem, suffix) for suffix, stems in annotated for stem in stems - texts):
                files.missing(f"{stem}.txt", f"the text that {stem}{suffix} annotates")


class _Folder:
    """An open folder. Opening many small files is most of the work, hence no Path, no buffer and no path to walk."""

    def __init__(self, path: Path, quarantine: Quarantine) -> None:
        self.quarantine = quarantine
        self.path = os.path.join(path, "")
        self.files = os.listdir(path)
        self.handle = os.open(path, os.O_RDONLY) if os.open in os.supports_dir_fd else None
        self.root = self.path if self.handle is None else ""

    def close(self) -> None:
        if self.handle is not None:
            _close(self.handle)

    def stems(self, suffix: str) -> set[str]:
        """Return the names of the files that end in ``suffix``, without it."""
        size = len(suffix)
        return {file[:-size] for file in self.files if file.endswith(suffix)}

    def missing(self, file: str, expected: str) -> None:
        self.quarantine.set_aside(Path(self.path, file), 0, "missing-file", file, "no such file", expected)

    def reader(self) -> Callable[[str], str | None]:
        """Return a function that reads a file of the folder as ``read_text`` would."""
        root, handle, folder, quarantine = self.root, self.handle, self.path, self.quarantine

        def text(file: str) -> str | None:
            opened = _open(root + file, _READ_BYTES, dir_fd=handle)
            try:
                data = _read(opened, _CHUNK)
                if len(data) == _CHUNK:
                    while more := _read(opened, _CHUNK):
                        data += more
            finally:
                _close(opened)
            try:
                found = data.decode()
            except UnicodeDecodeError:
                return read_text(Path(folder, file), quarantine)
            return found.removeprefix("\ufeff")

        return text


class Reading:
    """Turns a text and its annotation files into a document. ``read`` stands on it.

    T and E lines of the common form are read in one go. Where one of a document is not, or does not hold, all of that
    kind are read again by a method that knows every form and every fault, as the lines of other kinds are at once.
    """

    def __init__(self, quarantine: Quarantine, joint: str = " ", same: Same | None = None) -> None:
        self.quarantine = quarantine
        self.joint = joint
        self.same = same
        self.name = self.text = ""
        self.spans: dict[str, Entity] = {}

    def document(self, name: str, text: str, files: Sequence[File]) -> Document:
        """Return the document ``name`` with what holds of the lines of its annotation files; set the others aside."""
        found, events, waiting = _taken(text, files)
        self.name, self.text = name, text
        self.spans = spans = {entity.id: entity for entity in found}
        if "T" in waiting or len(spans) < len(found):
            spans.clear()
            for line in _numbered(files, "T"):
                self._text_bound(line)
        if not events and not waiting:
            return Document(name, text, tuple(spans.values()))
        held = {event.id: event for event in events}
        triggers = self._triggers(held)
        if "E" in waiting or triggers is None or len(held) < len(events):
            held, triggers = self._events(_numbered(files, "E"))
        relations, chains, notes = self._others(waiting, held)
        begun = tuple([spans.pop(key) for key in list(filter(triggers.__contains__, spans))])
        return Document(name, text, tuple(spans.values()), begun, relations, tuple(held.values()), chains, notes)

    def _triggers(self, events: dict[str, Event]) -> set[str] | None:
        """Return the ids of the triggers, None where an event points at something that does not exist."""
        spans = self.spans
        for event in events.values():
            if event.trigger not in spans:
                return None
            for arg in event.args:
                if arg.ref not in spans and arg.ref not in events:
                    return None
        return {event.trigger for event in events.values()}

    def _others(
        self, waiting: dict[str, list[Line]], events: dict[str, Event]
    ) -> tuple[tuple[Relation, ...], tuple[tuple[str, ...], ...], tuple[Note, ...]]:
        """Return relations, equivalences and notes; give the entities their identifiers."""
        relations = self._relations(waiting["R"], events) if "R" in waiting else {}
        chains = self._chains(waiting["*"]) if "*" in waiting else ()
        remarks = [line for kind in "AM#" if kind in waiting for line in waiting[kind]]
        notes = self._notes(remarks, events, relations) if remarks else ()
        if "N" in waiting:
            self._link(waiting["N"])
        if not waiting.keys() <= _KINDS:
            self._unknown(waiting)
        return tuple(relations.values()), chains, notes

    def _text_bound(self, line: Line) -> None:
        """Take in any T line: one of several pieces, one that another rule makes agree, and all that can be wrong."""
        fields = line[2].split("\t")
        if len(fields) != 3:
            return self._aside(line, "columns", f"{len(fields)} columns", "id, type and offsets, text")
        key, middle, stated = fields
        kind, _, offsets = middle.partition(" ")
        spans = _spans(offsets)
        if not kind or not spans:
            return self._aside(line, "offsets", repr(middle), "type, then start end, pieces joined by ;")
        if any(not 0 <= start < end <= len(self.text) for start, end in spans):
            return self._aside(line, "offsets", offsets, f"0 <= start < end <= {len(self.text)}")
        actual = pieces(self.text, spans, self.joint)
        if actual != stated and not (self.same and self.same(actual) == self.same(stated)):
            return self._aside(line, "text-mismatch", repr(actual), repr(stated))
        if self._new(line, key, self.spans):
            self.spans[key] = Entity(key, kind, spans, actual)
        return None

    def _events(self, lines: Iterable[Line]) -> tuple[dict[str, Event], set[str]]:
        """Return the events whose trigger exists, without arguments that point nowhere, and the ids of all triggers."""
        spans = self.spans
        triggers: set[str] = set()
        found: dict[str, tuple[Line, tuple[Argument, ...]]] = {}
        for line in lines:
            key, _, rest = line[2].partition("\t")
            args = _arguments(rest)
            if not args:
                self._aside(line, "arguments", repr(rest), "type:trigger, then role:id")
                continue
            triggers.add(args[0].ref)
            if self._known(line, args[0].ref) and self._new(line, key, found):
                found[key] = line, args
        events = {}
        for key, (line, args) in found.items():
            held = [arg for arg in args[1:] if arg.ref in spans or self._known(line, arg.ref, found)]
            events[key] = Event(key, args[0].role, args[0].ref, tuple(held))
        return events, triggers

    def _relations(self, lines: Iterable[Line], events: Container[str]) -> dict[str, Relation]:
        """Return the relations between text-bound annotations, or events, that exist."""
        relations: dict[str, Relation] = {}
        for line in lines:
            key, _, rest = line[2].partition("\t")
            kind, _, words = rest.partition(" ")
            args = _arguments(words)
            if not kind or len(args) < 2:
                self._aside(line, "arguments", repr(rest), "type, then two or more role:id")
            elif all(self._known(line, arg.ref, events) for arg in args) and self._new(line, key, relations):
                relations[key] = Relation(key, kind, args)
        return relations

    def _chains(self, lines: Iterable[Line]) -> tuple[tuple[str, ...], ...]:
        """Return the members of each equivalence."""
        chains = []
        for line in lines:
            kind, *members = line[2][1:].split() or [""]
            if kind != "Equiv" or len(members) < 2:
                self._aside(line, "arguments", repr(line[2]), "* Equiv and two or more ids")
            elif all(self._known(line, member) for member in members):
                chains.append(tuple(members))
        return tuple(chains)

    def _notes(self, lines: Iterable[Line], *tables: Container[str]) -> tuple[Note, ...]:
        """Return attributes, modifications and remarks on what exists."""
        notes, spans = [], self.spans
        for line in lines:
            key, _, rest = line[2].partition("\t")
            words = rest.split(None, 2)
            if len(words) < 2:
                self._aside(line, "arguments", repr(rest), "type and the id it is about")
            elif words[1] in spans or self._known(line, words[1], *tables):
                notes.append(Note(key, *words))
        return tuple(notes)

    def _link(self, lines: Iterable[Line]) -> None:
        """Give the entities the identifiers of the N lines."""
        for line in lines:
            kind, ref, target = (*line[2].partition("\t")[2].partition("\t")[0].split(), "", "", "")[:3]
            # The Bacteria Biotope tasks name the two roles, and the database stands where the type does elsewhere.
            if target.startswith("Referent:"):
                ref, target = ref.removeprefix("Annotation:"), f"{kind}:{target.removeprefix('Referent:')}"
            database, _, identifier = target.partition(":")
            if not database or not identifier:
                self._aside(line, "arguments", repr(line[2]), "Reference, an id, and database:identifier")
            elif self._known(line, ref):
                entity = self.spans[ref]
                ids = (*entity.ids, f"{database}/{identifier}")
                self.spans[ref] = Entity(entity.id, entity.type, entity.spans, entity.text, ids)

    def _unknown(self, waiting: dict[str, list[Line]]) -> None:
        """Set aside the lines of no known kind, blank ones apart."""
        for kind in waiting.keys() - _KINDS:
            for line in waiting[kind]:
                if line[2].strip():
                    self._aside(line, "unknown-line", f"a line starting {kind!r}", "T, R, E, *, A, M, N or #")

    def _known(self, line: Line, ref: str, *tables: Container[str]) -> bool:
        """Say whether an id is that of a text-bound annotation or in a table; what points nowhere is set aside."""
        if ref in self.spans:
            return True
        for table in tables:
            if ref in table:
                return True
        self._aside(line, "unknown-id", ref, f"an annotation of {self.name}")
        return False

    def _new(self, line: Line, key: str, table: Container[str]) -> bool:
        if key in table:
            self._aside(line, "duplicate-id", key, "an id once a document")
            return False
        return True

    def _aside(self, line: Line, rule: str, found: str, expected: str) -> None:
        path, number, raw = line
        self.quarantine.set_aside(Path(path), number, rule, raw, found, expected)


def _taken(text: str, files: Iterable[File]) -> tuple[list[Entity], list[Event], dict[str, list[Line]]]:
    """Return what T and E lines of the common form say, and all other lines by their kind."""
    size, known = len(text), _ARGUMENTS
    found: list[Entity] = []
    events: list[Event] = []
    waiting: dict[str, list[Line]] = {}
    for path, content in files:
        lines = _lines(content)
        left = iter(lines)
        for line in left:
            try:
                if "T" < line < "U":
                    # One span, whose text is where it says; whether tabs part the columns is not asked then.
                    key, kind, first, last, stated = line.split(None, 4)
                    start, end = int(first), int(last)
                    if 0 <= start < end <= size and text[start:end] == stated:
                        found.append(Entity(key, kind, ((start, end),), stated))
                        continue
                elif "E" < line < "F":
                    key, words = line.split("\t")
                    begun, words = words.split(" ", 1)
                    (trigger,), args = known[begun], known[words]
                    events.append(Event(key, trigger.role, trigger.ref, args))
                    continue
            except ValueError:
                pass
            if line:
                # Lines are not counted: what is left of them tells the number.
                waiting.setdefault(line[0], []).append((path, len(lines) - length_hint(left), line))
    return found, events, waiting


def _lines(content: str) -> list[str]:
    return (content.replace("\r\n", "\n") if "\r" in content else content).split("\n")


def _numbered(files: Iterable[File], kind: str) -> Iterator[Line]:
    """Yield all lines of a kind."""
    for path, content in files:
        for number, line in enumerate(_lines(content), 1):
            if line.startswith(kind):
                yield path, number, line


def _spans(offsets: str) -> tuple[Span, ...]:
    """Return the pieces of ``0 5;9 14``, none where one cannot be read."""
    try:
        pairs = [piece.split() for piece in offsets.split(";")]
        return tuple([(int(start), int(end)) for start, end in pairs])
    except ValueError:
        return ()


def _arguments(words: str) -> tuple[Argument, ...]:
    """Return ``role:id`` words as arguments, none where one lacks either."""
    args = []
    for word in words.split():
        role, _, ref = word.partition(":")
        if not role or not ref:
            return ()
        args.append(Argument(role, ref))
    return tuple(args)


class _Arguments(dict[str, tuple[Argument, ...]]):
    """The arguments that words stand for, remembered: the same few recur in document after document."""

    def __missing__(self, words: str) -> tuple[Argument, ...]:
        args = _arguments(words)
        if not args:
            raise ValueError(f"{words!r} are no arguments")
        if len(self) < _REMEMBERED:
            self[words] = args
        return args


_REMEMBERED = 1 << 14
_ARGUMENTS = _Arguments()
