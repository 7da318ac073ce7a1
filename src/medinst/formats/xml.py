"""XML files element by element: bounded memory, line numbers, no entity declarations, nothing outside the file read.

A bare ``<!DOCTYPE collection SYSTEM "BioC.dtd">`` is accepted and the DTD never fetched. A DOCTYPE with an internal
subset (where entity bombs live) is refused, and so is an entity that only an unread DTD could explain.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from medinst.formats.quarantine import Quarantine
from medinst.schema import Span

CHUNK = 1 << 16
CONTEXT = 80
MAX_DEPTH = 200
MAX_ELEMENT = 1 << 24  # bytes


class Node(Element):
    """An element that knows the ``line`` its start tag stands on, counted from 1."""

    line = 0


def elements(path: Path, tag: str, quarantine: Quarantine, encoding: str | None = None) -> Iterator[tuple[int, Node]]:
    """Yield (line, element) of every outermost ``tag``; an element is empty again once the next one is asked for.

    ``encoding`` overrides what the file says about itself.

    At a fault in the markup the elements that were complete before it have been yielded; the fault is set aside
    (rule ``xml``) and the rest of the file is left unread, since nothing in it can be trusted. Elements nested deeper
    than ``MAX_DEPTH`` or longer than ``MAX_ELEMENT`` are such a fault.
    """
    reading = _Reading(tag, encoding)
    with path.open("rb") as file:
        final = False
        while not final:
            chunk = file.read(CHUNK)
            final = not chunk
            fault = reading.feed(chunk, final) or reading.too_long(file.tell())
            while reading.done:
                node = reading.done.popleft()
                yield node.line, node
                node.clear()
            if fault:
                at = max(reading.parser.CurrentByteIndex - CONTEXT, 0)
                file.seek(at)
                raw = file.read(2 * CONTEXT)
                quarantine.set_aside(path, reading.parser.CurrentLineNumber, "xml", raw, fault, "well-formed plain XML")
                return


def marked(node: Element) -> tuple[str, list[tuple[Element, Span]]]:
    """Return the text of ``node`` without its tags, and every element inside with its span, the outer ones first."""
    pieces = [node.text or ""]
    at = len(pieces[0])
    found: list[tuple[Element, Span]] = []
    opened: list[tuple[int, int]] = []
    waiting = [iter(node)]
    while waiting:
        child = next(waiting[-1], None)
        if child is not None:
            opened.append((len(found), at))
            found.append((child, (at, at)))
            waiting.append(iter(child))
            pieces.append(child.text or "")
            at += len(pieces[-1])
            continue
        waiting.pop()
        if opened:
            number, start = opened.pop()
            found[number] = found[number][0], (start, at)
            pieces.append(found[number][0].tail or "")
            at += len(pieces[-1])
    return "".join(pieces), found


class _Reading:
    """The parser with its handlers; nodes are built inside an element of the tag only."""

    def __init__(self, tag: str, encoding: str | None = None) -> None:
        self.tag = tag
        self.done: deque[Node] = deque()
        self.depth = self.inside = self.began = 0
        self.builder = TreeBuilder(element_factory=self._node)
        self.parser = expat.ParserCreate(encoding)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.SkippedEntityHandler = self._skipped

    def feed(self, chunk: bytes, final: bool) -> str:
        """Parse a piece of the file; return what is wrong with it, empty if nothing is."""
        try:
            self.parser.Parse(chunk, final)
        except expat.ExpatError as error:
            return str(error)
        except (LookupError, ValueError) as error:
            return f"an encoding that cannot be read: {error}"
        return ""

    def too_long(self, read: int) -> str:
        """Return what is wrong where what has been ``read`` ends in an element, tag or text far too long."""
        begun = self.began if self.inside else self.parser.CurrentByteIndex
        return f"something of over {MAX_ELEMENT:,} bytes" if read - begun > MAX_ELEMENT else ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise expat.ExpatError(f"elements nested more than {MAX_DEPTH} deep")
        if not self.inside:
            if name != self.tag:
                return
            self.began = self.parser.CurrentByteIndex
            self.builder = TreeBuilder(element_factory=self._node)
            self.parser.CharacterDataHandler = self.builder.data
        self.inside += 1
        self.builder.start(name, attributes)

    def _end(self, name: str) -> None:
        self.depth -= 1
        if not self.inside:
            return
        self.inside -= 1
        self.builder.end(name)
        if not self.inside:
            self.parser.CharacterDataHandler = None
            self.done.append(cast("Node", self.builder.close()))

    def _node(self, tag: str, attributes: dict[str, str]) -> Node:
        node = Node(tag, attributes)
        node.line = self.parser.CurrentLineNumber
        return node

    def _doctype(self, name: str, system: str | None, public: str | None, subset: int) -> None:
        if subset:
            raise expat.ExpatError("a DOCTYPE with declarations of its own")

    def _skipped(self, name: str, parameter: bool) -> None:
        raise expat.ExpatError(f"the entity &{name};, declared nowhere in the file")
