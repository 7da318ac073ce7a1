"""What a reply means, read without a server: no secret in a reason, no crash over a date or half a character."""

from __future__ import annotations

import json

import pytest

from medinst.models import Failed
from medinst.models.endpoint import Endpoint
from medinst.models.replies import Passing, read, refused, retry_after

SECRET = "SECRET/0123456789+abc"
PLACE = Endpoint("http://127.0.0.1:1/v1", query={"api-key": SECRET})


@pytest.mark.parametrize("written", [SECRET, "SECRET%2F0123456789%2Babc", "SECRET/0123456789%2Babc"])
def test_where_a_redirect_leads_is_told_without_the_key(written: str) -> None:
    error = refused(307, {"location": f"/v1/chat?api-key={written}"}, b"", PLACE)
    assert str(error) == "HTTP 307: moved to /v1/chat?api-key=***"


@pytest.mark.parametrize("status", [400, 401, 500])
def test_no_part_of_a_key_is_left_where_a_body_is_cut(status: int) -> None:
    body = b"x" * 190 + SECRET.encode()
    assert "SECRET" not in str(refused(status, {}, body, PLACE))
    with pytest.raises(Passing) as caught:
        read(body, PLACE)
    assert "SECRET" not in str(caught.value)


def test_no_part_of_a_key_is_left_where_a_refusal_is_cut() -> None:
    message = {"content": None, "refusal": "x" * 190 + SECRET}
    with pytest.raises(Failed) as caught:
        read(json.dumps({"choices": [{"message": message}]}).encode(), PLACE)
    assert "xxx***" in str(caught.value)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("date", ["Wed, 21 Oct 99999999999 07:28:00 GMT", "Wed, 21 Oct 20260 07:28:00 GMT", "soon", ""])
def test_a_date_out_of_the_calendar_asks_for_nothing(date: str) -> None:
    assert retry_after({"retry-after": date}) is None


@pytest.mark.parametrize(
    ("written", "read_as"),
    [(r"a \ud83d", "a \ufffd"), (r"a \uDE00.", "a \ufffd."), (r"\ud83d\ude00 \ud83d", "\U0001f600 \ufffd")],
)
def test_half_a_character_is_no_failure(written: str, read_as: str) -> None:
    body = f'{{"choices": [{{"message": {{"content": "{written}"}}, "finish_reason": "length"}}]}}'
    assert read(body.encode(), PLACE).output == read_as


@pytest.mark.parametrize("body", [rb'{"choices": ["\ud83d"]}', rb'{"choices": "\ud83d', b'"\\ud83d' + b"[" * 10**5])
def test_what_is_unreadable_all_the_same_may_pass(body: bytes) -> None:
    with pytest.raises(Passing, match="no completion"):
        read(body, PLACE)
