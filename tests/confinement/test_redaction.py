"""No line that leaves a process holds a secret."""

import io
import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from leaderboard.confinement import guard_streams, redact
from leaderboard.confinement.redaction import GuardedStream
from tests.confinement.processes import ROOT, environment_for

TOKEN = "hf_" + "AbCd" * 8
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"

LINES = [
    (f"401 for {TOKEN}.", "401 for ***."),
    ("session of hf_oauth_eyAbc_123456.", "session of ***."),
    (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer ***"),
    ("authorization: bearer abc.def~1+/==", "authorization: bearer ***"),
    (f"state {JWT} expired", "state *** expired"),
    ("https://ana:s3cr3t@huggingface.co/somos", "https://***@huggingface.co/somos"),
    ("https://x-token@huggingface.co/somos", "https://***@huggingface.co/somos"),
    ("GET /login/callback?code=a1B2c3&state=x HTTP/1.1", "GET /login/callback?code=***&state=x HTTP/1.1"),
    ('"GET /?__sign=abc.def HTTP/1.1" 200', '"GET /?__sign=*** HTTP/1.1" 200'),
    ("POST /t?access_token=abc&x=1", "POST /t?access_token=***&x=1"),
    ("token=abc123", "token=***"),
    ("client_secret='abc123', scope='openid'", "client_secret='***', scope='openid'"),
    ("{'access_token': 'abc 123', 'token_type': 'x'}", "{'access_token': '***', 'token_type': 'x'}"),
    ('{"client_secret":"abc"}', '{"client_secret":"***"}'),
    ("https://s3/x?X-Amz-Signature=0a1b&y=2", "https://s3/x?X-Amz-Signature=***&y=2"),
]

INNOCENT = [
    "https://huggingface.co/somos/modelo/resolve/main/config.json",
    "404 for https://huggingface.co/@somos",
    "KeyError: 'token'",
    "TOKENIZERS_PARALLELISM=false",
    "the bearer of this message",
    "hf_hub 1.33.0",
    "2026-11-23 15:00:00,000 INFO somos/modelo: 12 of 40 items",
    "code=7",
    "eyJ is no token",
]


@pytest.mark.parametrize(("line", "shown"), LINES)
def test_what_has_the_form_of_a_secret_is_not_shown(line: str, shown: str) -> None:
    assert redact(line) == shown


@pytest.mark.parametrize("line", INNOCENT)
def test_what_has_not_is_left_alone(line: str) -> None:
    assert redact(line) == line


@pytest.mark.parametrize("secret", ["contraseña/1", 'quo"ted\\one', "with space", "unlike any form"])
def test_a_known_secret_is_found_however_it_is_spelt(secret: str) -> None:
    from urllib.parse import quote

    spellings = [secret, json.dumps(secret), json.dumps(secret, ensure_ascii=False), repr(secret), quote(secret)]
    for spelling in (*spellings, quote(secret, safe="")):
        shown = redact(f"before {spelling} after", [secret])
        assert "***" in shown
        assert spelling.strip("\"'") not in shown
        assert (shown.startswith("before "), shown.endswith(" after")) == (True, True)


def test_a_key_of_many_lines_is_found_line_by_line() -> None:
    key = "-----BEGIN KEY-----\nabcdefghijklmnop\nqrstuvwxyzabcdef\n-----END KEY-----"
    assert redact("found qrstuvwxyzabcdef there", [key]) == "found *** there"


def test_a_short_value_is_no_secret_for_it_would_be_found_in_any_line() -> None:
    assert redact("false alarm", ["false"]) == "false alarm"


@pytest.mark.parametrize("secret", ["12345678", "expresiones", "FINISHED", TOKEN])
def test_json_stays_json(secret: str) -> None:
    value = {
        "expresiones": [12345678, 0.12345678, -12345678, 9123456789, "id 12345678"],
        "status": "FINISHED",
        "words": [f"{name}={TOKEN}" for name in ("token", "client_secret", "?code")] + ["Bearer abcdef", "token="],
        "nested": json.dumps({"access_token": "abc", "url": "https://a:b@c"}),
        "multi": "token=abc\nhttps://u:p@h \\ \"token=\" 'token='",
    }
    for indent in (None, 1):
        shown = redact(json.dumps(value, ensure_ascii=False, indent=indent), [secret])
        json.loads(shown)
        assert TOKEN not in shown
        assert f'"{secret}"' not in shown


def test_a_longer_number_is_not_the_secret() -> None:
    assert redact("912345678 and 123456789", ["12345678"]) == "912345678 and 123456789"


def guarded(*secrets: str) -> tuple[GuardedStream, io.StringIO]:
    behind = io.StringIO()
    return GuardedStream(behind, secrets), behind


def test_a_secret_that_is_written_in_pieces_is_found() -> None:
    stream, behind = guarded()
    for piece in ("Bearer ", TOKEN[:9], TOKEN[9:], "\nnext"):
        stream.write(piece)
    assert behind.getvalue() == "Bearer ***\n"
    stream.flush()
    assert behind.getvalue() == "Bearer ***\nnext"


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    stream, behind = guarded()
    for _ in range(20):
        stream.write("x" * 10_000)
    assert len(behind.getvalue()) > 100_000


def test_a_guarded_stream_is_else_the_stream_behind_it() -> None:
    stream = GuardedStream(sys.__stdout__, ())  # type: ignore[arg-type]
    assert stream.isatty() == sys.__stdout__.isatty()  # type: ignore[union-attr]
    assert stream.encoding == sys.__stdout__.encoding  # type: ignore[union-attr]
    assert stream.fileno() == sys.__stdout__.fileno()  # type: ignore[union-attr]


def own_streams(monkeypatch: pytest.MonkeyPatch) -> tuple[io.StringIO, io.StringIO]:
    """Put streams of the test in the place of the process's own."""
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    return out, err


def test_handlers_of_logging_that_were_there_before_are_guarded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    _, err = own_streams(monkeypatch)
    logger = logging.getLogger("tests.redaction")
    handler: logging.StreamHandler[Any] = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    try:
        guard_streams(["unlike any form"])
        logger.warning("this is unlike any form, and %s", TOKEN)
    finally:
        logger.removeHandler(handler)
    assert err.getvalue() == "this is ***, and ***\n"


def test_guarding_twice_writes_once_and_knows_both_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    out, _ = own_streams(monkeypatch)
    guard_streams(["the first secret"])
    guard_streams(["the second secret"])
    sys.stdout.writelines(["the first secret ", "and the second secret\n"])
    assert out.getvalue() == "*** and ***\n"
    assert not isinstance(vars(sys.stdout)["_stream"], GuardedStream)


def run_command(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command],
        env=environment_for(**environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("command", [("-m", "leaderboard", "queue"), ("app.py",)])
def test_incident_28_an_error_that_carries_a_secret_does_not_show_it(command: tuple[str, ...]) -> None:
    """The setting's message quotes its value; the app shows it in a traceback of Python's own."""
    secret = "a secret like no other"
    done = run_command(*command, HF_TOKEN=secret, LEADERBOARD_DEVICE=f"{secret} {TOKEN}")

    assert done.returncode != 0
    assert "LEADERBOARD_DEVICE is '*** ***'" in done.stderr
    assert secret not in done.stdout + done.stderr
    assert TOKEN not in done.stdout + done.stderr


def test_incident_28_what_a_command_prints_stays_json_whatever_the_secret() -> None:
    done = run_command("-m", "leaderboard", "suite", "list", "--json", HF_TOKEN="expresiones", MY_TOKEN="euskara")

    assert done.returncode == 0, done.stderr
    assert "***" in str(json.loads(done.stdout))
    assert "expresiones" not in done.stdout
    assert "euskara" in done.stdout  # too short to be a secret
