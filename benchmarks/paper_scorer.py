"""Hold the `paper` rules against the published scoring script, unmodified, on generated outputs of every kind.

    python benchmarks/paper_scorer.py --published evaluation.py [--n 10000] [--seed 0] [--write-goldens]

Needs scikit-learn and rouge-score. The script's imports of tqdm, datasets and openai, which serve its download and its
requests only, are answered with empty modules. Where it stops with an error (BIO: no gold tag in a whole set) there is
nothing to compare; such sets are counted. Ends with 0 if all differences are 0, with 1 when one is not, with 2 without
the script.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import random
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]  # it ships no types

from medinst.metrics import METRICS

Pair = tuple[str, str]
GOLDENS = Path(__file__).parent.parent / "tests" / "metrics" / "goldens.json"

# metric: the evaluation type that the published script knows it by, and the key of its answer
PUBLISHED = {
    "bio_label_macro_f1": ("bio", "label_leval_f1"),
    "entity_sample_f1": ("entity", "entity_level_f1"),
    "exact_match": ("em", "em"),
    "label_macro_f1": ("cls", "label_level_f1"),
    "mse": ("mse", "mse"),
    "multilabel_sample_f1": ("multicls", "entity_level_f1"),
    "rouge_l": ("", "rouge"),
}

TEXT = """the a an vitamin A binding of p53 IL-2 Na+ Na- kinases inhibited receptors α-synuclein (TNF) 5'-UTR cells'
studies regulation x,y generalization yes no Maybe CD4+ İstanbul naïve 10.5% [sic] relational hopping THE β2"""
WORDS = TEXT.split()
TYPES = ("Gene", "Cell", "Multi-tissue_structure", "A", "Gene_or_gene_product")
LABELS = ("Supports", "Refutes", "Neutral", "A", "the", "not enough info", "")
EMPTY = ("", " ", "\n\t", "[]", "[ ]", "[][]", "None", "N/A", ".", "the")
HOSTILE = (
    "[" * 500,
    "]" * 500,
    "[a" * 200 + "]" * 150,
    "][" * 200,
    "[B][I][O]" * 50,
    "[b] [B ] [ B] [BI] [B-Gene]",
    "٣",
    "-3",
    "3.0",
    "4/5",
    "00005",
    "3 3 3",
    "9" * 60,
    "5²",
    "1\u20602",
    "x\x00y",
    "\u2028[p53\u2028<Gene>]\x1c",
    "\ud800",
    ", , ,",
    "a,b，c , d",
    "<|eot_id|>",
    "'; DROP TABLE rows; --",
    "ﬁbroblast ǅ ß ẞ ſ K",
    "(a|an|the)+$",
    "\\b\\d+\\[",
    "🧬" * 20,
)


class Rouge:
    """What ``datasets.load_metric('rouge')`` gave: a wrapper of rouge_score that returns a list by type."""

    def __init__(self) -> None:
        self.scorer = RougeScorer(["rougeL"], use_stemmer=True)

    def compute(self, predictions: list[str], references: list[str], **options: object) -> dict[str, list[Any]]:
        """Return the score of the only pair."""
        return {"rougeL": [self.scorer.score(references[0], predictions[0])["rougeL"]]}


class NoRouge:
    """Stands in where another metric is asked for: the published script computes ROUGE for every test."""

    def compute(self, **options: object) -> dict[str, list[Any]]:
        """Return a score of 0."""
        return {"rougeL": [types.SimpleNamespace(fmeasure=0.0)]}


def load(path: Path) -> types.ModuleType:
    """Return the published script as a module, its file untouched."""
    empty: dict[str, dict[str, object]] = {
        "tqdm": {"tqdm": iter},
        "datasets": {"tqdm": iter},
        "openai": {"OpenAI": None},
    }
    kept = {name: sys.modules.get(name) for name in empty}
    for name, members in empty.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)
    spec = importlib.util.spec_from_file_location("published_evaluation", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, before in kept.items():
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
    return module


def text(draw: random.Random, longest: int) -> str:
    """Return up to ``longest`` words."""
    return " ".join(draw.choices(WORDS, k=draw.randint(1, longest)))


WRITERS: dict[str, Callable[[random.Random], str]] = {
    "bio_label_macro_f1": lambda draw: " ".join(
        f"{draw.choice(WORDS)} [{draw.choice('BIOOO')}]" for _ in range(draw.randint(1, 20))
    ),
    "entity_sample_f1": lambda draw: " ".join(
        f"[{text(draw, 3)} <{draw.choice(TYPES)}>]" for _ in range(draw.randint(0, 6))
    ),
    "exact_match": lambda draw: draw.choice(("A", "B", "yes", text(draw, 4))),
    "label_macro_f1": lambda draw: draw.choice(LABELS),
    "mse": lambda draw: str(draw.randint(0, 5)),
    "multilabel_sample_f1": lambda draw: ", ".join(draw.choices(LABELS, k=draw.randint(1, 4))),
    "rouge_l": lambda draw: text(draw, 60),
}


def damaged(draw: random.Random, answer: str) -> str:
    """Return the answer after one to four small accidents."""
    for _ in range(draw.randint(1, 4)):
        start = draw.randint(0, len(answer))
        end = min(len(answer), start + draw.randint(0, 8))
        answer = draw.choice(
            (
                answer[:start] + answer[end:],
                answer[:start] + draw.choice(("[", "]", " the ", ", ", "3", "[O]", "-", "\n", "É")) + answer[start:],
                answer[:start],
                answer[start:] + answer[:start],
                answer + " " + answer[start:end],
                "Answer: " + answer,
                answer.swapcase(),
                answer.replace(" ", "  "),
            )
        )
    return answer


def pair(draw: random.Random, metric: str) -> Pair:
    """Return a gold output, one in ten damaged, empty or hostile itself, and a prediction of any kind."""
    write = WRITERS[metric]
    gold = write(draw)
    kinds = (
        gold,
        write(draw),
        damaged(draw, gold),
        damaged(draw, write(draw)),
        draw.choice(EMPTY),
        draw.choice(HOSTILE),
        draw.choice(HOSTILE) + gold,
    )
    odd = (damaged(draw, gold), draw.choice(EMPTY), draw.choice(HOSTILE))
    return (draw.choice(odd) if draw.random() < 0.1 else gold), draw.choice(kinds)


def sets(draw: random.Random, metric: str, n: int, largest: int) -> Iterator[list[Pair]]:
    """Yield sets of one to ``largest`` pairs, ``n`` pairs in all."""
    while n > 0:
        size = min(n, draw.randint(1, largest))
        yield [pair(draw, metric) for _ in range(size)]
        n -= size


def published(script: types.ModuleType, metric: str, pairs: Sequence[Pair]) -> float | None:
    """Return the script's answer, None where it stops with an error."""
    kind, key = PUBLISHED[metric]
    golds, predictions = map(list, zip(*pairs, strict=True))
    rouge = Rouge() if metric == "rouge_l" else NoRouge()
    try:
        return float(script.evaluate(golds, predictions, [kind], rouge)[key])
    except ValueError:
        return None


def ours(metric: str, pairs: Sequence[Pair]) -> float:
    """Return the answer of the `paper` rule."""
    golds, predictions = zip(*pairs, strict=True)
    return METRICS[metric].paper(golds, predictions)


def compare(script: types.ModuleType, metric: str, n: int, seed: int) -> float:
    """Print and return the largest difference over the outputs one by one, in sets of 1 to 40, and all together."""
    drawn = list(sets(random.Random(f"{seed}/{metric}"), metric, n, 40))
    everything = [one for pairs in drawn for one in pairs]
    alone = [[one] for one in everything]
    answers = [(published(script, metric, pairs), ours(metric, pairs)) for pairs in (*alone, *drawn, everything)]
    differences = [abs(theirs - own) for theirs, own in answers if theirs is not None]
    stopped = len(answers) - len(differences)
    largest = max(differences)
    print(f"{metric:22} n={n} sets={len(answers)} published stopped on {stopped} largest difference {largest:g}")
    return largest


def write_goldens(script: types.ModuleType, digest: str, seed: int) -> None:
    """Write 40 sets of one to four pairs a metric with the published answers, for the tests."""
    cases = [
        {"metric": metric, "pairs": pairs, "published": answer}
        for metric in PUBLISHED
        for pairs in sets(random.Random(f"{seed}/goldens/{metric}"), metric, 100, 4)
        if (answer := published(script, metric, pairs)) is not None
    ]
    header = {
        "published_sha256": digest,
        "scikit-learn": version("scikit-learn"),
        "rouge-score": version("rouge-score"),
    }
    lines = ",\n".join(json.dumps(case) for case in cases)
    GOLDENS.write_text(f'{{"made_by": {json.dumps(header)},\n"cases": [\n{lines}\n]}}\n', "utf-8")
    print(f"{len(cases)} cases written to {GOLDENS.name}")


def main() -> int:
    """Run the comparison and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--published", type=Path, help="evaluation.py of the authors' repository (aialt/MedINST)")
    parser.add_argument("--n", type=int, default=10_000, help="outputs a metric")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write-goldens", action="store_true")
    options = parser.parse_args()
    if options.published is None or not options.published.is_file():
        print("Give the published script with --published FILE; nothing was compared.", file=sys.stderr)
        return 2
    warnings.simplefilter("ignore")
    digest = hashlib.sha256(options.published.read_bytes()).hexdigest()
    print(f"published script sha256 {digest}; scikit-learn {version('scikit-learn')}; seed {options.seed}")
    script = load(options.published)
    if options.write_goldens:
        write_goldens(script, digest, options.seed)
    largest = max(compare(script, metric, options.n, options.seed) for metric in PUBLISHED)
    print(f"n={options.n} a metric, {len(PUBLISHED)} metrics, largest difference {largest:g}")
    return int(largest > 0)


if __name__ == "__main__":
    sys.exit(main())
