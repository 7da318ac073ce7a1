"""`medinst mix` from outside."""

from __future__ import annotations

import json

from made_up import many
from support import FIXTURES, run, tree

ROWS = many("AnEM", "train", 20) + many("AnEM", "test", 5) + many("MLEE", "train", 50) + many("BIOSSES", "train", 10)


def test_says_what_went_in_and_what_did_not(make, tmp_path):
    data = make(ROWS)
    done = run("mix", "mi32-100k", "--data", data, "--out", tmp_path / "mix")
    assert done.returncode == 0, done.stderr
    (line,) = [line.split() for line in done.stdout.splitlines()[1:]]
    assert line == ["MLEE", "NER", "50", "0", "0", "0", "50", "100.00%"]
    (missing,) = [line for line in done.stderr.splitlines() if line.startswith("missing: ")]
    assert "SciQ, " in missing
    assert "(130): the dataset folder has no such row" in missing
    assert "held out: 32 rows, a test of medinst32" in done.stderr
    assert "fewer than asked for: 50 of 100,000" in done.stderr
    assert f"mi32-100k: 50 samples of 100,000 asked for from 1 of 131 rows at {tmp_path / 'mix'}" in done.stderr
    assert run("verify", tmp_path / "mix").returncode == 0


def test_dry_run_and_json(make, tmp_path):
    data = make(ROWS)
    dry = run("mix", "mi-full", "--data", data, "--out", tmp_path / "mix", "--dry-run", "--json")
    assert not (tmp_path / "mix").exists()
    assert "would go to" in dry.stderr
    done = run("mix", "mi-full", "--data", data, "--out", tmp_path / "mix", "--json")
    assert json.loads(done.stdout) == json.loads(dry.stdout)
    assert json.loads(done.stdout)["drawn"] == 80
    assert json.loads((tmp_path / "mix" / "mix.json").read_text("utf-8")) == {"mi-full": json.loads(done.stdout)}


def test_equal_bytes_in_another_process(make, tmp_path):
    data = make(ROWS)
    (tmp_path / "mine.toml").write_text("total = 30\nnear_duplicates = 0.9\ncap = 40")
    for name, seed in (("a", "1"), ("b", "22")):
        done = run("mix", tmp_path / "mine.toml", "--data", data, "--out", tmp_path / name, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "a") == tree(tmp_path / "b") != {}


def test_mistakes_end_with_their_code(make, tmp_path):
    data = make(ROWS)
    (tmp_path / "mine.toml").write_text("totl = 5")
    for recipe, folder, code, word in (
        ("mi-100", data, 2, "Nearest: mi-100k"),
        (tmp_path / "mine.toml", data, 2, "mine.toml: Object contains unknown field `totl`"),
        ("mi-full", tmp_path, 2, "manifest.json"),
        ("mi32-corpus-100k", data, 1, "no training samples of any of the 108 rows"),
    ):
        done = run("mix", recipe, "--data", folder, "--out", tmp_path / "mix")
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert word in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "mix").exists()


def test_nothing_else_is_built_into_a_folder_of_mixtures(make, tmp_path):
    run("mix", "mi-full", "--data", make(ROWS), "--out", tmp_path / "mix")
    before = tree(tmp_path / "mix")
    done = run("build", "AnEM", "--sources", FIXTURES, "--out", tmp_path / "mix", "--workers", "1")
    assert done.returncode == 2
    assert "is a folder of mixtures" in done.stderr
    assert tree(tmp_path / "mix") == before
