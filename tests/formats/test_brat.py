"""BRAT: every kind of line, the releases' quirks, one damage a rule, and line by line accounting of broken files."""

from __future__ import annotations

import pytest
from hypothesis import given

from damaged import broken, edits, sound
from medinst.formats import brat
from medinst.formats.quarantine import Damage, Quarantine
from medinst.schema import Argument, Document, Entity, Event, Note, Relation

TEXT = "Vorin binds VORA-1 and VORA-2\nin β cells."
A1 = "T1\tProtein 0 5\tVorin\nT2\tProtein 12 18\tVORA-1\nT3\tProtein 23 29\tVORA-2\n"
A2 = (
    "T4\tBinding 6 11\tbinds\n"
    "E1\tBinding:T4 Theme:T1 Theme2:T2\n"
    "E2\tBinding:T4 Theme:T3 Cause:E3\n"
    "E3\tBinding:T4 \n"
    "*\tEquiv T2 T3\n"
    "R1\tPart Arg1:T2 Arg2:E1\t\n"
    "M1\tNegation E1\n"
    "A1\tConfidence E3 High\n"
    "N1\tReference T1 UniProt:P00001\tvorin\n"
    "#1\tAnnotatorNotes R1\tare they one?\n"
)


@pytest.fixture
def read(tmp_path):
    def read(a2="", a1=A1, text=TEXT, name="x", **options):
        for suffix, content in ((".txt", text), (".a1", a1), (".a2", a2)):
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / f"{name}{suffix}").write_bytes(data)
        quarantine = Quarantine("c", "train", tmp_path)
        return list(brat.read(tmp_path, quarantine, **options)), quarantine.damage

    return read


def damage(file, line, rule, found, expected, raw):
    return Damage("c", "train", file, line, rule, found, expected, raw)


def entity(key, kind, start, end, text, *ids):
    return Entity(key, kind, ((start, end),), text, ids)


def test_every_kind_of_line(read):
    documents, faults = read(A2)
    assert faults == []
    assert documents == [
        Document(
            "x",
            TEXT,
            entities=(
                entity("T1", "Protein", 0, 5, "Vorin", "UniProt/P00001"),
                entity("T2", "Protein", 12, 18, "VORA-1"),
                entity("T3", "Protein", 23, 29, "VORA-2"),
            ),
            triggers=(entity("T4", "Binding", 6, 11, "binds"),),
            relations=(Relation("R1", "Part", (Argument("Arg1", "T2"), Argument("Arg2", "E1"))),),
            events=(
                Event("E1", "Binding", "T4", (Argument("Theme", "T1"), Argument("Theme2", "T2"))),
                Event("E2", "Binding", "T4", (Argument("Theme", "T3"), Argument("Cause", "E3"))),
                Event("E3", "Binding", "T4", ()),
            ),
            coreferences=(("T2", "T3"),),
            notes=(
                Note("A1", "Confidence", "E3", "High"),
                Note("M1", "Negation", "E1"),
                Note("#1", "AnnotatorNotes", "R1", "are they one?"),
            ),
        )
    ]


def test_references_may_point_forward_and_into_another_file(read):
    backward = "".join(reversed(A2.splitlines(keepends=True)))
    documents, faults = read(backward + A1, "")
    assert faults == []
    assert len(documents[0].events) == 3
    assert len(documents[0].notes) == 3


def test_line_ends_and_a_byte_order_mark(read):
    plain = read(A2)
    assert read(A2.replace("\n", "\r\n"), A1.replace("\n", "\r\n").encode("utf-8-sig")) == plain
    assert read(A2.replace("\n", "\n\n") + "  \n") == plain
    assert read(A2.rstrip("\n"), text=TEXT.encode("utf-8-sig")) == plain


def test_offsets_count_the_carriage_returns_of_the_text(read):
    documents, faults = read("T4\tCell 34 40\tβ cells\n", text=TEXT.replace("\n", "\r\n"))
    assert [fault.rule for fault in faults] == ["text-mismatch"]
    documents, faults = read("T4\tCell 34 41\tβ cells\n", text=TEXT.replace("\n", "\r\n"))
    assert faults == []
    assert documents[0].entities[-1].text == "β cells"
    assert documents[0].text[29:31] == "\r\n"


def test_discontinuous_mentions(read):
    documents, faults = read("T4\tProtein 12 16;23 29\tVORA VORA-2\nT5\tProtein 17 18;12 16\t1 VORA\n", "")
    assert faults == []
    assert documents[0].entities == (
        Entity("T4", "Protein", ((12, 16), (23, 29)), "VORA VORA-2"),
        Entity("T5", "Protein", ((17, 18), (12, 16)), "1 VORA"),
    )
    documents, faults = read("T4\tProtein 12 16;17 18\tVORA1\n", "", joint="")
    assert faults == []
    assert documents[0].entities[0].text == "VORA1"


def test_a_corpus_may_say_which_texts_are_the_same(read):
    line, text = "T1\tProtein 0 7\tVorin 1\n", "Vorin\u00a01"
    assert [fault.rule for fault in read(line, "", text)[1]] == ["text-mismatch"]
    documents, faults = read(line, "", text, same=lambda piece: piece.replace("\u00a0", " "))
    assert faults == []
    assert documents[0].entities[0].text == text


def test_identifiers_in_the_dialect_of_bacteria_biotope(read):
    documents, faults = read("N1\tOntoBiotope Annotation:T1 Referent:OBT:001902\nN2\tReference T1 Taxon:562\n")
    assert faults == []
    assert documents[0].entities[0].ids == ("OntoBiotope/OBT:001902", "Taxon/562")


def test_documents_come_by_name_or_as_listed(read, tmp_path):
    for name in ("b", "a", "c"):
        read(name=name)
    assert [document.id for document in read(name="b")[0]] == ["a", "b", "c"]
    assert [document.id for document in read(name="b", names=["c", "a"])[0]] == ["c", "a"]
    (tmp_path / "b.a1").unlink()
    (tmp_path / "b.a2").unlink()
    assert [len(document.entities) for document in brat.read(tmp_path, Quarantine("c", "train", tmp_path))] == [3, 0, 3]


def test_other_suffixes(read, tmp_path):
    read(name="x")
    (tmp_path / "x.ann").write_text("T9\tProtein 0 5\tVorin\n", "utf-8")
    documents = list(brat.read(tmp_path, Quarantine("c", "train", tmp_path), (".ann",)))
    assert [found.id for found in documents[0].entities] == ["T9"]


def test_a_file_larger_than_one_read(read):
    text = "Vorin " * 40_000
    lines = "".join(f"T{at}\tProtein {at * 6} {at * 6 + 5}\tVorin\n" for at in range(40_000))
    documents, faults = read(lines, "", text)
    assert faults == []
    assert len(documents[0].entities) == 40_000


def test_the_trigger_of_a_damaged_event_is_no_entity(read):
    documents, faults = read("T4\tBinding 6 11\tbinds\nE1\tBinding:T4 Theme:T1\nE1\tBinding:T4 Theme:T2\n")
    assert [fault.rule for fault in faults] == ["duplicate-id"]
    assert [found.id for found in documents[0].entities] == ["T1", "T2", "T3"]


@pytest.mark.parametrize(
    ("line", "rule", "found", "expected"),
    [
        ("T4 Protein 0 5 Vorix", "columns", "1 columns", "id, type and offsets, text"),
        ("T4\tProtein 0 5\tVorin\tx", "columns", "4 columns", "id, type and offsets, text"),
        ("T4", "columns", "1 columns", "id, type and offsets, text"),
        ("T4\tProtein 0\tVorin", "offsets", "'Protein 0'", "type, then start end, pieces joined by ;"),
        ("T4\tProtein 0 5;\tVorin", "offsets", "'Protein 0 5;'", "type, then start end, pieces joined by ;"),
        ("T4\tProtein 0 five\tVorin", "offsets", "'Protein 0 five'", "type, then start end, pieces joined by ;"),
        ("T4\tProtein 0 \u00b2\tVo", "offsets", "'Protein 0 \u00b2'", "type, then start end, pieces joined by ;"),
        ("T4\t 0 5\tVorin", "offsets", "' 0 5'", "type, then start end, pieces joined by ;"),
        ("T4\tProtein 0 " + "9" * 5000 + "\tV", "offsets", "'Protein 0 " + "9" * 5000 + "'", None),
        ("T4\tCell 33 99\tcells.", "offsets", "33 99", "0 <= start < end <= 41"),
        ("T4\tProtein -41 5\tVorin", "offsets", "-41 5", "0 <= start < end <= 41"),
        ("T4\tProtein 5 5\t", "offsets", "5 5", "0 <= start < end <= 41"),
        ("T4\tProtein 5 0\tVorin", "offsets", "5 0", "0 <= start < end <= 41"),
        ("T4\tProtein 0 5\tvorin", "text-mismatch", "'Vorin'", "'vorin'"),
        ("T4\tProtein 0 5\tVorin ", "text-mismatch", "'Vorin'", "'Vorin '"),
        ("T4\tProtein 12 16;23 29\tVORAVORA-2", "text-mismatch", "'VORA VORA-2'", "'VORAVORA-2'"),
        ("T1\tProtein 0 5\tVorin", "duplicate-id", "T1", "an id once a document"),
        ("E1\t", "arguments", "''", "type:trigger, then role:id"),
        ("E1\tBinding", "arguments", "'Binding'", "type:trigger, then role:id"),
        ("E1\tBinding:T1 Theme:", "arguments", "'Binding:T1 Theme:'", "type:trigger, then role:id"),
        ("E1\tBinding:T1 :T2", "arguments", "'Binding:T1 :T2'", "type:trigger, then role:id"),
        ("E1\tBinding:T9 Theme:T1", "unknown-id", "T9", "an annotation of x"),
        ("R1", "arguments", "''", "type, then two or more role:id"),
        ("R1\tPart Arg1:T1", "arguments", "'Part Arg1:T1'", "type, then two or more role:id"),
        ("R1\tPart T1 T2", "arguments", "'Part T1 T2'", "type, then two or more role:id"),
        ("R1\tPart Arg1:T1 Arg2:T9", "unknown-id", "T9", "an annotation of x"),
        ("*", "arguments", "'*'", "* Equiv and two or more ids"),
        ("*\tEquiv T1", "arguments", "'*\\tEquiv T1'", "* Equiv and two or more ids"),
        ("*\tOR T1 T2", "arguments", "'*\\tOR T1 T2'", "* Equiv and two or more ids"),
        ("*\tEquiv T1 T9", "unknown-id", "T9", "an annotation of x"),
        ("A1\tNegation", "arguments", "'Negation'", "type and the id it is about"),
        ("M1\tNegation E9", "unknown-id", "E9", "an annotation of x"),
        ("#1\tAnnotatorNotes T9\tx", "unknown-id", "T9", "an annotation of x"),
        ("N1\tReference T1", "arguments", "'N1\\tReference T1'", "Reference, an id, and database:identifier"),
        ("N1\tReference T1 P1", "arguments", "'N1\\tReference T1 P1'", "Reference, an id, and database:identifier"),
        ("N1\tReference T9 Up:P1", "unknown-id", "T9", "an annotation of x"),
        ("X1\tProtein", "unknown-line", "a line starting 'X'", "T, R, E, *, A, M, N or #"),
        (" T1\tProtein", "unknown-line", "a line starting ' '", "T, R, E, *, A, M, N or #"),
    ],
)
def test_damage_is_set_aside(read, line, rule, found, expected):
    documents, faults = read(f"T8\tProtein 0 5\tVorin\n{line}\n")
    expected = expected or "type, then start end, pieces joined by ;"
    assert faults == [damage("x.a2", 2, rule, found, expected, line)]
    assert [found.id for found in documents[0].entities + documents[0].triggers] == ["T1", "T2", "T3", "T8"]
    assert not documents[0].events + documents[0].relations + documents[0].coreferences + documents[0].notes


@pytest.mark.parametrize("line", ["E1\tBinding:T1 Theme:T2", "R1\tPart Arg1:T1 Arg2:T2"])
def test_ids_of_events_and_relations_stand_once(read, line):
    documents, faults = read(f"{line}\n{line}\n")
    assert faults == [damage("x.a2", 2, "duplicate-id", line[:2], "an id once a document", line)]
    assert len(documents[0].events + documents[0].relations) == 1


def test_an_argument_that_points_nowhere_is_lost_and_the_event_stays(read):
    line = "E1\tBinding:T1 Theme:T9 Cause:E9 Theme:T2"
    documents, faults = read(f"{line}\n")
    assert faults == [damage("x.a2", 1, "unknown-id", found, "an annotation of x", line) for found in ("T9", "E9")]
    assert documents[0].events == (Event("E1", "Binding", "T1", (Argument("Theme", "T2"),)),)


def test_what_points_at_something_set_aside_falls_with_it(read):
    documents, faults = read("E1\tBinding:T9 Theme:T1\nR1\tPart Arg1:E1 Arg2:T1\n#1\tAnnotatorNotes R1\tx\n")
    assert [(fault.line, fault.found) for fault in faults] == [(1, "T9"), (2, "E1"), (3, "R1")]
    assert documents[0].notes == ()


def test_files_that_are_missing_or_not_text(read, tmp_path):
    read(a1="T1\tProtein 0 5\tVorin\nT2\tProtein 0 5\tV\udcff\n".encode("utf-8", "surrogateescape"))
    (tmp_path / "y.txt").write_bytes(b"fine\n\xff")
    (tmp_path / "y.a1").write_bytes(b"T1\tProtein 0 4\tfine\n")
    (tmp_path / "z.a2").write_bytes(b"T1\tProtein 0 4\tfine\n")
    quarantine = Quarantine("c", "train", tmp_path)
    documents = list(brat.read(tmp_path, quarantine))
    assert [(document.id, document.entities) for document in documents] == [("x", ())]
    raw = "T2\tProtein 0 5\tV\\xff"
    assert quarantine.damage == [
        damage("x.a1", 2, "encoding", "byte 0xff at 37", "utf-8 text", raw),
        damage("y.txt", 2, "encoding", "byte 0xff at 5", "utf-8 text", "\\xff"),
        damage("z.txt", 0, "missing-file", "no such file", "the text that z.a2 annotates", "z.txt"),
    ]
    quarantine = Quarantine("c", "train", tmp_path)
    assert list(brat.read(tmp_path, quarantine, names=["w"])) == []
    expected = "the text of a listed document"
    assert quarantine.damage == [damage("w.txt", 0, "missing-file", "no such file", expected, "w.txt")]


def test_lines_of_texts_that_stand_elsewhere(tmp_path):
    quarantine = Quarantine("c", "train", tmp_path)
    reading = brat.Reading(quarantine)
    files = [(f"{tmp_path}/1.ann", "T1\tProtein 0 5\tVorin\n")]
    assert reading.document("1", "Vorin", files) == Document("1", "Vorin", (entity("T1", "Protein", 0, 5, "Vorin"),))
    assert reading.document("2", "None", []) == Document("2", "None")


@broken
@given(content=edits((A1 + A2).encode()))
def test_broken_files_are_accounted_for(read, content):
    """Every line is in the document or in the quarantine, and what is in the document is true."""
    documents, faults = read(content, "")
    assert sound(documents)
    if [fault.rule for fault in faults] == ["encoding"]:
        return
    text = content.decode().removeprefix("\ufeff")
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    (found,) = documents
    parts = (found.entities, found.triggers, found.relations, found.events, found.coreferences, found.notes)
    used = sum(map(len, parts)) + sum(len(entity.ids) for entity in found.entities + found.triggers)
    aside = {fault.line for fault in faults}
    assert used <= len(lines) <= used + len(aside)
    assert all(fault.raw in text and fault.rule and fault.found and fault.expected for fault in faults)


@broken
@given(text=edits(TEXT.encode()))
def test_broken_texts_are_accounted_for(read, text):
    documents, faults = read(A2, text=text)
    assert sound(documents)
    assert faults or len(documents[0].entities + documents[0].triggers) == 4


@pytest.mark.parametrize(
    ("offsets", "stated"), [("4 -1", "heart"), ("-6 -1", "heart"), ("4 11", "hearts"), ("4 4", "")]
)
def test_offsets_outside_the_text_or_that_count_from_its_end(read, offsets, stated):
    (document,), faults = read(a1=f"T1\tOrgan {offsets}\t{stated}\n", text="The hearts")
    assert document.entities == ()
    assert [(item.line, item.rule) for item in faults] == [(1, "offsets")]
