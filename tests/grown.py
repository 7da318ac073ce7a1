"""Sources of the four largest corpora in their releases' formats, a few hundred invented records of each."""

from __future__ import annotations

import gzip
import json
from pathlib import Path


def write(folder: Path, count: int = 200) -> Path:
    """Write the four corpora into a sources folder, a damaged record in each, and return it."""
    numbers = range(count)
    put(
        folder / "scielo/en_es.en",
        [f"Sentence {n} on zebrin, which the invented cohort was given." if n != 7 else "" for n in numbers],
    )
    put(folder / "scielo/en_es.es", [f"Frase {n} sobre zebrina, que se administró a todos." for n in numbers])
    put(folder / "scielo/en_pt.en", [f"Line {n} on quorin, which the invented cohort was given." for n in numbers])
    put(folder / "scielo/en_pt.pt", [f"Linha {n} sobre quorina, administrada a todos." for n in numbers])
    rows = [f"{n},the ZB of patient {n} was raised,{1 if n != count - 5 else 99},zebrin" for n in numbers]
    put(folder / "medal/train.csv", ["ABSTRACT_ID,TEXT,LOCATION,LABEL", *rows])
    members = {f"{n + 1000}": question(n) for n in numbers}
    members[f"{count + 900}"] = {"QUESTION": 7}
    (folder / "pubmedqa-artificial").mkdir(parents=True)
    (folder / "pubmedqa-artificial/pqaa_train_set.json").write_text(json.dumps(members, indent=1))
    lines = [json.dumps(hidden(n)) if n != 11 else "{" for n in numbers]
    path = folder / "biomrc/biomrc_large/dataset_train_B.jsonl.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))
    return folder


def put(path: Path, lines: list[str]) -> None:
    """Write lines to a new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def question(number: int) -> dict[str, object]:
    """Return a member of PubMedQA-artificial."""
    contexts = [f"Zebrin {number} was given.", 'Nothing {else} was "seen".']
    return {
        "QUESTION": f"Does zebrin {number} help?",
        "CONTEXTS": contexts,
        "final_decision": ("yes", "no")[number % 2],
    }


def hidden(number: int) -> dict[str, object]:
    """Return a line of BIOMRC."""
    entities = ["@entity1", f"@entity{number + 2}"]
    text = f"@entity1 binds @entity{number + 2} ."
    return {"abstract": text, "title": "XXXX binds it .", "entities_list": entities, "answer": entities[number % 2]}
