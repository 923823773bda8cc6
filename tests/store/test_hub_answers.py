"""What the Hub's answers mean."""

from typing import Any

import httpx
import pytest
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import hf_raise_for_status

from leaderboard.store.hub_answers import Answer, Meaning, understand
from leaderboard.store.hub_session import NoAnswerError

URL = "https://hub.test/api/datasets/somos/store/commit/main"
WORDS = "You have exceeded our rate limit for repository commits (128 per hour). You can retry this action in {}."


def answered(status: int, *, headers: dict[str, str] | None = None, error: str = "", **body: Any) -> Answer:
    """Return what an answer means, as it comes out of the real client."""
    response = httpx.Response(status, headers=headers, request=httpx.Request("POST", URL), **body)
    if not body:
        response = httpx.Response(status, headers=headers, json={"error": error}, request=httpx.Request("POST", URL))
    try:
        hf_raise_for_status(response)
    except (HfHubHTTPError, AttributeError, TypeError) as raised:
        return understand(raised)
    pytest.fail(f"{status} is no error")


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, Meaning.REFUSED),
        (401, Meaning.REFUSED),
        (403, Meaning.REFUSED),
        (404, Meaning.REFUSED),
        (408, Meaning.DOUBTFUL),
        (409, Meaning.LOCKED),
        (410, Meaning.REFUSED),
        (412, Meaning.STALE),
        (413, Meaning.REFUSED),
        (418, Meaning.REFUSED),
        (422, Meaning.REFUSED),
        (429, Meaning.TOO_MANY),
        (500, Meaning.DOUBTFUL),
        (502, Meaning.DOUBTFUL),
        (503, Meaning.DOUBTFUL),
        (504, Meaning.DOUBTFUL),
        (520, Meaning.DOUBTFUL),
        (599, Meaning.DOUBTFUL),
    ],
)
@pytest.mark.parametrize("text", ["", "Please refresh and try again.", "Another commit operation is in progress"])
def test_the_status_decides_and_never_the_text(status: int, meaning: Meaning, text: str):
    assert answered(status, error=text).meaning is meaning


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("RepoNotFound", 401, Meaning.REFUSED),
        ("RepoNotFound", 404, Meaning.REFUSED),
        ("GatedRepo", 403, Meaning.REFUSED),
        ("EntryNotFound", 404, Meaning.STALE),
        ("RevisionNotFound", 404, Meaning.DOUBTFUL),
    ],
)
def test_what_is_missing_is_told_apart_by_its_code(code: str, status: int, meaning: Meaning):
    assert answered(status, headers={"X-Error-Code": code}).meaning is meaning


@pytest.mark.parametrize(
    ("headers", "text", "seconds"),
    [
        ({"RateLimit": '"api";r=0;t=55'}, "", 55),
        ({"RateLimit": '"api";r=0;t=55', "Retry-After": "7"}, "", 55),
        # Which limit was reached is another than that of the headers, which come with every answer.
        ({"RateLimit": '"api";r=900;t=12'}, WORDS.format("about 30 minutes"), 1800),
        ({"RateLimit": '"api";r=900;t=12'}, "", None),
        ({"RateLimit": '"api";r=900;t=12', "Retry-After": "90"}, "", 90),
        ({"Retry-After": "0"}, "", 0),
        ({}, WORDS.format("55 seconds"), 55),
        ({}, WORDS.format("about 1 hour"), 3600),
        ({}, "RETRY IN 2 HOURS", 7200),
        ({}, "Too Many Requests", None),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, "", None),
        ({"Retry-After": "-5"}, "", None),
        ({"Retry-After": "1e9"}, "", None),
        ({"Retry-After": ""}, "retry in soon", None),
        ({"RateLimit": "nonsense"}, "", None),
        ({"RateLimit": '"api";r=0;t=-5'}, "", None),
        # Nonsense that is a number.
        ({"Retry-After": "9" * 400}, "", 86_400),
        ({"RateLimit": f'"api";r=0;t={"9" * 400}'}, "", 86_400),
        ({}, f"retry in {'9' * 400} hours", 86_400),
    ],
)
def test_a_refusal_for_asking_too_often_says_how_long(headers: dict[str, str], text: str, seconds: float | None):
    answer = answered(429, headers=headers, error=text)
    assert answer.meaning is Meaning.TOO_MANY
    assert answer.wait_seconds == seconds


@pytest.mark.parametrize("status", [403, 409, 412, 500])
def test_only_a_429_is_waited_for_as_told(status: int):
    assert answered(status, headers={"Retry-After": "7", "RateLimit": '"api";r=0;t=55'}).wait_seconds is None


@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b"[]", b'"no"', b"null", b"\xff\xfe", b'{"errors": [null]}'])
def test_an_error_whose_body_is_garbage_is_not_taken_for_a_refusal(body: bytes):
    assert answered(502, content=body).meaning is Meaning.DOUBTFUL


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("no"),
        NoAnswerError("no answer within 30 seconds"),
        ConnectionResetError("reset"),
        RuntimeError("Cannot send a request, as the client has been closed."),
        ValueError("Expecting value"),
        KeyError("branches"),
        TypeError("list indices must be integers"),
    ],
)
def test_no_answer_leaves_a_doubt(error: Exception):
    answer = understand(error)
    assert answer.meaning is Meaning.DOUBTFUL
    assert answer.message.startswith("no answer")


def test_an_answer_is_quoted_on_one_line_and_at_no_great_length():
    answer = answered(400, error="no\n  not\tthis\r\n" + "x" * 1000)
    assert answer.message.startswith("the Hub answered 400: no not this xxx")
    assert len(answer.message) < 300
    assert "\n" not in answer.message


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (401, "", "HF_TOKEN"),
        (403, "", "HF_TOKEN may write"),
        (404, "RepoNotFound", "create it, or set HF_TOKEN"),
        (403, "GatedRepo", "ask for access"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, code: str, advice: str):
    headers = {"X-Error-Message": "Invalid credentials in Authorization header", "X-Error-Code": code}
    assert advice in answered(status, headers=headers).message
