"""BigBio's schema, written and read back: what fits comes back the same, what does not is counted."""

from __future__ import annotations

import json
import shutil

import pyarrow.parquet as pq
import pytest

from medinst import corpora
from medinst.build import bigbio
from medinst.formats import bigbio as reader
from medinst.formats.quarantine import Quarantine
from medinst.schema import Argument, Document, Entity, Event, Note, Relation
from support import FIXTURES, run, tree


def documents_of(name, files):
    """Yield (view, split, documents) of all that a corpus has of documents."""
    corpus = corpora.load(name)
    for view in ("documents", *corpus.views):
        for split, places in corpus.view(view).items():
            found = corpora.find(places, files)
            if found is not None:
                records = list(found[0].read(found[1], Quarantine(name, split, files.roots[0], view)))
                yield view, split, [record for record in records if isinstance(record, Document)]


def there_and_back(path, documents):
    """Assert that documents come back as ``fit`` makes them, and return what that changes or leaves out."""
    count, lost = bigbio.write(path, documents)
    quarantine = Quarantine("c", "train", path.parent)
    assert list(reader.read(path, quarantine)) == [bigbio.fit(document)[0] for document in documents]
    assert quarantine.damage == []
    assert count == len(documents)
    for document in documents:
        fitted, missing = bigbio.fit(document)
        assert (fitted.id, fitted.text, fitted.entities) == (document.id, document.text, document.entities)
        assert missing or fitted == document
        assert bigbio.fit(fitted)[0] == fitted
    return lost


def ids(value):
    """Yield all ids that a row gives to its parts."""
    if isinstance(value, dict):
        if "id" in value:
            yield value["id"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from ids(inner)


@pytest.mark.parametrize("name", corpora.names())
def test_invented_documents(name, cache, tmp_path):
    for view, split, documents in documents_of(name, corpora.load(name).tree(FIXTURES, cache)):
        there_and_back(tmp_path / "x.parquet", documents)
        found = list(ids(pq.read_table(tmp_path / "x.parquet").to_pylist()))
        assert len(found) == len(set(found)), (view, split)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("bc5cdr", {"names of roles": 3116, "relations of concepts": 3116}),
        ("bionlp-2009", {"notes": 1272, "triggers": 7989}),
    ],
)
def test_real_documents(name, counts, real, tmp_path):
    lost = dict.fromkeys(counts, 0)
    for view, _, documents in documents_of(name, real(name)):
        if view == "documents":
            for kind, count in there_and_back(tmp_path / "x.parquet", documents).items():
                lost[kind] += count
    assert lost == counts


TEXT = "VELM2 binds OTK1 and OTK1 falls."
WHOLE = Document(
    "7",
    TEXT,
    (
        Entity("T1", "Gene", ((0, 5),), "VELM2", ("G/1",)),
        Entity("T2", "Gene", ((12, 16),), "OTK1", ("G/2", "H/a/b")),
        Entity("T3", "Gene", ((21, 25), (6, 11)), "OTK1 binds", ("G/2",)),
    ),
    (Entity("T4", "Fall", ((26, 31),), "falls"),),
    (
        Relation("R1", "Bind", (Argument("Agent", "G/1"), Argument("Target", "G/2")), concepts=True),
        Relation("R2", "Bind", (Argument("Arg1", "T1"), Argument("Arg2", "E1"))),
        Relation("R3", "Bind", (Argument("Arg1", "T1"), Argument("Arg2", "T4"))),
        Relation("R4", "Bind", (Argument("A", "T1"), Argument("B", "T2"), Argument("C", "T3"))),
        Relation("R5", "Bind", (Argument("Arg1", "G/1"), Argument("Arg2", "G/9")), concepts=True),
    ),
    (Event("E1", "Fall", "T4", (Argument("Theme", "T3"),)), Event("E2", "Fall", "T4", (Argument("Site", "T4"),))),
    (("T2", "T3"), ("T1", "T4")),
    (Note("M1", "Speculation", "E1"),),
    tokenised=True,
    doc="70",
)


def test_what_does_not_fit_is_counted(tmp_path):
    fitted, lost = bigbio.fit(WHOLE)
    assert lost == {
        "notes": 1,
        "tokens": 6,
        "triggers": 1,
        "arguments": 1,
        "coreferences": 1,
        "relations": 3,
        "relations of concepts": 1,
        "names of roles": 1,
    }
    assert [(one.id, *(arg.ref for arg in one.args)) for one in fitted.relations] == [
        ("R1.1", "T1", "T2"),
        ("R1.2", "T1", "T3"),
        ("R2", "T1", "E1"),
    ]
    assert [(trigger.id, trigger.text) for trigger in fitted.triggers] == [
        ("E1.trigger", "falls"),
        ("E2.trigger", "falls"),
    ]
    assert fitted.coreferences == (("T2", "T3"),)
    assert there_and_back(tmp_path / "x.parquet", [WHOLE]) == lost


def test_pieces_and_identifiers_in_the_file(tmp_path):
    bigbio.write(tmp_path / "x.parquet", [WHOLE])
    [row] = pq.read_table(tmp_path / "x.parquet").to_pylist()
    assert (row["id"], row["document_id"]) == ("7", "70")
    assert row["passages"] == [{"id": "7__text", "type": "document", "text": [TEXT], "offsets": [[0, len(TEXT)]]}]
    assert row["entities"][2]["text"] == ["OTK1", "binds"]
    assert row["entities"][2]["offsets"] == [[21, 25], [6, 11]]
    assert row["entities"][1]["normalized"] == [{"db_name": "G", "db_id": "2"}, {"db_name": "H", "db_id": "a/b"}]
    assert row["events"][0]["arguments"] == [{"role": "Theme", "ref_id": "7_T3"}]


def test_datasets_loads_it_with_the_features_of_bigbio(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets
    from datasets import Sequence, Value

    text = Value("string")
    pieces = {"text": Sequence(text), "offsets": Sequence([Value("int32")])}
    normalized = [{"db_name": text, "db_id": text}]
    features = datasets.Features(
        {
            "id": text,
            "document_id": text,
            "passages": [{"id": text, "type": text, **pieces}],
            "entities": [{"id": text, "type": text, **pieces, "normalized": normalized}],
            "events": [{"id": text, "type": text, "trigger": pieces, "arguments": [{"role": text, "ref_id": text}]}],
            "coreferences": [{"id": text, "entity_ids": Sequence(text)}],
            "relations": [{"id": text, "type": text, "arg1_id": text, "arg2_id": text, "normalized": normalized}],
        }
    )
    corpus = corpora.load("bionlp-2009")
    bigbio.export(corpus, "documents", corpus.tree(FIXTURES, cache), tmp_path / "kb")
    loaded = datasets.load_dataset(str(tmp_path / "kb"), features=features, cache_dir=str(tmp_path / "hf"))
    assert set(loaded) == {"train", "validation", "test"}
    assert loaded["train"].features == features
    plain = datasets.load_dataset(str(tmp_path / "kb"), cache_dir=str(tmp_path / "plain"))
    assert (
        loaded["train"].to_list()
        == plain["train"].to_list()
        == pq.read_table(tmp_path / "kb" / "train-00000-of-00001.parquet").to_pylist()
    )


def test_the_command_twice(tmp_path, cache):
    for out in ("one", "two"):
        done = run("kb", "bc5cdr", "--sources", FIXTURES, "--out", tmp_path / out, "--json")
        assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [made["split"] for made in told] == ["train", "validation", "test"]
    assert sum(made["lost"]["relations of concepts"] for made in told) == 7
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert [path.name for path in tmp_path.iterdir() if "medinst" in path.name] == []
    assert "CC-PDM-1.0" in (tmp_path / "one" / "README.md").read_text()


def test_a_split_that_is_gone_goes_from_the_folder(tmp_path):
    shutil.copytree(FIXTURES / "chemprot", tmp_path / "sources" / "chemprot")
    command = ("kb", "chemprot", "--sources", tmp_path / "sources", "--out", tmp_path / "out")
    assert run(*command).returncode == 0
    before = {path.name for path in (tmp_path / "out").glob("*.parquet")}
    for path in (tmp_path / "sources").rglob("*test*"):
        path.unlink() if path.is_file() else shutil.rmtree(path)
    assert run(*command).returncode == 0
    assert before - {path.name for path in (tmp_path / "out").glob("*.parquet")} == {"test-00000-of-00001.parquet"}


def test_damage_beyond_what_is_declared(tmp_path):
    shutil.copytree(FIXTURES / "anem", tmp_path / "sources" / "anem")
    note = min((tmp_path / "sources").rglob("*.ann"))
    note.write_text(note.read_text() + "T901\tCell 99990 99999\tnowhere\n")
    done = run("kb", "anem", "--sources", tmp_path / "sources", "--out", tmp_path / "out")
    assert done.returncode == 3
    assert "offsets" in done.stderr
    [line] = (tmp_path / "out" / "quarantine.jsonl").read_text().splitlines()
    assert json.loads(line)["raw"] == "T901\tCell 99990 99999\tnowhere"


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("mqp",), 2, "its records are of kind Pair"),
        (("mqq",), 2, "Nearest: mqp"),
        (("anem", "--view", "sentences"), 2, "has no view 'sentences'"),
        (("anem", "--sources", "{empty}"), 1, "`medinst fetch anem`"),
    ],
)
def test_wrong_usage(args, code, message, tmp_path):
    (tmp_path / "empty").mkdir()
    filled = [arg.format(empty=tmp_path / "empty") for arg in args]
    done = run("kb", "--sources", FIXTURES, "--out", tmp_path / "out", *filled)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert not (tmp_path / "out").exists()
