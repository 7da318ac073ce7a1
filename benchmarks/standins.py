"""Stand-ins for the four sets that are nine tenths of MedINST, in their real layouts and sizes, from made-up words.

    python benchmarks/standins.py OUT [--scale 1.0] [--seed 0]

OUT is then a sources folder: SciELO as two pairs of aligned files, the training sets of MeDAL (CSV), BIOMRC (gzipped
JSON Lines) and PubMedQA-artificial (a JSON object). Lengths are those of the real sets, of which small pieces and the
published sizes are known; zstd 3 makes a third of the text, as of real abstracts. At full scale 6.8 GB; equal
arguments give equal bytes.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path

import numpy as np

# Training samples as in the paper's Table 11; SciELO's are 177,782 Spanish pairs, the rest Portuguese.
SIZES = {"scielo": 3_006_699, "medal": 3_000_000, "biomrc": 700_000, "pubmedqa-artificial": 200_000}
SPANISH = 177_782 / SIZES["scielo"]

_BLOCK = 10_000
_ENTITIES = 9
_SYLLABLES = [
    "".join(parts)
    for parts in product([*"bcdfghlmnprstv", "st", "tr", "pr", "ph"], "aeiouy", ("", "", "l", "n", "r", "s", "t"))
]
_ACCENTS = str.maketrans({"a": "ã", "e": "é", "o": "ç", "i": "í"})
_SIGNS = ("±", "≥", "β", "µg", "–")
Sentences = list[str]


def words(rng: np.random.Generator, count: int, accents: float = 0.0) -> list[str]:
    """Return made-up words, the frequent ones short; a share of them with accents."""
    found: dict[str, None] = {}
    while len(found) < count:
        size = 1 + min(int(rng.poisson(0.4 + 2.2 * len(found) ** 0.5 / count**0.5)), 5)
        word = "".join(_SYLLABLES[at] for at in rng.integers(0, len(_SYLLABLES), size))
        found[word.translate(_ACCENTS) if rng.random() < accents else word] = None
    return list(found)


def drawn(rng: np.random.Generator, count: int, size: int, power: float = 1.0) -> np.ndarray:
    """Return ``size`` numbers under ``count``, frequent as words are: the n-th about 1/n."""
    weights = 1 / (np.arange(count) + 2.7) ** power
    return np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(size)).clip(0, count - 1)


def sentences(rng: np.random.Generator, count: int, mean: float, accents: float = 0.0) -> Sentences:
    """Return sentences of about ``mean`` words, strung together from phrases, as text in one field is."""
    lexicon = words(rng, 30_000, accents)
    sizes = rng.integers(1, 4, 200_000)
    stream = iter(drawn(rng, len(lexicon), int(sizes.sum())).tolist())
    phrases = [" ".join(lexicon[at] for at in islice(stream, size)) for size in sizes.tolist()]
    lengths = rng.poisson(mean / 2, count).clip(2)
    picks = iter(drawn(rng, len(phrases), int(lengths.sum()), 0.8).tolist())
    return [" ".join(phrases[at] for at in islice(picks, length)) for length in lengths.tolist()]


def blocks(rng: np.random.Generator, bank: Sentences, mean: float, count: int) -> Iterator[list[list[str]]]:
    """Yield texts as lists of about ``mean`` sentences of the bank, ``count`` in all, a block at a time."""
    for done in range(0, count, _BLOCK):
        lengths = rng.poisson(mean, min(_BLOCK, count - done)).clip(2)
        picks = iter(rng.integers(0, len(bank), int(lengths.sum())).tolist())
        yield [[bank[at] for at in islice(picks, length)] for length in lengths.tolist()]


def scielo(folder: Path, rng: np.random.Generator, count: int) -> None:
    """Write both pairs: a sentence a line, its translation on the same line of the other file."""
    english, other = (sentences(rng, 150_000, 9), sentences(rng, 150_000, 9.5, accents=0.25))
    spanish = round(count * SPANISH)
    for language, lines in (("es", spanish), ("pt", count - spanish)):
        with (
            (folder / f"en_{language}.en").open("w", encoding="utf-8", newline="\n") as first,
            (folder / f"en_{language}.{language}").open("w", encoding="utf-8", newline="\n") as second,
        ):
            for file, bank in ((first, english), (second, other)):
                for block in blocks(rng, bank, 2, lines):
                    file.writelines(f"{', '.join(text).capitalize()}.\n" for text in block)


def medal(folder: Path, rng: np.random.Generator, count: int) -> None:
    """Write train.csv: an abstract a row, one abbreviation in it by the number of its word, and the expansion."""
    bank = sentences(rng, 200_000, 19)
    length = {sentence: sentence.count(" ") + 1 for sentence in bank}
    expansions = [" ".join(sentence.split()[:2]) for sentence in bank[:24_000]]
    with (folder / "train.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.write("ABSTRACT_ID,TEXT,LOCATION,LABEL\n")
        for block in blocks(rng, bank, 9, count):
            places, labels = rng.random(len(block)), rng.integers(0, len(expansions), len(block))
            numbers = rng.integers(1, 14_000_000, len(block))
            for number, text, place, label in zip(
                numbers.tolist(), block, places.tolist(), labels.tolist(), strict=True
            ):
                cut = int(place * len(text))
                expansion = expansions[label]
                at = sum(length[sentence] for sentence in text[:cut])
                text.insert(cut, "".join(word[0] for word in expansion.split()).upper())
                file.write(f"{number},{' '.join(text)},{at},{expansion}\n")


def biomrc(folder: Path, rng: np.random.Generator, count: int) -> None:
    """Write setting B of the large version's training set: an object a line, entities as identifiers."""
    (folder / "biomrc_large").mkdir(exist_ok=True)
    names = [f"@entity{number}" for number in range(_ENTITIES)]
    marks = rng.integers(0, _ENTITIES, (2, 200_000)).tolist()
    plain = sentences(rng, 200_000, 19)
    bank = [f"{names[one]} {text} @entity{two} ." for text, one, two in zip(plain, *marks, strict=True)]
    orders = [[names[at] for at in rng.permutation(_ENTITIES)[: rng.integers(4, _ENTITIES + 1)]] for _ in range(997)]
    listings = [json.dumps(order) for order in orders]
    with gzip.open(folder / "biomrc_large/dataset_train_B.jsonl.gz", "wb", compresslevel=4) as file:
        for block in blocks(rng, bank, 11.6, count):
            picks = rng.integers(0, len(orders), len(block)).tolist()
            lines = (
                f'{{"abstract": "{" ".join(text)}\\n", "title": "XXXX {" ".join(text[-1].split(" ", 12)[1:12])}\\n", '
                f'"entities_list": {listings[pick]}, "answer": "{orders[pick][0]}"}}\n'
                for text, pick in zip(block, picks, strict=True)
            )
            file.write("".join(lines).encode())


def pubmedqa(folder: Path, rng: np.random.Generator, count: int) -> None:
    """Write pqaa_train_set.json: members by PMID, indented by four, other letters than ASCII escaped."""
    bank = sentences(rng, 200_000, 19)
    for at in rng.integers(0, len(bank), len(bank) // 12).tolist():
        bank[at] = json.dumps(f"{bank[at]} {_SIGNS[at % len(_SIGNS)]} {at % 97}")[1:-1]
    answers = ["no" if at < 0.073 else "yes" for at in rng.random(_BLOCK).tolist()]
    pmids = iter(range(10_000_000, 10_000_000 + count))
    with (folder / "pqaa_train_set.json").open("w", encoding="ascii", newline="\n") as file:
        before = "{\n"
        for block in blocks(rng, bank, 12.6, count):
            for text, answer in zip(block, answers, strict=False):
                file.write(f'{before}    "{next(pmids)}": {_member(text, answer)}')
                before = ",\n"
        file.write("\n}")


def _member(text: list[str], answer: str) -> str:
    """Return a member of PubMedQA: the first sentence asks, the last two conclude, the others are the context."""
    third = max(1, (len(text) - 3) // 3)
    parts = [". ".join(text[at : at + third]) for at in range(1, max(2, len(text) - 2), third)]
    contexts = ",\n".join(f'            "{part}."' for part in parts)
    labels = ",\n".join('            "RESULTS"' for _ in parts)
    meshes = ",\n".join(f'            "{" ".join(sentence.split()[:2])}"' for sentence in text[:9])
    return (
        f'{{\n        "QUESTION": "{text[0].capitalize()}?",\n        "CONTEXTS": [\n{contexts}\n        ],\n'
        f'        "LABELS": [\n{labels}\n        ],\n        "MESHES": [\n{meshes}\n        ],\n'
        f'        "YEAR": "2014",\n        "final_decision": "{answer}",\n'
        f'        "LONG_ANSWER": "{". ".join(text[-2:])}."\n    }}'
    )


MAKERS: dict[str, Callable[[Path, np.random.Generator, int], None]] = {
    "scielo": scielo,
    "medal": medal,
    "biomrc": biomrc,
    "pubmedqa-artificial": pubmedqa,
}


def make(out: Path, scale: float = 1.0, seed: int = 0) -> dict[str, int]:
    """Write all four under ``out`` and return how many samples each has; one that is there already stays.

    Raises:
        OSError: the disk is full.
    """
    counts = {name: round(size * scale) for name, size in SIZES.items()}
    for number, (name, write) in enumerate(MAKERS.items()):
        if not (out / name).exists():
            private = out / f".{name}"
            private.mkdir(parents=True, exist_ok=True)
            write(private, np.random.default_rng((seed, number)), counts[name])
            private.rename(out / name)
    return counts


def main() -> None:
    """Write the stand-ins and say how large they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for name, count in make(options.out, options.scale, options.seed).items():
        size = sum(path.stat().st_size for path in (options.out / name).rglob("*") if path.is_file())
        print(f"{name}: {count:,} samples, {size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
