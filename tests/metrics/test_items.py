from __future__ import annotations

import random

import numpy as np
import pytest

from medinst.metrics import METRICS
from medinst.schema import Answer, Mention

METRIC = METRICS["entity_sample_f1"]
P54, HELICASE = ("p54", "Gene"), ("RNA helicase", "Family")


def score(*cases, labels=("Gene", "Family")):
    """Return the fold over (reference, items) pairs."""
    return METRIC.fold(np.array([METRIC.counts(gold, "", Answer(items)) for gold, items in cases]), labels)


def kinds(*cases):
    """Return the kinds of errors over (reference, items) pairs."""
    return METRIC.errors(np.array([METRIC.counts(gold, "", Answer(items)) for gold, items in cases]))


def test_gold_scores_full_marks_under_every_number(reference):
    scores = score((reference(P54, HELICASE, P54, category="NER"), (P54, P54, HELICASE)), (reference(), ()))
    assert scores.pop("hallucination_rate") == 0.0
    assert {"mention_f1", "type_f1"} < scores.keys()
    assert set(scores.values()) == {1.0}
    assert next(iter(scores)) == METRIC.strict_name == "micro_f1"


def test_an_empty_answer_scores_nothing(reference):
    scores = score((reference(P54, HELICASE), ()))
    assert set(scores.values()) == {0.0}


def test_an_invention_on_an_empty_document_costs_precision(reference):
    scores = score((reference(P54), (P54,)), (reference(), (HELICASE,)))
    assert scores["precision"] == 0.5
    assert scores["recall"] == 1.0
    assert scores["sample_f1"] == 0.5


def test_extra_repeats_are_false_positives_and_missing_ones_are_missed(reference):
    assert score((reference(P54), (P54, P54, P54)))["precision"] == pytest.approx(1 / 3)
    assert score((reference(P54, P54), (P54,)))["recall"] == 0.5


def test_micro_over_items_beside_the_mean_over_samples(reference):
    scores = score((reference(P54), (P54,)), (reference(*[HELICASE] * 9), ()))
    assert scores["micro_f1"] == pytest.approx(2 / 11)
    assert scores["sample_f1"] == 0.5


def test_a_wrong_type_and_a_wrong_boundary_are_told_apart(reference):
    text = "The RNA helicase p54 splits."
    mentions = (Mention("T1", "p54", "Gene", ((17, 20),)), Mention("T2", "RNA helicase", "Family", ((4, 16),)))
    gold = reference(P54, HELICASE, mentions=mentions, text=text, category="NER")
    case = gold, (("p54", "Family"), ("RNA helicase p54", "Family"), ("splits", "Gene"))
    scores = score(case)
    assert scores["micro_f1"] == 0.0
    assert scores["mention_f1"] == 0.4
    assert scores["type_f1"] == 0.8
    assert scores["partial_f1"] == pytest.approx(2 * (24 / 28) / 5)
    assert kinds(case) == {"boundary": 1, "type": 1, "boundary_and_type": 0, "spurious": 1, "missing": 0}


def test_links_are_scored_by_mention_and_by_identifier(reference):
    gold = reference(("naloxone", {"MESH/1", "MESH/2", "MESH/1,MESH/2"}), ("opioid", "NIL"), category="NED")
    scores = score((gold, (("naloxone", "MESH/2"), ("opioids", "NIL"))), labels=())
    assert (scores["micro_f1"], scores["mention_f1"], scores["id_f1"]) == (0.5, 0.5, 1.0)


def test_any_mention_of_an_argument_is_accepted_and_symmetry_respected(reference):
    gold = reference(({"p54", "p 54"}, "binds", "RNA"), symmetric=True, category="RE")
    assert set(score((gold, (("RNA", "binds", "p 54"),))).values()) == {1.0}
    directed = reference(("p54", "binds", "RNA"), category="RE")
    turned = score((directed, (("RNA", "binds", "p54"),)))
    assert (turned["micro_f1"], turned["argument_f1"], turned["pair_f1"]) == (0.0, 1.0, 0.0)


def test_relations_are_scored_by_argument_and_by_pair(reference):
    gold = reference(({"p54", "p 54"}, "binds", "RNA"), ("p54", "cuts", "DNA"), category="RE")
    scores = score((gold, (("p54", "binds", "tRNA"), ("p54", "splits", "DNA"))))
    assert scores["micro_f1"] == 0.0
    assert scores["argument_f1"] == 0.25
    assert scores["pair_f1"] == 0.5


def test_events_are_scored_by_trigger_and_by_argument(reference):
    gold = reference(("Growth", "grows", "p54"), ("Growth", "grows", "p53"), category="EE")
    scores = score((gold, (("Growth", "grows", "p54"), ("Growth", "grow", "p53"))))
    assert (scores["micro_f1"], scores["trigger_f1"], scores["argument_f1"]) == (0.5, 0.5, 1.0)


def test_items_on_documents_without_gold_are_hallucinated(reference):
    scores = score((reference(P54), (P54,)), (reference(), (P54,)), (reference(), ()))
    assert scores["hallucination_rate"] == 0.5
    assert "hallucination_rate" not in score((reference(P54), (P54,)))


def test_rows_without_gold_are_scored_by_whether_that_is_said(reference):
    empty = METRICS["empty"]
    answers = [Answer(), Answer((P54, P54, P54)), Answer(unparsed=True), Answer()]
    counts = [empty.counts(reference(), "", answer) for answer in answers]
    assert empty.fold(np.array(counts), ()) == {"accuracy": 0.5, "hallucination_rate": 0.25, "items_a_sample": 0.75}


def test_kinds_of_errors_add_up(reference):
    draw = random.Random(2)
    text = "a b c d e f"
    for _ in range(50):
        items = [
            [
                (" ".join(text.split()[at : at + draw.randint(1, 2)]), draw.choice("XY"))
                for at in draw.sample(range(5), 3)
            ]
            for _ in range(2)
        ]
        mentions = tuple(
            Mention(one, one, kind, ((text.index(one), text.index(one) + len(one)),)) for one, kind in items[0]
        )
        case = reference(*items[0], mentions=mentions, text=text, category="NER"), tuple(items[1])
        matched, gold, predicted = METRIC.counts(case[0], "", Answer(case[1]))[:3]
        found = kinds(case)
        paired = found["boundary"] + found["type"] + found["boundary_and_type"]
        assert found["missing"] == gold - matched - paired >= 0
        assert found["spurious"] == predicted - matched - paired >= 0


def test_a_million_characters_of_items_are_counted(reference):
    gold = reference(*[(f"m{at}", "Gene") for at in range(200)])
    items = tuple((f"m{at % 400}", "Gene") for at in range(100_000))
    matched, expected, predicted = METRIC.counts(gold, "", Answer(items))[:3]
    assert (matched, expected, predicted) == (200, 200, 100_000)
