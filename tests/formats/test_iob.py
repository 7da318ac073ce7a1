"""Token files: the tagging schemes, documents within files, one damage a rule, and accounting of broken files."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from damaged import broken, edits, sound
from medinst.formats import iob
from medinst.formats.quarantine import Damage, Quarantine
from medinst.schema import Document, Entity


@pytest.fixture
def read(tmp_path):
    def read(data, **options):
        path = tmp_path / "x.tsv"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        quarantine = Quarantine("c", "train", tmp_path)
        return list(iob.read(path, quarantine, **options)), quarantine.damage

    return read


def damage(line, rule, found, expected, raw, action="set aside"):
    return Damage("c", "train", "x.tsv", line, rule, found, expected, raw, action)


def mentions(documents):
    return [[(entity.type, entity.text) for entity in document.entities] for document in documents]


def rows(*pairs):
    return "".join(f"{pair.replace('/', chr(9))}\n" for pair in pairs)


def test_a_sentence(read):
    documents, faults = read(rows("Mild/O", "bone/B-Disease", "pain/I-Disease", "./O"))
    entity = Entity("T1", "Disease", ((5, 14),), "bone pain")
    tokens = ((0, 4), (5, 9), (10, 14), (15, 16))
    assert documents == [Document("00001", "Mild bone pain .", (entity,), tokenised=True)]
    assert documents[0].tokens == tokens
    assert faults == []


@pytest.mark.parametrize(
    ("scheme", "tags", "found"),
    [
        ("IOB2", "B-X I-X B-X O", [("X", "a b"), ("X", "c")]),
        ("IOB2", "B-X I-X O B-Y", [("X", "a b"), ("Y", "d")]),
        ("IOB1", "I-X I-X B-X I-Y", [("X", "a b"), ("X", "c"), ("Y", "d")]),
        ("IOB1", "I-X O I-X I-X", [("X", "a"), ("X", "c d")]),
        ("IOBES", "S-X S-X B-X E-X", [("X", "a"), ("X", "b"), ("X", "c d")]),
        ("IOBES", "B-X I-X E-X B-Y", [("X", "a b c"), ("Y", "d")]),
    ],
)
def test_schemes(read, scheme, tags, found):
    text = rows(*(f"{word}/{tag}" for word, tag in zip("abcd", tags.split(), strict=True)))
    documents, faults = read(text, scheme=scheme)
    assert mentions(documents) == [found]
    assert faults == []


@pytest.mark.parametrize(
    ("scheme", "tags", "found", "orphans"),
    [
        ("IOB2", "I-X I-X O I-X", [("X", "a b"), ("X", "d")], [(1, "I-X"), (4, "I-X")]),
        ("IOB2", "B-X I-Y O O", [("X", "a"), ("Y", "b")], [(2, "I-Y")]),
        ("IOBES", "S-X I-X E-X E-X", [("X", "a"), ("X", "b c"), ("X", "d")], [(2, "I-X"), (4, "E-X")]),
    ],
)
def test_inside_tags_with_nothing_before_them(read, scheme, tags, found, orphans):
    text = rows(*(f"{word}/{tag}" for word, tag in zip("abcd", tags.split(), strict=True)))
    documents, faults = read(text, scheme=scheme)
    assert mentions(documents) == [found]
    assert faults == [
        damage(line, "orphan-tag", tag, f"a tag that begins a mention of {tag[2:]}", tag, "repaired")
        for line, tag in orphans
    ]


def test_bare_tags_stand_for_one_kind(read):
    text = rows("a/B", "b/I", "c/B-Y")
    assert mentions(read(text, kind="X")[0]) == [[("X", "a b"), ("Y", "c")]]
    assert [fault.rule for fault in read(text)[1]] == ["unknown-label"]


def test_columns_and_separator(read):
    documents, faults = read("1 fever B-X NN\n2 rose O VB\n", columns=4, token=1, tag=2, separator=" ")
    assert mentions(documents) == [[("X", "fever")]]
    assert faults == []


def test_a_token_may_hold_a_no_break_space(read):
    documents, faults = read("a\u00a0b\tB-X\nc\tO\n")
    assert (documents[0].text, documents[0].tokens) == ("a\u00a0b c", ((0, 3), (4, 5)))
    assert faults == []


@pytest.mark.parametrize(
    "change", [lambda s: s.replace("\n", "\r\n"), lambda s: f"\n\n{s}\n\n\n", lambda s: s.replace("\n\n", "\n \t\n\n")]
)
def test_line_ends_and_blank_lines(read, change):
    text = rows("a/B-X") + "\n" + rows("b/O") + "\n" + rows("c/B-X")
    documents, faults = read(change(text))
    assert [(document.id, document.text) for document in documents] == [("00001", "a"), ("00002", "b"), ("00003", "c")]
    assert faults == []


def test_documents_within_a_file(read):
    one, two = rows("a/O"), rows("b/B-X")
    documents, faults = read(f"###MEDLINE:77\n\n{one}\n{two}\n###MEDLINE:78\n{one}\n###MEDLINE:77\n\n{two}")
    assert [document.id for document in documents] == ["77_s1", "77_s2", "78_s1", "77_s3"]
    assert faults == []
    documents, faults = read(f"-DOCSTART-\tO\n\n{one}\n-DOCSTART-\tO\n\n{two}\n{one}")
    assert [document.id for document in documents] == ["0001_s1", "0002_s1", "0002_s2"]
    assert faults == []


@pytest.mark.parametrize(
    ("lines", "line", "rule", "found", "expected"),
    [
        ("a\tO\nb\nc\tO\tO", 4, "columns", "1 columns", "2 columns, none empty"),
        ("a\tO\tO\nb", 3, "columns", "3 columns", "2 columns, none empty"),
        ("a\tO\n\tO", 4, "columns", "2 columns", "2 columns, none empty"),
        ("a\tO\nb\t", 4, "unknown-label", "''", "O or a type behind one of BI"),
        ("a\tB-\nb\tO", 3, "unknown-label", "'B-'", "O or a type behind one of BI"),
        ("a\tS-X\nb\tO", 3, "unknown-label", "'S-X'", "O or a type behind one of BI"),
        ("a\tO\nb\tBI-X", 4, "unknown-label", "'BI-X'", "O or a type behind one of BI"),
    ],
)
def test_a_sentence_with_a_bad_line_is_set_aside_whole(read, lines, line, rule, found, expected):
    documents, faults = read(f"x\tO\n\n{lines}\n\ny\tB-X\n")
    assert [(document.id, document.text) for document in documents] == [("00001", "x"), ("00003", "y")]
    assert faults == [damage(line, rule, found, expected, lines)]


def test_a_document_may_begin_without_a_blank_line(read):
    documents, faults = read("a\tO\n-DOCSTART-\tO\nb\tB-X\n")
    assert [(document.id, document.text) for document in documents] == [("00001", "a"), ("0001_s1", "b")]
    assert faults == []


def test_an_empty_file(read):
    assert read("") == ([], [])


def test_bytes_that_are_no_text(read):
    assert read(b"a\tO\n\xff\tO\n") == ([], [damage(2, "encoding", "byte 0xff at 4", "utf-8 text", "\\xff\tO")])


SOUND = (
    "-DOCSTART-\tO\n\nMild\tO\nbone\tB-Disease\npain\tI-Disease\n\nThe\tO\r\nVELM2\tB-Gene\r\n\r\n\n"
    "###MEDLINE:9\né\tB-Gene\nO\tO\n"
)


@broken
@given(data=edits(SOUND.encode()))
def test_every_sentence_is_used_or_set_aside(read, data):
    documents, faults = read(data)
    if any(fault.rule == "encoding" for fault in faults):
        return
    sentences, lines = [], []
    for line in [*data.decode().removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), ""]:
        if line.strip() and not re.match(r"-DOCSTART-(\s|$)|###MEDLINE:", line):
            lines.append(line)
        elif lines:
            sentences.append("\n".join(lines))
            lines = []
    aside = [fault.raw for fault in faults if fault.action == "set aside"]
    assert len(sentences) == len(documents) + len(aside)
    read_well = [sentence for sentence in sentences if sentence not in aside]
    assert [" ".join(line.split("\t")[0] for line in sentence.split("\n")) for sentence in read_well] == [
        document.text for document in documents
    ]
    assert sound(documents)
