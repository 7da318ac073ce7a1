"""Columns that all samples share are written once for all of them; the bytes are those of whole samples."""

from __future__ import annotations

from itertools import islice

import msgspec
import pytest

from medinst import tasks
from medinst.build.parquet import Writer
from medinst.schema import Sample

OWN = ("id", "doc_id", "input", "output", "target")


@pytest.mark.parametrize("piece", [250, 999, 10_001, 15_000])
@pytest.mark.parametrize("count", [0, 1, 999, 1000, 10_001, 20_500])
def test_shared_columns_change_no_byte(tmp_path, count, piece):
    shared = tasks.shared(tasks.load("SciELO"), "train")
    whole, apart = Writer(tmp_path / "whole"), Writer(tmp_path / "apart", shared)
    rows = [(f"SciELO/train/{at}/0", str(at), "é" * (at % 50), "text", "{}") for at in range(count)]
    for own in rows:
        whole.add(msgspec.convert(shared | dict(zip(OWN, own, strict=True)), Sample))
    left = iter(rows)
    while some := list(islice(left, piece)):
        apart.extend(dict(zip(OWN, zip(*some, strict=True), strict=True)))
    entry = whole.close("file")
    assert entry == apart.close("file")
    assert (entry.rows if entry else 0) == count
