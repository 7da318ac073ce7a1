"""Columns that all samples share are written once for all of them; the bytes are those of whole samples."""

from __future__ import annotations

import msgspec
import pytest

from medinst import tasks
from medinst.build.parquet import Writer
from medinst.schema import Sample

OWN = ("id", "doc_id", "input", "output", "target")


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 10_001, 20_500])
def test_shared_columns_change_no_byte(tmp_path, count):
    shared = tasks.shared(tasks.load("SciELO"), "train")
    whole, apart = Writer(tmp_path / "whole"), Writer(tmp_path / "apart", shared)
    for number in range(count):
        own = (f"SciELO/train/{number}/0", str(number), "é" * (number % 50), "text", "{}")
        apart.add(own)
        whole.add(msgspec.convert(shared | dict(zip(OWN, own, strict=True)), Sample))
    entry = whole.close("file")
    assert entry == apart.close("file")
    assert (entry.rows if entry else 0) == count
