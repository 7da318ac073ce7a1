"""The large corpora read in parts: records and damage are those of the whole file, wherever it is cut."""

from __future__ import annotations

import gzip
import json

import pytest

from medinst import corpora
from medinst.formats import parts
from medinst.formats.quarantine import Quarantine
from medinst.sources import Tree


def medal(folder):
    lines = [
        "ABSTRACT_ID,TEXT,LOCATION,LABEL",
        "",
        *(f"{number},a CS of {number},1,cold stress" for number in range(40)),
    ]
    lines[9], lines[20], lines[30] = "9,a,7,too far", '9,"open,1,quote', '9,"a, b ""CS""",2,quoted'
    (folder / "train.csv").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n9,\xff,0,x")


def scielo(folder):
    for language, count in (("es", 40), ("pt", 55)):
        for name in ("en", language):
            lines = [f"{name} línea {number}" if number % 13 else "" for number in range(count)]
            lines[17] = "" if name == "en" else "sola"
            (folder / f"en_{language}.{name}").write_bytes("\n".join(lines).encode() + b"\nm\xff\nlast")


def biomrc(folder):
    item = {"abstract": "of @entity1 :: x\n", "title": "XXXX", "entities_list": ["@entity1 :: x"], "answer": "@entity1"}
    lines = [json.dumps({**item, "title": f"XXXX {number}"}) for number in range(40)]
    lines[7], lines[21] = "{", ""
    (folder / "dataset_train_B.jsonl").write_text("\n".join(lines))


def pubmedqa(folder):
    members = {
        str(at): {"QUESTION": f"{at} β?", "CONTEXTS": ["a, {", "b"], "final_decision": "yes"} for at in range(40)
    }
    del members["11"]["QUESTION"]
    (folder / "pqaa_train_set.json").write_text(json.dumps(members, indent=4))


@pytest.mark.parametrize(("name", "write"), [(f.__name__, f) for f in (medal, scielo, biomrc, pubmedqa)])
@pytest.mark.parametrize("size", [64, 100, 200])
def test_the_parts_make_up_the_whole(tmp_path, monkeypatch, name, write, size):
    write(tmp_path)
    corpus = corpora.load({"pubmedqa": "pubmedqa-artificial"}.get(name, name))
    found = corpora.find(corpus.splits["train"], Tree(corpus.name, (tmp_path,), ""))
    assert found is not None
    files, path = found
    monkeypatch.setattr(parts, "SIZE", size)
    cut = files.parts(path)
    assert len(cut) > 2
    whole, inside = Quarantine(name, "train", tmp_path), Quarantine(name, "train", tmp_path)
    expected = list(files.read(path, whole))
    assert [record for part in cut for record in files.read(path, inside, part=part)] == expected
    assert set(inside.damage) == set(whole.damage)
    assert len(inside.damage) == len(whole.damage)
    assert expected
    assert whole.damage


def test_what_is_small_or_packed_is_not_cut(tmp_path, monkeypatch):
    scielo(tmp_path)
    (tmp_path / "dataset_train_B.json.gz").write_bytes(gzip.compress(b"{}"))
    assert corpora.load("scielo").splits["train"][0].parts(tmp_path / "en_es.en", tmp_path / "en_pt.en") == []
    monkeypatch.setattr(parts, "SIZE", 2)
    assert corpora.load("biomrc").splits["train"][0].parts(tmp_path / "dataset_train_B.json.gz") == []


def test_parts_under_an_unusable_header_are_empty(tmp_path, monkeypatch):
    (tmp_path / "train.csv").write_text("ABSTRACT_ID,TEXT,LABEL\n" + "1,a CS of a,cold stress\n" * 40)
    monkeypatch.setattr(parts, "SIZE", 100)
    files = corpora.load("medal").splits["train"][0]
    quarantine = Quarantine("medal", "train", tmp_path)
    path = tmp_path / "train.csv"
    assert [record for part in files.parts(path) for record in files.read(path, quarantine, part=part)] == []
    assert [(item.line, item.rule) for item in quarantine.damage] == [(1, "columns")]
