"""What all tests share: a clean environment, the real corpora where they are at hand, the invented documents."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import promises
from medinst import corpora
from medinst.sources import Tree
from support import REAL

NO_CORPORA = "no real corpora: set MEDINST_SOURCES to a folder of <corpus>/ trees or <corpus>.tar.gz files"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--faults``: every seeded case of every promise, not only the first few; ``--promises``: count them."""
    parser.addoption("--faults", action="store_true", help="all seeded cases of what docs/reliability.md promises")
    parser.addoption("--promises", type=Path, metavar="FILE", help="write how many cases of each promise survived")


def pytest_configure(config: pytest.Config) -> None:
    """Declare ``@pytest.mark.seeds(few, all)``: the test's argument ``seed`` runs over range(few), or range(all)."""
    config.addinivalue_line("markers", "seeds(few, all): run with seeds 0 to few - 1; with --faults to all - 1")
    config.addinivalue_line("markers", "promise(name): counted for this line of docs/reliability.md")
    if config.getoption("promises") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(promises.Recorder(config.getoption("promises").absolute()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each test's report say which promise it tries."""
    promises.mark(items)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test marked ``seeds`` its seeds."""
    marker = metafunc.definition.get_closest_marker("seeds")
    if marker:
        few, every = marker.args
        metafunc.parametrize("seed", range(every if metafunc.config.getoption("faults") else few))


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """Take the user's own settings away and keep the cache of the tests apart."""
    for name in list(os.environ):
        if name.startswith("MEDINST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MEDINST_CACHE", str(cache))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one cache folder for the whole session, shared by its processes."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "cache"


@pytest.fixture
def sources() -> Path:
    """Return the folder of real corpora, or skip."""
    if not REAL.is_dir():
        pytest.skip(NO_CORPORA)
    return REAL


@pytest.fixture
def real(cache: Path) -> Callable[[str], Tree]:
    """Return a function that gives a real corpus's files by name, or skips."""

    def find(name: str) -> Tree:
        tree = corpora.load(name).tree(REAL, cache) if REAL.is_dir() else None
        if tree is None:
            pytest.skip(NO_CORPORA if not REAL.is_dir() else f"no real corpora: {name} is not in {REAL}")
        return tree

    return find


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped for want of real corpora."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    skipped = sum("no real corpora" in reason for reason in reasons)
    if skipped:
        terminalreporter.write_line(
            f"{skipped} tests skipped for want of real corpora in {REAL}; MEDINST_SOURCES names another"
        )
