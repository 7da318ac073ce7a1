"""The form of an answer in both notations: what it takes, what it refuses, and hostile inputs."""

from __future__ import annotations

import re

import pytest

import llama_grammar
from llama_grammar import Engine
from medinst import tasks
from medinst.schema import squeeze
from medinst.tasks import grammars

TEXT = 'GPIIb/IIIa binds [3H]thymidine;\n a <sub>2</sub> of p53 \\d+ in "5\'-UTR" rises to café 🧬.'
OPTIONS = f'{TEXT}\nOptions:\n(A) the "liver"\n(B) [a] \\vein (b|c)*\n(C) ]'
HOSTILE = (
    "\"]) | root ::= 'x' \\",
    '\\x22" "\\" \\\\ \\n \\u0041 """',
    "[" * 200 + "]" * 200 + "<>" * 50,
    "^[^a-z]$ (?:x|y)* {0,3} .+?\\1 \\Z # % & ~ -",
    "root ::= item\nitem ::= .\r\n\t# comment",
    "Ünï© 🧬🧬 \u200b\u202e\u3000İ ſ ß \ufeff \u2028 \x07 \x7f",
    "a" * 20_000,
    "x y " * 20_000,
    "ab" * 3_000,
    "]",
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = llama_grammar.engine()
    if found is None:
        pytest.skip("llama.cpp's grammar engine is not at hand: pip install xllamacpp")
    return found


@pytest.mark.parametrize(
    ("row", "answers", "wrong"),
    [
        (
            "AnEM",
            ["[]", "[p53 <Organ>]", "[[3H]thymidine <Cell>] [thymid <Tissue>]", "[GP IIIa <Cell>]", "[a <sub> <Cell>]"],
            ["", "[p53 <Gene>]", "[p54 <Organ>]", "[p53 <Organ>],", "[ p53 <Organ>]", "[p53 <Organ>", "none"],
        ),
        ("NCBI-disease", [], ["p53 [B]"]),
        (
            "tmVar-v3-NED",
            ["[p53 <NIL>]", "[p53 <NCBIGene/7157>]", "[p53 <NCBIGene/1,NCBIGene/2>]", "[a <tmVar/c|DEL|1,2|>]"],
            ["[p53 <7157>]", "[p53 <NCBIGene/>]", "[p53 <MESH/D1>]"],
        ),
        ("AnEM-RE", ["[<p53> <frag> <café>] [<a> <Part-of> <of p53>]"], ["[<p53> <Frag> <a>]", "[<p53> <frag>]"]),
        ("MLEE-EE", ["[<Growth> <rises> <p53>]", "[]"], ["[<Grow> <rises> <p53>]", "[<Growth> <p54> <p53>]"]),
        ("AnEM-COREF", ["[p53]", "[p53] [café 🧬]"], ["[]", "p53", "[p54]"]),
        ("PubMedQA-labeled", ["yes", "maybe"], ["Yes", "yes, no", ""]),
        ("SciFact", ["Supports"], ["Supports."]),
        ("BIOSSES", ["0", "5"], ["6", "-1", "3.5", "33"]),
        ("Hallmarks-of-Cancer", [], ["sustaining", ""]),
        ("MeQSum", ["What is café 🧬?"], ["", " x", "two\nlines"]),
        ("MeDAL", ["chondroitin sulfate"], [""]),
    ],
)
def test_what_fits(row: str, answers: list[str], wrong: list[str], engine: Engine) -> None:
    found = tasks.grammar(tasks.load(row), TEXT)
    for answer in answers:
        assert re.fullmatch(found.pattern, answer), answer
        assert engine.fits(found.gbnf, answer) is True, answer
    loose = ("[p54 <Organ>]", "[p54]", "[<Growth> <p54> <p53>]")  # the pattern knows the signs of a text, not its words
    for answer in wrong:
        assert answer in loose or not re.fullmatch(found.pattern, answer), answer
        assert engine.fits(found.gbnf, answer) is False, answer


def test_bio_is_the_very_words_with_tags(engine: Engine) -> None:
    found = tasks.grammar(tasks.load("NCBI-disease"), TEXT)
    right = " ".join(f"{word} [{tag}]" for word, tag in zip(TEXT.split(), "BIOBIOBIOBIOBIOBIO", strict=False))
    for answer in (right, right.replace("[B]", "[O]")):
        assert re.fullmatch(found.pattern, answer)
        assert engine.fits(found.gbnf, answer)
    for answer in (right[:-4], f"{right} x [O]", right.replace("p53", "p54"), right.replace("[B]", "[X]")):
        assert not re.fullmatch(found.pattern, answer)
        assert not engine.fits(found.gbnf, answer)


def test_options_are_those_of_the_question(engine: Engine) -> None:
    found = tasks.grammar(tasks.load("MedQA"), OPTIONS)
    for answer in ('the "liver"', "[a] \\vein (b|c)*", "]"):
        assert re.fullmatch(found.pattern, answer)
        assert engine.fits(found.gbnf, answer)
    assert not engine.fits(found.gbnf, "A")
    letters = tasks.grammar(tasks.load("MMLU-anatomy"), "Q\nA. a\nB. b\nC. c\nD. d")
    assert [engine.fits(letters.gbnf, letter) for letter in ("A", "D", "E", "AB")] == [True, True, False, False]


def test_several_labels_are_no_more_than_there_are(engine: Engine) -> None:
    row = tasks.load("Hallmarks-of-Cancer")
    found = tasks.grammar(row, TEXT)
    assert engine.fits(found.gbnf, ", ".join(row.labels))
    assert re.fullmatch(found.pattern, ", ".join(row.labels))
    assert not engine.fits(found.gbnf, ", ".join([*row.labels, row.labels[0]]))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("row", ["AnEM", "NCBI-disease", "BC5CDR-NED", "AnEM-RE", "AnEM-COREF", "MedQA"])
def test_whatever_the_input_holds_is_taken_literally(row: str, text: str, engine: Engine) -> None:
    asked = tasks.load(row)
    if row == "MedQA":
        text = f"Q\nOptions:\n(A) {squeeze(text)}\n(B) else"
    found = tasks.grammar(asked, text)
    part = squeeze(text)[:40].strip()
    answer = {
        "AnEM": f"[{part} <Organ>]",
        "NCBI-disease": " ".join(f"{word} [O]" for word in text.split()),
        "BC5CDR-NED": f"[{part} <MESH/D1>]",
        "AnEM-RE": f"[<{part}> <frag> <{part}>]",
        "AnEM-COREF": f"[{part}]",
        "MedQA": "else",
    }[row]
    assert re.fullmatch(found.pattern, answer)
    assert engine.fits(found.gbnf, answer) is True
    assert engine.fits(found.gbnf, answer + "!") is False
    assert "\r" not in found.gbnf


def test_every_piece_of_a_text_is_a_mention_and_nothing_else(engine: Engine) -> None:
    text = "abab bab"
    gbnf = grammars.piece_of(text).grammar().gbnf
    pieces = {text[start:end] for start in range(len(text)) for end in range(start + 1, len(text) + 1)}
    for piece in pieces:
        assert engine.fits(gbnf, piece) is (piece == piece.strip()), piece
    assert not any(engine.fits(gbnf, other) for other in ("aa", "bb", "abb", "baba b b b b b", "x", ""))
    assert engine.fits(gbnf, "b b b b")


def test_the_grammar_grows_as_the_text_does_and_long_texts_are_not_spelt_out() -> None:
    short, long = (len(grammars.piece_of("the gene p53 of case %d. " * count % tuple(range(count))).grammar().gbnf)
                   for count in (100, 400))  # fmt: skip
    assert long < 5 * short
    assert len(grammars.piece_of("word " * grammars.LONGEST).grammar().gbnf) < 200
