"""Sound files of two columns, a token and its IOB2 tag a line, taken apart as arrays: all tokens at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from medinst.schema import Entity

Codes = npt.NDArray[np.unsignedinteger]
Numbers = npt.NDArray[np.int64]
Sentence = tuple[str, tuple[Entity, ...]]

_TAB, _END, _SPACE, _OUTSIDE = b"\t\n O"


class Lines(NamedTuple):
    """The lines that are not blank: the places of their first characters, tabs and ends in the file.

    ``starts``: where their tokens begin once all are joined, a space behind each. ``firsts``: the first of a sentence.
    """

    begins: Numbers
    tabs: Numbers
    ends: Numbers
    starts: Numbers
    firsts: Numbers


def sentences(text: str, kind: str) -> tuple[list[int], Iterator[Sentence]] | None:
    """Return where the sentences of ``text`` begin, and each as its tokens joined by a space and its mentions.

    ``text`` ends with a newline. ``kind``: the type that a bare ``B`` or ``I`` stands for. None where any line or tag
    is out of the ordinary.
    """
    ascii_only = text.isascii()
    codes: Codes = np.frombuffer(
        text.encode() if ascii_only else text.encode("utf-32-le"), "u1" if ascii_only else "<u4"
    )
    lines = _lines(codes)
    if lines is None or "\0" in text:
        return None
    found = _mentions(text, codes, lines, kind)
    if found is None:
        return None
    begins = lines.starts[lines.firsts]
    return lines.begins[lines.firsts].tolist(), _cut(_joined(codes, lines), begins, *found)


def _lines(codes: Codes) -> Lines | None:
    """Return the lines, None where there is none or one has not two columns or an empty one."""
    ends = np.flatnonzero(codes == _END)
    tabs = np.flatnonzero(codes == _TAB)
    begins = np.zeros_like(ends)
    np.add(ends[:-1], 1, out=begins[1:])
    full = np.flatnonzero(begins < ends)
    begins, ends = begins[full], ends[full]
    if not len(full) or len(tabs) != len(full) or not ((begins < tabs) & (tabs + 1 < ends)).all():
        return None
    sizes = tabs - begins + 1
    return Lines(begins, tabs, ends, np.cumsum(sizes) - sizes, np.flatnonzero(np.diff(full, prepend=-2) > 1))


def _mentions(text: str, codes: Codes, lines: Lines, kind: str) -> tuple[list[str], Numbers, Numbers] | None:
    """Return types, begins and ends of the mentions in the joined tokens, None where a tag does not fit."""
    tagged = np.flatnonzero((codes[lines.tabs + 1] != _OUTSIDE) | (lines.ends - lines.tabs != 2))
    places = zip((lines.tabs[tagged] + 1).tolist(), lines.ends[tagged].tolist(), strict=True)
    tags = [text[begin:end] for begin, end in places]
    kinds = {tag: tag[2:] or kind for tag in set(tags)}
    if not all(name and tag[0] in "BI" and tag[1:2] in ("", "-") for tag, name in kinds.items()):
        return None
    number = {tag: at for at, tag in enumerate(kinds)}
    numbers = np.fromiter(map(number.__getitem__, tags), np.int64, len(tags))
    names = list(dict.fromkeys(kinds.values()))
    types = np.array([names.index(name) for name in kinds.values()], np.int64)[numbers]
    opens = np.array([tag[0] == "B" for tag in kinds], bool)[numbers]
    breaks = np.zeros(len(lines.tabs), bool)
    breaks[lines.firsts] = True
    follows = (np.diff(tagged, prepend=-2) == 1) & (np.diff(types, prepend=-1) == 0) & ~breaks[tagged]
    if not (opens | follows).all():
        return None
    heads = np.flatnonzero(opens)
    lasts = tagged[np.append(heads, len(tagged))[1:] - 1]
    ends = lines.starts[lasts] + lines.tabs[lasts] - lines.begins[lasts]
    return [names[at] for at in types[heads].tolist()], lines.starts[tagged[heads]], ends


def _joined(codes: Codes, lines: Lines) -> str:
    """Return all tokens, a space behind each."""
    out = codes.copy()
    out[lines.tabs] = _SPACE
    out[lines.tabs + 1] = 0
    sizes = lines.ends - lines.tabs - 2
    longer = np.flatnonzero(sizes)
    rest = sizes[longer]
    out[np.repeat(lines.tabs[longer] + 2 - (np.cumsum(rest) - rest), rest) + np.arange(rest.sum())] = 0
    if out.itemsize == 1:
        return out.tobytes().translate(None, b"\0\n").decode()
    kept: bytes = out[(out != 0) & (out != _END)].tobytes()
    return kept.decode("utf-32-le")


def _cut(text: str, begins: Numbers, types: list[str], firsts: Numbers, lasts: Numbers) -> Iterator[Sentence]:
    """Yield the sentences that begin at ``begins``, each with its mentions, numbered from 1."""
    stops = np.append(begins[1:], len(text))
    counts = np.searchsorted(firsts, stops)
    owners = np.searchsorted(begins, firsts, "right") - 1
    ordinals = np.arange(len(firsts)) - np.append(0, counts)[owners] + 1
    spans = zip(zip((firsts - begins[owners]).tolist(), (lasts - begins[owners]).tolist(), strict=True), strict=True)
    texts = [text[first:last] for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)]
    found = list(map(Entity, [f"T{ordinal}" for ordinal in ordinals.tolist()], types, spans, texts))
    done = 0
    for begin, stop, count in zip(begins.tolist(), stops.tolist(), counts.tolist(), strict=True):
        yield text[begin : stop - 1], tuple(found[done:count])
        done = count
