"""What a shard's bytes depend on: its key changes with that, and with nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

import medinst
from medinst.build import plan
from medinst.sources import cache_folder
from support import FIXTURES


@pytest.fixture
def code(tmp_path, monkeypatch):
    """Return a copy of the package that a test may change, taken for the package itself."""
    copy = tmp_path / "medinst"
    shutil.copytree(Path(medinst.__file__).parent, copy, ignore=shutil.ignore_patterns("invented", "__pycache__"))
    files = plan.resources.files
    monkeypatch.setattr(plan.resources, "files", lambda package: copy if package is medinst else files(package))
    plan.code_digest.cache_clear()
    yield copy
    plan.code_digest.cache_clear()


def keys():
    plan.code_digest.cache_clear()
    rows = ("AnEM", "SciFact")
    jobs = [plan.Shard(row, "train", row.lower(), "documents", "place", False, "digest", "") for row in rows]
    return [plan.key(job) for job in jobs]


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        ("corpora/anem.py", [True, False]),
        ("formats/brat.py", [True, True]),
        ("tasks/ner.py", [True, True]),
        ("build/shard.py", [True, True]),
        ("cli/build.py", [False, False]),
        ("report/pages.py", [False, False]),
    ],
)
def test_code_that_counts(code, module, changed):
    before = keys()
    with (code / module).open("a") as file:
        file.write("# changed\n")
    assert [old != new for old, new in zip(before, keys(), strict=True)] == changed


def test_options_inputs_and_parts_count():
    (job, *_) = plan.make(["AnEM"], FIXTURES, cache_folder()).shards
    others = ({"wording": 1}, {"digest": "other"}, {"place": "elsewhere"}, {"part": (1, 2)}, {"at": 1, "of": 2})
    found = {plan.key(msgspec.structs.replace(job, **other)) for other in others}
    assert len(found | {job.key}) == 6
    assert plan.key(msgspec.structs.replace(job, size=7, but=(1,))) == job.key


def test_the_largest_come_first():
    sizes = [job.size for job in plan.make([], FIXTURES, cache_folder()).shards]
    assert sizes == sorted(sizes, reverse=True)
