"""The names in an archive: which are safe to make, and which cannot stand beside each other."""

from __future__ import annotations

import re
import unicodedata

from medinst.sources.members import Fault

MAX_PART = 255  # bytes; what common file systems take
MAX_PATH = 1024
MAX_DEPTH = 64
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")


class Names:
    """The names seen so far. Names that differ in case or Unicode form only are one file on some systems."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[str, bool]] = {}

    def take(self, name: str, folder: bool) -> tuple[str, ...]:
        """Return the parts of a member's name, none for the archive's own root.

        Raises:
            Fault: the name is unsafe, or another member has it already.
        """
        parts = safe_parts(name)
        if not parts and not folder:
            raise Fault(name, "is a file without a name")
        for depth in range(1, len(parts)):
            self._take(name, "/".join(parts[:depth]), folder=True)
        if parts:
            self._take(name, "/".join(parts), folder)
        return parts

    def _take(self, name: str, path: str, folder: bool) -> None:
        key = unicodedata.normalize("NFC", path).casefold()
        if key not in self.seen:
            self.seen[key] = path, folder
            return
        other, other_folder = self.seen[key]
        if other != path:
            raise Fault(name, f"differs from {other!r} in case or form of Unicode only")
        if folder != other_folder:
            raise Fault(name, f"makes {path!r} both a file and a folder")
        if not folder:
            raise Fault(name, "stands twice in it")


def safe_parts(name: str) -> tuple[str, ...]:
    """Return the parts of a plain relative name, ``.`` and empty parts left out.

    Raises:
        Fault: the name is absolute, leaves its folder, or is one that some system reads otherwise than another.
    """
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if _CONTROL.search(name):
        raise Fault(name, "has a control character in its name")
    if "\\" in name:
        raise Fault(name, "has a backslash in its name")
    if name.startswith("/") or _DRIVE.match(name):
        raise Fault(name, "has an absolute name")
    if any(not part.strip(". ") for part in parts):  # some systems read ".. " as ".."
        raise Fault(name, "has a name that leaves its folder")
    if len(parts) > MAX_DEPTH:
        raise Fault(name[:100] + "…", f"lies more than {MAX_DEPTH} folders deep")
    try:
        lengths = [len(part.encode()) for part in (*parts, name)]
    except UnicodeEncodeError:
        raise Fault(name, "has a name that is not UTF-8") from None
    if max(lengths[:-1], default=0) > MAX_PART or lengths[-1] > MAX_PATH:
        raise Fault(name[:100] + "…", f"has a name of over {MAX_PART} bytes, or {MAX_PATH} with its folders")
    return parts
