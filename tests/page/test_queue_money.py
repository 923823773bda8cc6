"""What jobs have cost stands above the queue, and what waits for money says so."""

import pytest

from leaderboard.evaluation.executors.budget import Account, Waiting, WaitReason
from leaderboard.installation import Money
from leaderboard.page.queue_money import money_line, why_it_waits
from leaderboard.page.queue_panel import queue_parts
from leaderboard.records import Status
from leaderboard.suite import load_suite
from leaderboard.texts import LANGUAGES, load_texts
from tests.builders import queue_view, request, state
from tests.page.hostile import read_html


def test_where_nothing_is_paid_for_nothing_is_said():
    assert money_line(None, load_texts("es")) == ""
    assert why_it_waits(None, "1", load_texts("es")) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_spent_and_is_left_is_said(language: str):
    texts = load_texts(language)
    said = read_html(money_line(Money(Account(7.256, 2.744, 10.0), {}), texts)).text
    for figure in (7.26, 2.74, 10.0):
        assert texts.decimal(figure, 2) in said
    assert read_html(money_line(Money(None, {}), texts)).text == texts("money.unknown")


@pytest.mark.parametrize("reason", WaitReason)
def test_what_waits_for_money_says_why_in_its_place_in_the_queue(reason: WaitReason):
    asked, texts = request(), load_texts("es")
    view = queue_view((asked, state(Status.PENDING)))
    money = Money(None, {asked.id: Waiting(reason, 12.5, 3.0)})
    parts = queue_parts(view, load_suite("muestra"), texts, lambda _: True, money=money)
    words = texts(f"money.waits.{reason}", most="12,50", left="3,00")
    assert words in read_html("".join(parts)).text
    assert words not in read_html("".join(queue_parts(view, load_suite("muestra"), texts, lambda _: True))).text
