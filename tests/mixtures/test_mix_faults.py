"""Mixing while it is killed or finds no room: run again, the same folder as an undisturbed run's, and no litter."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import kills
from made_up import many, write
from medinst.build.dataset import state_of
from support import tree

# Mixes argv[1] into argv[2] with small files and little memory; the lines before it may change how.
MIX = """
import sys
from pathlib import Path
from medinst.build import parquet
from medinst.errors import MedinstError
from medinst.mixtures import mix, shuffle
from medinst.mixtures.recipe import Recipe
parquet.ROW_GROUP, shuffle.FILE, shuffle.HELD = 16, 4000, 5000
recipes = {"a": Recipe(total=150, temperature="inf"), "b": Recipe(seed=1)}
def main():
    for name, recipe in recipes.items():
        mix.make(name, recipe, Path(sys.argv[1]), Path(sys.argv[2]), lambda *_: None)
"""
# Prints how many lines of medinst.mixtures and medinst.build it runs; kills itself at a given one.
KILLED = f"""
sys.path.insert(0, {str(Path(kills.__file__).parent)!r})
import kills
at = int(sys.argv.pop(1))
print(kills.lines(main, tuple(str(Path(module.__file__).parent) for module in (mix, parquet)), at))
"""
LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
try:
    main()
except MedinstError as error:
    print(error.exit_code, error)
"""
HESITANT = """
from medinst.mixtures import selection
def wait(*args, real=selection.select):
    print("in", flush=True)
    sys.stdin.readline()
    return real(*args)
selection.select = wait
main()
"""


def child(code: str, *args: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, args)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    rows = [*many("AnEM", "train", 60), *many("MLEE", "train", 150), *many("BIOSSES", "train", 40)]
    return write(tmp_path_factory.mktemp("data") / "data", rows)


@pytest.fixture(scope="module")
def undisturbed(data, tmp_path_factory):
    """Return the folder of mixtures that nothing disturbed, and the number of lines it runs."""
    out = tmp_path_factory.mktemp("undisturbed") / "mix"
    lines = int(child(MIX + KILLED, 0, data, out).stdout)
    assert lines > 1000
    return tree(out), lines


@pytest.mark.promise("a mixture killed (SIGKILL) at any step and run again makes the same files")
@pytest.mark.seeds(5, 30)
def test_killed_at_any_line_and_run_again(tmp_path, data, undisturbed, seed):
    """Killed, often more than once, also over earlier mixtures: the bytes of an undisturbed run, nothing besides."""
    state, lines = undisturbed
    chance = random.Random(seed)
    out, killed = tmp_path / "mix", 0
    if chance.random() < 0.3:
        child(MIX + "recipes = dict.fromkeys(recipes, Recipe(total=9))\nmain()", data, out)
    for _ in range(chance.choice([1, 1, 2, 3])):
        killed += child(MIX + KILLED, chance.randrange(1, lines), data, out).returncode != 0
    assert killed
    child(MIX + "main()", data, out)
    assert tree(out) == state
    assert sorted(tree(state_of(out))) == ["done/a.json", "done/b.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [state_of(out).name, "mix"]


@pytest.mark.promise("a mixture that finds no room says so and leaves earlier ones whole")
@pytest.mark.seeds(2, 10)
def test_no_room(tmp_path, data, undisturbed, seed):
    """The system refuses to write further at some byte: said with bytes needed and free; then room is made."""
    out = tmp_path / "mix"
    limit = random.Random(seed).randrange(500, 6000)
    said = child(MIX + LIMITED, limit, data, out).stdout
    assert said.startswith("1 ")
    assert " could not be written: " in said
    assert not [path for path in tmp_path.rglob("*.parquet") if path.parent.name not in ("a", "b")]
    child(MIX + "main()", data, out)
    assert tree(out) == undisturbed[0]


def test_bytes_needed_and_free_are_told_before_anything_is_written(tmp_path, data):
    code = "import shutil\nshutil.disk_usage = lambda path: type('', (), {'free': 12})\n"
    said = child(MIX + code + LIMITED, 10**9, data, tmp_path / "mix").stdout
    assert said.startswith("1 a could not be written: No space left on device. At least ")
    assert " bytes are needed, 12 are free in " in said
    assert list(tmp_path.iterdir()) == []


def test_one_at_a_time(tmp_path, data):
    """A second process is refused and told of the first."""
    args = [sys.executable, "-c", MIX + HESITANT, str(data), str(tmp_path / "mix")]
    first = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stdout.readline() == "in\n"
    said = child(MIX + LIMITED, 10**9, data, tmp_path / "mix").stdout
    assert f"is in use by process {first.pid} on" in said
    first.communicate("\n\n", timeout=60)
    assert first.returncode == 0
