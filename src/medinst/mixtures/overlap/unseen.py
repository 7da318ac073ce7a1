"""Which of some test samples are seen in the training splits of a dataset folder: what a clean benchmark leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medinst.build import manifest
from medinst.mixtures.overlap import documents
from medinst.mixtures.overlap.index import Tests
from medinst.schema import Sample


def seen(samples: Sequence[Sample], data: Path) -> set[str]:
    """Return the ids of the samples of which any source text is seen in any training row of ``data``, in any way.

    Raises:
        UsageError: ``data`` is no finished dataset folder.
        IntegrityFailure: a file of it cannot be read or a page differs from its checksum.
    """
    users: dict[documents.Passage, list[str]] = {}
    for sample in samples:
        for passage in documents.read(sample):
            users.setdefault(passage, []).append(sample.id)
    tests = Tests(list(users))
    found: set[str] = set()
    for row in dict.fromkeys(entry.row for entry in manifest.read(data).splits if entry.split == "train"):
        for batch in documents.sources(data, row, "train"):
            for hit in tests.hits([source.passage for source in batch]):
                found.update(users[tests.passages[hit.test]])
    return found
