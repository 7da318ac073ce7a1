"""Digests of files and of trees: what says that bytes are still the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

_CHUNK = 1 << 22  # large, or threads that hash would wait for each other all the time
UNFINISHED = ".unfinished"  # downloads on their way; no part of a tree


def digest_file(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        buffer = bytearray(min(os.fstat(file.fileno()).st_size + 1, _CHUNK))
        while count := file.readinto(buffer):
            digest.update(memoryview(buffer)[:count])
    return digest.hexdigest()


def digest_tree(root: Path) -> str:
    """Return the sha256 over the sorted relative names and the digests of all files under ``root``."""
    return hashlib.sha256(manifest(root)).hexdigest()


def manifest(root: Path) -> bytes:
    """Return a line ``name NUL sha256`` for each file under ``root``, sorted by the parts of the names."""
    digests = {}
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        if here == root and UNFINISHED in folders:
            folders.remove(UNFINISHED)
        for name in files:
            path = here / name
            if path.is_file():
                digests[path.relative_to(root).parts] = digest_file(path)
    return lines((parts, digests[parts]) for parts in digests)


def lines(digests: Iterable[tuple[tuple[str, ...], str]]) -> bytes:
    """Return a manifest of files whose names (in parts) and sha256 are known."""
    return b"".join(
        f"{'/'.join(parts)}\0{digest}\n".encode("utf-8", "surrogateescape") for parts, digest in sorted(digests)
    )


def listed(lines: bytes) -> dict[str, str]:
    """Return the sha256 of each file in a manifest, by name."""
    rows = (line.partition("\0") for line in lines.decode("utf-8", "surrogateescape").split("\n") if line)
    return {name: digest for name, _, digest in rows}


def under(lines: bytes, folder: str) -> bytes:
    """Return the part of a manifest that lies in a folder, the names taken from there."""
    prefix = f"{folder}/".encode("utf-8", "surrogateescape")
    return b"".join(line.removeprefix(prefix) + b"\n" for line in lines.split(b"\n") if line.startswith(prefix))


def changed(found: bytes, expected: bytes) -> str:
    """Return the first name in which two manifests differ and how, empty where they are equal."""
    now, before = listed(found), listed(expected)
    for name in sorted({*now, *before}):
        if now.get(name) != before.get(name):
            return f"{name}: found {now.get(name, 'nothing')}, expected {before.get(name, 'nothing')}"
    return ""
