"""Arrays of tagged tokens: what they give is what reading line by line gives, for any letters, in parts of a file."""

from __future__ import annotations

import pytest

from medinst.formats import iob, tagged
from medinst.formats.quarantine import Quarantine
from medinst.schema import Entity

TEXT = "Mild\tO\nbone\tB-Disease\npain\tI-Disease\n.\tO\n\nVELM2\tB-Gene\nVELM3\tB-Gene\n"


def test_sentences_with_their_mentions():
    begins, found = tagged.sentences(TEXT, "")
    assert begins == [0, TEXT.index("VELM2")]
    assert list(found) == [
        ("Mild bone pain .", (Entity("T1", "Disease", ((5, 14),), "bone pain"),)),
        ("VELM2 VELM3", (Entity("T1", "Gene", ((0, 5),), "VELM2"), Entity("T2", "Gene", ((6, 11),), "VELM3"))),
    ]


def test_letters_beyond_ascii_count_as_one():
    _, found = tagged.sentences(TEXT.replace("VELM2", "β\U0001d6c3"), "")
    assert list(found)[1][1][1] == Entity("T2", "Gene", ((3, 8),), "VELM3")


def test_a_bare_tag_is_of_the_kind_that_is_given():
    _, found = tagged.sentences("a\tB\nb\tI\n", "X")
    assert list(found) == [("a b", (Entity("T1", "X", ((0, 3),), "a b"),))]
    assert tagged.sentences("a\tB\n", "") is None


@pytest.mark.parametrize(
    "text", ["", "\n", "a\n", "a\tO\nb\n", "a\tO\tO\nb\tO\n", "\tO\n", "a\t\n", "a\tI-X\n", "a\tB-X\n\nb\tI-X\n",
             "a\tB-X\nb\tI-Y\n", "a\tB-X\nb\tO\nc\tI-X\n", "a\tS-X\n", "a\tBX\n", "a\tO\nb\nc\td\tO\n", "a\0\tO\n"]
)  # fmt: skip
def test_what_is_out_of_the_ordinary_is_left_to_the_careful_reader(text):
    assert tagged.sentences(text, "") is None


def test_parts_of_a_file_count_lines_and_sentences_on(tmp_path):
    sentences = 20_000
    path = tmp_path / "x.tsv"
    lines = TEXT + "\n"
    path.write_text(lines * sentences + "a\tI-X\n\n" + lines, "utf-8")
    quarantine = Quarantine("c", "train", tmp_path)
    documents = list(iob.read(path, quarantine))
    assert [int(document.id) for document in documents] == list(range(1, 2 * sentences + 4))
    assert [(fault.line, fault.rule) for fault in quarantine.damage] == [
        (lines.count("\n") * sentences + 1, "orphan-tag")
    ]
    assert documents[0].entities == documents[-2].entities


def test_a_document_may_begin_at_the_end_of_a_part(tmp_path):
    path, filler = tmp_path / "x.tsv", "a\tO\n" * (1 << 16)
    path.write_text(f"{filler}\n###MEDLINE:7\n\nb\tO\n", "utf-8")
    assert [document.id for document in iob.read(path, Quarantine("c", "train", tmp_path))] == ["00001", "7_s1"]
    path.write_text(f"c\tO\n\n{filler}\n-DOCSTART-\tO\n\nb\tO\n\nd\tO\n", "utf-8")
    ids = [document.id for document in iob.read(path, Quarantine("c", "train", tmp_path))]
    assert ids == ["00001", "00002", "0001_s1", "0001_s2"]


def test_a_mark_before_the_cut_of_a_part_counts_for_the_next(tmp_path):
    path, filler = tmp_path / "x.tsv", "a\tO\n" * ((1 << 16) - 5)
    path.write_text(f"{filler}\n###MEDLINE:7\n\nb\tO\n", "utf-8")
    assert [document.id for document in iob.read(path, Quarantine("c", "train", tmp_path))] == ["00001", "7_s1"]
