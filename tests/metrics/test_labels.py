from __future__ import annotations

import numpy as np
import pytest

from medinst.errors import UnknownName
from medinst.metrics import METRICS
from medinst.schema import Answer

LABELS = ("yes", "no", "maybe")


def score(name, pairs, labels=LABELS):
    """Return the fold over (reference, items) pairs."""
    metric = METRICS[name]
    return metric.fold(np.array([metric.counts(gold, "", Answer(items)) for gold, items in pairs]), labels)


def closed(reference, *pairs):
    return score(
        "label_macro_f1",
        [(reference((gold,), labels=LABELS), ((answer,),) if answer else ()) for gold, answer in pairs],
    )


def test_macro_f1_is_over_labels_of_gold_and_predictions(reference):
    assert closed(reference, ("yes", "yes"), ("no", "no")) == {"macro_f1": 1.0, "accuracy": 1.0}
    # yes 2/3, maybe 0: a label that is only predicted lowers the mean, one that never occurs does not.
    assert closed(reference, ("yes", "yes"), ("yes", "maybe")) == {"macro_f1": pytest.approx(1 / 3), "accuracy": 0.5}


def test_the_majority_label_scores_what_it_deserves(reference):
    scores = closed(reference, ("yes", "yes"), ("yes", "yes"), ("no", "yes"), ("maybe", "yes"))
    assert scores == {"macro_f1": pytest.approx(2 / 9), "accuracy": 0.5}


def test_no_answer_or_two_answers_are_wrong(reference):
    assert closed(reference, ("yes", ""), ("no", "")) == {"macro_f1": 0.0, "accuracy": 0.0}
    two = [(reference(("yes",), labels=LABELS), (("yes",), ("no",)))]
    assert score("label_macro_f1", two)["accuracy"] == 0.0


def test_a_gold_label_outside_the_row_is_refused(reference):
    with pytest.raises(UnknownName, match="'perhaps'"):
        closed(reference, ("perhaps", "yes"))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("Warfarin  sodium", 1.0), ("warfarin sodium", 1.0), ("coumadin", 1.0), ("warfarin-sodium", 0.0), ("", 0.0)],
)
def test_exact_match_ignores_case_and_white_space_only(reference, answer, expected):
    gold = reference(({"Warfarin sodium", "Coumadin"},))
    assert score("exact_match", [(gold, ((answer,),))]) == {"accuracy": expected}


def test_exact_match_wants_all_items(reference):
    gold = reference(("a",), ("b",))
    assert score("exact_match", [(gold, (("a",), ("b",)))]) == {"accuracy": 1.0}
    assert score("exact_match", [(gold, (("a",),)), (gold, ())]) == {"accuracy": 0.0}


def test_option_a_is_not_nothing(reference):
    assert score("exact_match", [(reference(("A",)), ()), (reference(("A",)), (("the",),))]) == {"accuracy": 0.0}


def test_label_sets(reference):
    gold = reference(("x",), ("y",))
    perfect = score("multilabel_sample_f1", [(gold, (("y",), ("x",), ("x",)))])
    assert set(perfect.values()) == {1.0}
    mixed = score("multilabel_sample_f1", [(gold, (("x",), ("z",))), (reference(("none",)), ())])
    assert mixed["precision"] == 0.5
    assert mixed["recall"] == pytest.approx(1 / 3)
    assert mixed["micro_f1"] == pytest.approx(0.4)
    assert mixed["sample_f1"] == 0.25


def test_wrong_labels_of_a_set_are_spurious_or_missing(reference):
    metric = METRICS["multilabel_sample_f1"]
    counts = [metric.counts(reference(("x",), ("y",)), "", Answer((("x",), ("z",))))]
    assert metric.errors(np.array(counts)) == {"spurious": 1, "missing": 1}


def test_a_choice_is_its_letter():
    assert METRICS["choice"].paper(["A", "B", "C", "D"], ["A", " B\n", "C.", "d"]) == 0.5
