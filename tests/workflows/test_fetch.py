"""`medinst fetch` against a site's mirror: what comes, where it goes, what is said of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tarfile

import pytest

import site_mirror
from file_server import FileServer
from medinst import corpora
from medinst.cli import fetching
from medinst.errors import IntegrityFailure, RemoteFailure, UnknownName, UsageError
from medinst.sources import pins
from medinst.sources.bring import site_root, wanted
from medinst.sources.http import Patience
from medinst.sources.pins import Place
from medinst.workflows import fetch, links
from support import FIXTURES, run, tree

PATIENCE = Patience(stall=2, tries=2, pause=0.01, longest_pause=0.05)


@pytest.fixture
def cache(tmp_path):
    """Return a cache of the test's own."""
    return tmp_path / "cache"


@pytest.fixture
def served():
    with FileServer(site_mirror.files()) as server:
        yield server


def fetched(names, cache, server, to=None):
    """Fetch from the server in this process; return the results by corpus."""
    items = fetch.plan(names, None, cache)
    results = fetch.run(items, cache, to, server if isinstance(server, str) else server.url, PATIENCE, ignore, ignore)
    return {result.corpus: result for result in results}


def ignore(*_):
    pass


def statuses(result):
    return {file.name: file.status for file in result.files}


def test_into_the_cache_and_again(cache, served):
    first = fetched(site_mirror.ROWS, cache, served)
    assert {name: result.status for name, result in first.items()} == dict.fromkeys(site_mirror.CORPORA, "ready")
    assert statuses(first["anem"]) == {"AnEM-1.0.4.tar.gz": "fetched"}
    there, asked = tree(cache), len(served.asked)
    again = fetched(site_mirror.ROWS, cache, served)
    assert {status for result in again.values() for status in statuses(result).values()} == {"present"}
    assert len(served.asked) == asked
    assert tree(cache) == there
    assert fetch.failure(again.values(), site_mirror.ROWS) is None


@pytest.mark.parametrize("root", ["http", "file", "folder"])
def test_a_folder_to_carry_is_a_sources_folder(tmp_path, served, root):
    """Fetched with `--to`, built with `--sources`: the same samples as from the documents themselves."""
    folder = site_mirror.put(tmp_path / "site mirror")
    mirror = {"http": served.url, "file": folder.as_uri(), "folder": str(folder)}[root]
    carried = tmp_path / "carried"
    done = run(
        "fetch", *site_mirror.ROWS, "--to", carried, MEDINST_MIRROR=mirror, MEDINST_CACHE=str(tmp_path / "cache")
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "anem: Anatomical Entity Mention corpus (2012). CC-BY-SA-3.0, open." in done.stderr
    assert done.stderr.index("CC-BY-SA-3.0, open") < done.stderr.index("anem: fetched")
    assert not (tmp_path / "cache").exists()
    assert sorted(path.name for path in carried.iterdir()) == sorted([".lock", *site_mirror.CORPORA])
    for sources, out in ((carried, "a"), (FIXTURES, "b")):
        built = run("build", *site_mirror.ROWS, "--sources", sources, "--out", tmp_path / out, "--workers", "1")
        assert built.returncode == 0, built.stderr
    ours, theirs = ({k: v for k, v in tree(tmp_path / out).items() if k.endswith(".parquet")} for out in "ab")
    assert ours == theirs
    assert len(ours) == 16


def test_what_is_in_the_cache_is_carried_without_asking(tmp_path, cache, served):
    fetched(["SciQ", "UMNSRS"], cache, served)
    asked = len(served.asked)
    carried = fetched(["SciQ", "UMNSRS"], cache, served, to=tmp_path / "carried")
    assert {result.status for result in carried.values()} == {"fetched"}
    assert len(served.asked) == asked
    assert tree(tmp_path / "carried") == tree(cache / "sources")


def test_a_damaged_file_is_fetched_again_or_named(cache, served):
    fetched(["SciQ"], cache, served)
    there, path = tree(cache), cache / "sources" / "sciq" / "SciQ.zip"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    (again,) = fetched(["SciQ"], cache, served).values()
    assert again.files[0].why.startswith(f"{path} had sha256 ")
    assert tree(cache) == there
    path.write_bytes(b"")
    served.behave = lambda path, attempt: "status 404"
    for site in (served, "http://127.0.0.1:9", cache.as_uri()):
        results = list(fetched(["SciQ"], cache, site).values())
        failure = fetch.failure(results)
        assert failure.exit_code == 5
        assert "failed: sciq;" in str(failure)
        assert f"{path} had sha256" in results[0].files[0].why


def test_the_first_use_is_held_to(cache, served):
    """A file that nobody pinned must stay what it was, also when it is fetched anew."""
    fetched(["UMNSRS"], cache, served)
    gone = cache / "sources" / "umnsrs" / "UMNSRS_similarity.csv"
    gone.unlink()
    before = served.files["/umnsrs/UMNSRS_similarity.csv"]
    served.files["/umnsrs/UMNSRS_similarity.csv"] = before.replace(b"1", b"2", 1)
    (result,) = fetched(["UMNSRS"], cache, served).values()
    failed, packed = [file for file in result.files if file.status == "failed"]
    assert packed.kind == "packed"
    assert (failed.exit_code, result.exit_code) == (5, 5)
    assert "Where the corpus has a new release, delete what" in failed.why
    assert not gone.exists()
    served.files["/umnsrs/UMNSRS_similarity.csv"] = before
    (result,) = fetched(["UMNSRS"], cache, served).values()
    assert (result.status, gone.read_bytes()) == ("ready", before)


def offered(monkeypatch, server, *places):
    """Let a corpus be offered at these places only: (path, name, mirror)."""
    made = tuple(Place(f"{server.url}/{path}", None, None, name, mirror=mirror) for path, name, mirror in places)
    monkeypatch.setattr(pins, "places", lambda corpus, urls: made)


def test_mirrors_stand_in_for_what_the_authors_took_away(cache, served, monkeypatch):
    names = ["UMNSRS_similarity.csv", "UMNSRS_relatedness.csv"]
    offered(
        monkeypatch,
        served,
        (f"umnsrs/{names[0]}", names[0], False),
        ("gone.csv", "all.zip", False),
        *((f"umnsrs/{name}", name, True) for name in names),
    )
    (result,) = fetched(["UMNSRS"], cache, "").values()
    assert statuses(result) == {names[0]: "fetched", "all.zip": "failed", names[1]: "fetched"}
    assert result.status == "ready"
    assert fetch.failure([result], ["one"]) is None
    assert served.counts["/umnsrs/UMNSRS_similarity.csv"] == 2  # once, and once whether there is more


def test_a_mirror_of_the_same_file_comes_second(cache, served, monkeypatch):
    name = "UMNSRS_similarity.csv"
    offered(monkeypatch, served, ("gone.csv", name, False), (f"umnsrs/{name}", name, True))
    (result,) = fetched(["UMNSRS"], cache, "").values()
    assert statuses(result) == {name: "fetched"}
    assert result.files[0].url == f"{served.url}/umnsrs/{name}"
    assert (result.status, result.missing, result.exit_code) == ("failed", ["UMNSRS/train"], 1)  # the other half


def test_a_corpus_for_which_one_must_apply_is_never_asked_for(cache, served):
    (result,) = fetched(["bioasq-task-b"], cache, served).values()
    assert result.status == "manual"
    assert "participants-area.bioasq.org" in result.why
    assert served.asked == []
    assert fetch.failure([result]) is None
    assert fetch.failure([result], ["one"]).exit_code == 1


def test_what_the_sources_folder_has_is_not_fetched(cache):
    items = fetch.plan(["AnEM", "SciQ"], FIXTURES, cache)
    assert [item.status for item in items] == ["at hand", "at hand"]
    assert fetch.preview(items, cache, "") == []


def test_few_requests_at_once_a_host(cache, served, monkeypatch):
    data = served.files["/umnsrs/UMNSRS_similarity.csv"]
    served.files = {f"/{number}.csv": data for number in range(12)}
    served.behave = lambda path, attempt: served.over.wait(0.02) or "ok"
    offered(monkeypatch, served, *((f"{number}.csv", f"{number}.csv", False) for number in range(12)))
    fetched(["UMNSRS", "SciQ", "AnEM"], cache, "")
    assert len(served.asked) == 24  # each once for all three corpora, and once whether there is more
    assert served.busiest == 2


def test_a_dry_run_asks_nobody(tmp_path, served):
    done = run("fetch", "AnEM", "--dry-run", "--json", MEDINST_MIRROR=served.url, MEDINST_CACHE=str(tmp_path))
    file, *others = json.loads(done.stdout)["files"]
    assert (file["name"], file["pinned"], file["here"]) == ("AnEM-1.0.4.tar.gz", False, None)
    assert [other["stand_in"] for other in others] == [True, True]
    assert served.asked == []
    assert list(tmp_path.iterdir()) == []


def test_links_are_checked_and_nothing_is_kept(tmp_path, served, monkeypatch):
    faults = {"/page.csv": "page", "/moved.csv": "to /umnsrs/UMNSRS_similarity.csv", "/down.csv": "status 503"}
    served.behave = lambda path, attempt: faults.get(path, "ok")
    paths = ["umnsrs/UMNSRS_similarity.csv", "gone.csv", *(fault[1:] for fault in faults)]
    offered(monkeypatch, served, *((path, path, False) for path in paths))
    found = links.check(fetch.plan(["UMNSRS"], None, tmp_path), PATIENCE, ignore)
    assert [(link.name, link.ok, link.status) for link in found] == [
        (paths[0], True, 206),
        ("gone.csv", False, 404),
        ("page.csv", False, 200),
        ("moved.csv", True, 206),
        ("down.csv", False, 503),
    ]
    assert found[0].size == len(served.files[f"/{paths[0]}"])
    assert found[2].why == "is an HTML page, such as a login or an error page"
    assert [link.name for link in links.dead(found)] == ["gone.csv", "page.csv", "down.csv"]
    assert list(tmp_path.iterdir()) == []


def test_what_check_links_prints(tmp_path, served, monkeypatch, capsys):
    offered(monkeypatch, served, ("umnsrs/UMNSRS_similarity.csv", "a.csv", False), ("gone.csv", "b.csv", True))
    items = fetch.plan(["UMNSRS"], None, tmp_path)
    with pytest.raises(RemoteFailure, match="1 addresses should give a file"):
        fetching.links(items, PATIENCE, json=True)
    printed = capsys.readouterr()
    assert [(link["name"], link["status"], link["mirror"]) for link in json.loads(printed.out)] == [
        ("a.csv", 206, False),
        ("b.csv", 404, True),
    ]
    assert f"umnsrs: {served.url}/gone.csv: HTTP 404\n2 addresses, 1 give a file\n" in printed.err


def test_interrupted_and_gone_on_with(tmp_path, served):
    served.behave = lambda path, attempt: "hang 40" if attempt == 1 else "ok"
    environment = {"MEDINST_MIRROR": served.url, "MEDINST_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "medinst", "fetch", "SciQ"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(environment, PATH="")) as process:
        while not served.asked:
            served.over.wait(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not (tmp_path / "cache" / "sources" / "sciq").exists()
    done = run("fetch", "SciQ", **environment)
    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "cache").rglob(".unfinished"))


def test_no_secret_of_the_mirror_is_told(tmp_path, served):
    """Not in what is printed, nor in the cache, nor in the dataset that is built of it, whether all is well or not."""
    mirror = served.url.replace("//", "//reader:hunter2@") + "?key=tok3n"
    environment = {"MEDINST_MIRROR": mirror, "MEDINST_CACHE": str(tmp_path / "cache")}
    fetch_one = ("fetch", "AnEM", "--timeout", "1", "--tries", "1")
    done = [run(*fetch_one, "--dry-run", **environment), run(*fetch_one, "--json", **environment)]
    done.append(run("build", "AnEM", "--out", tmp_path / "out", "--workers", "1", **environment))
    assert [one.returncode for one in done] == [0, 0, 0], done
    (tmp_path / "cache" / "sources" / "anem" / "AnEM-1.0.4.tar.gz").unlink()
    for fault, code in (("status 403", 4), ("cut 9", 4), ("page", 5)):
        served.behave = lambda path, attempt, fault=fault: fault
        done.append(run(*fetch_one, **environment))
        assert done[-1].returncode == code
    said = "".join(one.stdout + one.stderr for one in done)
    kept = [path.read_bytes() + str(path).encode() for path in tmp_path.rglob("*") if path.is_file()]
    assert [secret for secret in ("hunter2", "tok3n") if secret in said] == []
    assert [secret for secret in (b"hunter2", b"tok3n") if secret in b"".join(kept)] == []


def test_no_way_out_is_told_at_once(tmp_path):
    """No server can be reached: few tries, and one message that says how to do without."""
    proxy = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), "http://reader:hunter2@127.0.0.1:9")
    done = run("fetch", "AnEM", "BC5CDR", "medical-data", MEDINST_CACHE=str(tmp_path), **proxy)
    assert done.returncode == 4
    assert "anem: failed: cannot reach www.nactem.ac.uk, github.com\n" in done.stderr
    assert done.stderr.endswith(
        "or MEDINST_MIRROR. If there is no way out of here, fetch on another machine and carry the folder here:\n"
        "  there: medinst fetch AnEM BC5CDR medical-data --to carried\n"
        "  here:  medinst build --sources carried --out data\n"
    )
    assert "hunter2" not in done.stderr
    links = run("fetch", "AnEM", "--check-links", "--json", MEDINST_CACHE=str(tmp_path), **proxy)
    assert links.returncode == 4
    assert {link["why"] for link in json.loads(links.stdout)} == {"cannot be reached: All connection attempts failed"}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ALL_PROXY", "gopher://reader:hunter2@h:1", "names no proxy that can be used"),
        ("SSL_CERT_FILE", "/no/such/hunter2.pem", "expected a file, or a folder, of root certificates"),
    ],
)
def test_settings_of_the_environment_that_cannot_be_used(tmp_path, name, value, words):
    done = run("fetch", "AnEM", MEDINST_CACHE=str(tmp_path), **{name: value})
    assert done.returncode == 2
    assert words in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mirror_of_packed_folders(tmp_path, cache):
    """A site may serve a sources folder of <corpus>.tar.gz; what is carried on from there reads the same."""
    site = tmp_path / "site"
    site.mkdir()
    with tarfile.open(site / "sciq.tar.gz", "w:gz") as packed:
        packed.add(FIXTURES / "sciq", "sciq")
    (result,) = fetched(["SciQ"], cache, site.as_uri()).values()
    assert (result.status, result.exit_code) == ("ready", 0)
    assert statuses(result) == {"SciQ.zip": "failed", "sciq.tar.gz": "fetched"}
    (carried,) = fetched(["SciQ"], cache, site.as_uri(), to=tmp_path / "carried").values()
    assert carried.status == "fetched"
    sciq = corpora.load("sciq")
    trees = [sciq.tree(None, cache), sciq.tree(tmp_path / "carried", cache), sciq.tree(site, cache)]
    assert {tree.digest for tree in trees} == {sciq.tree(FIXTURES, cache).digest}
    packed = tmp_path / "carried" / "sciq" / "sciq.tar.gz"
    packed.write_bytes(packed.read_bytes() + b"?")
    with pytest.raises(IntegrityFailure, match=f"{packed} has sha256"):
        sciq.tree(tmp_path / "carried", cache)


@pytest.mark.parametrize("root", ["ftp://x/y", "http://", "nowhere", "http://[x"])
def test_what_is_no_mirror_is_refused(root):
    with pytest.raises(UsageError, match="MEDINST_MIRROR"):
        site_root(root)


def test_addresses_under_a_mirror():
    kinds = wanted("sciq", ("https://example.org/a%20b.zip",), "https://u:p@mirror.example/medinst/?k=1")
    assert kinds["official"]["a b.zip"][0].url == "https://u:p@mirror.example/medinst/sciq/a%20b.zip?k=1"
    assert kinds["packed"]["sciq.tar.gz"][0].url == "https://u:p@mirror.example/medinst/sciq.tar.gz?k=1"


def test_unknown_names_have_neighbours(cache):
    with pytest.raises(UnknownName, match=r"Nearest: .*AnEM"):
        fetch.plan(["AnEMM"], None, cache)
