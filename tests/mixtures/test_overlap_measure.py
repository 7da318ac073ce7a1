"""`medinst overlap` over dataset folders: documents once, row by row, mixture by mixture; and clean benchmarks."""

from __future__ import annotations

import json

import pytest

from made_up import many, sample, write
from medinst.build import manifest, parquet
from medinst.errors import MedinstError, UsageError
from medinst.mixtures import benchmark, overlap
from medinst.mixtures.overlap.measure import Named, measure
from support import run, tree

FIRST = "Expression of the gene rose in treated cells and fell again after a week of rest without the drug."
SECOND = "A second sentence follows that nobody has seen before and that tells of quite another finding."
ROWS = [
    *(sample("BioNLP-2009", "train", "7654321", "Nothing to do with any of the others here at all.") for _ in "1"),
    sample("BioNLP-2009", "test", "7654321", f"{FIRST} {SECOND}"),
    sample("BioNLP-2009", "test", "7654322", "This test stands nowhere else, so far as anybody knows today."),
    sample("JNLPBA-DNA", "train", "0001", FIRST),
    sample("JNLPBA-CL", "train", "0001", FIRST.upper()),
    sample("JNLPBA-CL", "train", "0002", FIRST),
    sample("BC5CDR", "train", "00001", "1 ."),
    sample("BC5CDR", "test", "00001", "1 ."),
    sample("BC5CDR", "test", "00002", "2 ."),
    sample("NCBI-disease", "test", "00001", "1 ."),
    sample("BC5CDR-RE", "test", "10022882", f"{SECOND} {FIRST} Once more, in an abstract of two sentences."),
    sample("GNormPlus", "train", "10022882", "An abstract that has been rewritten."),
]


@pytest.fixture
def data(make):
    return make(ROWS)


def test_what_is_seen_where_and_how(data):
    found, pairs = measure([data])
    assert {
        (cell.test, cell.train): (cell.documents, {k: n for k, n in cell.by.items() if n}) for cell in found.cells
    } == {
        ("BioNLP-2009", "BioNLP-2009"): (1, {"identifier": 1}),
        ("BioNLP-2009", "JNLPBA-DNA"): (1, {"contained": 1}),
        ("BioNLP-2009", "JNLPBA-CL"): (1, {"contained": 1}),
        ("BC5CDR", "BC5CDR"): (1, {"text": 1}),
        ("BC5CDR-RE", "JNLPBA-DNA"): (1, {"contained": 1}),
        ("BC5CDR-RE", "JNLPBA-CL"): (1, {"contained": 1}),
        ("BC5CDR-RE", "GNormPlus"): (1, {"identifier": 1}),
    }
    of = {test.row: test for test in found.tests}
    assert (of["BioNLP-2009"].documents, of["BioNLP-2009"].medinst32) == (2, True)
    assert {name: seen.documents for name, seen in of["BC5CDR"].seen.items()} == {"all": 1, "mi32": 0, "mi32-corpus": 0}
    assert {name: seen.documents for name, seen in of["BC5CDR-RE"].seen.items()} == {
        "all": 1,
        "mi32": 1,
        "mi32-corpus": 1,
    }
    assert of["NCBI-disease"].seen["all"].documents == 0
    assert found.mixtures["mi32"] == ["JNLPBA-DNA", "JNLPBA-CL", "GNormPlus"]
    assert pairs == sorted(pairs)
    tested = Named("bionlp-2009", "7654321", ["BioNLP-2009"])
    assert [(pair.train, pair.kind) for pair in pairs if pair.test == tested] == [
        (Named("bionlp-2009", "7654321", ["BioNLP-2009"]), "identifier"),
        (Named("jnlpba", "0001", ["JNLPBA-DNA", "JNLPBA-CL"]), "contained"),
        (Named("jnlpba", "0002", ["JNLPBA-CL"]), "contained"),
    ]


def test_a_document_counts_once_however_many_samples_and_rows_use_it(make):
    text = f"{FIRST} {SECOND}"
    anchored = [sample("AnEM-COREF", "test", "PMID-1234", f"{text}\nAnchor: {name}") for name in ("gene", "cells")]
    data = make([sample("AnEM", "test", "PMID-1234", text), *anchored, sample("BC2GM", "train", "00001", FIRST)])
    found, pairs = measure([data])
    assert [(test.row, test.samples, test.documents) for test in found.tests] == [("AnEM", 1, 1), ("AnEM-COREF", 1, 1)]
    assert [pair.test.rows for pair in pairs] == [["AnEM", "AnEM-COREF"]]


def test_of_a_large_test_the_first_in_the_order_of_a_benchmark(make):
    texts = [
        f"This is a sentence of its own with the number {at} in it, so that none is like another." for at in range(30)
    ]
    tests = [sample("AnEM", "test", f"PMID-{at + 1000}", text) for at, text in enumerate(texts)]
    trains = [sample("BC2GM", "train", f"{at:05}", text) for at, text in enumerate(texts)]
    data = make(tests + trains)
    found, pairs = measure([data], most=10)
    assert found.tests[0].documents == 10
    drawn = benchmark.take(parquet.read(data, "AnEM", "test"), 10, 0)
    assert {pair.test.doc_id for pair in pairs if pair.kind == "text"} == {one.doc_id for one in drawn}


def test_rows_of_two_folders(data, tmp_path):
    other = write(tmp_path / "other", [sample("JNLPBA-DNA", "train", "9", SECOND)])
    found, _ = measure([data, other])
    assert found.mixtures["all"][-1] == "other/JNLPBA-DNA"
    assert ("BioNLP-2009", "other/JNLPBA-DNA") in {(cell.test, cell.train) for cell in found.cells}
    assert len(found.data) == 2


def test_folders_that_cannot_be_compared(make, tmp_path):
    with pytest.raises(MedinstError, match="0 test splits"):
        measure([make(many("MLEE", "train", 3))])
    with pytest.raises(UsageError, match=r"manifest\.json"):
        measure([tmp_path])


def test_training_samples_held_out_by_document(data):
    tests = overlap.Tests.of(one for one in ROWS if one.split == "test")
    trains = [one for one in ROWS if one.split == "train"]
    ways = [("identifier",), ("contained",), ("contained",), ("contained",), ("text",), ("identifier",)]
    assert tests.seen_by(trains) == ways
    assert tests.seen([sample("BC5CDR", "train", "00009", "3 .")]) == [False]
    assert [tests.seen([one])[0] for one in trains] == tests.seen(trains) == [True] * 6


def test_a_clean_benchmark_is_the_benchmark_less_what_is_seen(data, tmp_path):
    made = {name: benchmark.make(name, benchmark.medinst32(), data, tmp_path / name, 0) for name in benchmark.MEDINST32}
    whole, clean = (
        {row: list(parquet.read(tmp_path / name, row, "test")) for row in parquet.splits(tmp_path / name)}
        for name in made
    )
    assert {row: [one.doc_id for one in samples] for row, samples in clean.items()} == {
        "BC5CDR": ["00002"],
        "BioNLP-2009": ["7654322"],
        "NCBI-disease": ["00001"],
    }
    assert all(one in whole[row] for row, samples in clean.items() for one in samples)
    said = made["medinst32-clean"]
    assert said.seen == {"BioNLP-2009": 1, "BC5CDR": 1, "BC5CDR-RE": 1}
    assert "all 1 samples are seen" in said.missing["BC5CDR-RE"]
    read = manifest.read(tmp_path / "medinst32-clean")
    assert read.note["seen_in_training"] == [f"{row}: {count}" for row, count in said.seen.items()]
    assert "seen_in_training" not in made["medinst32"].manifest.note


def test_nothing_clean_is_an_error(make, tmp_path):
    data = make([sample("BC5CDR", split, "00001", FIRST) for split in ("train", "test")])
    with pytest.raises(MedinstError, match="every sample of every test"):
        benchmark.make("medinst32-clean", benchmark.medinst32(), data, tmp_path / "bench", 0)
    assert not (tmp_path / "bench").exists()


def test_the_command_writes_equal_bytes_in_another_process(data, tmp_path):
    said = []
    for name, seed in (("a", "1"), ("b", "22")):
        done = run("overlap", data, "--out", tmp_path / name, "--json", PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        said.append(json.loads(done.stdout))
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert sorted(tree(tmp_path / "a")) == ["matrix.csv", "overlap.html", "overlap.json", "pairs.jsonl"]
    assert said[0] == said[1] == json.loads((tmp_path / "a" / "overlap.json").read_bytes())


def test_the_command_prints_a_table_and_the_clean_one_what_is_kept(data, tmp_path):
    done = run("overlap", data)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["test", "BioNLP-2009", "BC5CDR", "BC5CDR-RE"]
    done = run("bench", "medinst32-clean", "--data", data, "--out", tmp_path / "bench")
    assert "seen in training: BioNLP-2009: 1 left out, 1 kept" in done.stderr
    (tmp_path / "file").write_text("x")
    done = run("overlap", data, "--out", tmp_path / "file")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
