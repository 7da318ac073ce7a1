"""Evidence Inference 2.0: what a trial did to an outcome, asked of the passages that annotators found decisive.

The evidence is that of the prompt, from annotations whose label a second annotator accepted, where there are such;
the label is the one that most of them give. The README of the release names prompts that should not be used.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from medinst.corpora import SECTION, Corpus, Files, at
from medinst.formats import tables
from medinst.formats.quarantine import Quarantine, read_text
from medinst.schema import Question

LABELS = {"1": "significantly increased", "0": "no significant difference", "-1": "significantly decreased"}
ANNOTATION = ("PromptID", "Valid Label", "Label Code", "Annotations")
PROMPT = ("PromptID", "PMCID", "Outcome", "Intervention", "Comparator")
# Incorrect, questionable and somewhat malformed prompts, as the README lists them.
FLAGGED = frozenset(
    re.findall(
        r"\d+",
        """
        911 912 1262 1261 3044 3248 3111 3620 4308 4490 4491 4324 4325 4492 4824 5000 5001 5002 5046 5047 4948 5639
        5710 5752 5775 5782 5841 5843 5861 5862 5863 5964 5965 5966 5975 4807 5776 5777 5778 5779 5780 5781 6034 6065
        6066 6666 6667 6668 6669 7040 7042 7944 8590 8605 8606 8639 8640 8745 8747 8749 8877 8878 8593 8631 8635 8884
        8886 8773 10032 10035 8876 8875 8885 8917 8921 8118 10885 10886 10887 10888 10889 10890 7811 7812 7813 7814
        7815 8197 8198 8199 8200 8201 9429 9430 9431 8536 9432 3514 346 5037 4715 8767 9295 9297 8870 9862
        """,
    )
)


def read(listing: Path, quarantine: Quarantine, beside: Path) -> Iterator[Question]:
    """Yield the annotated prompts of the articles in ``listing``; ``beside`` are the annotations, with the prompts.

    Of 4,454 listed articles 1,106 have no prompt, in the release itself; annotations without one are set aside.
    """
    prompts = beside.with_name("prompts_merged.csv")
    if not prompts.is_file():
        quarantine.set_aside(prompts, 0, "missing-file", "", "no such file", f"the prompts of {beside.name}")
        return
    articles = frozenset((read_text(listing, quarantine) or "").split())
    annotations: dict[str, list[dict[str, str]]] = {}
    lines: dict[str, int] = {}
    for line, row in tables.rows(beside, quarantine, ANNOTATION):
        if row["Label Code"] in LABELS:
            annotations.setdefault(row["PromptID"], []).append(row)
            lines.setdefault(row["PromptID"], line)
        else:
            quarantine.set_aside(beside, line, "unknown-label", row["Annotations"], row["Label Code"], "-1, 0 or 1")
    for _, row in tables.rows(prompts, quarantine, PROMPT):
        prompt = row["PromptID"]
        lines.pop(prompt, None)
        if row["PMCID"] in articles and prompt in annotations and prompt not in FLAGGED:
            label, evidence = judge(annotations[prompt])
            yield Question(prompt, ask(row), (label,), evidence, tuple(LABELS.values()), f"PMC{row['PMCID']}")
    for prompt, line in lines.items():
        raw = annotations[prompt][0]["Annotations"]
        quarantine.set_aside(beside, line, "unknown-id", raw, prompt, f"a prompt of {prompts.name}")


def judge(annotations: list[dict[str, str]]) -> tuple[str, str]:
    """Return the label of a prompt and the passages given for it, each once, in the order of the file."""
    valid = [row for row in annotations if row["Valid Label"] in ("True", "1")] or annotations
    code = Counter(row["Label Code"] for row in valid).most_common(1)[0][0]
    passages = dict.fromkeys(row["Annotations"].strip() for row in valid if row["Label Code"] == code)
    return LABELS[code], "\n".join(passages)


def ask(prompt: dict[str, str]) -> str:
    """Return a prompt as a question."""
    outcome, intervention, comparator = (prompt[name].strip() for name in PROMPT[2:])
    return f"Compared with {comparator}, what did {intervention} do to this outcome: {outcome}?"


def split(name: str) -> tuple[Files, ...]:
    """Return a split by its name in the release; only the newer annotations stand in for all of them."""
    places = (f"splits/{name}_article_ids.txt", f"annotations/splits/{name}_article_ids.txt")
    merged = ("annotations_merged.csv", "annotations/annotations_merged.csv")
    newer = ("annotations/v2_annotations.csv",)
    return at(*places, read=read, beside=merged) + at(*places, read=read, beside=newer, partial=True)


CORPUS = Corpus(
    name="evidence-inference-2.0",
    title="Evidence Inference 2.0",
    year=2020,
    homepage="https://github.com/jayded/evidence-inference",
    licence="MIT",
    articles=SECTION,
    urls=("http://evidence-inference.ebm-nlp.com/v2.0.tar.gz",),
    splits={"train": split("train"), "validation": split("validation"), "test": split("test")},
)
