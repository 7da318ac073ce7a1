"""What a model scores with its answers held to their form and without, and whether the gold fits that form.

    python benchmarks/constrained.py --bench bench --work FOLDER [--rows ROW …] [--limit 10] [--max-tokens 128]
    python benchmarks/constrained.py … --name vLLM --model openai:NAME --base-url URL --dialect vllm
    python benchmarks/constrained.py --gold data [--samples 40]

The model is SmolLM2-135M-Instruct behind llama.cpp (``gguf:``) unless another is named. Each run goes into a folder of
``FOLDER`` and is resumed by the same command. The gold check needs xllamacpp, whose grammar engine it asks. What is
found goes into docs/results/constrained.json beside what is there; ``python docs/generate.py`` makes the page of it.
Ends with 1 where a run failed or gold did not fit.
"""

from __future__ import annotations

import argparse
import re
import runpy
import subprocess
import sys
from pathlib import Path

import msgspec

from medinst import tasks
from medinst.build import parquet
from medinst.mixtures.sampling import take
from medinst.workflows import constrained
from medinst.workflows.constrained import Fits

ROOT = Path(__file__).parent.parent
LISTS = ("NCBI-disease", "AnEM", "tmVar-v3-NED", "BC5CDR-RE", "AnEM-COREF")
ROWS = (*LISTS, "PubMedQA-labeled", "MedQA", "SciFact", "BIOSSES", "Hallmarks-of-Cancer")  # one of each form


def main() -> int:
    """Run what was asked for and write it down."""
    options = parse()
    path = options.out
    found = constrained.read(path)
    if options.gold:
        fits = gold(options.gold, options.samples)
        found = msgspec.structs.replace(found, gold=fits, samples=options.samples)
        good = all(fit.gold == fit.pattern == fit.grammar for fit in fits.values())
    else:
        made = both(options)
        good = made is not None
        if made:
            found = msgspec.structs.replace(found, pairs=found.pairs | {options.name: made})
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    return 0 if good else 1


def parse() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, help="benchmark folder of medinst32")
    parser.add_argument("--work", type=Path, help="folder for the run folders, outside the checkout")
    parser.add_argument("--rows", nargs="+", default=ROWS, help="tests; by default one of each kind")
    parser.add_argument("--limit", type=int, default=10, help="samples a test")
    parser.add_argument("--max-tokens", type=int, default=128, help="new tokens an answer may have")
    parser.add_argument("--name", default="SmolLM2-135M-Instruct behind llama.cpp", help="how the page calls it")
    parser.add_argument("--model", default="gguf:")
    parser.add_argument("--base-url", default="")
    parser.add_argument("--dialect", default="")
    parser.add_argument("--gold", type=Path, help="dataset folder whose gold is held against its form")
    parser.add_argument("--samples", type=int, default=40, help="gold answers a row and split")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / constrained.RESULTS)
    options = parser.parse_args()
    if not options.gold and not (options.bench and options.work):
        parser.error("give --bench and --work, or --gold.")
    return options


def both(options: argparse.Namespace) -> constrained.Pair | None:
    """Ask the same questions without and with the form; None where that failed."""
    given = ["--model", options.model, "--limit", str(options.limit), "--max-tokens", str(options.max_tokens)]
    given += ["--base-url", options.base_url] if options.base_url else []
    form = ["--constrain", *(["--dialect", options.dialect] if options.dialect else [])]
    place = options.work / re.sub(r"\W+", "-", options.name)
    folders = place / "free", place / "held"
    for folder, extra in zip(folders, ([], form), strict=True):
        folder.parent.mkdir(parents=True, exist_ok=True)
        asked = ["--bench", str(options.bench), "--rows", ",".join(options.rows), *given, *extra, "--out", str(folder)]
        code = subprocess.run([sys.executable, "-m", "medinst", "eval", *asked]).returncode
        if code:
            print(f"{folder}: ended with {code}; run the same command again to go on.", file=sys.stderr)
            return None
    shown = " ".join(["medinst eval --bench bench --rows …", *given, f"[{' '.join(form)}] --out run"])
    return constrained.pair(*folders, shown)


def gold(data: Path, samples: int) -> dict[str, Fits]:
    """Return by category how many gold answers, so many a row and split, fit their pattern and their grammar."""
    checker = runpy.run_path(str(ROOT / "tests" / "llama_grammar.py"))["engine"]()
    if checker is None:
        sys.exit("llama.cpp's grammar engine is not at hand: pip install xllamacpp")
    found = dict.fromkeys(tasks.CATEGORIES, Fits(0, 0, 0))
    for name, splits in parquet.splits(data).items():
        row = tasks.load(name)
        chosen = [sample for split in splits for sample in take(parquet.read(data, name, split), samples, 0)]
        for sample in chosen:
            form, before = tasks.grammar(row, sample.input), found[row.category]
            expression = re.fullmatch(form.pattern, sample.output) is not None
            grammar = checker.fits(form.gbnf, sample.output) is True
            if not (expression and grammar):
                print(f"{sample.id} does not fit: {sample.output[:200]}")
            fits = before.gold + 1, before.pattern + expression, before.grammar + grammar
            found[row.category] = Fits(*fits)
    return {name: fit for name, fit in found.items() if fit.gold}


if __name__ == "__main__":
    sys.exit(main())
