"""Questions on abstracts as PubMedQA has them: a JSON object of members by PMID.

https://github.com/pubmedqa/pubmedqa. The file of the largest part has half a gigabyte.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from medinst.formats import jsonl
from medinst.formats.parts import Part
from medinst.formats.quarantine import Quarantine
from medinst.schema import Question


class Abstract(msgspec.Struct, gc=False):
    """What is used of a member: the question, the abstract without its conclusion in parts, and yes, no or maybe."""

    QUESTION: str
    CONTEXTS: list[str]
    final_decision: str


def read(path: Path, quarantine: Quarantine, part: Part | None = None) -> Iterator[Question]:
    """Yield the questions, known by PMID, one by one; set aside is what ``jsonl.stream`` sets aside."""
    for _, pmid, row in jsonl.stream(path, quarantine, Abstract, part=part):
        yield Question(pmid, row.QUESTION, (row.final_decision,), context=" ".join(row.CONTEXTS))
