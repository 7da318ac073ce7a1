"""A site's mirror of a few corpora, made of the invented documents in the layouts of the official files."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

from support import FIXTURES

ROWS = ("AnEM", "AnEM-RE", "AnEM-COREF", "SciQ", "UMNSRS", "BIOMRC")
CORPORA = ("anem", "sciq", "umnsrs", "biomrc")


def files() -> dict[str, bytes]:
    """Return the official files of some corpora by ``/<corpus>/<name>``; nothing is pinned of them."""
    plain = [*(FIXTURES / "umnsrs").iterdir(), *(FIXTURES / "biomrc" / "biomrc_large").iterdir()]
    return {
        "/anem/AnEM-1.0.4.tar.gz": _tar(FIXTURES / "anem"),
        "/sciq/SciQ.zip": _zip(FIXTURES / "sciq"),
        **{f"/{path.relative_to(FIXTURES).parts[0]}/{path.name}": path.read_bytes() for path in sorted(plain)},
    }


def put(folder: Path) -> Path:
    """Write the files into a folder, which is then the root of a mirror."""
    for name, data in files().items():
        path = folder / name[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def _members(folder: Path) -> list[tuple[str, bytes]]:
    return [
        (path.relative_to(folder).as_posix(), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()
    ]


def _tar(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, data in _members(folder):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0)


def _zip(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in _members(folder):
            made.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()
