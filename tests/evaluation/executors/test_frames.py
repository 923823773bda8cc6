"""What a job says arrives whole, once and in order, or is missed: whatever becomes of the lines on their way."""

import base64
import random
import zlib

import pytest

from leaderboard.evaluation.executors.frames import (
    LONGEST_MESSAGE,
    FrameError,
    FrameReader,
    FrameWriter,
    Message,
    _hash,
)
from leaderboard.evaluation.job import ModelLoaded, TaskFinished, TaskProgress

RUN = f"{'a' * 32}-1"
LONG = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=40_000))  # noqa: S311 - noise
MESSAGES = [
    Message(event=ModelLoaded()),
    Message(event=TaskProgress(task="sumas", items_done=3)),
    Message(event=TaskFinished(task="sumas"), task="sumas", result=LONG),
    Message(),
]


def lines(messages: list[Message], run: str = RUN) -> list[str]:
    written: list[str] = []
    writer = FrameWriter(written.append, run)
    for message in messages:
        writer.say(message)
    return written


def heard(told: list[str]) -> tuple[list[Message], FrameReader]:
    reader, found = FrameReader(RUN), []
    for line in told:
        reader.take(line)
        found += reader.messages()
    return found, reader


def forged(number: int, place: int, of: int, payload: str, run: str = RUN) -> str:
    head = f"{run} {number} {place} {of}"
    return f"r600m1 {head} {_hash(head, payload)} {payload}"


def test_messages_arrive_among_other_lines_and_none_is_longer_than_a_log_keeps():
    told = lines(MESSAGES)
    assert len(told) > len(MESSAGES), "a long result takes several lines"
    assert max(len(line) for line in told) < 16_000
    noisy = [one for line in told for one in ("Loading weights: 100%", line, "r600m1 is not a frame")]
    found, reader = heard(noisy)
    assert found == MESSAGES
    assert reader.is_complete


@pytest.mark.parametrize("seed", range(8))
def test_disorder_and_repetition_change_nothing(seed: int):
    draw, told = random.Random(seed), lines(MESSAGES)  # noqa: S311 - disorder
    told += draw.sample(told, 3)
    draw.shuffle(told)
    found, reader = heard(told)
    assert found == MESSAGES
    assert not reader.has_gap


def test_every_line_that_is_missing_is_known_to_be():
    told = lines(MESSAGES)
    for missing in range(len(told)):
        found, reader = heard([line for number, line in enumerate(told) if number != missing])
        assert not reader.is_complete
        assert found == MESSAGES[: len(found)], "what comes before it was heard"
        assert reader.has_gap == (missing < len(told) - 1)
        reader.take(told[missing])
        assert [*found, *reader.messages()] == MESSAGES


def test_a_line_that_was_cut_or_garbled_is_one_that_is_missing():
    told = lines(MESSAGES)
    garbled = told[1][:-5] + ("A" if told[1][-5] != "A" else "B") + told[1][-4:]
    found, reader = heard([told[0], told[1][:-20], garbled, *told[2:]])
    assert found == MESSAGES[:1]
    assert reader.has_gap
    reader.take(told[1])
    assert [*found, *reader.messages()] == MESSAGES


def test_the_lines_of_another_run_are_not_ours():
    assert heard(lines(MESSAGES, f"{'b' * 32}-1"))[0] == []


def test_nothing_after_the_last_message_counts():
    more = forged(len(lines(MESSAGES)), 0, 1, "AAAA")
    assert heard([*lines(MESSAGES), more])[0] == MESSAGES


@pytest.mark.parametrize(
    "line",
    [
        forged(0, 3, 2, "AAAA"),
        forged(0, 0, 999_999, "AAAA"),
        forged(0, 0, 1, "AAAA"),
        forged(0, 0, 1, base64.b64encode(zlib.compress(b'{"event": {"event": "world_peace"}}')).decode()),
        forged(0, 0, 1, base64.b64encode(zlib.compress(b"[]")).decode()),
        forged(0, 0, 1, base64.b64encode(zlib.compress(bytes(LONGEST_MESSAGE + 1), 9)).decode()),
        forged(0, 0, 1, "=A=="),
    ],
    ids=["place", "too many", "no zlib", "no event", "no message", "bomb", "no base64"],
)
def test_what_no_job_of_ours_writes_is_an_error(line: str):
    with pytest.raises(FrameError):
        heard([line])


def test_a_job_may_not_say_more_than_so_much(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leaderboard.evaluation.executors.frames.MOST_LETTERS", 10_000)
    with pytest.raises(FrameError, match="more than"):
        heard([forged(number, 0, 2, "A" * 4000) for number in range(1, 9)])
