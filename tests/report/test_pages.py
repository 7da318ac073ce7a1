"""The pages of a report: complete, escaped, and in need of nothing but themselves."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import plotly.graph_objects
import pytest

from made_up import sample, write
from medinst.errors import UsageError
from medinst.evaluate import plan, run, score, store
from medinst.mixtures import benchmark
from medinst.models import parse_spec
from medinst.report import details, figures, pages, results, runs
from medinst.report.pages import embedded

EVIL = "<script>alert('&amp;')</script>"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
VOID = {"meta", "br", "link", "img", "input"}


class Page(HTMLParser):
    """Takes a page apart: its visible text, what it would fetch, and the ids of its elements; demands closed tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.fetched, self.links, self.open, self.scripts = "", [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "srcset", "data", "poster", "action") or (tag == "link" and name == "href"):
                self.fetched.append(value)
            if tag == "a" and name == "href":
                self.links.append(value)
            assert not name.startswith("on"), f"{tag} {name}"
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif not self.open or self.open[-1] != "style":
            self.text += data


def entity(text: str, word: str, kind: str) -> str:
    start = text.index(word)
    spans = [[start, start + len(word)]]
    return json.dumps({"mentions": [{"id": "T1", "text": word, "type": kind, "spans": spans}]})


def samples(count: int = 12):
    texts = [f"Document {at}: the liver {EVIL} was seen." for at in range(count)]
    anem = [
        sample("AnEM", "test", str(at), text, "[liver <Organ>]", entity(text, "liver", "Organ"))
        for at, text in enumerate(texts)
    ]
    pairs = [
        sample("BIOSSES", "test", str(at), f"First {at}.\nSecond {at}.", str(at % 5), json.dumps({"score": at % 5}))
        for at in range(count)
    ]
    facts = [
        sample("SciFact", "test", str(at), f"Claim {at}", label, json.dumps({"labels": [label]}))
        for at, label in enumerate(["Supports", "Refutes"] * 2)
    ]
    return [*anem, *facts, *pairs]


def evaluated(bench: Path, spec: str, out: Path) -> Path:
    model = parse_spec(spec)
    run.evaluate(plan.make(bench, model), model, out)
    return out


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with data, a benchmark, two runs (one with hostile answers) and the pages of both."""
    folder = tmp_path_factory.mktemp("report")
    data = write(folder / "data", samples())
    benchmark.make("medinst32", benchmark.medinst32(), data, folder / "bench", 0)
    gold = evaluated(folder / "bench", "mock:gold", folder / "gold")
    bad = evaluated(folder / "bench", "mock:empty", folder / f"bad {EVIL.replace('/', '')}")
    lines = [json.loads(line) for line in (bad / store.SAMPLES).read_text("utf-8").splitlines()]
    for line in lines:
        line["output"] = f"</pre></script>{EVIL} [liver <Organ>] [heart <Organ>]"
    failed = next(line for line in lines if line["row"] == "SciFact")
    failed |= {"status": "failed", "reason": f"HTTP 500 {EVIL}", "output": ""}
    (bad / store.SAMPLES).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    about = json.loads((bad / store.RUN).read_text("utf-8"))
    about["model"] = {"spec": f"openai:{EVIL}"}
    (bad / store.RUN).write_text(json.dumps(about), "utf-8")
    score.run(bad)
    pages.write([gold, bad], data, folder / "pages", note=EVIL)
    return folder


def page(made: Path, name: str) -> Page:
    return Page((made / "pages" / name).read_text("utf-8"))


@pytest.mark.parametrize("name", [name for name, _ in pages.SITE])
def test_nothing_is_fetched_and_every_tag_is_closed(made, name):
    found = page(made, name)
    assert found.fetched == []
    assert found.open == []
    for link in found.links:
        file, _, part = link.partition("#")
        assert f'id="{part}"' in (made / "pages" / file).read_text("utf-8") or not part, link
    text = (made / "pages" / name).read_text("utf-8")
    assert "@import" not in text.partition("</style>")[0]
    assert "url(" not in text.partition("</style>")[0]
    assert "default-src 'none'" in text


def test_every_test_and_model_is_in_the_results(made):
    text = page(made, "results.html").text
    for word in ("AnEM", "BIOSSES", "SciFact", "mock:gold", "GPT-4o", "37.44", "92.61", "0.60", "entity_level_f1"):
        assert word in text
    assert "MedQA" not in text


def test_numbers_are_those_of_the_scores(made):
    scores = msgspec.json.decode((made / "gold" / store.SCORES).read_bytes())
    assert scores["rows"]["AnEM"]["strict"]["value"] == 1
    table = results.lines(runs.load([made / "gold"]))
    assert [(line.row, line.n, line.small) for line in table] == [
        ("AnEM", 12, "few"),
        ("SciFact", 4, "tiny"),
        ("BIOSSES", 12, "few"),
    ]
    assert results.means(runs.load([made / "gold"]), table) == results.Means(
        ["AnEM"], {name: table[0].published[name] for name in results.PUBLISHED}, [(1.0, 1.0)]
    )
    assert "Small tests: all of them have fewer than 30 samples" in page(made, "index.html").text


def test_hostile_text_is_shown_as_it_is(made):
    for name in ("index.html", "results.html", "examples.html"):
        assert EVIL in page(made, name).text
    text = page(made, "examples.html").text
    assert f"</pre></script>{EVIL} [liver <Organ>]" in text
    for name, _ in pages.SITE:
        for script in page(made, name).scripts:
            assert "alert('" not in script or script.startswith("{")
    assert EVIL in page(made, "data.html").text
    assert EVIL not in (made / "pages" / "index.html").read_text("utf-8")


def test_examples_have_gold_answers_and_verdicts(made):
    html = (made / "pages" / "examples.html").read_text("utf-8")
    assert re.search(r"<mark class=.hue0. data-type=.Organ. title=.liver Organ.>liver</mark>", html)
    text = page(made, "examples.html").text
    assert all(row in text for row in ("AnEM/test/", "SciFact/test/", "BIOSSES/test/"))
    assert '<li class="right">liver · Organ</li>' in html
    assert '<li class="wrong">heart · Organ</li>' in html


def test_figures_are_figures(made):
    loaded = runs.load([made / "gold", made / "gold"])
    assert [run.name for run in loaded] == ["mock:gold (gold)", "mock:gold (gold)"]
    drawn = figures.all_of(loaded, results.lines(loaded))
    assert [figure.id for figure in drawn] == ["strict", "paper", "rouge"]
    for figure in drawn:
        plotly.graph_objects.Figure(figure.spec)
    found = page(made, "index.html")
    data = [script for script in found.scripts if script.startswith("{")]
    assert [json.loads(script)["layout"]["height"] for script in data] == [
        figure.spec["layout"]["height"] for figure in drawn
    ]
    assert len([script for script in found.scripts if len(script) > 1_000_000]) == 1
    names = {trace["name"] for trace in json.loads(data[0])["data"]}
    assert any("&lt;script&gt;" in name for name in names)


def scored(made: Path, tmp_path: Path, **changes) -> Path:
    """Return a copy of the hostile run with something else in its run.json and its scores."""
    run = tmp_path / "changed"
    shutil.copytree(next(path for path in made.iterdir() if path.name.startswith("bad")), run)
    about = json.loads((run / store.RUN).read_text("utf-8"))
    (run / store.RUN).write_text(json.dumps(about | changes), "utf-8")
    return run


def shown(made: Path, tmp_path: Path, run: Path, name: str) -> Page:
    pages.write([run], made / "data", tmp_path / "pages")
    return Page((tmp_path / "pages" / name).read_text("utf-8"))


def test_how_a_run_was_asked_is_in_its_heading(made, tmp_path):
    decoding = {"temperature": 0.7, "max_tokens": 64}
    run = scored(made, tmp_path, constrain=True, preset=EVIL, wording=2, choices=True, decoding=decoding)
    words = runs.load([run])[0].how
    assert words == [
        "likelihood of choices",
        "answers held to a grammar",
        f"preset {EVIL}",
        "wording 2",
        "temperature 0.7",
        "at most 64 tokens",
    ]
    for name in ("index.html", "results.html"):
        text = shown(made, tmp_path, run, name).text
        assert all(word in text for word in words)
    assert runs.load([made / "gold"])[0].how == []


def test_kinds_of_errors_are_counted_and_drawn(made):
    bad = next(path for path in made.iterdir() if path.name.startswith("bad"))
    loaded = runs.load([made / "gold", bad])
    (found,) = [one for one in details.errors(results.lines(loaded)) if one.row == "AnEM"]
    assert set(found.runs[1][1]) == set(details.KINDS)
    assert found.runs[1][1]["spurious"] == 12
    assert sum(found.runs[0][1].values()) == 0
    html = (made / "pages" / "results.html").read_text("utf-8")
    assert 'title="spurious: 12"' in html
    assert "Kinds of errors" in Page(html).text


def test_reasoning_and_cut_answers_are_marked(made, tmp_path):
    run = scored(made, tmp_path)
    lines = [json.loads(line) for line in (run / store.SAMPLES).read_text("utf-8").splitlines()]
    for line in lines:
        line |= {"reasoning": f"Well, {EVIL}", "finish_reason": "length", "tokens": {"prompt": 100, "completion": 8}}
    (run / store.SAMPLES).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    found = shown(made, tmp_path, run, "examples.html")
    assert f"Thought aloud, not scoredWell, {EVIL}" in found.text
    assert "cut off" in found.text
    assert "2,700" in Page((tmp_path / "pages" / "results.html").read_text("utf-8")).text  # 27 answers of 100 tokens


def test_generated_texts_stand_beside_the_printed(made, tmp_path):
    run = scored(made, tmp_path)
    scores = json.loads((run / store.SCORES).read_text("utf-8"))
    one = scores["rows"].pop("AnEM") | {"by": {"meteor": "a library"}}
    one["also"] = {"rouge_l": 0.25, "meteor": 0.125, "bleu": None}
    one["strict"] = {"metric": "rouge_l", "value": 0.25, "low": 0.2, "high": 0.3, "hallucination_rate": 0.625}
    scores["rows"]["ParaMed"] = one
    (run / store.SCORES).write_text(json.dumps(scores), "utf-8")
    text = shown(made, tmp_path, run, "results.html").text
    assert all(word in text for word in ("12.50", "61.26", "46.61", "meteor: a library", "62.50"))
    found = details.texts(results.lines(runs.load([run])))
    assert details.columns(found) == ["rouge_l", "meteor"]
    assert found[0].printed["GPT-4o"] == {"rouge_l": 0.6308, "bertscore": 0.9291, "meteor": 0.4661}


def test_mmlu_stands_beside_the_printed(made, tmp_path):
    run = scored(made, tmp_path)
    scores = json.loads((run / store.SCORES).read_text("utf-8"))
    scores["rows"] = {"MMLU-anatomy": scores["rows"]["AnEM"]}
    scores["mmlu"] = {"accuracy": 0.25, "low": 0.2, "high": 0.3, "n": 12, "subject_mean": 0.375}
    (run / store.SCORES).write_text(json.dumps(scores), "utf-8")
    text = shown(made, tmp_path, run, "results.html").text
    assert all(word in text for word in ("MMLU-Medicine", "25.00", "20.00–30.00", "37.50", "73.92"))
    assert "Subjects scored" in Page((tmp_path / "pages" / "index.html").read_text("utf-8")).text
    both = runs.load([made / "gold", run])
    table = results.lines(both)
    assert "MMLU-anatomy" not in [line.row for line in table]
    assert results.means(both, table).runs == [(1.0, 1.0), None]


def test_without_runs_the_data_is_shown(made, tmp_path):
    written = pages.write([], made / "data", tmp_path / "pages")
    assert [path.name for path in written] == [name for name, _ in pages.SITE]
    assert "No run was given" in Page(written[0].read_text("utf-8")).text
    assert "137" in Page(written[3].read_text("utf-8")).text


def test_equal_bytes_again(made, tmp_path):
    bad = next(path for path in made.iterdir() if path.name.startswith("bad"))
    for path in pages.write([made / "gold", bad], made / "data", tmp_path / "pages", note=EVIL):
        assert path.read_bytes() == (made / "pages" / path.name).read_bytes()


def test_a_folder_that_is_no_run(made, tmp_path):
    with pytest.raises(UsageError, match=r"holds no run\.json"):
        pages.write([made / "data"], made / "data", tmp_path)
    unscored = evaluated(made / "bench", "mock:gold", tmp_path / "unscored")
    (unscored / store.SCORES).unlink()
    with pytest.raises(UsageError, match="medinst score"):
        pages.write([unscored], made / "data", tmp_path)


def test_embedded_json_cannot_leave_its_script():
    text = embedded({"a": "</script><!--\u2028&"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": "</script><!--\u2028&"}


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")
@pytest.mark.parametrize("name", [name for name, _ in pages.SITE])
def test_a_browser_draws_the_page_and_has_nothing_to_complain_of(made, tmp_path, name):
    options = ("headless", "no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking", "disable-sync")
    command = [
        CHROMIUM,
        *(f"--{option}" for option in options),
        f"--user-data-dir={tmp_path}",
        "--enable-logging=stderr",
    ]
    command += ["--disable-component-update", "--virtual-time-budget=5000", "--dump-dom"]
    done = subprocess.run([*command, (made / "pages" / name).as_uri()], capture_output=True, text=True, timeout=60)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    places = len(re.findall(r'class="plot["\s]', (made / "pages" / name).read_text("utf-8")))
    assert len(re.findall(r'<div class="plot[^>]*js-plotly-plot', done.stdout)) == places
    assert (places > 0) == (name == "index.html")
