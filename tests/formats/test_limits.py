"""Data made to fill the memory: set aside with its file and line, while the memory stays flat."""

from __future__ import annotations

import gzip
import io
import zipfile

import msgspec
import pytest

from medinst.errors import MedinstError
from medinst.formats import jsonl, limits, quarantine, streams, tables, toml, xlsx, xml
from medinst.formats.quarantine import Quarantine, read_text
from memory import STATUS, growth

LONG = 1 << 28
FLAT = 96 << 20  # a line at its limit, its text and the buffers
DEEP = 100_000
READERS = {
    "streams": "for _ in streams.lines(path, held): pass",
    "json lines": "for _ in jsonl.rows(path, held, dict): pass",
    "json members": "for _ in jsonl.members(path, held, dict): pass",
    "json stream": "for _ in jsonl.stream(path, held, dict): pass",
    "table": "for _ in tables.rows(path, held, ('a',)): pass",
    "table stream": "for _ in tables.stream(path, held, ('a',)): pass",
    "text": "read_text(path, held)",
    "xml": "for _ in xml.elements(path, 'a', held): pass",
}
FIRST = """
from medinst.formats import jsonl, streams, tables, xml
from medinst.formats.quarantine import Quarantine, read_text
held = Quarantine("corpus", "train", folder)
"""
SAID = "\nassert 1 <= len(held.damage) <= 3, held.damage\nassert sum(len(item.raw) for item in held.damage) < 4 << 20"
needs_proc = pytest.mark.skipif(not STATUS.exists(), reason="the peak of a process's memory is read from /proc")


@pytest.fixture
def held(tmp_path):
    return Quarantine("corpus", "train", tmp_path)


def places(held):
    return [(item.file, item.line, item.rule) for item in held.damage]


@needs_proc
@pytest.mark.parametrize("reader", READERS)
def test_a_line_without_end(tmp_path, reader):
    path = tmp_path / "t.txt"
    with path.open("wb") as file:
        file.write({"json stream": b'{"a": "', "xml": b"<a>" + b"x" * (64 << 20)}.get(reader, b"a"))
        file.truncate(4 * LONG if reader in ("json members", "table", "text") else LONG)
    assert growth(FIRST, READERS[reader] + SAID, path, tmp_path) < FLAT * (3 if reader == "json stream" else 1)


@needs_proc
@pytest.mark.parametrize("reader", ["streams", "json lines", "json stream", "table stream"])
def test_a_line_a_thousand_times_its_file(tmp_path, reader):
    path = tmp_path / "t.gz"
    path.write_bytes(gzip.compress(b"a" * (LONG >> 6)) * 64)
    assert path.stat().st_size < LONG / 1000
    assert growth(FIRST, READERS[reader] + SAID, path, tmp_path) < FLAT * (3 if reader == "json stream" else 1)


def test_what_stands_beside_a_line_too_long_is_read(tmp_path, held, monkeypatch):
    monkeypatch.setattr(limits, "MAX_LINE", 20)
    long = "x" * 90
    (tmp_path / "t.jsonl").write_text(f'{{"a": 1}}\n{{"a": "{long}"}}\n{{"a": 2}}\n{{"a": "{"x" * 10}"}}\n')
    assert [row for _, row in jsonl.rows(tmp_path / "t.jsonl", held, dict)] == [{"a": 1}, {"a": 2}, {"a": "x" * 10}]
    assert [line for line, _ in streams.lines(tmp_path / "t.jsonl", held)] == [1, 3, 4]
    assert places(held) == [("t.jsonl", 2, "limit")] * 2


def test_a_file_too_big_to_be_read_at_once(tmp_path, held, monkeypatch):
    monkeypatch.setattr(limits, "MAX_WHOLE", 20)
    (tmp_path / "t.csv").write_text("a,b\n" * 9)
    assert read_text(tmp_path / "t.csv", held) is None
    assert list(tables.rows(tmp_path / "t.csv", held, ("a",))) == []
    assert places(held) == [("t.csv", 0, "limit")] * 2


@pytest.mark.parametrize("depth", [DEEP, *range(900, 1000, 7)])
@pytest.mark.parametrize("data", ['{"a": %s%s}', '{"a": {"a": %s%s}}'])
def test_json_nested_deeply(tmp_path, held, data, depth):
    text = data % ("[" * depth, "]" * depth)
    (tmp_path / "t.jsonl").write_text('{"a": 1}\n' + text)
    (tmp_path / "t.json").write_text(f'[{{"a": 1}},\n{text}]')
    found = [list(jsonl.rows(tmp_path / "t.jsonl", held, dict[str, object]))]
    for read in (jsonl.members, jsonl.stream):
        found.append([(line, value) for line, _, value in read(tmp_path / "t.json", held, dict[str, object])])
    assert all(rows[0] == (1, {"a": 1}) for rows in found)
    assert sum(map(len, found)) + len(held.damage) == 6
    if depth == DEEP:
        assert places(held) == [("t.jsonl", 2, "json"), ("t.json", 2, "json"), ("t.json", 2, "json")]


def test_json_nested_deeply_where_it_is_passed_over(tmp_path, held):
    (tmp_path / "t.json").write_text(f'{{"x": {"[" * DEEP}{"]" * DEEP}, "rows": []}}')
    for read in (jsonl.members, jsonl.stream):
        assert list(read(tmp_path / "t.json", held, dict, under="rows")) == []
    assert [rule for _, _, rule in places(held)] == ["json", "json"]


@pytest.mark.parametrize("number", ["9" * 5000, "-" + "9" * 5000, "1e999", "-1e999", "9" * 400 + ".5"])
def test_json_numbers_that_nothing_holds(tmp_path, held, number):
    (tmp_path / "t.jsonl").write_text(f'{{"a": 1}}\n{{"a": {number}}}\n{{"a": 1.5}}\n')
    assert [line for line, _ in jsonl.rows(tmp_path / "t.jsonl", held, dict)] == [1, 3]
    assert places(held) == [("t.jsonl", 2, "json")]


def test_a_member_of_a_stream_is_bounded(tmp_path, held, monkeypatch):
    monkeypatch.setattr(jsonl, "MAX_VALUE", 1 << 20)
    (tmp_path / "t.json").write_text(f'[{{"a": 1}}, {{"a": "{"x" * (9 << 20)}"}}]')
    assert [value for _, _, value in jsonl.stream(tmp_path / "t.json", held, dict)] == [{"a": 1}]
    assert [(item.line, item.found) for item in held.damage] == [(1, "a value of more than 1,048,576 characters")]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("<r>" * DEEP, "nested more than 200 deep"),
        ("<r>" + "<a>" * DEEP, "nested more than 200 deep"),
        ("<r><a>" + "x" * (9 << 20), "over 1,048,576 bytes"),
        ("<r><a><b/>" + "<b/>" * (1 << 20), "over 1,048,576 bytes"),
        (f"<r><a b='{'x' * (9 << 20)}'/>", "over 1,048,576 bytes"),
        (f"<r><!-- {'x' * (9 << 20)}", "over 1,048,576 bytes"),
        (f"<r><{'x' * (9 << 20)}", "over 1,048,576 bytes"),
    ],
)
def test_xml_beyond_its_limits(tmp_path, held, monkeypatch, data, found):
    monkeypatch.setattr(xml, "MAX_ELEMENT", 1 << 20)
    (tmp_path / "t.xml").write_text(data.replace("<r>", "<r>\n<a>one</a>", 1))
    read = [node.text for _, node in xml.elements(tmp_path / "t.xml", "a", held)]
    assert read in (["one"], [""])  # what the tag is asked for begins the file's deepest chain too
    assert [found in item.found for item in held.damage] == [True]
    assert len(held.damage[0].raw) < 1000


def test_long_xml_of_many_elements_is_read(tmp_path, held, monkeypatch):
    monkeypatch.setattr(xml, "MAX_ELEMENT", 1 << 17)
    (tmp_path / "t.xml").write_text("<r>" + "<a>one<b/></a> text between\n" * 50_000 + "</r>")
    assert sum(1 for _ in xml.elements(tmp_path / "t.xml", "a", held)) == 50_000
    assert held.damage == []


def test_a_table_cell_too_long(tmp_path, held):
    (tmp_path / "t.csv").write_text(f'a,b\n1,2\n3,"{"x" * (limits.MAX_LINE + 1)}"\n4,5\n')
    assert [row["a"] for _, row in tables.rows(tmp_path / "t.csv", held, ("a", "b"))] == ["1", "4"]
    assert places(held) == [("t.csv", 3, "columns")]


def workbook(name, size):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b" " * size)
    return out.getvalue()


@pytest.mark.parametrize("declared", [0, 5])
def test_a_workbook_that_is_a_bomb(tmp_path, held, monkeypatch, declared):
    monkeypatch.setattr(xlsx, "MAX_BYTES", 1 << 20)
    data = workbook("xl/workbook.xml", 9 << 20)
    if declared:
        data = data.replace((9 << 20).to_bytes(4, "little"), declared.to_bytes(4, "little"))
    (tmp_path / "t.xlsx").write_bytes(data)
    assert list(xlsx.rows(tmp_path / "t.xlsx", held, ("a",))) == []
    assert places(held) == [("t.xlsx", 0, "encoding")]
    assert "unpacks to over 1,048,576 bytes" in held.damage[0].found


def test_pieces_without_end_end_the_reading(tmp_path, held, monkeypatch):
    monkeypatch.setattr(quarantine, "MAX_PIECES", 3)
    (tmp_path / "t.jsonl").write_text("{\n" * 9)
    with pytest.raises(MedinstError, match=r"corpus: .*t\.jsonl:4: found .* after 3 other pieces"):
        list(jsonl.rows(tmp_path / "t.jsonl", held, dict))


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    a: int = 0


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"a = " + b"[" * DEEP, "nested too deeply"),
        (b"a = " + b"{b=" * DEEP, "nested too deeply"),
        (b"a = " + b"9" * 5000, "4300 digits"),
        (b"a = 1\nb = x\n", "line 2"),
        (b"a = '\xff'", "0xff"),
        (b"#" * (2 << 20), "expected at most 1,048,576"),
        (b"b = 1", "unknown field"),
    ],
)
def test_toml_beyond_its_limits(data, found):
    with pytest.raises(msgspec.DecodeError, match=found):
        toml.decode(data, Settings)
    assert toml.decode(b"a = 7", Settings) == Settings(7)
