"""Wrong items: paired with the gold they overlap in the text, and told apart by what is wrong."""

from __future__ import annotations

import itertools
import random

import pytest

from medinst.metrics.placement import Placed, place
from medinst.schema import Gold, Mention

TEXT = "The left\nportal vein and the hepatic vein of p53 mice, the portal veins."


def mention(text, kind="Vein", occurrence=0):
    """Return a mention of a text that stands in TEXT, white space aside."""
    spaced, start = TEXT.replace("\n", " "), -1
    for _ in range(occurrence + 1):
        start = spaced.index(text, start + 1)
    return Mention(text, text, kind, ((start, start + len(text)),))


@pytest.fixture
def placed(reference):
    """Return a function that places NER items against mentions, all of them unmatched."""

    def run(mentions, items, category="NER"):
        gold = [(one.text, one.type) if category == "NER" else (one.text,) for one in mentions]
        found = reference(*gold, mentions=tuple(mentions), text=TEXT, category=category)
        return place(found, found.gold, items)

    return run


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([("portal vein", "Vein")], Placed(22 / 27, boundary=1)),
        ([("left portal vein", "Artery")], Placed(0.0, label=1)),
        ([("portal vein", "Artery")], Placed(0.0, both=1)),
        ([("p53", "Vein")], Placed()),  # elsewhere in the text
        ([("splenic vein", "Vein")], Placed()),  # nowhere in the text, though a word is the same
        ([("Left Portal Vein", "Vein")], Placed(1.0, boundary=1)),
        ([("hepatic vein", "Vein"), ("vein", "Vein")], Placed(8 / 20, boundary=1)),
        ([], Placed()),
    ],
)
def test_one_mention_and_what_is_wrong_with_its_prediction(placed, items, expected):
    found = placed([mention("left portal vein")], items)
    assert found.credit == pytest.approx(expected.credit)
    assert (found.boundary, found.label, found.both) == (expected.boundary, expected.label, expected.both)


def test_a_mention_is_placed_where_it_agrees_best(placed):
    second = mention("portal veins")
    assert placed([second], [("portal vein", "Vein")]).credit == pytest.approx(22 / 23)


def test_pieces_of_a_mention_are_covered_by_what_lies_across(placed):
    split = Mention("left vein", "left vein", "Vein", ((4, 8), (16, 20)))
    assert placed([split], [("left portal vein", "Vein")]).credit == pytest.approx(16 / 24)


def test_pairs_are_those_that_agree_best_and_right_labels_come_first(placed):
    gold = [mention("left portal vein"), mention("hepatic vein", "Organ")]
    items = [("hepatic", "Organ"), ("portal vein", "Organ"), ("left portal", "Vein")]
    found = placed(gold, items)
    assert (found.boundary, found.label, found.both) == (2, 0, 0)
    assert found.credit == pytest.approx(14 / 19 + 22 / 27)


def test_credit_is_the_greatest_over_all_pairings(placed):
    draw = random.Random(3)
    words = TEXT.replace("\n", " ").replace(",", "").replace(".", "").split()
    for _ in range(60):
        gold, items = [], []
        for side in (gold, items):
            for _ in range(draw.randint(1, 3)):
                start = draw.randrange(len(words) - 2)
                side.append(" ".join(words[start : start + draw.randint(1, 2)]))
        gold = [one for one in gold if one in TEXT.replace("\n", " ")]
        mentions = [mention(one) for one in gold]
        pair = {(a, b): placed([mention(a)], [(b, "Vein")]).credit for a in gold for b in items}
        padded = [*items, *[None] * len(gold)]
        best = max(
            (
                sum(pair.get((one, other), 0.0) for one, other in zip(gold, order, strict=True))
                for order in itertools.permutations(padded, len(gold))
            ),
            default=0.0,
        )
        assert placed(mentions, [(one, "Vein") for one in items]).credit == pytest.approx(best)


def test_relations_overlap_in_both_arguments_and_in_either_order_if_symmetric(reference):
    mentions = (mention("left portal vein"), mention("p53"))
    for symmetric, credit in ((True, 22 / 27), (False, 0.0)):
        gold = reference(
            ("left portal vein", "Binds", "p53"), symmetric=symmetric, mentions=mentions, text=TEXT, category="RE"
        )
        assert place(gold, gold.gold, [("p53", "Binds", "portal vein")]).credit == pytest.approx(credit)
    assert place(gold, gold.gold, [("left portal vein", "Inhibits", "p53")]).label == 1
    assert place(gold, gold.gold, [("left portal vein", "Binds", "mice")]) == Placed()


def test_events_have_their_type_first(reference):
    mentions = (mention("portal vein"), mention("p53"))
    gold = reference(("Growth", "portal vein", "p53"), mentions=mentions, text=TEXT, category="EE")
    assert place(gold, gold.gold, [("Death", "portal vein", "p53")]).label == 1
    assert place(gold, gold.gold, [("Growth", "vein", "p53")]).boundary == 1


def test_mentions_without_a_label_have_a_wrong_boundary_only(placed):
    assert placed([mention("left portal vein")], [("vein",)], category="COREF").boundary == 1


def test_offsets_that_lower_case_would_move_stay(reference):
    text = "İ İ liver lobe"
    spot = Mention("T1", "liver lobe", "Organ", ((4, 14),))
    gold = reference(("liver lobe", "Organ"), mentions=(spot,), text=text, category="NER")
    assert place(gold, gold.gold, [("liver", "Organ")]).credit == pytest.approx(10 / 15)


def test_only_so_many_items_are_placed(placed):
    items = [("p53", "Vein")] * 1000 + [("portal vein", "Vein")]
    assert placed([mention("left portal vein")], items) == Placed()


def test_an_item_of_another_shape_is_like_nothing(reference):
    gold = reference(("p53", "Gene"), mentions=(mention("p53"),), text=TEXT, category="NER")
    assert place(gold, (Gold((frozenset(("p53",)),)),), [("p53", "Gene")]) == Placed()
