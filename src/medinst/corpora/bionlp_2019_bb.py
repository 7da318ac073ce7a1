"""BioNLP-OST 2019 BB: microorganisms, where they live and what they are like, in abstracts and full-text extracts.

Each subtask has its own archive of much the same texts. Only ``kb`` and ``norm`` link entities to databases, only
``kb`` and ``rel`` relate them, and ``rel`` holds a few texts less; ``+ner`` means that the entities were to be found
as well. The test texts come without gold.
"""

from __future__ import annotations

from functools import partial

from medinst.corpora import Corpus, Files, at
from medinst.formats import brat

FILES = "https://huggingface.co/datasets/bigbio/bionlp_st_2019_bb/resolve/main/data"


def plain(text: str) -> str:
    """Return the text as the annotations have it: no-break spaces and line ends as spaces."""
    return text.replace("\u00a0", " ").replace("\n", " ")


def split(name: str, *subtasks: str, partial_: str = "") -> tuple[Files, ...]:
    """Return a split from the first subtask at hand; ``partial_`` names one that holds less than the others."""
    read = partial(brat.read, same=plain)
    whole = at(*(f"**/BioNLP-OST-2019_BB-{subtask}_{name}" for subtask in subtasks), read=read)
    return whole + at(f"**/BioNLP-OST-2019_BB-{partial_}_{name}", read=read, partial=True) if partial_ else whole


CORPUS = Corpus(
    name="bionlp-2019-bb",
    title="BioNLP Open Shared Tasks 2019: Bacteria Biotope",
    year=2019,
    homepage="https://sites.google.com/view/bb-2019/dataset",
    licence="LicenseRef-unknown",
    articles=dict.fromkeys(("documents", "relations", "concepts"), r"BB-[a-z+]+-(?:F-)?(?P<pmid>\d+)(?:-\d+)?"),
    urls=tuple(
        f"{FILES}/{subtask}/BioNLP-OST-2019_BB-{subtask}_{name}.zip"
        for subtask in ("kb+ner", "rel")
        for name in ("train", "dev")
    ),
    splits={
        "train": split("train", "kb+ner", "kb", "norm+ner", "norm", partial_="rel"),
        "validation": split("dev", "kb+ner", "kb", "norm+ner", "norm", partial_="rel"),
    },
    views={
        "relations": {
            "train": split("train", "kb+ner", "kb", "rel+ner", "rel"),
            "validation": split("dev", "kb+ner", "kb", "rel+ner", "rel"),
        },
        "concepts": {
            "train": split("train", "kb+ner", "kb", "norm+ner", "norm"),
            "validation": split("dev", "kb+ner", "kb", "norm+ner", "norm"),
        },
    },
)
