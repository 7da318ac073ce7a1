"""Addresses and keys: what may be written down is free of secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from medinst.errors import UsageError
from medinst.models.endpoint import OPENAI, Endpoint, endpoint

KEYS = ("MEDINST_API_KEY", "MEDINST_API_KEY_FILE", "OPENAI_API_KEY", "OPENAI_BASE_URL", "MEDINST_BASE_URL")


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


def test_user_and_query_are_kept_apart() -> None:
    place = endpoint("https://bob:s3cret@example.org:8443/v1/?api-key=abcdef#x")
    assert place.url == "https://example.org:8443/v1"
    assert (place.userinfo, place.query) == ("bob:s3cret", {"api-key": "abcdef"})
    assert place.headers() == {"Authorization": "Basic Ym9iOnMzY3JldA=="}


def test_secrets_are_scrubbed_from_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-123456")
    place = endpoint("http://bob:s3cret@127.0.0.1:1/v1?key=abcdef")
    assert place.scrub("sk-123456 and s3cret at ?key=abcdef") == "*** and *** at ?key=***"


def test_secrets_are_scrubbed_as_an_address_writes_them_and_whole() -> None:
    place = Endpoint("http://x", key="abcd", query={"api-key": "abcd/e+f g"})
    assert place.scrub("abcd/e%2Bf%20g, abcd%2Fe%2Bf%20g, abcd%2Fe%2Bf+g, abcd/e+f g, abcd") == ", ".join(["***"] * 5)


def test_our_own_key_goes_before_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "third")
    assert endpoint().key == "third"
    (tmp_path / "key").write_text("second\n")
    monkeypatch.setenv("MEDINST_API_KEY_FILE", str(tmp_path / "key"))
    assert endpoint().key == "second"
    monkeypatch.setenv("MEDINST_API_KEY", "first")
    assert endpoint().key == "first"


def test_the_address_comes_from_the_flag_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert endpoint().url == OPENAI
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:2/v1")
    assert endpoint().url == "http://127.0.0.1:2/v1"
    assert endpoint("http://[::1]:3/v1").url == "http://[::1]:3/v1"


@pytest.mark.parametrize(
    "url", ["ftp://sk-secret@x/v1", "sk-secret", "http://", "http://sk-secret@x:port/v1", "http://sk-secret@a b/v1"]
)
def test_what_is_no_address_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(UsageError, match="not an http") as caught:
        endpoint(url)
    assert "sk-secret" not in str(caught.value)


def test_a_key_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MEDINST_API_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="none cannot be read"):
        endpoint()


def test_a_key_that_no_header_can_carry_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-sécret")
    with pytest.raises(UsageError, match="API key holds") as caught:
        endpoint()
    assert "cret" not in str(caught.value)
