"""Demonstrations: of the same form, from outside the benchmark, never sharing a document with the test."""

from __future__ import annotations

from made_up import many, sample
from medinst.mixtures import demonstrations
from medinst.mixtures.demonstrations import LONGEST, choose, turns


def test_two_rows_of_the_same_category_and_form(make):
    data = make(
        many("AnEM", "test", 5)
        + many("BioInfer", "train", 30)
        + many("MLEE", "train", 30)
        + many("JNLPBA-DNA", "train", 30)
        + many("MLEE-RE", "train", 30)
    )
    outside = ["BioInfer", "MLEE", "JNLPBA-DNA", "MLEE-RE"]
    shots = choose(data, sample("AnEM", "test", "test0"), "test", outside, 0)
    assert {shot.row for shot in shots} == {"BioInfer", "MLEE"}
    shots = choose(data, sample("BC5CDR", "test", "x"), "test", outside, 0)
    assert [shot.row for shot in shots] == ["JNLPBA-DNA", "JNLPBA-DNA"]
    assert shots[0].id != shots[1].id


def test_fixed_per_row_and_seed(make):
    data = make(many("AnEM", "test", 5) + many("BioInfer", "train", 300) + many("MLEE", "train", 300))
    of = {
        (row, seed): [one.id for one in choose(data, sample(row, "test", "x"), "test", ["MLEE", "BioInfer"], seed)]
        for row in ("AnEM", "BioRED")
        for seed in (0, 1)
    }
    assert len({tuple(sorted(ids)) for ids in of.values()}) == 4
    again = choose(data, sample("AnEM", "test", "y"), "test", ["BioInfer", "MLEE"], 0)
    assert [one.id for one in again] == of["AnEM", 0]


def test_never_a_document_of_the_test(make):
    tests = [sample("JNLPBA-DNA", "test", name) for name in ("1", "2", "3")]
    shared = [sample("JNLPBA-RNA", "train", name) for name in ("1", "2", "3")]
    free = [sample("JNLPBA-RNA", "train", name) for name in ("4", "5")]
    data = make([*tests, *shared, *free])
    for seed in range(20):
        shots = choose(data, tests[0], "test", ["JNLPBA-RNA"], seed)
        assert {one.doc_id for one in shots} == {"4", "5"}


def test_never_a_text_of_the_test(make):
    tests = [sample("BC5CDR", "test", "1"), sample("BC5CDR", "test", "2", "Equal but for white space.")]
    same = sample("JNLPBA-RNA", "train", "9", "Equal  but for\nwhite space.")
    other = sample("JNLPBA-RNA", "train", "1", "Another corpus may use the same document id.")
    data = make([*tests, same, other])
    for seed in range(20):
        assert choose(data, tests[0], "test", ["JNLPBA-RNA"], seed) == [other]


def test_never_an_article_of_the_test_under_another_corpus(make):
    tests = [sample("tmVar-v3-NED", "test", "7654321"), sample("tmVar-v3-NED", "test", "PMC1234567")]
    shared = [sample("BC5CDR-NED", "train", "7654321"), sample("BC5CDR-NED", "train", "54321")]
    free = [sample("BC5CDR-NED", "train", "76543210"), sample("BC5CDR-NED", "train", "1234567")]
    tests.append(sample("tmVar-v3-NED", "test", "54321"))
    data = make([*tests, *shared, *free])
    for seed in range(20):
        shots = choose(data, tests[0], "test", ["BC5CDR-NED"], seed)
        assert {one.doc_id for one in shots} == {"76543210", "1234567"}


def test_options_with_options_labels_with_labels(make):
    with_options = [
        sample("MedQA", "train", str(at), target='{"choices": ["a", "b"], "answers": ["a"]}') for at in range(3)
    ]
    data = make(with_options + many("MEDIQA-QA", "train", 3))
    assert choose(data, with_options[0], "test", ["MEDIQA-QA"], 0) == []
    assert choose(data, sample("PubMedQA-labeled", "test", "1"), "test", ["MEDIQA-QA", "MedQA"], 0) == []
    assert len(choose(data, sample("MEDIQA-QA", "test", "1"), "test", ["MEDIQA-QA", "MedQA"], 0)) == 2
    assert len(choose(data, sample("MedQA", "test", "1", target=with_options[0].target), "test", ["MedQA"], 0)) == 2


def test_short_ones_only(make):
    long = [sample("MLEE", "train", f"long{at}", "x" * (LONGEST + 1)) for at in range(40)]
    data = make([*long, sample("MLEE", "train", "short")])
    assert [one.doc_id for one in choose(data, sample("AnEM", "test", "t"), "test", ["MLEE"], 0)] == ["short"]
    data = make(long)
    assert choose(data, sample("AnEM", "test", "t"), "test", ["MLEE"], 0) == []


def test_the_pool_is_bounded(make, monkeypatch):
    monkeypatch.setattr(demonstrations, "POOL", 5)
    data = make(many("MLEE", "train", 50))
    names = {
        one.doc_id for seed in range(20) for one in choose(data, sample("AnEM", "test", "t"), "test", ["MLEE"], seed)
    }
    assert names <= {f"train{at}" for at in range(5)}


def test_turns():
    shot = sample("AnEM", "train", "1", "Text.", "[a <Cell>]")
    assert turns([shot]) == [["Do what AnEM asks.\nText.", "[a <Cell>]"]]
