"""What can be told of a downloaded file whose digest nobody knows: a login page, a cut-off archive, nothing at all."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import re
import zlib
from collections.abc import Callable
from io import BufferedIOBase
from pathlib import Path

from medinst.sources.digest import lines
from medinst.sources.members import CHUNK, MAX_BYTES, MAX_RATIO, RATIO_FREE, Fault, members
from medinst.sources.names import Names
from medinst.sources.xz import unxz

HEAD = 1024
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:(?:<\?xml[^>]*>|<!--.*?-->)\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_ARCHIVES = (".zip", ".xlsx", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_PACKED: dict[str, Callable[[Path], BufferedIOBase]] = {
    ".gz": gzip.GzipFile,
    ".bz2": bz2.BZ2File,
    ".xz": unxz,
}
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError)


def fault_of_start(head: bytes, name: str) -> str:
    """Return what is wrong with a file that begins with ``head`` (up to ``HEAD`` bytes), empty where nothing is."""
    if not head:
        return "is empty"
    if not name.lower().endswith((".html", ".htm", ".xhtml")) and _PAGE.match(head):
        return "is an HTML page, such as a login or an error page"
    return ""


def proves_itself(name: str) -> bool:
    """Say whether a file's format shows, read to its end, that nothing is missing."""
    return name.lower().endswith((*_ARCHIVES, *_PACKED))


def fault_inside(path: Path, name: str, tree: str | None) -> str:
    """Read an archive or a packed file to its end; return what is wrong with it, empty where nothing is.

    ``tree``: the digest of what it must unpack to, as ``digest_tree`` gives it, where that is known.
    """
    if tree or name.lower().endswith(_ARCHIVES):
        try:
            found = _tree(path)
        except Fault as fault:
            return f"is no good archive: {fault.member!r} {fault.what}" if fault.member else fault.what
        return "" if tree in (None, found) else f"unpacks to files of digest {found}, expected {tree}"
    ending = Path(name.lower()).suffix
    return _fault_packed(path, ending) if ending in _PACKED else ""


def _tree(path: Path) -> str:
    """Return the digest of what an archive unpacks to, without unpacking it anywhere."""
    names, digests = Names(), {}
    for member in members(path):
        parts, digest = names.take(member.name, member.folder), hashlib.sha256()
        while chunk := member.read(CHUNK):
            digest.update(chunk)
        if not member.folder:
            digests[parts] = digest.hexdigest()
    return hashlib.sha256(lines(digests.items())).hexdigest()


def _fault_packed(path: Path, ending: str) -> str:
    limit, count = min(MAX_BYTES, max(RATIO_FREE, MAX_RATIO * path.stat().st_size)), 0
    try:
        with _PACKED[ending](path) as file:
            while chunk := file.read(CHUNK):
                if not count and chunk.startswith(b"\x1f\x8b"):
                    return "is packed twice"
                count += len(chunk)
                if count > limit:
                    return f"unpacks to more than {limit} bytes, too much for its size"
    except _BROKEN as error:
        return f"cannot be unpacked: {error}"
    return ""
