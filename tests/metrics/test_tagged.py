from __future__ import annotations

import numpy as np
import pytest

from medinst.metrics import METRICS
from medinst.schema import Answer

METRIC = METRICS["bio_label_macro_f1"]
SENTENCE = ["the", "ataxia", "telangiectasia", "gene", "and", "breast", "cancer"]
TAGS = "OBIOOBI"


def tagged(words, tags):
    return tuple(zip(words, tags, strict=True))


@pytest.fixture
def score(reference):
    gold = reference(*tagged(SENTENCE, TAGS))

    def fold(words, tags):
        return METRIC.fold(np.array([METRIC.counts(gold, "", Answer(tagged(words, tags)))]), ())

    return fold


def test_gold_scores_full_marks(score):
    assert set(score(SENTENCE, TAGS).values()) == {1.0}


def test_all_o_and_no_answer_score_nothing(score):
    assert set(score(SENTENCE, "OOOOOOO").values()) == {0.0}
    assert set(score([], "").values()) == {0.0}


def test_a_left_out_word_elsewhere_costs_nothing(score):
    assert score(SENTENCE[1:], TAGS[1:])["span_f1"] == 1.0


def test_a_left_out_word_inside_a_mention_costs_that_mention(score):
    scores = score(["the", "ataxia", *SENTENCE[3:]], "OB" + TAGS[3:])
    assert scores["span_f1"] == 0.5
    assert scores["partial_f1"] == pytest.approx(6 / 7)


def test_a_changed_word_keeps_its_place(score):
    assert score(["the", "ataxias", *SENTENCE[2:]], TAGS)["span_f1"] == 1.0


def test_a_second_copy_is_wrong(score):
    scores = score(SENTENCE * 2, TAGS * 2)
    assert (scores["precision"], scores["recall"]) == (0.5, 1.0)


def test_boundaries_are_whole(score):
    scores = score(SENTENCE, "BIIOOBI")
    assert scores["span_f1"] == 0.5
    assert scores["partial_f1"] == pytest.approx(8 / 9)


def test_an_i_that_continues_nothing_begins_a_span(score):
    assert score(SENTENCE, "OIIOOII")["span_f1"] == 1.0
    assert score(SENTENCE, "OBBOOBI")["span_f1"] == pytest.approx(2 / 5)


def test_a_sentence_without_mentions_is_right_when_nothing_is_tagged(reference):
    gold = reference(*tagged(["no", "mention"], "OO"))
    silent = METRIC.counts(gold, "", Answer(tagged(["no", "mention"], "OO")))
    assert METRIC.fold(np.array([silent]), ())["span_f1"] == 1.0
    loud = METRIC.counts(gold, "", Answer(tagged(["no", "mention"], "OB")))
    assert METRIC.fold(np.array([silent, loud]), ())["span_f1"] == 0.0


@pytest.mark.parametrize(
    ("words", "tags", "expected"),
    [
        (SENTENCE, TAGS, (0, 0, 0)),
        (SENTENCE, "OOOOOOO", (0, 0, 2)),
        (SENTENCE, "OBBOOBI", (1, 1, 0)),  # one span in two halves: the first is its, the second is too many
        (SENTENCE, "BIIOOOB", (2, 0, 0)),
        (SENTENCE, "BBIIBBI", (1, 2, 0)),
        (SENTENCE, "OBIIIII", (1, 0, 1)),  # both spans in one
        ([*SENTENCE, *SENTENCE], TAGS + TAGS, (0, 2, 0)),
    ],
)
def test_kinds_of_wrong_spans(reference, words, tags, expected):
    gold = reference(*tagged(SENTENCE, TAGS))
    found = METRIC.errors(np.array([METRIC.counts(gold, "", Answer(tagged(words, tags)))]))
    assert tuple(found.values()) == expected
    assert list(found) == ["boundary", "spurious", "missing"]


def test_spans_in_sentences_without_any_are_hallucinated(reference):
    gold = reference(*tagged(SENTENCE, "OOOOOOO"))
    counts = [METRIC.counts(gold, "", Answer(tagged(SENTENCE, tags))) for tags in ("OOOOOOO", TAGS, TAGS)]
    assert METRIC.fold(np.array(counts), ())["hallucination_rate"] == pytest.approx(2 / 3)
