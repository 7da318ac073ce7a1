from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medinst.formats import tables
from medinst.formats.quarantine import Damage, Quarantine


def read(folder: Path, data: bytes, columns=("a", "b"), **options):
    path = folder / "t.csv"
    path.write_bytes(data)
    quarantine = Quarantine("corpus", "train", folder)
    return list(tables.rows(path, quarantine, columns, **options)), quarantine.damage


def damage(line: int, rule: str, found: str, expected: str, raw: str) -> Damage:
    return Damage("corpus", "train", "t.csv", line, rule, found, expected, raw)


def test_cells_by_name_with_columns_to_spare(tmp_path):
    rows, bad = read(tmp_path, b'id,b,a\r\n1,"x, ""y""",z\r\n\r\n2,,\r\n')
    assert rows == [(2, {"id": "1", "b": 'x, "y"', "a": "z"}), (4, {"id": "2", "b": "", "a": ""})]
    assert bad == []


def test_line_breaks_in_a_cell_keep_later_line_numbers_right(tmp_path):
    rows, bad = read(tmp_path, b'a,b\n"one\ntwo\r\nthree",1\nlast,2\n')
    assert rows == [(2, {"a": "one\ntwo\r\nthree", "b": "1"}), (5, {"a": "last", "b": "2"})]
    assert bad == []


def test_no_header(tmp_path):
    assert read(tmp_path, b"1,2\r\n3,4", header=False)[0] == [(1, {"a": "1", "b": "2"}), (2, {"a": "3", "b": "4"})]


def test_a_header_that_misnames_the_columns_is_skipped(tmp_path):
    rows, bad = read(tmp_path, b"b\n1\t2\n", header=False, skip=1, delimiter="\t")
    assert rows == [(2, {"a": "1", "b": "2"})]
    assert bad == []


def test_unquoted_tables_take_quotes_as_text(tmp_path):
    rows, bad = read(tmp_path, b'a\tb\n"x\ty"\rz\n', delimiter="\t")
    assert rows == [(2, {"a": '"x', "b": 'y"\rz'})]
    assert bad == []


def test_a_cell_beyond_the_default_limit(tmp_path):
    rows, _ = read(tmp_path, b"a,b\n" + b"x" * 200_000 + b",y\n")
    assert len(rows[0][1]["a"]) == 200_000


def test_byte_order_mark_and_other_encodings(tmp_path):
    assert read(tmp_path, "\ufeffa,b\nö,1\n".encode())[0] == [(2, {"a": "ö", "b": "1"})]
    assert read(tmp_path, "a,b\nö,1\n".encode("latin-1"), encoding="latin-1")[0] == [(2, {"a": "ö", "b": "1"})]


def test_short_and_long_rows_are_set_aside(tmp_path):
    rows, bad = read(tmp_path, b"a,b\n1\n1,2\n1,2,3\n")
    assert [line for line, _ in rows] == [3]
    assert bad == [
        damage(2, "columns", "1 columns", "2 columns: a, b", "1"),
        damage(4, "columns", "3 columns", "2 columns: a, b", "1,2,3"),
    ]


def test_an_open_quotation_costs_its_own_line_only(tmp_path):
    rows, bad = read(tmp_path, b'a,b\n1,"two\n3,4\n5,6\n')
    assert [line for line, _ in rows] == [3, 4]
    assert bad == [damage(2, "columns", "unexpected end of data", "cells quoted as in CSV: a, b", '1,"two')]


def test_an_undecodable_row_is_set_aside_and_the_others_are_read(tmp_path):
    rows, bad = read(tmp_path, b"a,b\n1,\xf6\n3,4\n")
    assert [line for line, _ in rows] == [3]
    assert bad == [damage(2, "encoding", "byte 0xf6", "utf-8 text", "1,\\xf6")]


@pytest.mark.parametrize("header", [b"a;b", b"a", b"a,b,a"])
def test_an_unusable_header_costs_the_file(tmp_path, header):
    rows, bad = read(tmp_path, header + b"\n1,2\n")
    assert rows == []
    assert bad == [damage(1, "columns", f"the header {header.decode().split(',')}", "one with a, b", header.decode())]


def test_an_empty_file(tmp_path):
    rows, bad = read(tmp_path, b"")
    assert rows == []
    assert bad == [damage(0, "columns", "an empty file", "a header with a, b", "")]


CELLS = st.lists(st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\0"))] * 3), min_size=1)


@given(CELLS)
def test_what_the_csv_module_writes_is_read_back(tmp_path_factory, cells):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(cells)
    rows, bad = read(tmp_path_factory.mktemp("t"), out.getvalue().encode(), ("a", "b", "c"), header=False)
    assert [tuple(row.values()) for _, row in rows] == cells or cells[0][0].startswith("\ufeff")
    assert bad == []


LINES = st.lists(st.sampled_from([b"1,2", b'"1",2', b'1,"2', b'2",1', b"1", b"1,2,3", b"\xff,1", b"1\r,2", b'"a""",b']))


@given(LINES, st.booleans())
def test_damage_never_crashes_and_never_is_silent(tmp_path_factory, lines, quoted):
    rows, bad = read(tmp_path_factory.mktemp("t"), b"\n".join(lines), header=False, quoted=quoted)
    used = sum(cell.count("\n") for _, row in rows for cell in row.values()) + len(rows)
    assert used + sum(item.raw.count("\n") + 1 for item in bad) == len(lines)
    assert all(item.rule in {"columns", "encoding"} for item in bad)


def test_real_rows(real):
    """The unlabelled half of Medical-Data holds texts with line breaks and one of 197,474 characters."""
    path = real("medical-data").find("test_tOlRoBf.csv")
    quarantine = Quarantine("medical-data", "test", path.parent)
    rows = list(tables.rows(path, quarantine, ("unique_hash", "text", "drug")))
    assert len(rows) == 2924
    assert quarantine.damage == []
    assert max(len(row["text"]) for _, row in rows) == 197_474


def stream(folder: Path, data: bytes, columns=("a", "b"), name="t.csv", **options):
    (folder / name).write_bytes(data)
    quarantine = Quarantine("corpus", "train", folder)
    return list(tables.stream(folder / name, quarantine, columns, **options)), quarantine.damage


def test_a_stream_of_single_lines(tmp_path):
    rows, bad = stream(tmp_path, b'id,b,a\r\n1,"x, ""y""",z\r\n\r\n2,,')
    assert rows == [(2, ("z", 'x, "y"')), (4, ("", ""))]
    assert bad == []
    assert stream(tmp_path, gzip.compress(b"a;b\n1,0;2"), name="t.gz", delimiter=";")[0] == [(2, ("1,0", "2"))]


def test_a_broken_line_of_a_stream_costs_itself_only(tmp_path):
    rows, bad = stream(tmp_path, b'a,b\n"1,2\n3,4,5\n\xff,1\n6,7\n')
    assert rows == [(5, ("6", "7"))]
    assert [(item.line, item.rule, item.raw) for item in bad] == [
        (2, "columns", '"1,2'),
        (3, "columns", "3,4,5"),
        (4, "encoding", "\\xff,1"),
    ]


@pytest.mark.parametrize(("data", "line"), [(b"", 0), (b"\n", 0), (b"a,c\n1,2\n", 1)])
def test_a_stream_without_its_header(tmp_path, data, line):
    rows, bad = stream(tmp_path, data)
    assert rows == []
    assert [(item.line, item.rule) for item in bad] == [(line, "columns")]


def whole(lines, delimiter=","):
    """Read quoted lines the plain way: after a broken one, all over again from the next."""
    at = 0
    while at < len(lines):
        reader = csv.reader(lines[at:], strict=True)
        try:
            cells, size = next(reader), reader.line_num
        except csv.Error:
            cells, size = None, 1
        if cells != []:
            yield at + 1, cells
        at += size


@given(
    st.lists(st.sampled_from(["1,2\n", '"1",2\n', '1,"2\n', '2",1\n', '"\n', '1","2\n', '"1""\n', '1"\r",\n', "\n"]))
)
def test_reading_goes_on_at_the_line_after_a_broken_one(lines):
    found = [(start + 1, None if broken else cells) for start, _, cells, broken in tables._quoted(lines, 0, ",")]
    assert found == list(whole(lines))


def test_many_open_quotations_are_read_in_one_go(tmp_path):
    """Every line fails, and only at the end of the file: 40,000 times the rest of it would take hours."""
    _, bad = read(tmp_path, b"a,b\n" + b'a","b\n' * 40_000)
    assert len(bad) == 40_000
