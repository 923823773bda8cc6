"""From an exception to a cause and one line for people."""

import httpx
import pytest
from huggingface_hub import errors
from huggingface_hub.utils import hf_raise_for_status

from leaderboard.evaluation.causes import cleaned, failure_of, one_line
from leaderboard.evaluation.chat_templates import ChatTemplateError
from leaderboard.records import Cause, Failure, LeaderboardError


class GatedRepoError(Exception):
    """Bears the name of huggingface_hub's error, by which it is known."""


class RevisionNotFoundError(Exception):
    """Likewise."""


class OutOfMemoryError(RuntimeError):
    """Bears the name of torch's error."""


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (MemoryError(), Cause.OUT_OF_MEMORY),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), Cause.OUT_OF_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 8 bytes"), Cause.OUT_OF_MEMORY),
        (GatedRepoError("401 Client Error"), Cause.GATED),
        (RevisionNotFoundError("404 Client Error"), Cause.NOT_FOUND),
        (
            ValueError("The checkpoint has model type `foo` but Transformers does not recognize this architecture."),
            Cause.UNSUPPORTED_ARCHITECTURE,
        ),
        (ValueError("Unrecognized model in meiga. Should have a `model_type` key"), Cause.UNSUPPORTED_ARCHITECTURE),
        (OSError("Can't load tokenizer for 'org/model'"), Cause.TOKENIZER),
        (ImportError("requires the SentencePiece library"), Cause.TOKENIZER),
    ],
)
def test_a_known_error_has_its_cause(error: Exception, cause: Cause):
    assert failure_of(error, Cause.TASK_ERROR).cause is cause


@pytest.mark.parametrize("otherwise", [Cause.TASK_ERROR, Cause.ENGINE_ERROR])
def test_what_no_rule_knows_is_what_the_caller_says(otherwise: Cause):
    failure = failure_of(KeyError("answer"), otherwise)
    assert failure.cause is otherwise
    assert failure.detail == "KeyError: 'answer'"


def test_only_the_first_line_is_kept_and_not_more_than_fits():
    assert one_line("\n\n  first\n second") == "first"
    assert len(one_line("x" * 10_000)) == 500
    assert failure_of(ValueError("y" * 10_000), Cause.ENGINE_ERROR).detail.startswith("ValueError: yyy")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\u202eabc", "\ufffd[2J\ufffdabc"),
        ("a\x00b\x07c\x7fd\x9b2Je", "a\ufffdb\ufffdc\ufffdd\ufffd2Je"),
        ("a\u200bb\u2066c\u2069d", "a\ufffdb\ufffdc\ufffdd"),
        ("«¿Qué?» ñandú 模型", "«¿Qué?» ñandú 模型"),
    ],
)
def test_what_would_move_a_cursor_or_turn_a_line_is_replaced(text: str, shown: str):
    assert one_line(text) == shown
    assert cleaned(Failure(cause=Cause.ENGINE_ERROR, detail=text)).detail == shown


def test_half_a_character_of_an_error_can_be_told():
    assert failure_of(OSError("cannot read a\udfffb"), Cause.ENGINE_ERROR).detail == "OSError: cannot read a\ufffdb"


@pytest.mark.parametrize("text", ["", "  \n \t"])
def test_silence_is_said(text: str):
    assert one_line(text) == "no message"


@pytest.mark.parametrize(
    "text",
    [
        "cannot open /home/ana/modelos/meiga/config.json",
        "cannot open '/home/ana/modelos/meiga/config.json': no",
        "cannot open file:///home/ana/modelos/meiga/config.json",
        "path=/home/ana/modelos",
        "(/home/ana/.cache/huggingface)",
        "FileNotFoundError: [Errno 2] '/home/ana/x-1.0+cpu/a@b/~c'",
    ],
)
def test_paths_of_the_machine_are_left_out(text: str):
    shown = one_line(text)
    assert "ana" not in shown
    assert "…" in shown


@pytest.mark.parametrize("text", ["404 for https://huggingface.co/org/model/resolve/main", "got 3/4 of it", "and/or"])
def test_addresses_and_fractions_are_no_paths(text: str):
    assert one_line(text) == text


def test_incident_28_a_token_is_not_shown():
    shown = one_line("401 for Bearer hf_abcDEF123456789xyz and hf_ZZZZZZZZZZ")
    assert shown == "401 for Bearer *** and ***"


def answer_of_the_hub(status: int, headers: dict[str, str] | None = None) -> Exception:
    """Return what huggingface_hub raises at a real answer."""
    asked = httpx.Request("GET", "https://huggingface.co/api/models/org/tokenizer-1b")
    with pytest.raises(errors.HfHubHTTPError) as raised:
        hf_raise_for_status(httpx.Response(status, headers=headers, request=asked))
    return raised.value


def connection_refused() -> Exception:
    with pytest.raises(httpx.ConnectError) as raised:
        httpx.get("http://127.0.0.1:9")
    return raised.value


RATE_LIMITED = {"ratelimit": '"api";r=0;t=55', "ratelimit-policy": '"fixed window";"api";q=500;w=300'}


@pytest.mark.parametrize("otherwise", [Cause.TASK_ERROR, Cause.ENGINE_ERROR])
@pytest.mark.parametrize(
    "error",
    [
        connection_refused(),
        httpx.ReadTimeout("The read operation timed out"),
        httpx.ConnectTimeout("timed out"),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        *(answer_of_the_hub(status) for status in (429, 500, 502, 503, 504)),
        answer_of_the_hub(429, RATE_LIMITED),
        ConnectionError("Couldn't reach 'org/data' on the Hub (LocalEntryNotFoundError)"),
        ConnectionError("Couldn't reach 'org/tokenizer' on the Hub (ReadTimeout)"),
        ConnectionResetError(104, "Connection reset by peer"),
        TimeoutError("timed out"),
        errors.LocalEntryNotFoundError("Cannot find the requested files, and outgoing traffic has been disabled."),
        OSError("We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them."),
    ],
    ids=lambda one: f"{type(one).__name__}-{str(one)[:20]}" if isinstance(one, Exception) else str(one),
)
def test_a_host_that_does_not_answer_is_unreachable(error: Exception, otherwise: Cause):
    """It is tried again by itself: what is no fault of the model must not end as one."""
    assert failure_of(error, otherwise).cause is Cause.UNREACHABLE


def test_the_status_of_a_broken_hub_is_told():
    assert "503 Service Unavailable" in failure_of(answer_of_the_hub(503), Cause.TASK_ERROR).detail


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (answer_of_the_hub(403, {"X-Error-Code": "GatedRepo"}), Cause.GATED),
        (answer_of_the_hub(401, {"X-Error-Code": "RepoNotFound"}), Cause.NOT_FOUND),
        (answer_of_the_hub(404, {"X-Error-Code": "RevisionNotFound"}), Cause.NOT_FOUND),
        (ConnectionError("Couldn't reach 'org/data' on the Hub (GatedRepoError)"), Cause.GATED),
        (ConnectionError("Couldn't reach 'org/data' on the Hub (RepositoryNotFoundError)"), Cause.NOT_FOUND),
    ],
    ids=str,
)
def test_what_another_try_would_not_change_wins(error: Exception, cause: Cause):
    assert failure_of(error, Cause.TASK_ERROR).cause is cause


@pytest.mark.parametrize(
    "error",
    [
        answer_of_the_hub(404),
        answer_of_the_hub(403),
        answer_of_the_hub(400),
        ValueError("ReadTimeout"),
        ValueError("there are 503 items"),
        OSError("error 500 of 503"),
    ],
    ids=str,
)
def test_what_is_no_silence_of_a_host_is_not_taken_for_one(error: Exception):
    assert failure_of(error, Cause.TASK_ERROR).cause is not Cause.UNREACHABLE


@pytest.mark.parametrize(
    "text",
    [
        "could not parse 'Madrid es la capital'",
        'could not parse "Madrid es la capital"',
        "could not parse «Madrid es la capital»",
        "could not parse “Madrid es la capital”",
        "can't parse 'Madrid es la capital' or 'Madrid'",
        "could not parse 'Madrid's capital'",
        "could not parse b'Madrid'",
        "could not parse 'Madrid es\nla capital'",
        "could not parse 'Madrid es la capital",
        'could not parse "Madrid es la capital',
        r'could not parse "él dijo \"Madrid\" y Madrid"',
        r"could not parse 'él dijo \'Madrid\' y Madrid'",
        "in {'answer': 'Madrid es la capital', \"otro\": 'Madrid'}",
    ],
)
def test_what_a_tasks_error_quotes_is_left_out_for_it_may_be_an_item(text: str):
    detail = failure_of(ValueError(text), Cause.TASK_ERROR).detail
    assert "Madrid" not in detail
    assert "capital" not in detail
    assert detail == "ValueError"


def test_an_item_that_speaks_of_a_cause_is_left_out_all_the_same():
    for text in ("cannot parse '¿Qué es un tokenizer? Madrid'", "no choice matches tokenizer, Madrid"):
        assert "Madrid" not in failure_of(ValueError(text), Cause.TASK_ERROR).detail
    assert "Madrid" not in failure_of(ValueError("no 'out of memory in Madrid'"), Cause.TASK_ERROR).detail


def test_our_own_errors_are_told_whole():
    assert failure_of(LeaderboardError("the data lack 'respuesta'"), Cause.TASK_ERROR).detail.endswith("'respuesta'")


def test_what_is_around_a_quotation_stays():
    failure = failure_of(ValueError("can't find 'Madrid' in 'Lugo', don't ask"), Cause.TASK_ERROR)
    assert failure.detail == "ValueError"


def test_an_error_of_the_engine_quotes_no_items_and_keeps_its_words():
    failure = failure_of(ValueError("unknown option 'dtype'"), Cause.ENGINE_ERROR)
    assert failure.detail == "ValueError: unknown option 'dtype'"


@pytest.mark.parametrize(
    "error",
    [
        KeyError("answer"),
        KeyError("meta.answer_es-2"),
        KeyError("Column answer not in the dataset. Current columns in the dataset: ['id', 'question']"),
    ],
    ids=str,
)
def test_the_name_of_a_missing_column_stays(error: KeyError):
    assert failure_of(error, Cause.TASK_ERROR).detail == f"KeyError: {error}"


@pytest.mark.parametrize("key", ["Madrid es la capital", "Madrid?", "«Madrid»", ("Madrid", "Lugo"), "M" * 41])
def test_a_key_that_is_no_name_may_be_an_item(key: object):
    assert "M" not in failure_of(KeyError(key), Cause.TASK_ERROR).detail


def test_a_failure_says_where_it_broke():
    with pytest.raises(httpx.ConnectError) as raised:
        httpx.get("http://127.0.0.1:9")
    log = failure_of(raised.value, Cause.TASK_ERROR).log
    assert any(line.startswith("httpx/_client.py:") for line in log)
    assert failure_of(ValueError("never raised"), Cause.TASK_ERROR).log == ()


def test_what_a_child_tells_is_cleaned_and_keeps_its_cause():
    told = Failure(
        cause=Cause.TOKENIZER,
        detail="ValueError: Bearer abcdefgh in /home/ana/x\nan item",
        log=("lm_eval/api/task.py:412 in build", "an item"),
    )
    assert cleaned(told) == Failure(
        cause=Cause.TOKENIZER, detail="ValueError: Bearer *** in …", log=("lm_eval/api/task.py:412 in build",)
    )


def test_a_chat_template_has_a_cause_of_its_own():
    failure = failure_of(ChatTemplateError("The chat template takes longer than 5 s."), Cause.TASK_ERROR)
    assert failure.cause is Cause.CHAT_TEMPLATE
    assert failure.detail == "ChatTemplateError: The chat template takes longer than 5 s."
