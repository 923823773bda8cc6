"""From an exception to a cause and one line for people."""

import pytest

from leaderboard.evaluation.causes import failure_of, one_line
from leaderboard.records import Cause


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
    assert failure_of(ValueError("y" * 10_000), Cause.TASK_ERROR).detail.startswith("ValueError: yyy")


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
    assert shown == "401 for Bearer hf_*** and hf_***"
