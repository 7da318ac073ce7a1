"""What is under an agreement is built only once that was accepted, carries its terms, and is never for publication."""

from __future__ import annotations

import json
import shutil

import msgspec
import pytest

from medinst import corpora, tasks
from medinst.build import dataset, gate, manifest, parquet, plan
from medinst.corpora import Corpus
from medinst.errors import TermsNotAccepted, UsageError
from medinst.evaluate import plan as plans
from medinst.evaluate import run as runs
from medinst.evaluate import store
from medinst.mixtures import benchmark
from medinst.models import parse_spec
from medinst.report import pages
from support import FIXTURES, run

CORPUS, ROW = "bioasq-task-b", "BioASQ-Task-B-yesno"
LICENCE = "LicenseRef-NLM-terms"
AGREED = {f"BioASQ-Task-B-{kind}" for kind in ("yesno", "list", "factoid", "summary")}
UNKNOWN = {"MEDIQA-QA"}
OPEN = {"PubMedQA-labeled", "AnEM", "AnEM-RE", "AnEM-COREF"}


@pytest.fixture
def sources(tmp_path):
    """Return a sources folder of a corpus under an agreement, as if real, of an open one and one of unknown terms."""
    folder = tmp_path / "sources"
    for name in (CORPUS, "mediqa-qa", "pubmedqa-labeled", "anem"):
        shutil.copytree(FIXTURES / name, folder / name)
    (folder / CORPUS / "README").write_text("As it was given out.\n")
    return folder


@pytest.fixture
def build(tmp_path, sources):
    """Return a function that builds rows of these sources, all if none is named, and returns their names."""

    def run_plan(*rows, **wishes):
        made = plan.make(rows, sources, tmp_path / "cache", **wishes)
        dataset.build(made, tmp_path / "out", None, lambda built: None)
        return set(parquet.splits(tmp_path / "out")), {item.row: item.why for item in made.left_out}

    return run_plan


@pytest.fixture
def accept(tmp_path):
    return lambda: gate.accept(corpora.load(CORPUS), tmp_path / "cache")


def test_from_a_refusal_to_a_build(tmp_path, sources):
    place = {"MEDINST_CACHE": str(tmp_path / "cache")}
    asked = ("build", ROW, "--sources", sources, "--out", tmp_path / "out", "--workers", "1")
    done = run(*asked, **place)
    assert done.returncode == 1
    assert f"{CORPUS} is under an agreement: {LICENCE}" in done.stderr
    assert f"`medinst accept {CORPUS}`" in done.stderr
    assert not (tmp_path / "out").exists()
    done = run("kb", CORPUS, "--sources", sources, "--out", tmp_path / "kb", **place)
    assert (done.returncode, f"`medinst accept {CORPUS}`" in done.stderr) == (1, True)
    done = run("accept", CORPUS, "--by", "A. Person", "--json", **place)
    assert gate.wording(corpora.load(CORPUS)) in done.stderr
    given = json.loads(done.stdout)
    assert (given["corpus"], given["licence"], given["by"]) == (CORPUS, LICENCE, "A. Person")
    assert len(given["terms"]) == 64
    assert run(*asked, **place).returncode == 0
    assert b"A. Person" not in b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())


def test_a_build_of_all_leaves_it_out_and_says_so(build):
    built, left_out = build()
    assert built == OPEN | UNKNOWN
    assert set(left_out) == AGREED
    assert all(f"`medinst accept {CORPUS}`" in why for why in left_out.values())


def test_the_invented_documents_are_under_no_agreement(tmp_path):
    made = plan.make([ROW], FIXTURES, tmp_path / "cache")
    assert {job.row for job in made.shards} == {ROW}


def test_terms_can_be_shown_first(tmp_path):
    done = run("accept", CORPUS, "--dry-run", MEDINST_CACHE=str(tmp_path / "cache"))
    assert LICENCE in done.stderr
    assert corpora.load(CORPUS).homepage in done.stderr
    assert not (tmp_path / "cache").exists()


def test_terms_that_change_are_accepted_anew(tmp_path, sources, accept):
    corpus, cache = corpora.load(CORPUS), tmp_path / "cache"
    tree = corpus.tree(sources, cache)
    accept()
    gate.require(corpus, tree, cache)
    with pytest.raises(TermsNotAccepted):
        gate.require(msgspec.structs.replace(corpus, licence="LicenseRef-of-another-year"), tree, cache)


@pytest.mark.parametrize(
    ("wishes", "rows"),
    [
        ({"publishable": True}, {"PubMedQA-labeled", "AnEM", "AnEM-RE", "AnEM-COREF"}),
        ({"licence": "permissive"}, {"PubMedQA-labeled"}),
        ({"licence": "noncommercial"}, {"PubMedQA-labeled", "AnEM", "AnEM-RE", "AnEM-COREF"}),
        ({"licence": "any"}, OPEN | UNKNOWN | AGREED),
    ],
)
def test_wishes_leave_rows_out_and_say_so(tmp_path, accept, build, wishes, rows):
    accept()
    built, left_out = build(**wishes)
    assert built == rows
    assert left_out.keys() >= (OPEN | UNKNOWN | AGREED) - rows
    assert manifest.read(tmp_path / "out").note.get("left_out", []) == sorted(left_out)


def test_what_was_built_before_does_not_slip_into_what_is_for_publication(build):
    build("MEDIQA-QA")
    with pytest.raises(UsageError, match=r"has MEDIQA-QA from an earlier build"):
        build("AnEM", publishable=True)


def test_terms_go_along_from_build_to_report(tmp_path, accept, build):
    accept()
    build()
    out, bench, page = (tmp_path / name for name in ("out", "bench", "page"))
    assert json.loads(next(parquet.read(out, ROW, "train")).meta)["terms"]["licence"] == LICENCE
    assert next(parquet.read(out, "AnEM", "test")).meta == "{}"
    assert "not to be passed on: bioasq-task-b" in (out / "LICENSES.md").read_text()
    # No test of this benchmark is under an agreement, the questions shown before one of them are.
    benchmark.make("mine", [benchmark.Test("AnEM"), benchmark.Test("MEDIQA-QA")], out, bench, 0)
    assert {item.corpus for item in manifest.read(bench).terms} == {CORPUS, "anem", "mediqa-qa"}
    assert "not to be passed on: bioasq-task-b" in (bench / "LICENSES.md").read_text()
    for shots, names in ((0, ["anem", "mediqa-qa"]), (2, ["anem", CORPUS, "mediqa-qa"])):
        model, folder = parse_spec("mock:gold"), tmp_path / "runs" / str(shots)
        runs.evaluate(plans.make(bench, model, shots=shots), model, folder)
        assert [item.corpus for item in store.read_run(folder).terms] == names
    built = msgspec.structs.replace(manifest.read(out), terms=[])
    (out / manifest.NAME).write_bytes(msgspec.json.encode(built))  # what the run says is enough
    pages.write([tmp_path / "runs" / "2"], out, page)
    for name in ("index.html", "examples.html"):
        assert "not to be passed on: bioasq-task-b" in (page / name).read_text()
    assert LICENCE in (page / "data.html").read_text()


def test_a_run_that_goes_on_keeps_the_terms_of_what_it_asked_before(tmp_path, build):
    build()
    tests, bench = [benchmark.Test("AnEM"), benchmark.Test("MEDIQA-QA")], tmp_path / "bench"
    benchmark.make("mine", tests, tmp_path / "out", bench, 0)
    model = parse_spec("mock:gold")
    for rows in (["AnEM"], ["MEDIQA-QA"]):
        runs.evaluate(plans.make(bench, model, rows), model, tmp_path / "run")
    assert [item.corpus for item in store.read_run(tmp_path / "run").terms] == ["anem", "mediqa-qa"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            CORPUS,
            ("Register at", "accept its terms", "BioASQ-training11b.zip, Task11BGoldenEnriched.zip into", "accept"),
        ),
        ("medical-data", ("Register at https://www.kaggle.com", "train_F3WbcTw.csv", "never downloaded")),
        ("lll05", ("not offered any more; ask its authors", "genic_interaction_linguistic_data.txt")),
        ("anem", ("medinst fetch anem", "AnEM-1.0.4.tar.gz")),
    ],
)
def test_how_to_get_says_where_to_apply_what_to_sign_and_where_to_put_which_file(tmp_path, name, words):
    text = gate.how_to_get(corpora.load(name), tmp_path)
    assert all(word in text for word in words), text
    assert f"{tmp_path / name}/" in text


def test_only_what_is_given_out_under_an_agreement_asks_for_acceptance():
    asking = {name for name in corpora.names() if corpora.load(name).access == "agreement"}
    assert asking == {CORPUS}
    assert {row.corpus for row in tasks.rows().values()} >= asking


def test_a_wish_is_held_against_the_whole_expression():
    corpus = Corpus(
        name="own", title="Own", year=2026, homepage="https://own.test", licence="MIT AND CC-BY-NC-4.0", splits={}
    )
    assert gate.left_out(corpus, "noncommercial", publishable=True) == ""
    assert "asked for is --licence permissive" in gate.left_out(corpus, "permissive", publishable=False)
