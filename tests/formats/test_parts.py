"""Large files in parts: all parts together are the whole file, wherever they are cut."""

from __future__ import annotations

import json
import random

import pytest

from medinst.formats import parts, streams
from medinst.formats.quarantine import Quarantine


@pytest.fixture(params=range(20))
def seeded(request, monkeypatch):
    """Return a seeded generator; parts and chunks are small, as it draws them."""
    drawn = random.Random(request.param)
    monkeypatch.setattr(parts, "SIZE", drawn.choice([10, 50, 200]))
    monkeypatch.setattr(parts, "_CHUNK", drawn.choice([3, 17, 1 << 20]))
    return drawn


def lines_file(path, drawn, count):
    lines = [drawn.choice(["", "x" * drawn.randint(1, 30), "é\r", "\xff"]).encode("latin-1") for _ in range(count)]
    path.write_bytes(b"\n".join(lines) + drawn.choice([b"", b"\n"]))
    return path


def read(of, *files, found):
    """Return what comes of the files whole and in parts, with what was set aside."""
    results = []
    for pieces in ([None], found):
        quarantine = Quarantine("c", "train", files[0].parent)
        records = [record for part in pieces for record in of(*files, quarantine, part=part)]
        results.append((records, sorted(quarantine.damage, key=lambda one: (one.file, one.line))))
    return results


def test_lines(seeded, tmp_path):
    path = lines_file(tmp_path / "a", seeded, seeded.randint(20, 60))
    found = parts.by_lines(path)
    assert [part[0] for part in found[1:]] == [part[1] for part in found[:-1]]
    if found:
        whole, cut = read(streams.lines, path, found=found)
        assert cut == whole


def test_aligned_lines(seeded, tmp_path):
    count = seeded.randint(20, 60)
    first = lines_file(tmp_path / "a", seeded, count)
    second = lines_file(tmp_path / "b", seeded, count + seeded.choice([0, 0, 1]))
    found = parts.by_pairs(first, second)
    counts = [len(path.read_bytes().removesuffix(b"\n").split(b"\n")) for path in (first, second)]
    if counts[0] != counts[1]:
        assert found == []
    elif found:
        whole, cut = read(streams.aligned, first, second, found=found)
        assert cut == whole


def test_members(seeded, tmp_path):
    values = [{"a": [seeded.choice(['x"', "}{,", "é\\"])] * seeded.randint(0, 4), "b": {}} for _ in range(40)]
    whole = {f'k"{at}': value for at, value in enumerate(values)} if seeded.random() < 0.5 else values
    text = json.dumps(whole, indent=seeded.choice([None, 1]), ensure_ascii=seeded.random() < 0.5).encode()
    path = tmp_path / "a.json"
    path.write_bytes(text)
    found = parts.by_members(path)
    assert len(found) > 1
    opening, closing = text[:1], text[-1:]
    members = []
    for start, end, lines, before in found:
        assert (lines, before) == (text.count(b"\n", 0, start), len(members))
        piece = (opening if start else b"") + text[start:end].strip().removesuffix(b",")
        value = json.loads(piece + (closing if end < len(text) else b""))
        members += value.items() if isinstance(value, dict) else value
    assert members == (list(whole.items()) if isinstance(whole, dict) else whole)


@pytest.mark.parametrize(
    "text",
    [
        '[1, {"a": 1}, {"a": 2}, {"a": 3}]',
        '{"a": {}, "b": "c", "d": {}, "e": {}}',
        "[{}, {}, {}, {}, {}, {}] x",
        "[{}, {}, {}, {}, {}, {}",
        "[{} {}, {}, {}, {}, {}]",
        '[["' + "x" * 100,
        "no JSON at all, nowhere",
        "{}",
        "",
    ],
)
def test_what_cannot_be_walked_is_read_whole(monkeypatch, tmp_path, text):
    monkeypatch.setattr(parts, "SIZE", 5)
    path = tmp_path / "a.json"
    path.write_text(text)
    assert parts.by_members(path) == []


def test_a_small_file_is_read_whole(tmp_path):
    path = tmp_path / "a"
    path.write_text("a\nb\n")
    assert parts.by_lines(path) == parts.by_pairs(path, path) == parts.by_members(path) == []
