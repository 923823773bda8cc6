"""What an evaluation will ask of a machine: memory, and time."""

import math
from pathlib import Path
from typing import Any

import pytest

from leaderboard.records import EvalRequest, Evaluation, Precision, Progress, Status
from leaderboard.submission import Speeds
from leaderboard.submission.estimate import TimeEstimate, memory_needed, seconds_until_each_turn, seconds_until_its_turn
from leaderboard.submission.findings import Facts
from leaderboard.suite import Suite
from tests.builders import (
    declaration,
    evaluation,
    facts,
    queue_view,
    request_for,
    state,
    task_result,
    tiny_suite,
)

MILLION = 10**6
RUNTIME = 600 * 2**20
LOGITS_OF_ONE = 256 * 8
"""Bytes for every word of the vocabulary and every option of a batch."""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suite", [declaration("refranes"), declaration("sumas"), declaration("adivinas")])


def took(suite: Suite, seconds: dict[str, float], parameters: int | None, name: str = "meiga-1b") -> Evaluation:
    """Return an evaluation of a model of that size, and the seconds that its tasks took."""
    asked = request_for(suite, name, facts=facts(parameters=parameters))
    results = tuple(task_result(asked, task, seconds=seconds[task.id]) for task in suite.tasks if task.id in seconds)
    return evaluation(asked, suite, dict.fromkeys(seconds, 1)).replaced(results=results)


@pytest.mark.parametrize(
    ("precision", "bytes_each"), [(Precision.FLOAT32, 4), (Precision.BFLOAT16, 2), (Precision.FLOAT16, 2)]
)
def test_memory_is_the_weights_in_their_precision_the_logits_of_a_batch_and_the_programs(
    precision: Precision, bytes_each: int
):
    known = Facts(parameters=100 * MILLION, weights_bytes=1, vocabulary=1000)
    expected = 105 * MILLION * bytes_each + 3 * 1000 * LOGITS_OF_ONE + RUNTIME
    assert memory_needed(known, precision, batch_size=3) == expected


def test_packed_weights_are_loaded_as_they_are_stored():
    known = Facts(parameters=100 * MILLION, weights_bytes=60 * MILLION, quantisation="gptq", vocabulary=1000)
    expected = 63 * MILLION + 1000 * LOGITS_OF_ONE + RUNTIME
    assert {memory_needed(known, precision, 1) for precision in (Precision.FLOAT32, Precision.BFLOAT16)} == {expected}


def test_weights_of_an_unknown_number_of_parameters_are_loaded_as_they_are_stored_too():
    assert memory_needed(Facts(weights_bytes=100, vocabulary=10), Precision.FLOAT32, 1) == 105 + 10 * 2048 + RUNTIME


def test_an_unknown_vocabulary_is_taken_for_a_large_one():
    small, unknown = (
        memory_needed(Facts(parameters=1, vocabulary=size), Precision.FLOAT32, 1) for size in (1000, None)
    )
    assert (unknown or 0) - (small or 0) == 127_000 * LOGITS_OF_ONE


@pytest.mark.parametrize("known", [Facts(), Facts(vocabulary=1000), Facts(quantisation="gptq", parameters=9)])
def test_of_weights_that_nobody_knows_the_size_of_no_memory_can_be_told(known: Facts):
    assert memory_needed(known, Precision.FLOAT32, 1) is None


def test_a_model_of_the_same_size_takes_as_long(suite: Suite):
    speeds = Speeds([took(suite, {"refranes": 10, "sumas": 20, "adivinas": 30}, 100 * MILLION)], {})
    assert speeds.estimate(suite.wanted(), 100 * MILLION) == TimeEstimate(60.0, 3, 0)


@pytest.mark.parametrize(
    ("parameters", "times"), [(200, 2.0), (1000, 10.0), (50, 0.5), (25, 0.25), (1, 0.25), (10**9, 10.0**7)]
)
def test_a_larger_model_takes_longer_and_a_smaller_one_not_for_ever_less(suite: Suite, parameters: int, times: float):
    speeds = Speeds([took(suite, {"refranes": 40, "sumas": 40, "adivinas": 20}, 100)], {})
    assert math.isclose(speeds.estimate(suite.wanted(), parameters).seconds, 100 * times)


def test_the_time_is_that_of_the_model_nearest_in_size(suite: Suite):
    wanted = suite.wanted()[:1]
    known = [
        took(suite, {wanted[0].task: seconds}, size, f"m-{size}")
        for size, seconds in ((100, 7.0), (1000, 11.0), (10_000, 400.0))
    ]
    for order in (known, known[::-1]):
        assert Speeds(order, {}).estimate(wanted, 1500).seconds == 11.0 * 1.5
        assert Speeds(order, {}).estimate(wanted, 4000).seconds == 400.0 * 0.4, "nearer by how many times it is larger"


def test_what_was_never_measured_is_told_as_unknown(suite: Suite):
    speeds = Speeds([took(suite, {"sumas": 20}, 100)], {})
    assert speeds.estimate(suite.wanted(), 100) == TimeEstimate(20.0, 3, 2)
    assert Speeds([], {}).estimate(suite.wanted(), 100) == TimeEstimate(0.0, 3, 3)


def test_what_was_counted_but_never_measured_is_told_from_what_the_others_take(suite: Suite):
    known = [took(suite, {"refranes": 10, "sumas": 60}, 100)]
    tokens = {"refranes": 100, "sumas": 200, "adivinas": 1000}
    # a tenth of a second a token, and three tenths: the middle is two
    assert Speeds(known, tokens).estimate(suite.wanted(), 100) == TimeEstimate(10 + 60 + 200, 3, 0)
    assert Speeds(known, {"adivinas": 1000}).estimate(suite.wanted(), 100) == TimeEstimate(70.0, 3, 1)
    assert Speeds([], tokens).estimate(suite.wanted(), 100) == TimeEstimate(0.0, 3, 3)


def test_a_model_of_unknown_size_takes_an_unknown_time_and_teaches_nothing(suite: Suite):
    known = took(suite, {"refranes": 10, "sumas": 20, "adivinas": 30}, 100)
    nameless = took(suite, {"refranes": 1, "sumas": 2, "adivinas": 3}, None)
    assert Speeds([known], {}).estimate(suite.wanted(), None) == TimeEstimate(0.0, 3, 3)
    assert Speeds([nameless], {}).estimate(suite.wanted(), 100).unknown == 3


def test_a_result_that_took_no_time_teaches_nothing(suite: Suite):
    """Other people's results are imported without."""
    imported = took(suite, {"refranes": 0.0, "sumas": 20}, 100)
    assert Speeds([imported], {"refranes": 5}).estimate(suite.wanted(), 100).unknown == 2


def test_who_comes_now_waits_for_what_waits_and_for_the_rest_of_what_runs(suite: Suite):
    speeds = Speeds([took(suite, {"refranes": 10, "sumas": 20, "adivinas": 30}, 100)], {})

    def waiting(name: str, **changes: Any) -> EvalRequest:
        return request_for(suite, name, **{"facts": facts(parameters=100), **changes})

    half_way = Progress(task="sumas", items_done=1, items_total=2, eta_seconds=7.0)
    loading = Progress(task=None, items_done=0, items_total=2, eta_seconds=None)
    done = [(waiting(str(one)), state(one)) for one in (Status.FINISHED, Status.FAILED, Status.CANCELLED)]
    view = queue_view(
        *done,
        (waiting("half"), state(Status.RUNNING, progress=half_way)),
        (waiting("loading"), state(Status.RUNNING, progress=loading)),
        (waiting("begun"), state(Status.RUNNING)),
        (waiting("next"), state()),
        (waiting("large", facts=facts(parameters=200)), state()),
        (waiting("unknown", facts=facts(parameters=None)), state()),
    )
    assert seconds_until_its_turn(view, speeds) == 7 + 60 + 60 + 60 + 120 + 0
    assert seconds_until_its_turn(queue_view(*done), speeds) == 0


def test_each_waits_for_what_runs_and_for_what_waits_before_it(suite: Suite):
    speeds = Speeds([took(suite, {"refranes": 10, "sumas": 20, "adivinas": 30}, 100)], {})
    half_way = Progress(task="sumas", items_done=1, items_total=2, eta_seconds=7.0)
    first, large, unknown, last = (
        request_for(suite, name, facts=facts(parameters=size))
        for name, size in (("first", 100), ("large", 200), ("unknown", None), ("last", 100))
    )
    view = queue_view(
        (request_for(suite, "done", facts=facts(parameters=None)), state(Status.FINISHED)),
        (first, state()),
        (large, state()),
        (request_for(suite, "runs"), state(Status.RUNNING, progress=half_way)),
        (unknown, state()),
        (last, state()),
    )
    # Of what stands behind a model that nobody knows the size of, nobody can tell.
    assert seconds_until_each_turn(view, speeds) == {first.id: 7, large.id: 7 + 60, unknown.id: 7 + 60 + 120}


def test_behind_something_that_runs_for_nobody_knows_how_long_no_wait_is_told(suite: Suite):
    view = queue_view((request_for(suite, "runs"), state(Status.RUNNING)), (request_for(suite, "waits"), state()))
    assert seconds_until_each_turn(view, Speeds([], {})) == {}
