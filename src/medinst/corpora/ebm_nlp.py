"""EBM-NLP 2.0: participants, interventions and outcomes, with their finer kinds, in 4,993 abstracts of clinical trials.

Layout: ``ebm_nlp_2_00`` as its README describes it, a token a line, and for each of the three a file of labels, one
number a token. Table 11 counts the documents that have detailed labels for interventions: 4,735 and, of the 191 that
experts labelled, 187.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from medinst.corpora import PMID, Corpus, Files, at
from medinst.formats.quarantine import Quarantine, read_text
from medinst.formats.tokens import join, runs
from medinst.schema import Document, Entity

# What a number means depends on the element; 0 is none.
_KINDS = {
    "participants": ("", "Age", "Sex", "Sample-size", "Condition"),
    "interventions": (
        "",
        "Surgical",
        "Physical",
        "Pharmacological",
        "Educational",
        "Psychological",
        "Other",
        "Control",
    ),
    "outcomes": ("", "Physical", "Pain", "Mortality", "Adverse-effects", "Mental", "Other"),
}


def read(path: Path, quarantine: Quarantine, beside: Path, folder: str) -> Iterator[Document]:
    """Yield the documents of a split; ``path`` is its ``folder`` of intervention labels, ``beside`` that of tokens."""
    elements = path.parents[len(Path(folder).parts)]
    for file in sorted(path.glob("*.ann")):
        name = file.name.partition(".")[0]
        source = beside / f"{name}.tokens"
        if not source.is_file():
            quarantine.set_aside(source, 0, "missing-file", name, "no such file", "the tokens of a labelled document")
            continue
        text, spans = join((read_text(source, quarantine) or "").split())
        entities: list[Entity] = []
        for element, kinds in _KINDS.items():
            marks = _labels(elements / element / folder / file.name, kinds, len(spans), quarantine)
            for number, first, last in runs(marks):
                span = (spans[first][0], spans[last][1])
                kind = f"{element.removesuffix('s').capitalize()}_{kinds[number]}"
                entities.append(Entity(f"T{len(entities) + 1}", kind, (span,), text[slice(*span)]))
        yield Document(name, text, tuple(entities))


def _labels(path: Path, kinds: tuple[str, ...], count: int, quarantine: Quarantine) -> list[int]:
    """Return the labels of a file, none where it is absent (nobody marked that element) or does not fit the tokens."""
    written = (read_text(path, quarantine) or "").split() if path.is_file() else []
    known = {str(number) for number in range(len(kinds))}
    if not written or (len(written) == count and known.issuperset(written)):
        return [int(label) for label in written]
    found = f"{len(written)} labels, of them {sorted(set(written) - known)[:3]} unknown"
    quarantine.set_aside(path, 0, "columns", " ".join(written), found, f"{count} of 0 to {len(kinds) - 1}")
    return []


def split(folder: str) -> tuple[Files, ...]:
    """Return a split by its folder."""
    place = f"**/aggregated/hierarchical_labels/interventions/{folder}"
    return at(place, read=partial(read, folder=folder), beside=("**/documents",))


CORPUS = Corpus(
    name="ebm-nlp",
    title="EBM-NLP 2.0",
    year=2018,
    homepage="https://github.com/bepnye/EBM-NLP",
    licence="LicenseRef-unknown",
    articles=PMID,
    urls=("https://github.com/bepnye/EBM-NLP/raw/master/ebm_nlp_2_00.tar.gz",),
    layout="documented",
    splits={"train": split("train"), "test": split("test/gold")},
)
