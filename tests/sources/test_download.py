from __future__ import annotations

import gzip
import hashlib
import random
import time

import pytest

from file_server import FileServer, trusting
from getting import fetch
from hostile_archives import packed, tar
from medinst.errors import IntegrityFailure, MedinstError, RemoteFailure
from medinst.sources.http import Patience
from medinst.sources.pins import Place

PATIENCE = Patience(stall=10, least=400, tries=3, pause=0.01, longest_pause=0.05)
LITTLE = Patience(stall=0.4, least=400, tries=3, pause=0.01, longest_pause=0.05)
SOME = Patience(stall=0.5, least=400, tries=6, pause=0.01, longest_pause=0.05)
LASTING = "a server that misbehaves for good: a clear error, in time, tries bounded"
OLD = b"what an earlier release was"


def made(seed, kind=""):
    """Return the name and bytes of an invented file: a table, an archive, a packed table."""
    random_ = random.Random(seed)
    table = "".join(f"{random_.random()}\tcell line {row}\n" for row in range(random_.randrange(60, 4000))).encode()
    files = {
        "table.tsv": table,
        "release.zip": packed(("a/b.txt", random_.randbytes(3000)), ("a/c.txt", table)),
        "release.tar.gz": gzip.compress(tar(("a/b.txt", random_.randbytes(3000)), ("a/c.txt", table))),
        "table.json.gz": gzip.compress(table),
    }
    name = kind or random_.choice(list(files))
    return name, files[name]


def place(server, name, data=None, path=None):
    """Return the place of a file, with ``data`` pinned."""
    pins = (hashlib.sha256(data).hexdigest(), len(data)) if data else (None, None)
    return Place(f"{server.url}/{path or name}", *pins, name)


def litter(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def in_time(patience, server, asked, target, **more):
    """Fetch, and check what holds for every server: in time, tries bounded, Retry-After kept."""
    began = time.monotonic()
    try:
        return fetch(asked, target, patience=patience, **more)
    finally:
        waits = 2.5 * sum("429" in server.behave("", attempt) for attempt in range(1, 4))
        assert time.monotonic() - began < patience.at_most() + waits
        assert len(server.asked) <= patience.tries + 1 + patience.redirects
        assert server.early == 0


def slow(kind):
    return "stall" in kind or "byte" in kind


def then_ok(*faults):
    return lambda path, attempt: faults[attempt - 1] if attempt <= len(faults) else "ok"


# What may pass; each server does so once or twice and is a good one from then on. {n}: a number of bytes.
PASSES = {
    "429": ["status 429"],
    "429, seconds": ["status 429 0.3", "status 429 1"],
    "429, date": ["status 429 date 0.2"],
    "408 and 425": ["status 408", "status 425"],
    "500": ["status 500"],
    "502 and 504": ["status 502", "status 504"],
    "503, seconds": ["status 503 1"],
    "reset": ["reset", "reset"],
    "reset in the body": ["cut {n}", "cut {n}"],
    "cut off in the body": ["close {n}", "close {n}"],
    "stall before the headers": ["hang"],
    "stall in the body": ["hang {n}", "hang {n}"],
    "a byte a second": ["drip"],
    "headers byte by byte": ["dripping_head"],
    "announces too much": ["long"],
    "no HTTP": ["garbage"],
    "chunks without end": ["chunked {n}"],
    "chunks": ["cut {n}", "chunked"],
    "Range ignored": ["cut {n}", "norange"],
    "Range answered by another": ["cut {n}", "wrongrange"],
    "no version named": ["cut {n}", "noetag"],
    "redirect": ["to /{path}?token=x"],
}


@pytest.mark.promise("a server that misbehaves and mends: the right bytes, in time, tries bounded")
@pytest.mark.seeds(1, 12)
@pytest.mark.parametrize("kind", PASSES)
def test_what_passes_ends_in_the_right_bytes(tmp_path, kind, seed):
    random_ = random.Random(f"{kind} {seed}")
    name, data = made(random_.random())
    script = [fault.format(n=random_.randrange(1, len(data)), path=name) for fault in PASSES[kind]]
    target = tmp_path / "corpus" / name
    if seed % 2:
        target.parent.mkdir()
        target.write_bytes(OLD)
    with FileServer({f"/{name}": data}, then_ok(*script)) as server:
        pinned = None if kind == "announces too much" else random_.choice([None, data])  # pinned, it is refused at once
        assert in_time(SOME if slow(kind) else PATIENCE, server, place(server, name, pinned), target) == target
    assert target.read_bytes() == data
    assert litter(tmp_path) == [name]


# What does not pass, and what the message must say.
LASTS = {
    "429": ("status 429", "HTTP 429, after 3 tries"),
    "429, seconds": ("status 429 1", "HTTP 429, after 3 tries"),
    "429, come tomorrow": ("status 429 86400", "asks to come back in 86400 s"),
    "500": ("status 500", "HTTP 500, after 3 tries"),
    "503, date": ("status 503 date 0.1", "HTTP 503, after 3 tries"),
    "reset": ("reset", "the connection broke"),
    "reset in the body": ("cut 9", "after 3 tries"),
    "cut off in the body": ("close 9", "after 3 tries"),
    "stall before the headers": ("hang", "no answer within 0.4 s, after 3 tries"),
    "stall in the body": ("hang 9", "only 9 bytes within 0.4 s"),
    "a byte a second": ("drip", "bytes within 0.4 s"),
    "headers byte by byte": ("dripping_head", "no answer within 0.4 s"),
    "announces too much": ("long", ""),
    "announces too little": ("short", ""),
    "redirect loop": ("loop", "redirects more than 10 times"),
    "redirect elsewhere": ("to ftp://127.0.0.1/x", "redirects from http to ftp"),
    "login page": ("page", "page"),
    "404": ("status 404", "answers HTTP 404 (there is no such file, or no longer)"),
    "401": ("status 401", "it wants a login"),
    "403": ("status 403", "it refuses"),
    "204": ("status 204", "HTTP 204"),
    "no HTTP": ("garbage", "does not keep to HTTP"),
    "chunks without end": ("chunked 9", "after 3 tries"),
    "neither length nor end": ("nolength 9", ""),
    "empty": ("empty", ""),
}


@pytest.mark.promise(LASTING)
@pytest.mark.seeds(1, 12)
@pytest.mark.parametrize("kind", LASTS)
def test_what_does_not_pass_ends_in_a_clear_error(tmp_path, kind, seed):
    random_ = random.Random(f"{kind} {seed}")
    name, data = made(random_.random())
    fault, words = LASTS[kind]
    target = tmp_path / "corpus" / name
    target.parent.mkdir()
    target.write_bytes(OLD)
    with FileServer({f"/{name}": data}, lambda path, attempt: fault) as server:
        asked = place(server, name, random_.choice([None, data]))
        with pytest.raises((RemoteFailure, IntegrityFailure)) as refusal:
            in_time(LITTLE if slow(kind) else PATIENCE, server, asked, target)
        assert words in str(refusal.value)
        assert name in str(refusal.value)
        assert target.read_bytes() == OLD
        server.behave = then_ok()
        fetch(asked, target, patience=PATIENCE)
    assert target.read_bytes() == data
    assert litter(tmp_path) == [name]


@pytest.mark.promise("a file that changes between two ranges: the new bytes whole")
@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.seeds(3, 12)
def test_a_file_that_changes_between_ranges(tmp_path, seed, pinned):
    random_ = random.Random(seed)
    _, old = made(seed, "table.tsv")
    new = old[: len(old) // 2] + b"corrected" + old[len(old) // 2 + 9 :]

    def behave(path, attempt):
        if attempt == 1:
            return f"cut {random_.randrange(1, len(old))}"
        server.files["/table.tsv"], server.version = new, '"2"'
        return random_.choice(["ok", "deafrange", "norange"])

    with FileServer({"/table.tsv": old}, behave) as server:
        fetch(place(server, "table.tsv", new if pinned else None), tmp_path / "table.tsv", patience=PATIENCE)
    assert (tmp_path / "table.tsv").read_bytes() == new


@pytest.mark.promise("a range with other bytes than it says: found, the right bytes")
@pytest.mark.seeds(3, 12)
def test_a_range_with_other_bytes_than_it_says_is_found(tmp_path, seed):
    name, data = made(seed, random.Random(seed).choice(["release.zip", "release.tar.gz", "table.json.gz"]))
    with FileServer({f"/{name}": data}, then_ok(f"cut {len(data) // 3}", "lyingrange")) as server:
        fetch(place(server, name), tmp_path / name, patience=PATIENCE)
    assert (tmp_path / name).read_bytes() == data


@pytest.mark.promise("a download given up and run again: goes on where it stopped")
@pytest.mark.seeds(2, 12)
def test_what_came_is_not_asked_for_again(tmp_path, seed):
    """Two runs, the second goes on where the first gave up; nothing is asked for twice."""
    name, data = made(seed, "table.tsv")
    cuts = [len(data) // 5] * 3
    with FileServer({f"/{name}": data}, then_ok(*(f"cut {cut}" for cut in cuts))) as server:
        with pytest.raises(RemoteFailure, match=r"Of it \d+ bytes are kept; run this again to go on"):
            fetch(place(server, name), tmp_path / name, patience=PATIENCE)
        fetch(place(server, name), tmp_path / name, patience=PATIENCE)
        ranges = [int(asked[6:-1]) if asked else 0 for _, asked, _ in server.asked]
    assert ranges == [0, *(len(data) // 5 * part for part in (1, 2, 3)), len(data)]
    assert (tmp_path / name).read_bytes() == data


@pytest.mark.parametrize(("change", "asked"), [("flip", ""), ("none", "bytes=9-")])
def test_kept_bytes_are_checked_before_they_are_used(tmp_path, change, asked):
    name, data = made(0, "table.tsv")
    with FileServer({f"/{name}": data}, lambda path, attempt: "close 9" if attempt == 1 else "status 500") as server:
        with pytest.raises(RemoteFailure):
            fetch(place(server, name), tmp_path / name, patience=PATIENCE)
        (kept,) = tmp_path.rglob("bytes")
        assert kept.read_bytes() == data[:9]
        if change == "flip":
            kept.write_bytes(data[:8] + b"?")
        server.behave = then_ok()
        fetch(place(server, name), tmp_path / name, patience=PATIENCE)
        assert server.asked[3][1] == asked
    assert (tmp_path / name).read_bytes() == data


def test_pinned_bytes_and_no_others(tmp_path):
    name, data = made(0, "table.tsv")
    with FileServer({f"/{name}": data}) as server:
        for wrong in (data[:-1] + b"?", data + b"?"):
            with pytest.raises(IntegrityFailure, match=r"expected .*new release"):
                fetch(place(server, name, wrong), tmp_path / name, patience=PATIENCE)
    assert list(tmp_path.iterdir()) == []


def test_a_packed_transfer_is_refused_and_a_packed_file_is_not(tmp_path):
    name, data = made(0, "table.tsv")
    with FileServer({f"/{name}": data, f"/{name}.gz": data}, lambda path, attempt: "packed") as server:
        with pytest.raises(RemoteFailure, match="as 'gzip', which it was asked not to do"):
            fetch(place(server, name), tmp_path / name, patience=PATIENCE)
        fetch(place(server, f"{name}.gz"), tmp_path / f"{name}.gz", patience=PATIENCE)
        assert gzip.decompress((tmp_path / f"{name}.gz").read_bytes()) == data
        server.files["/twice.gz"] = gzip.compress(data)
        with pytest.raises(IntegrityFailure, match="is packed twice"):
            fetch(place(server, "twice.gz"), tmp_path / "twice.gz", patience=PATIENCE)


@pytest.mark.promise(LASTING)
def test_a_body_without_end_stops_at_the_pinned_size(tmp_path):
    name, data = made(0, "table.tsv")
    with (
        FileServer({f"/{name}": data}, lambda path, attempt: "endless") as server,
        pytest.raises(IntegrityFailure, match=f"gives more than {len(data)} bytes"),
    ):
        in_time(PATIENCE, server, place(server, name, data), tmp_path / name)


@pytest.mark.promise(LASTING)
def test_certificates_are_checked(tmp_path):
    name, data = made(0)
    with FileServer({f"/{name}": data}, tls=True) as server:
        with pytest.raises(RemoteFailure, match=r"certificate is not valid: .*self.signed.*SSL_CERT_FILE"):
            in_time(PATIENCE, server, place(server, name), tmp_path / name)
        assert server.asked == []
        server.url = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(RemoteFailure, match=r"certificate is not valid: .*localhost"):
            fetch(place(server, name), tmp_path / name, patience=PATIENCE, verify=trusting())
        server.url = server.url.replace("localhost", "127.0.0.1")
        fetch(place(server, name), tmp_path / name, patience=PATIENCE, verify=trusting())
    assert (tmp_path / name).read_bytes() == data


@pytest.mark.promise(LASTING)
def test_no_way_down_from_https(tmp_path):
    name, data = made(0)
    with (
        FileServer({f"/{name}": data}) as plain,
        FileServer({}, lambda path, attempt: f"to {plain.url}/{name}", tls=True) as server,
        pytest.raises(RemoteFailure, match="redirects from https to http"),
    ):
        fetch(place(server, name), tmp_path / name, patience=PATIENCE, verify=trusting())
    assert plain.asked == []


def test_no_server(tmp_path):
    with FileServer({}) as server:
        gone = place(server, "a.zip")
    with pytest.raises(RemoteFailure, match="cannot be reached: All connection attempts failed"):
        fetch(gone, tmp_path / "a.zip", patience=PATIENCE)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_the_same_machine(tmp_path):
    name, data = made(0, "table.tsv")
    source = tmp_path / "site mirror" / name
    source.parent.mkdir()
    source.write_bytes(data)
    here = Place(source.as_uri(), hashlib.sha256(data).hexdigest(), len(data), name)
    assert fetch(here, tmp_path / "cache" / name).read_bytes() == data
    source.write_bytes(data[:-1])
    with pytest.raises(IntegrityFailure, match=f"expected {here.sha256}"):
        fetch(here, tmp_path / "cache" / name)
    source.unlink()
    with pytest.raises(RemoteFailure, match="No such file or directory"):
        fetch(here, tmp_path / "cache" / name)
    assert litter(tmp_path / "cache") == [name]


@pytest.mark.promise("a secret in an address or a header: in no message, log or file")
@pytest.mark.seeds(10, 50)
def test_no_secret_in_messages_logs_or_files(tmp_path, caplog, seed):
    """Secrets in user, password, query and fragment, in redirects and cookies, while servers fail in many ways."""
    caplog.set_level(0)
    random_ = random.Random(seed)
    secrets = [f"s3cret{random_.getrandbits(40):x}" for _ in range(7)]
    user, password, key, part, moved, signed, cookie = secrets
    faults = ["ok", "status 404", "status 500", "cut 5", "hang 3", "loop", "page", "garbage", "reset", "short", "empty"]
    with FileServer({"/a.zip": b"PK\3\4 not really", "/b.zip": b"no"}) as server:
        server.cookie = cookie
        root = server.url.replace("//", f"//{user}:{password}@")
        faults += [f"to {root}/b.zip?signature={signed}#{moved}", f"to ftp:{signed}", f"to http://[{signed}"]
        script = [random_.choice(faults) for _ in range(8)]
        server.behave = lambda path, attempt: script[attempt % 8] if path == "/a.zip" else "status 403"
        with pytest.raises(MedinstError) as refusal:
            fetch(Place(f"{root}/a.zip?key={key}#{part}", None, None, "a.zip"), tmp_path / "a.zip", patience=LITTLE)
    kept = [path.read_text("utf-8", "replace") + str(path) for path in tmp_path.rglob("*") if path.is_file()]
    everything = "\n".join([str(refusal.value), *kept, caplog.text])
    assert [secret for secret in secrets if secret in everything] == []
    assert f"127.0.0.1:{server.server_address[1]}/a.zip" in str(refusal.value)


def test_a_password_stays_with_its_server(tmp_path):
    name, data = made(0)
    with (
        FileServer({f"/{name}": data}) as other,
        FileServer({}, lambda path, attempt: f"to {other.url}/{name}") as server,
    ):
        root = server.url.replace("//", "//reader:hunter2@")
        fetch(Place(f"{root}/{name}", None, None, name), tmp_path / name, patience=PATIENCE)
    assert server.authorized
    assert not other.authorized
