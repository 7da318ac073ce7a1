"""Finding test passages in training texts: the same hits as a brute-force search, however the texts are batched."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from medinst.mixtures import overlap
from medinst.mixtures.overlap import index, near, postings, words
from medinst.mixtures.overlap.documents import Passage
from medinst.mixtures.overlap.index import Hit

WORD = st.sampled_from(
    ["the", "TNF-alpha", "(p<0.05)", "naïve", "βeta", "中文", "IL_2", "—", "μg/ml", "12", "ﬁn", "A."]
)
PIECE = st.lists(WORD, min_size=1, max_size=18).map(" ".join)
ARTICLE = st.sampled_from(["", "", "pmid:1234", "pmcid:1234", "pmid:99"])


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[list[Passage], list[Passage]]:
    """Draw passages that are put together from few pieces, so that they share many."""
    pieces = draw(st.lists(PIECE, min_size=1, max_size=6))
    text = st.lists(st.sampled_from([*pieces, ""]), max_size=5).map("\n".join)
    passage = st.builds(Passage, st.sampled_from(["one", "two"]), ARTICLE, text)
    return draw(st.lists(passage, max_size=6)), draw(st.lists(passage, max_size=6))


def tokens(text: str) -> list[str]:
    """Return the words of a text, letter by letter."""
    parted = ""
    for letter in unicodedata.normalize("NFKC", text).casefold():
        parted += f" {letter} " if "\u4e00" <= letter <= "\u9fff" else letter if letter.isalnum() else " "
    return parted.split()


def tuples(found: list[str], n: int) -> set[tuple[str, ...]]:
    return {tuple(found[at : at + n]) for at in range(len(found) - n + 1)}


def brute(tests: list[Passage], others: list[Passage]) -> set[Hit]:
    """Compare every passage with every other one by sets of tuples of words."""
    hits = set()
    for other, asked in enumerate(others):
        for test, passage in enumerate(tests):
            mine, its = tokens(asked.text), tokens(passage.text)
            if asked.article and asked.article == passage.article:
                hits.add(Hit(other, test, "identifier", 1.0))
            if mine == its:
                if len(mine) >= 5 or (mine and asked.corpus == passage.corpus):
                    hits.add(Hit(other, test, "text", 1.0))
                continue
            grams = tuples(mine, 13), tuples(its, 13)
            if all(grams) and (share := len(grams[0] & grams[1]) / min(map(len, grams))) >= 0.5:
                hits.add(Hit(other, test, "contained", share))
            shingles = tuples(mine, min(5, len(mine) or 1)), tuples(its, min(5, len(its) or 1))
            union = len(shingles[0] | shingles[1])
            if union and (share := len(shingles[0] & shingles[1]) / union) >= 0.8:
                hits.add(Hit(other, test, "near", share))
    return hits


@settings(max_examples=300, deadline=None, derandomize=True)
@given(two_sides())
def test_the_hits_of_a_brute_force_search(sides):
    tests, others = sides
    found, expected = set(index.Tests(tests).hits(others)), brute(tests, others)
    assert found <= expected
    # What MinHash proposes is a draw; at this similarity it misses one pair in millions.
    assert {hit for hit in expected - found if hit.kind != "near" or hit.score >= 0.9} == set()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(two_sides(), st.integers(1, 4))
def test_neither_batches_nor_pieces_change_the_hits(sides, size):
    tests, others = sides
    whole = index.Tests(tests).hits(others)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "PIECE", size)
        patch.setattr(postings, "MOST", size)
        finder = index.Tests(tests)
        parts = [
            Hit(hit.other + at, hit.test, hit.kind, hit.score)
            for at in range(0, len(others), size)
            for hit in finder.hits(others[at : at + size])
        ]
    assert parts == whole


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=40), max_size=8), st.integers(1, 3))
def test_grams_are_equal_where_their_words_are(texts, n):
    found = words.of(texts)
    split = [tokens(text) for text in texts]
    # The oracle knows no Asian letters but those of Chinese.
    assume(not any("\u3040" <= letter < "\u4e00" or letter >= "\uac00" for text in texts for letter in text))
    assert found.counts.tolist() == [len(one) for one in split]
    grams = words.grams(found, n)
    made = [(owner, tuple(one[at : at + n])) for owner, one in enumerate(split) for at in range(len(one) - n + 1)]
    assert grams.owner.tolist() == [owner for owner, _ in made]
    hashes = dict(zip([key for _, key in made], grams.hashes.tolist(), strict=True))
    assert [hashes[key] for _, key in made] == grams.hashes.tolist()
    assert len(set(hashes.values())) == len(hashes)


def test_hashes_are_the_same_on_every_machine():
    assert words.whole(words.of(["IL-2 gene", "il 2 (GENE).", "", "IL-2"])).tolist() == [
        13347205454709185154,
        13347205454709185154,
        0,
        9652881057409908875,
    ]


def test_a_long_text_among_short_ones():
    rng = random.Random(3)
    long = " ".join(f"w{rng.randrange(5000)}" for _ in range(60_000))
    part = " ".join(long.split()[30_000:30_040])
    hits = index.Tests([Passage("a", "", part), Passage("a", "", "x " * 20)]).hits([Passage("b", "", long)] * 2)
    assert hits == [Hit(0, 0, "contained", 1.0), Hit(1, 0, "contained", 1.0)]


def test_nothing_to_look_for_and_nothing_to_look_in():
    assert index.Tests([]).hits([Passage("a", "pmid:1", "A text of some more words.")]) == []
    assert index.Tests([Passage("a", "pmid:1", "A text.")]).hits([]) == []
    assert index.Tests([Passage("a", "", ".")]).hits([Passage("a", "", "."), Passage("a", "", "")]) == []


def test_repeats_name_the_first_text_that_is_kept():
    rng = random.Random(1)
    base = [f"w{rng.randrange(300)}" for _ in range(100)]
    almost = [*base[:50], "other", *base[51:]]
    texts = [" ".join(base), "short one", " ".join(base[::-1]), " ".join(almost), "Short one!", " ".join(base[:60]), ""]
    assert overlap.repeats(texts) == [-1, -1, -1, 0, 1, -1, -1]
    assert overlap.repeats(texts[::-1]) == [-1, -1, -1, -1, -1, 2, 3]
    assert overlap.repeats([]) == []


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(PIECE, max_size=8))
def test_what_repeats_nothing_has_no_near_duplicate(texts):
    places = overlap.repeats(texts)
    sets = [tuples(tokens(text), min(5, len(tokens(text)) or 1)) for text in texts]
    for at, place in enumerate(places):
        if place >= 0:
            assert place < at
            assert places[place] == -1
            assert len(sets[at] & sets[place]) >= near.THRESHOLD * len(sets[at] | sets[place])
        else:
            kept = [sets[earlier] for earlier in range(at) if places[earlier] == -1 and sets[earlier]]
            assert all(len(sets[at] & one) < 0.9 * len(sets[at] | one) for one in kept)
