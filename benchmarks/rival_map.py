"""The same rows through ``datasets`` and through medinst, one process each, in turn: used by ``build_full.py``."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import standins
from medinst import corpora, tasks
from medinst.build.parquet import ROW_GROUP, SCHEMA, Writer
from medinst.formats.quarantine import Quarantine
from medinst.sources import Tree

ROWS = {"SciELO": "scielo", "MeDAL": "medal", "BIOMRC": "biomrc", "PubMedQA-artificial": "pubmedqa-artificial"}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SETTINGS: dict[str, Any] = {"compression": "zstd", "compression_level": 3, "write_page_checksum": True}
Raw = dict[str, Any]


def compare(work: Path, scale: float, rounds: int) -> list[dict[str, float]]:
    """Return the seconds of both for each round, over all four sets; their columns are checked to be equal."""
    shutil.rmtree(work, ignore_errors=True)
    counts = standins.make(work / "sources", scale)
    found = []
    for number in range(rounds):
        seconds = [0.0, 0.0]
        for row in ROWS:
            for at, build in enumerate((theirs, ours)):
                start = time.perf_counter()
                build(row, work / "sources", work / f"{at}-{number}")
                seconds[at] += time.perf_counter() - start
            if not number:
                check(row, work)
        found.append({"samples": sum(counts.values()), "theirs": seconds[0], "ours": seconds[1]})
        print(
            f"datasets {seconds[0]:.1f} s, ours {seconds[1]:.1f} s: {seconds[0] / seconds[1]:.1f}",
            file=sys.stderr,
            flush=True,
        )
    shutil.rmtree(work)
    return found


def check(row: str, work: Path) -> None:
    """Refuse outputs that are not the same."""
    one, two = (pq.read_table(work / f"{at}-0" / f"{row}.parquet") for at in (0, 1))
    if not one.equals(two):
        raise SystemExit(f"{row}: datasets and medinst wrote different samples")


def ours(row: str, sources: Path, out: Path) -> None:
    """Read, render and write as a build does."""
    what = tasks.load(row)
    corpus = corpora.load(what.corpus)
    found = corpora.find(corpus.splits["train"], Tree(corpus.name, (sources / corpus.name,), ""))
    if found is None:
        raise SystemExit(f"no stand-in of {corpus.name} in {sources}")
    files, path = found
    out.mkdir(exist_ok=True)
    writer = Writer(out / f"{row}.parquet", tasks.shared(what, "train"))
    records = files.read(path, Quarantine(corpus.name, "train", sources))
    for made in tasks.drafts(records, what, "train", _refuse):
        writer.extend(made.columns)
    writer.close("")


def _refuse(record: object, error: Exception) -> None:
    raise error


def theirs(row: str, sources: Path, out: Path) -> None:
    """Do the same with ``datasets``, nothing cached: a generator of raw rows, ``map`` to samples, and the same file."""
    import datasets

    datasets.disable_progress_bars()
    read, render = RAW[row]
    shared = tasks.shared(tasks.load(row), "train")

    def sample(raw: Raw) -> Raw:
        text, target = render(raw)
        own = {"id": f"{row}/train/{raw['number']}/0", "doc_id": raw["number"], "input": text}
        written = json.dumps(target, ensure_ascii=False, separators=(",", ":"))
        return {**own, "output": target["answers"][0], "target": written, **shared}

    rows = datasets.Dataset.from_generator(
        read, gen_kwargs={"folder": sources / ROWS[row]}, cache_dir=str(out / "cache" / row)
    )
    made = rows.map(sample, remove_columns=rows.column_names).with_format("arrow")
    with pq.ParquetWriter(out / f"{row}.parquet", SCHEMA, **SETTINGS) as writer:
        for group in made.iter(ROW_GROUP):
            writer.write_table(group.select(SCHEMA.names).cast(SCHEMA), row_group_size=ROW_GROUP)


def _scielo(folder: Path) -> Iterator[Raw]:
    for language in ("es", "pt"):
        with (
            (folder / f"en_{language}.{language}").open(encoding="utf-8", newline="\n") as first,
            (folder / f"en_{language}.en").open(encoding="utf-8", newline="\n") as second,
        ):
            for number, (source, answer) in enumerate(zip(first, second, strict=True), 1):
                yield {"number": f"{language}{number:07d}", "source": source.strip(), "answer": answer.strip()}


def _translated(raw: Raw) -> tuple[str, Raw]:
    return raw["source"], {"answers": [raw["answer"]]}


def _medal(folder: Path) -> Iterator[Raw]:
    with (folder / "train.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            yield {"number": f"{number:07d}", **row}


def _marked(raw: Raw) -> tuple[str, Raw]:
    text, label = raw["TEXT"], raw["LABEL"]
    words = text.split(" ")
    at = int(raw["LOCATION"])
    start = sum(map(len, words[:at])) + at
    end = start + len(words[at])
    mention = {"id": "T1", "text": words[at], "type": "abbreviation", "spans": [[start + 1, end + 1]]}
    target = {"mentions": [{**mention, "ids": [f"MeDAL/{label}"]}], "answers": [label]}
    return f"{text[:start]}[{text[start:end]}]{text[end:]}", target


def _biomrc(folder: Path) -> Iterator[Raw]:
    with gzip.open(folder / "biomrc_large/dataset_train_B.jsonl.gz", "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            yield {"number": f"{number:06d}", **json.loads(line)}


def _cloze(raw: Raw) -> tuple[str, Raw]:
    choices = raw["entities_list"]
    options = "\n".join(f"({letter}) {entity}" for letter, entity in zip(_LETTERS, choices, strict=False))
    text = f"Question: {raw['title'].strip()}\nContext: {raw['abstract'].strip()}\nOptions:\n{options}"
    return text, {"choices": choices, "answers": [raw["answer"]]}


def _pubmedqa(folder: Path) -> Iterator[Raw]:
    for pmid, member in json.loads((folder / "pqaa_train_set.json").read_text("utf-8")).items():
        yield {"number": pmid, **{name: member[name] for name in ("QUESTION", "CONTEXTS", "final_decision")}}


def _asked(raw: Raw) -> tuple[str, Raw]:
    return f"Question: {raw['QUESTION']}\nContext: {' '.join(raw['CONTEXTS'])}", {"answers": [raw["final_decision"]]}


RAW: dict[str, tuple[Callable[[Path], Iterator[Raw]], Callable[[Raw], tuple[str, Raw]]]] = {
    "SciELO": (_scielo, _translated),
    "MeDAL": (_medal, _marked),
    "BIOMRC": (_biomrc, _cloze),
    "PubMedQA-artificial": (_pubmedqa, _asked),
}
