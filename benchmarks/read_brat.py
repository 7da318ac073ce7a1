"""Our BRAT reader beside BigBio's functions for it, unmodified, on the same files in one run.

    python benchmarks/read_brat.py --rival bigbiohub.py --corpus FOLDER [--corpus FOLDER …] [--rounds 21] [--json]

The rival: ``parse_brat_file``, and ``brat_parse_to_bigbio_kb`` of what it gives, which parts triggers from entities and
follows the references; BigBio's loaders call both for a document, and both together do what our reader does. The first
alone is timed beside them. Both start from a folder and go through its documents one at a time, the rival over the
folder's ``*.txt`` as its own loaders do. Ours also holds every span against the text. Ratios are of processor time, in
turn, so that other work on the machine counts little. The rival's file is ``bigbio/hub/bigbiohub.py`` of
github.com/bigscience-workshop/biomedical; it needs ``datasets``. Ends with 0, with 1 where the counts of the two
differ, with 2 without the rival.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from medinst.formats import brat
from medinst.formats.quarantine import Quarantine
from medinst.schema import Document
from rivals import SPREAD, Spread, digest, imported, measure, timed

SUFFIXES = (".a1", ".a2", ".ann")  # those the rival reads by default
Parse = Callable[[Path], dict[str, Any]]


def main() -> int:
    """Measure every corpus and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rival", type=Path, required=True, help="BigBio's bigbiohub.py, unmodified")
    parser.add_argument("--corpus", type=Path, action="append", required=True, help="folder with standoff files in it")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--json", action="store_true", help="print the measure of the slowest corpus only")
    options = parser.parse_args()
    try:
        rival = imported(options.rival)
    except (OSError, ImportError) as error:
        parser.error(f"cannot load the rival {options.rival}: {error}. Export the file, pip install what it imports.")
    logging.disable(logging.INFO)
    out = sys.stderr if options.json else sys.stdout
    print(f"rival {options.rival.name} sha256 {digest(options.rival)}", file=out)
    spreads: dict[str, Spread] = {}
    notes, agreed = [], True
    for corpus in options.corpus:
        folders = sorted({path.parent for path in corpus.rglob("*.txt")})
        found, held = counted(rival.parse_brat_file, folders), count(ours(folders))
        agreed = agreed and found == held
        both, parse = compare(rival, folders, options.rounds)
        print(f"{corpus.name}: {SPREAD.format(*both)}; parse_brat_file alone {SPREAD.format(*parse)}", file=out)
        print(
            f"  found {dict(held)}" if found == held else f"  DIFFER: theirs {dict(found)}, ours {dict(held)}", file=out
        )
        spreads[corpus.name] = both
        notes.append(f"{corpus.name} {both[1]:.2f} (parse_brat_file alone {parse[1]:.2f})")
    if options.json:
        note = f"the lowest of: {', '.join(notes)}"
        print(measure("read_brat_vs_bigbio", min(spreads.values(), key=lambda spread: spread[1]), note))
    return 0 if agreed else 1


def compare(rival: ModuleType, folders: list[Path], rounds: int) -> tuple[Spread, Spread]:
    """Return how often our time goes into that of both of the rival's functions, and of its first alone."""
    parse, convert = rival.parse_brat_file, rival.brat_parse_to_bigbio_kb
    both = timed(lambda: (convert(found) for found in theirs(parse, folders)), lambda: ours(folders), rounds)
    return both, timed(lambda: theirs(parse, folders), lambda: ours(folders), rounds)


def theirs(parse: Parse, folders: list[Path]) -> Iterable[dict[str, Any]]:
    """Yield the rival's documents."""
    return (parse(path) for folder in folders for path in folder.glob("*.txt"))


def ours(folders: list[Path]) -> Iterable[Document]:
    """Yield our documents."""
    return (document for folder in folders for document in brat.read(folder, Quarantine("", "", folder), SUFFIXES))


def counted(parse: Parse, folders: list[Path]) -> Counter[str]:
    """Return how much of each kind the rival finds."""
    total: Counter[str] = Counter()
    for found in theirs(parse, folders):
        total["documents"] += 1
        total["entities and triggers"] += len(found["text_bound_annotations"])
        for kind in ("events", "relations", "equivalences"):
            total[kind] += len(found[kind])
    return total


def count(documents: Iterable[Document]) -> Counter[str]:
    """Return how much of each kind we find."""
    total: Counter[str] = Counter()
    for found in documents:
        total["documents"] += 1
        total["entities and triggers"] += len(found.entities) + len(found.triggers)
        total["events"] += len(found.events)
        total["relations"] += len(found.relations)
        total["equivalences"] += len(found.coreferences)
    return total


if __name__ == "__main__":
    sys.exit(main())
