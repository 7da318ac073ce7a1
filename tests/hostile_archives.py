"""Archives made by hand, each with one thing wrong: what it is called, its bytes, and what the refusal must say."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

GOOD = {"corpus/a.txt": b"alpha", "corpus/sub/b.txt": b"beta", "corpus/empty.txt": b""}
LONG = "x" * 256


def tar(*members: tarfile.TarInfo | tuple[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    """Return a plain tar of the members: a name with content, or a header as it is."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member, io.BytesIO(b"z" * member.size))
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return out.getvalue()


def header(name: str, kind: bytes, link: str = "", size: int = 0) -> tarfile.TarInfo:
    """Return a tar header of a kind."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of the members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            # A ZipInfo of its own has no time of today in it: the same bytes in every run.
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            archive.writestr(info, content, method)
    return out.getvalue()


def zip_info(name: str, mode: int) -> zipfile.ZipInfo:
    """Return a zip entry with a Unix mode."""
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return the bytes with every ``old`` replaced by the equally long ``new``."""
    assert len(old) == len(new)
    assert old in data
    return data.replace(old, new)


def encrypted() -> bytes:
    """Return a zip whose headers say that its member is encrypted."""
    data = bytearray(packed(("a.txt", b"alpha")))
    for start, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(start) + at] |= 1
    return bytes(data)


def lying_zip(size: int) -> bytes:
    """Return a zip whose headers declare another size than its stored member has."""
    data = packed(("a.txt", b"alpha"), method=zipfile.ZIP_STORED)
    return patched(data, struct.pack("<II", 5, 5), struct.pack("<II", size, size))


def bomb() -> bytes:
    """Return 200 MB of zeros."""
    return b"\0" * (200 << 20)


def huge_window() -> bytes:
    """Return an xz file whose header asks for a window of 4 GB."""
    data = bytearray(lzma.compress(WHOLE))
    start, size = 12, (data[12] + 1) * 4  # of the block's header: its filter is 0x21, then one byte of properties
    assert bytes(data[start + 1 : start + 4]) == b"\0\x21\1"
    data[start + 4] = 40
    data[start + size - 4 : start + size] = struct.pack("<I", zlib.crc32(data[start : start + size - 4]))
    return bytes(data)


def overlapping() -> bytes:
    """Return a zip in which four names in the list share one member's bytes."""
    data = packed(*((f"{number}.txt", bytes(200)) for number in range(4)))
    listed = data.index(b"PK\1\2")
    entries = [bytearray(b"PK\1\2" + entry) for entry in data[listed:-22].split(b"PK\1\2")[1:]]
    for entry in entries:
        entry[42:46] = bytes(4)
    return data[:listed] + b"".join(entries) + data[-22:]


def zip64_size() -> bytes:
    """Return a zip whose extended field declares four thousand million million bytes."""
    info = zipfile.ZipInfo("a.txt")
    info.extra = struct.pack("<HHQ", 1, 8, 1 << 52)
    data = packed((info, b"alpha"), method=zipfile.ZIP_STORED)
    return patched(data, struct.pack("<II", 5, 5), struct.pack("<II", 5, 0xFFFFFFFF))


def disagreeing(at: int) -> bytes:
    """Return a zip in which a byte of a member's own header differs from the list's."""
    data = bytearray(ZIPPED)
    data[at] ^= 8
    return bytes(data)


def bad_checksum() -> bytes:
    """Return a tar whose second header is damaged, where many readers see the archive's end."""
    data = bytearray(tar(*GOOD.items()))
    data[1024] ^= 0xFF
    return bytes(data)


def hidden_member() -> bytes:
    """Return a zip in which the third entry of the list has become the comment of the second."""
    data = bytearray(ZIPPED)
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)
    data[second + 32] = 46 + len("corpus/empty.txt")
    return bytes(data)


def sparse() -> bytes:
    """Return a pax archive with a sparse file."""
    info = header("a.txt", tarfile.REGTYPE, size=5)
    info.pax_headers = {"GNU.sparse.major": "1"}
    return tar(info, form=tarfile.PAX_FORMAT)


def global_path() -> bytes:
    """Return a pax archive that gives all its members one name."""
    out = io.BytesIO()
    options = {"path": "/etc/passwd"}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers=options) as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return out.getvalue()


WHOLE = tar(*GOOD.items())
ZIPPED = packed(*GOOD.items())

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "tar-parent": (lambda: tar(("../evil.txt", b"x")), "leaves its folder"),
    "tar-parent-inside": (lambda: tar(("a/../../evil.txt", b"x")), "leaves its folder"),
    "zip-parent": (lambda: packed(("../evil.txt", b"x")), "leaves its folder"),
    "zip-parent-folder": (lambda: packed(("a/../", b"")), "leaves its folder"),
    "tar-parent-space": (lambda: tar((".. /evil.txt", b"x")), "leaves its folder"),
    "zip-parent-dots": (lambda: packed((".../evil.txt", b"x")), "leaves its folder"),
    "zip-parent-last": (lambda: packed(("a/..", b"x")), "leaves its folder"),
    "pax-parent": (lambda: tar((f"../{'e' * 120}", b"x"), form=tarfile.PAX_FORMAT), "leaves its folder"),
    "zip-share": (lambda: packed(("//server/share/evil.txt", b"x")), "absolute name"),
    "tar-absolute": (lambda: tar(("/tmp/evil.txt", b"x")), "absolute name"),
    "zip-absolute": (lambda: packed(("/tmp/evil.txt", b"x")), "absolute name"),
    "pax-absolute": (lambda: tar((f"/tmp/{'e' * 120}", b"x"), form=tarfile.PAX_FORMAT), "absolute name"),
    "zip-drive": (lambda: packed(("C:/evil.txt", b"x")), "absolute name"),
    "tar-drive": (lambda: tar(("c:evil.txt", b"x")), "absolute name"),
    "zip-backslash": (lambda: packed(("..\\evil.txt", b"x")), "backslash"),
    "tar-backslash": (lambda: tar(("\\\\server\\evil.txt", b"x")), "backslash"),
    "zip-nul": (lambda: patched(packed(("evil.txtQ.png", b"x")), b"Q", b"\0"), "control character"),
    "pax-newline": (lambda: tar(("a\nb.txt", b"x"), form=tarfile.PAX_FORMAT), "control character"),
    "tar-not-utf8": (lambda: patched(tar(("QQ.txt", b"x")), b"QQ", b"\xe9\x8f"), "cannot be read"),
    "zip-long-part": (lambda: packed((LONG, b"x")), "over 255 bytes"),
    "tar-long-part": (lambda: tar((LONG, b"x")), "over 255 bytes"),
    "tar-long-path": (lambda: tar((f"{'d' * 99}/" * 11 + "a", b"x")), "1024 with its folders"),
    "tar-deep": (lambda: tar(("d/" * 64 + "a", b"x")), "more than 64 folders deep"),
    "tar-file-root": (lambda: tar(("./", b"x")), "without a name"),
    "tar-symlink": (lambda: tar(header("a", tarfile.SYMTYPE, "/etc/passwd")), "symbolic link"),
    "tar-symlink-through": (
        lambda: tar(header("a", tarfile.SYMTYPE, "/tmp"), ("a/evil.txt", b"x")),
        "symbolic link",
    ),
    "zip-symlink": (lambda: packed((zip_info("a", stat.S_IFLNK | 0o777), b"/etc/passwd")), "symbolic link"),
    "tar-hard-link": (lambda: tar(("a", b"x"), header("b", tarfile.LNKTYPE, "a")), "hard link"),
    "tar-character-device": (lambda: tar(header("null", tarfile.CHRTYPE)), "a device"),
    "tar-block-device": (lambda: tar(header("sda", tarfile.BLKTYPE)), "a device"),
    "tar-fifo": (lambda: tar(header("pipe", tarfile.FIFOTYPE)), "FIFO"),
    "zip-fifo": (lambda: packed((zip_info("pipe", stat.S_IFIFO | 0o644), b"")), "FIFO"),
    "zip-device": (lambda: packed((zip_info("null", stat.S_IFCHR | 0o644), b"")), "device"),
    "tar-sparse": (sparse, "sparse"),
    "tar-unknown-kind": (lambda: tar(header("odd", b"M")), "of an unknown kind"),
    "tar-doubled": (lambda: tar(("a.txt", b"1"), ("a.txt", b"2")), "stands twice"),
    "tar-doubled-dot": (lambda: tar(("a.txt", b"1"), ("./a.txt", b"2")), "stands twice"),
    "tar-case": (lambda: tar(("a.txt", b"1"), ("A.txt", b"2")), "in case or form of Unicode"),
    "zip-case-folder": (lambda: packed(("Data/a", b"1"), ("data/b", b"2")), "in case or form of Unicode"),
    "zip-unicode": (lambda: packed(("caf\u00e9", b"1"), ("cafe\u0301", b"2")), "in case or form of Unicode"),
    "tar-file-and-folder": (lambda: tar(("a", b"1"), ("a/b", b"2")), "both a file and a folder"),
    "zip-folder-and-file": (lambda: packed(("a/b", b"1"), ("a", b"2")), "both a file and a folder"),
    "zip-folder-with-content": (lambda: packed(("a/", b"x" * 9)), "is a folder and declares 9 bytes"),
    "zip-folder-by-mode": (lambda: packed((zip_info("a", stat.S_IFDIR | 0o755), b"")), "not by both"),
    "zip-folder-by-name": (lambda: packed((zip_info("a/", stat.S_IFREG | 0o644), b"")), "not by both"),
    "zip-encrypted": (encrypted, "is encrypted"),
    "zip-bzip2": (lambda: packed(("a", b"x" * 99), method=zipfile.ZIP_BZIP2), "expected deflate"),
    "zip-declares-more": (lambda: lying_zip(6), "cannot be read"),
    "zip-declares-less": (lambda: lying_zip(4), "cannot be read"),
    "zip-declares-a-disk": (lambda: lying_zip(1 << 31), "too much for the archive's size"),
    "zip64-declares-a-disk": (zip64_size, "too much for the archive's size"),
    "tar-declares-a-disk": (
        lambda: header("a", tarfile.REGTYPE, size=1 << 40).tobuf(tarfile.GNU_FORMAT) + bytes(1024),
        "too much for the archive's size",
    ),
    "zip-other-method": (lambda: disagreeing(8), "its own header and the archive's list disagree"),
    "zip-other-checksum": (lambda: disagreeing(14), "its own header and the archive's list disagree"),
    "zip-other-packed-size": (lambda: disagreeing(18), "its own header and the archive's list disagree"),
    "zip-other-size": (lambda: disagreeing(22), "its own header and the archive's list disagree"),
    "zip-overlap": (overlapping, "cannot be read"),
    "zip-behind-a-program": (lambda: b"#!/bin/sh\n" + ZIPPED, "cut off"),
    "tar-declares-more": (
        lambda: tar(header("a", tarfile.REGTYPE, size=9))[:1024].replace(b"z", b"y")[:600],
        "cut off",
    ),
    "zip-bomb": (lambda: packed(("zeros", bomb())), "too much for the archive's size"),
    "zip-bomb-of-many": (
        lambda: packed(*((f"{number}", bytes(4 << 20)) for number in range(20))),
        "too much for the archive's size",
    ),
    "bz2-bomb": (lambda: bz2.compress(tar(("zeros", bomb()))), "too much for the archive's size"),
    "gz-bomb-in-headers": (
        lambda: gzip.compress(header("a", tarfile.GNUTYPE_LONGNAME, size=1 << 20).tobuf() + bytes(80 << 20)),
        "too much for the archive's size",
    ),
    "xz-window": (huge_window, "cannot be read"),
    "xz-more-after-end": (lambda: lzma.compress(WHOLE) + b"more", "cannot be read"),
    "gz-bomb": (lambda: gzip.compress(tar(("zeros", bomb()))), "too much for the archive's size"),
    "xz-bomb": (lambda: lzma.compress(tar(("zeros", bomb())), preset=0), "too much for the archive's size"),
    "tar-huge-header": (lambda: tar(header("big", tarfile.XHDTYPE, size=2 << 20)), "is a header of"),
    "pax-malformed": (lambda: tar(header("x", tarfile.XHDTYPE, size=9)), "cannot be read"),
    "pax-global-path": (global_path, "gives all members one name"),
    "tar-bad-checksum": (bad_checksum, "cannot be read"),
    "tar-no-end": (lambda: WHOLE[: 512 * 5], "cut off"),
    "tar-cut-header": (lambda: WHOLE[:700], "cut off"),
    "tar-more-after-end": (lambda: WHOLE + WHOLE, "data after its end"),
    "gz-cut": (lambda: gzip.compress(WHOLE)[:-20], "cannot be read"),
    "gz-cut-trailer": (lambda: gzip.compress(WHOLE)[:-4], "cannot be read"),
    "gz-crc": (lambda: gzip.compress(WHOLE)[:-8] + b"\0\0\0\0" + gzip.compress(WHOLE)[-4:], "CRC check failed"),
    "gz-not-tar": (lambda: gzip.compress(b"a text, not an archive. " * 99), "cannot be read"),
    "bz2-cut": (lambda: bz2.compress(WHOLE)[:-20], "cannot be read"),
    "xz-cut": (lambda: lzma.compress(WHOLE)[:-20], "cannot be read"),
    "zip-cut": (lambda: ZIPPED[:-30], "not a zip file"),
    "zip-crc": (lambda: packed(("a", b"alpha"), method=zipfile.ZIP_STORED).replace(b"alpha", b"alphA"), "Bad CRC-32"),
    "zip-hidden-member": (hidden_member, "lists 2 members where its end announces 3"),
    "zip-names-differ": (lambda: packed(("good.txt", b"x")).replace(b"good", b"evil", 1), "cannot be read"),
    "empty-file": (lambda: b"", "cut off"),
    "empty-tar": (lambda: tar(), "is empty"),
    "empty-zip": (lambda: packed(), "is empty"),
    "web-page": (lambda: b"<!doctype html><title>404 Not Found</title>" * 50, "cannot be read"),
}
