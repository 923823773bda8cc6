"""Which machine a job gets, what it may cost, and what it is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from huggingface_hub import JobInfo

from leaderboard.evaluation.executors.budget import Budget, Waiting, WaitReason, dollars_spent
from leaderboard.evaluation.executors.flavors import FLAVORS, cheapest_with_room
from leaderboard.evaluation.executors.order import Order, OrderError
from leaderboard.records import EngineName
from tests.builders import NONCE, request, wanted

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = 3600.0
BY_NAME = {one.name: one for one in FLAVORS}


def job(flavor: str = "h200", stage: str = "COMPLETED", hours: float = 1.0, ago: float = 2.0) -> JobInfo:
    about: dict[str, Any] = {
        "id": "1",
        "createdAt": f"{NOW - timedelta(hours=ago):%Y-%m-%dT%H:%M:%S.%fZ}",
        "owner": {"id": "1", "name": "somos", "type": "org"},
        "status": {"stage": stage},
        "flavor": flavor,
        "durations": {"schedulingSecs": 0, "runningSecs": int(hours * HOUR), "totalSecs": 0},
    }
    return JobInfo(**about)


@pytest.mark.parametrize(
    ("gigabytes", "flavor"),
    [(3, "t4-small"), (16, "t4-small"), (17, "l4x1"), (40, "l40sx1"), (80, "a100-large"), (140, "h200"), (142, None)],
)
def test_the_cheapest_machine_that_has_room_is_taken(gigabytes: int, flavor: str | None):
    found = cheapest_with_room(gigabytes * 10**9)
    assert (found.name if found else None) == flavor


def test_a_model_of_which_nobody_knows_what_it_takes_has_no_machine():
    assert cheapest_with_room(None) is None


def test_what_ran_today_is_spent_and_what_runs_is_reserved_to_its_limit():
    jobs = [job(hours=2), job("l4x1", "RUNNING", hours=1), job(hours=5, ago=25), job("unheard-of", "ERROR", hours=1)]
    spent = dollars_spent(jobs, FLAVORS, NOW)
    assert spent == pytest.approx(2 * 5.0 + 0.8 + 5.0), "what nobody knows costs as the dearest"
    assert Budget(100.0, 50.0).left(jobs, FLAVORS, 3 * HOUR, NOW) == pytest.approx(100 - spent - 2 * 0.8)
    assert Budget(100.0, 1.6).left(jobs, FLAVORS, 3 * HOUR, NOW) == pytest.approx(100 - spent - 0.8)
    assert Budget(1.0, 1.0).left(jobs, FLAVORS, HOUR, NOW) == 0


def test_a_run_that_would_pass_the_budget_waits_and_says_why():
    h200, l4 = BY_NAME["h200"], BY_NAME["l4x1"]
    budget = Budget(dollars_a_day=20.0, dollars_a_model=10.0)
    assert budget.seconds_for(h200, 24 * HOUR) == 2 * HOUR, "it is ended when it has cost what a model may"
    assert budget.why_not(h200, 24 * HOUR, [], FLAVORS, NOW) is None
    assert budget.why_not(h200, HOUR, [job(hours=3)], FLAVORS, NOW) is None
    waiting = budget.why_not(h200, 2 * HOUR, [job(hours=3)], FLAVORS, NOW)
    assert waiting == Waiting(WaitReason.A_DAY, most=10.0, left=5.0)
    assert budget.why_not(l4, 2 * HOUR, [job(hours=3)], FLAVORS, NOW) is None
    poor = Budget(dollars_a_day=20.0, dollars_a_model=0.1).why_not(h200, HOUR, [], FLAVORS, NOW)
    assert poor is not None
    assert poor.reason is WaitReason.A_MODEL


def test_an_order_goes_through_a_variable_and_nothing_else_does():
    order = Order(request=request(), attempt=2, nonce=NONCE, tasks=wanted("sumas"), engine=EngineName.HF, batch_size=8)
    text = order.to_variable()
    assert text.isascii()
    assert " " not in text
    assert Order.from_variable(text) == order
    for broken in ("", "ñ", text[:-9], "QUJD"):
        with pytest.raises(OrderError):
            Order.from_variable(broken)
