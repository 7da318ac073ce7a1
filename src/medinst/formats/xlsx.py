"""Excel workbooks: the named columns of one sheet, row by row. https://github.com/tafia/calamine does the reading.

A sheet may claim columns far beyond its data (MeQSum's claims A to AMI for three), so only named ones are looked at.
"""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from medinst.formats.quarantine import Quarantine

MAX_BYTES = 1 << 27
_CHUNK = 1 << 20

# What the zip module raises over damaged archives, by what is damaged.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    OverflowError,
)


def rows(
    path: Path, quarantine: Quarantine, columns: Sequence[str], sheet: int = 0
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number as Excel shows it, texts by column name) of every row below the header.

    ``columns`` must be what the first cells of the sheet's first row say; cells to the right of them are left out,
    and so are rows in which all of them are empty. Numbers are given as text, whole ones without a point.

    Set aside (rule ``columns``): a row with an empty cell, and the whole sheet if its header differs; (rule
    ``encoding``): a file that is no workbook or not whole.
    """
    try:
        _check(path)
        table = _cells(CalamineWorkbook.from_path(path).get_sheet_by_index(sheet))
        header = next(table, [])[: len(columns)]
    except (CalamineError, *_DAMAGED) as error:
        quarantine.set_aside(path, 0, "encoding", "", str(error), "an Excel workbook")
        return
    if header != list(columns):
        quarantine.set_aside(path, 1, "columns", "\t".join(header), f"header {header}", f"header {list(columns)}")
        return
    for number, row in enumerate(table, 2):
        cells = row[: len(columns)]
        if all(cells):
            yield number, dict(zip(columns, cells, strict=True))
        elif any(cells):
            empty = columns[cells.index("")]
            quarantine.set_aside(path, number, "columns", "\t".join(cells), f"no {empty}", ", ".join(columns))


def _check(path: Path) -> None:
    """Compare the checksums and sizes of the workbook's parts, which calamine does not, and bound their sum."""
    left = MAX_BYTES
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            declared = part.file_size
            part.file_size, size = 1 << 62, 0  # so that all is read that there is
            with archive.open(part) as file:
                while chunk := file.read(_CHUNK):
                    size += len(chunk)
                    if size > left:
                        raise zipfile.BadZipFile(f"it unpacks to over {MAX_BYTES:,} bytes")
            left -= size
            if size != declared:
                raise zipfile.BadZipFile(f"{part.filename} holds {size} bytes where {declared} are declared")


def _cells(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Yield the rows of a sheet from its very first, as texts."""
    for row in sheet.to_python(skip_empty_area=False):
        yield [str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell) for cell in row]
