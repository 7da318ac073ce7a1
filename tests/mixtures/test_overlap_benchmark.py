"""benchmarks/overlap.py: both ways find the same, on a small size, and it prints what docs/performance.md takes."""

from __future__ import annotations

import json
import subprocess
import sys

from support import ROOT


def test_both_ways_find_the_same():
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "overlap.py"),
        "--texts",
        "800",
        "--tests",
        "40",
        "--rounds",
        "1",
    ]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (measure,) = json.loads(done.stdout)["measures"]
    assert measure["name"] == "overlap_vs_tuple_hash"
    assert measure["low"] <= measure["ratio"] <= measure["high"]
    assert "the same 20 hits" in measure["note"]
