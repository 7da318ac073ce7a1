"""BRAT standoff whose texts and annotation files lie apart: the caller brings both, and names tell what belongs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from medinst.formats import brat
from medinst.formats.quarantine import Quarantine, read_text
from medinst.schema import Document


def read(
    texts: Iterable[tuple[str, str]],
    annotations: Iterable[Path],
    quarantine: Quarantine,
    same: Callable[[str], str] | None = None,
    mend: Callable[[str], str] | None = None,
) -> Iterator[Document]:
    """Yield a document for each of ``texts`` (name, text), with what the annotation file of that name, if any, says.

    ``same`` is that of ``brat.read``. ``mend`` turns the content of a file into lines that the format knows; it keeps
    their numbers. Annotations of a text that is not among ``texts`` are set aside (rule ``missing-file``).
    """
    orphans = {path.stem: path for path in sorted(annotations)}
    reading = brat.Reading(quarantine, same=same)
    for name, text in texts:
        path = orphans.pop(name, None)
        content = read_text(path, quarantine) if path else None
        files = [(str(path), mend(content) if mend else content)] if content else []
        yield reading.document(name, text, files)
    for path in orphans.values():
        quarantine.set_aside(path, 0, "missing-file", path.stem, "no text", "a text of the same name")


def files(paths: Iterable[Path], quarantine: Quarantine) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of text files, by name, undecodable ones set aside."""
    for path in sorted(paths, key=lambda path: path.stem):
        text = read_text(path, quarantine)
        if text is not None:
            yield path.stem, text
