"""One sweep over all task rows: they render, their gold parses back and scores full marks, the paper's counts hold."""

from __future__ import annotations

import re

import msgspec
import pytest

from llama_grammar import engine
from medinst import corpora, tasks
from medinst.formats.quarantine import Quarantine
from medinst.metrics import METRICS, Reference
from medinst.reference import complete, medinst32, table2, table11
from medinst.schema import Target, pieces
from support import FIXTURES

ROWS = list(tasks.rows().values())
by_name = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def samples_of(row, tree):
    """Return the samples of a row by split, and how many records it refused."""
    corpus = corpora.load(row.corpus)
    found, refused = {}, 0
    for split, files in corpus.view(row.view).items():
        at = corpora.find(files, tree)
        if at is None:
            continue
        seen = set()
        found[split] = []
        for record in at[0].read(at[1], Quarantine(row.corpus, split, tree.roots[0], row.view)):
            if record.id in seen:
                continue
            seen.add(record.id)
            try:
                found[split] += tasks.render(record, row, split)
            except tasks.Refused:
                refused += 1
    return found, refused


def check(row, samples):
    """Assert what holds for every sample: spans, gold through its own parser, full marks."""
    module = tasks.category(row.category)
    metric = METRICS[row.metric]
    counts = []
    for sample in samples:
        target = msgspec.json.decode(sample.target, type=Target)
        for mention in target.mentions:
            assert pieces(sample.input, mention.spans).split() == mention.text.split(), sample.id
        reference = Reference(sample.output, module.gold(target, row, sample.input), target, row.labels, sample.doc_id)
        answer = module.parse(sample.output, row, sample.input)
        assert not answer.unparsed, sample.id
        counts.append(metric.counts(reference, sample.output, answer))
    outputs = [sample.output for sample in samples]
    best = 0.0 if metric.lower_is_better else 1.0
    import numpy as np

    assert metric.paper(outputs, outputs) == pytest.approx(best)
    assert metric.fold(np.array(counts), row.labels)[metric.strict_name] == pytest.approx(best)


def check_forms(row, samples):
    """Assert that gold has the form that answers may be held to, in both notations."""
    for sample in samples:
        form = tasks.grammar(row, sample.input)
        assert re.fullmatch(form.pattern, sample.output), sample.id
        assert engine() is None or engine().fits(form.gbnf, sample.output), sample.id


@by_name
def test_row_is_known_to_the_paper(row):
    printed = table11()[row.name]
    assert printed.category == row.category
    assert row.metric in METRICS
    if row.name in medinst32():
        assert medinst32()[row.name].metric == row.metric


@by_name
def test_instruction(row):
    text = tasks.instruction(row.name)
    assert "{" not in text
    assert "\n" not in text
    for label in row.labels:
        assert label in text


@by_name
def test_gold_of_invented_documents(row, cache):
    tree = corpora.load(row.corpus).tree(FIXTURES, cache)
    found, refused = samples_of(row, tree)
    assert refused == 0
    assert {split for split, samples in found.items() if samples}
    for samples in found.values():
        assert len({sample.id for sample in samples}) == len(samples)
        if samples:
            check(row, samples)
            check_forms(row, samples)


@by_name
def test_gold_of_real_documents(row, real):
    found, refused = samples_of(row, real(row.corpus))
    expected = {cell.split: cell for cell in complete() if cell.row == row.name and cell.status != "known"}
    for split, cell in expected.items():
        if split in found:
            assert len(found[split]) == cell.expected, split
    assert refused <= corpora.load(row.corpus).damage.get("unknown-label", 0)
    for samples in found.values():
        if samples:
            check(row, samples)
            check_forms(row, samples[:: len(samples) // 5 + 1])


def test_rows_and_instructions_are_those_of_table_2():
    """Train counts rows, validation and test cells that are not zero (spec of Table 2)."""
    assert [row.name for row in ROWS if row.name not in table11()] == []
    assert len(ROWS) == len(table11()) == 163
    assert len({row.task for row in ROWS}) == len(tasks.tasks()) == 133
    for category in tasks.CATEGORIES:
        rows = [row for row in ROWS if row.category == category]
        printed = [table11()[row.name] for row in rows]
        expected = table2()[category]
        assert len(rows) == expected.train
        assert sum(cell.validation > 0 for cell in printed) == expected.validation
        assert sum(cell.test > 0 for cell in printed) == expected.test
        assert len({row.task for row in rows}) == expected.instructions
