"""The published rules: the script's own answers on generated pairs, and each known fault by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medinst.metrics import METRICS, paper

GOLDENS = json.loads((Path(__file__).parent / "goldens.json").read_text("utf-8"))


@pytest.mark.parametrize("metric", sorted({case["metric"] for case in GOLDENS["cases"]}))
def test_equals_the_published_script(metric):
    cases = [case for case in GOLDENS["cases"] if case["metric"] == metric]
    assert len(cases) >= 20
    for case in cases:
        golds, predictions = zip(*case["pairs"], strict=True)
        assert METRICS[metric].paper(golds, predictions) == case["published"], case


def test_nothing_against_nothing_scores_nothing_but_an_empty_item_is_one():
    assert paper.entity_sample_f1([""], [""]) == 0.0
    assert paper.entity_sample_f1(["[]"], ["[]"]) == 1.0


def test_delimiters_and_signs_vanish():
    assert paper.entity_sample_f1(["[p54 <Gene>] [Na+ <Ion>]"], ["[p54 Gene] [Na- <Ion>]"]) == 1.0


def test_an_unclosed_bracket_swallows_the_rest():
    assert paper.entity_sample_f1(["[a1 <X>] [b1 <X>]"], ["[[a1 <X>] [b1 <X>]"]) == 0.0


def test_all_o_earns_something():
    assert paper.bio_label_macro_f1(["a [B] b [I] c [O] d [O]"], ["a [O] b [O] c [O] d [O]"]) == pytest.approx(2 / 9)


def test_a_missing_tag_shifts_the_others_and_no_tag_at_all_is_zero():
    assert paper.bio_label_macro_f1(["a [O] b [B] c [O]"], ["b [B] c [O]"]) == 0.0
    assert paper.bio_label_macro_f1(["none"], ["a [B]"]) == 0.0


def test_option_a_equals_nothing():
    assert paper.exact_match(["A", "A"], ["", "The."]) == 1.0


def test_labels_are_averaged_over_gold_only():
    assert paper.label_macro_f1(["yes", "yes"], ["yes", "no"]) == pytest.approx(2 / 3)
    assert paper.label_macro_f1(["yes"], ["Answer: yes"]) == 0.0


def test_only_comma_and_space_part_labels():
    assert paper.multilabel_sample_f1(["x, y"], ["x,y"]) == 0.0
    assert paper.multilabel_sample_f1(["x, y"], ["Y, X"]) == 1.0


@pytest.mark.parametrize("answer", ["3.0", "3 out of 5", "4/5", "", "6", "9" * 5000])
def test_an_unreadable_score_costs_25(answer):
    assert paper.mse(["3"], [answer]) == 25.0


def test_a_sign_is_not_read_nor_a_repeat():
    assert paper.mse(["3", "3"], ["-3", "3, 3 and 03"]) == 0.0


def test_every_rule_of_the_published_script_has_goldens():
    published = {case["metric"] for case in GOLDENS["cases"]}
    assert METRICS.keys() - published == {"choice", "empty"}  # neither is in the script
    assert METRICS["empty"].paper is METRICS["entity_sample_f1"].paper
