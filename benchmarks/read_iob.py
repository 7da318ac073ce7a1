"""Tokens a second: our IOB reader beside BigBio's loops over such files, unmodified, on the same files in one run.

    python benchmarks/read_iob.py --rival HUB_REPOS --file TSV [--file TSV …] [--rounds 21] [--json]

``HUB_REPOS`` is ``bigbio/hub/hub_repos`` of github.com/bigscience-workshop/biomedical (its folders ``progene`` and
``blurb``; they need ``datasets``). The rival is the loop of ProGene, the only one there that makes of tags what ours
does: the text, and its mentions with offsets. Ours also checks every line and tag. BLURB's loop, which stops at tokens
and the first letters of their tags, is timed beside it. Ratios are of processor time, in turn, so that other work on
the machine counts little. Ends with 0, with 1 where ProGene's loop finds other mentions, with 2 without the rival.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from medinst.formats import iob
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document
from rivals import SPREAD, digest, imported, measure, timed

Loop = Callable[[Path], Iterable[Any]]
Mention = tuple[int, int, str]


def main() -> int:
    """Measure both loops and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rival", type=Path, required=True, help="folder with BigBio's progene/ and blurb/")
    parser.add_argument("--file", type=Path, action="append", required=True, help="two columns, tagged in IOB2")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--json", action="store_true", help="print the measure only")
    options = parser.parse_args()
    try:
        loops = {"progene": progene(options.rival / "progene"), "blurb": blurb(options.rival / "blurb")}
    except (OSError, ImportError) as error:
        parser.error(
            f"cannot load the rival {options.rival}: {error}. Export the folders, pip install what they import."
        )
    files: list[Path] = options.file
    same = [list(mentions(file)) for file in files] == [list(theirs(loops["progene"], file)) for file in files]
    out = sys.stderr if options.json else sys.stdout
    for name in loops:
        print(f"rival {name}.py sha256 {digest(options.rival / name / f'{name}.py')}", file=out)
    ratios = {name: compare(loop, files, options.rounds) for name, loop in loops.items()}
    for name, spread in ratios.items():
        print(f"{name}: {SPREAD.format(*spread)}", file=out)
    print("the mentions are the same" if same else "the mentions DIFFER", file=out)
    if options.json:
        low, median, high = ratios["blurb"]
        note = (
            f"ProGene's loop, {len(files)} files; BLURB's loop, which makes no mentions: "
            f"{median:.2f} (low {low:.2f}, high {high:.2f})"
        )
        print(measure("read_iob_vs_bigbio", ratios["progene"], note))
    return 0 if same else 1


def progene(folder: Path) -> Loop:
    """Return ProGene's loop as it runs for the schema bigbio_kb."""
    builder = imported(folder / "progene.py").ProgeneDataset
    self = builder.__new__(builder)
    self.config = SimpleNamespace(schema="bigbio_kb")
    return lambda file: self._generate_examples(file, "train")


def blurb(folder: Path) -> Loop:
    """Return BLURB's loop."""
    builder = imported(folder / "blurb.py").BlurbDataset
    return lambda file: builder._load_iob(None, file)


def compare(loop: Loop, files: list[Path], rounds: int) -> tuple[float, float, float]:
    """Return the least, the median and the greatest ratio of a loop's time to ours."""
    return timed(lambda: (found for file in files for found in loop(file)), lambda: ours(files), rounds)


def ours(files: list[Path]) -> Iterator[Document]:
    """Yield our sentences."""
    return (sentence for file in files for sentence in iob.read(file, Quarantine("", "", file.parent)))


def mentions(file: Path) -> Iterator[tuple[str, list[Mention]]]:
    """Yield text and mentions of our sentences."""
    for found in ours([file]):
        yield found.text, [(*entity.spans[0], entity.text) for entity in found.entities]


def theirs(loop: Loop, file: Path) -> Iterator[tuple[str, list[Mention]]]:
    """Yield text and mentions of the rival's sentences, less the empty one with which it ends a file."""
    for _, found in loop(file):
        text = found["passages"][0]["text"][0]
        if text:
            yield text, [(*entity["offsets"][0], entity["text"][0]) for entity in found["entities"]]


if __name__ == "__main__":
    sys.exit(main())
