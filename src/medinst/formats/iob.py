"""Token files with a tag a token: IOB1, IOB2 and IOBES, a blank line behind every sentence.

https://www.clips.uantwerpen.be/conll2002/ner/ (the columns and the IOB2 tags). A sentence becomes a document whose text
is its tokens joined by one space. ``-DOCSTART-`` and ``###MEDLINE:id`` lines begin a new document of the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from medinst.formats.quarantine import Quarantine, read_text
from medinst.formats.tokens import join
from medinst.schema import Document, Entity, Span

Scheme = Literal["IOB1", "IOB2", "IOBES"]
Run = tuple[int, int, str]  # first character of a mention, the one behind its last, its type

_PREFIXES = {"IOB1": "BI", "IOB2": "BI", "IOBES": "BIES"}
_PART = 1 << 18
_MARKS = "-DOCSTART-", "###MEDLINE:"
_MARK = re.compile(r"^(?:-DOCSTART-(?=\s|$)|###MEDLINE:(?P<id>\S*))[^\n]*$", re.MULTILINE)
_BOUNDARY = re.compile(r"-DOCSTART-(?=\s|$)|###MEDLINE:(?P<id>\S*)")


def read(
    path: Path,
    quarantine: Quarantine,
    columns: int = 2,
    token: int = 0,
    tag: int = -1,
    scheme: Scheme = "IOB2",
    kind: str = "",
    separator: str = "\t",
) -> Iterator[Document]:
    """Yield the sentences of ``path`` in order, their entities typed as the tags say.

    ``columns``: how many a line has; ``token`` and ``tag``: which of them to read. ``kind``: the type that a bare
    ``B`` or ``I`` stands for. ``separator``: one ASCII character. Ids are running numbers, or ``<document>_s<number>``
    where the file marks documents, counted on where one recurs. A sentence with a line that cannot be read is set
    aside whole (rule ``columns`` or ``unknown-label``). An inside tag with nothing before it begins a mention and is
    reported as repaired (rule ``orphan-tag``).
    """
    text = read_text(path, quarantine)
    if text is None:
        return
    text = text.replace("\r\n", "\n").rstrip("\n")
    reading = _Reading(path, quarantine, columns, token % columns, tag % columns, scheme, kind, separator)
    plain = (columns, token % columns, scheme, separator) == (2, 0, "IOB2", "\t")
    for part in _parts(text):
        found = reading.quick(part) if plain else None
        yield from reading.careful(part) if found is None else found
        reading.line += part.count("\n") + 2


def _parts(text: str) -> Iterator[str]:
    """Yield the text in pieces of whole sentences, small enough to stay in the processor's cache."""
    at = 0
    while at <= len(text):
        stop = text.find("\n\n", at + _PART)
        stop = len(text) if stop < 0 else stop
        yield text[at:stop]
        at = stop + 2


def _unmarked(text: str) -> tuple[str, list[tuple[int, str]]]:
    """Return a text with its boundary lines made blank, where they stood, and the document each begins."""
    marks = []
    pieces, done, size = [], 0, 0
    for match in _MARK.finditer(text) if any(mark in text for mark in _MARKS) else ():
        pieces.append(text[done : match.start()])
        size += match.start() - done
        marks.append((size, match["id"] or ""))
        done = match.end()
    return "".join([*pieces, text[done:]]), marks


def _entities(text: str, runs: Iterable[Run]) -> tuple[Entity, ...]:
    numbered = enumerate(runs, 1)
    return tuple([Entity(f"T{at}", kind, ((begin, end),), text[begin:end]) for at, (begin, end, kind) in numbered])


class _Reading:
    """One file on its way: which document and sentence it is at, and the tags met so far."""

    def __init__(
        self,
        path: Path,
        quarantine: Quarantine,
        columns: int,
        token: int,
        tag: int,
        scheme: Scheme,
        kind: str,
        separator: str,
    ) -> None:
        self.path = path
        self.quarantine = quarantine
        self.columns = columns
        self.token = token
        self.tag = tag
        self.scheme = scheme
        self.kind = kind
        self.separator = separator
        self.line = 1
        self.documents = 0
        self.document = ""
        self.number = 0
        self.numbers: dict[str, int] = {}
        self.known: dict[str, tuple[str, str]] = {"O": ("O", "")}

    def quick(self, text: str) -> Iterator[Document] | None:
        """Return the sentences of a text in which nothing is out of the ordinary, None for any other."""
        from medinst.formats import tagged  # numpy takes a tenth of a second to import

        text, marks = _unmarked(text)
        found = tagged.sentences(f"{text}\n", self.kind)
        return None if found is None else self._marked(*found, marks)

    def _marked(
        self, begins: list[int], sentences: Iterable[tuple[str, tuple[Entity, ...]]], marks: list[tuple[int, str]]
    ) -> Iterator[Document]:
        """Yield sentences as parts of the documents that marks begin."""
        waiting = marks[::-1]
        for begin, (text, entities) in zip(begins, sentences, strict=True):
            while waiting and waiting[-1][0] <= begin:
                self._begin(waiting.pop()[1])
            yield self._sentence(text, entities)
        while waiting:
            self._begin(waiting.pop()[1])

    def careful(self, text: str) -> Iterator[Document]:
        """Yield the sentences of a text whose lines may be boundaries, blank or damaged."""
        group: list[str] = []
        for at, line in enumerate([*text.split("\n"), ""], self.line):
            boundary = _BOUNDARY.match(line)
            if line.strip() and not boundary:
                group.append(line)
                continue
            if group and self._sound(group, at - len(group)):
                rows = [line.split(self.separator) for line in group]
                text, spans = join(row[self.token] for row in rows)
                runs = self._runs(spans, [row[self.tag] for row in rows], at - len(group))
                yield self._sentence(text, _entities(text, runs))
            group = []
            if boundary:
                self._begin(boundary["id"])

    def _begin(self, document: str | None) -> None:
        """Begin a document of the source, or go on with it."""
        self.numbers[self.document] = self.number
        self.documents += 1
        self.document = document or f"{self.documents:04}"
        self.number = self.numbers.get(self.document, 0)

    def _sound(self, lines: list[str], first: int) -> bool:
        """Say whether all lines of a sentence can be read; set the sentence aside at the first that cannot."""
        for at, line in enumerate(lines, first):
            cells = line.split(self.separator)
            if len(cells) != self.columns or not cells[self.token]:
                fault = ("columns", f"{len(cells)} columns", f"{self.columns} columns, none empty")
            elif not self._valid(cells[self.tag]):
                fault = ("unknown-label", repr(cells[self.tag]), f"O or a type behind one of {_PREFIXES[self.scheme]}")
            else:
                continue
            self.number += 1
            rule, found, expected = fault
            self.quarantine.set_aside(self.path, at, rule, "\n".join(lines), found, expected)
            return False
        return True

    def _valid(self, tag: str) -> bool:
        """Say whether the scheme has the tag, and remember what it means."""
        if tag not in self.known:
            prefix, _, kind = tag.partition("-")
            kind = kind or self.kind
            if len(prefix) != 1 or prefix not in _PREFIXES[self.scheme] or not kind:
                return False
            self.known[tag] = prefix, kind
        return True

    def _sentence(self, text: str, entities: tuple[Entity, ...]) -> Document:
        """Return the next sentence."""
        self.number = number = self.number + 1
        name = f"{self.document}_s{number}" if self.document else str(number).zfill(5)
        return Document(name, text, entities, tokenised=True, doc=self.document)

    def _runs(self, spans: list[Span], tags: list[str], line: int) -> list[Run]:
        """Return the mentions of a sentence: runs of tags, each begun by its scheme's sign or by a change of type."""
        runs: list[Run] = []
        current, last, over = "", -2, True
        for at in [at for at, tag in enumerate(tags) if tag != "O"]:
            prefix, kind = self.known[tags[at]]
            inside = prefix in "IE"
            start, end = spans[at]
            if inside and not over and last == at - 1 and kind == current:
                runs[-1] = runs[-1][0], end, kind
            else:
                runs.append((start, end, kind))
                if inside and self.scheme != "IOB1":
                    self._orphan(line + at, tags[at], kind)
            current, last, over = kind, at, prefix in "ES"
        return runs

    def _orphan(self, line: int, tag: str, kind: str) -> None:
        self.quarantine.repaired(self.path, line, "orphan-tag", tag, tag, f"a tag that begins a mention of {kind}")
