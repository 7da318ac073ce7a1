"""Counts, promise by promise, how many seeded cases were tried and how many survived.

A test says which promise it tries with ``@pytest.mark.promise("what holds")``. ``--promises=FILE`` writes the counts
as JSON, for docs/reliability.md.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest


class Recorder:
    """Hears of every test's phases. A case survives that passes all of them; a skipped one was not tried."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.cases: dict[str, dict[str, bool]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, promise in report.user_properties:
            if name != "promise":
                continue
            if report.skipped:
                self.cases[promise].pop(report.nodeid, None)
            elif report.failed or report.when == "call":
                self.cases[promise][report.nodeid] = report.passed and self.cases[promise].get(report.nodeid, True)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Write of each promise how many cases survived and were tried, and the files with its tests."""
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return  # stopped on the way: no counts of a part
        found = {
            promise: {
                "survived": sum(cases.values()),
                "tried": len(cases),
                "tests": sorted({case.partition("::")[0] for case in cases}),
            }
            for promise, cases in sorted(self.cases.items())
        }
        self.file.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def mark(items: list[pytest.Item]) -> None:
    """Let the reports of each test say which promise it tries, also from another process."""
    for item in items:
        if marker := item.get_closest_marker("promise"):
            item.user_properties.append(("promise", marker.args[0]))
