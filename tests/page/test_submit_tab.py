"""What the form's buttons do, without a page around it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from leaderboard.installation import Installation
from leaderboard.page.authority import Role, Visitor
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.submit_tab import _Form
from leaderboard.queue import QueueError
from leaderboard.records import LeaderboardError
from leaderboard.store import StoreUnavailableError
from leaderboard.submission import Wish
from leaderboard.texts import load_texts
from tests.page.hostile import read_html
from tests.page.test_authority import asking, signed_in

TEXTS = load_texts("es")
ANA, BERTA, OPERATOR = asking(session=signed_in("ana")), asking(session=signed_in("berta")), asking()
BUSY = TEXTS("form.busy")
NO_NAME = ("no name at all", "", "auto", "auto")
"""Refused by the first check, so that nothing is asked of any Hub."""


@pytest.fixture
def form(house: Installation) -> _Form:
    """The form of a Space over folders."""
    settings = replace(house.settings, on_space=True, queue="hf://datasets/somos/requests")
    space = replace(house, settings=settings)
    return _Form(space, BoardFeed(space), TEXTS)


def answers(form: _Form, button: str, who: gr.Request) -> Iterator[str]:
    """Press a button and yield what is read, answer by answer."""
    for told, _ in getattr(form, button)(*NO_NAME, who):
        yield read_html(told).text


@pytest.mark.parametrize("second", ["submit", "check"])
@pytest.mark.parametrize("first", ["submit", "check"])
def test_an_account_has_one_examination_at_a_time(form: _Form, first: str, second: str):
    under_way = answers(form, first, ANA)
    assert BUSY not in next(under_way)

    assert list(answers(form, second, ANA)) == [BUSY]
    assert all(BUSY not in told for told in answers(form, second, BERTA))

    assert all(BUSY not in told for told in under_way)
    assert all(BUSY not in told for told in answers(form, second, ANA))


@pytest.mark.parametrize("button", ["submit", "check"])
def test_who_goes_away_in_the_middle_may_come_back(form: _Form, button: str):
    under_way = getattr(form, button)(*NO_NAME, ANA)
    next(under_way)
    under_way.close()
    assert all(BUSY not in told for told in answers(form, button, ANA))


def test_who_sits_at_the_machine_may_have_several(house: Installation):
    form = _Form(house, BoardFeed(house), TEXTS)
    under_way = answers(form, "check", OPERATOR)
    next(under_way)
    assert all(BUSY not in told for told in answers(form, "check", OPERATOR))


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (StoreUnavailableError("The Hub did not answer hf_abcdefghijkl"), "site.store_silent"),
        (QueueError("The queue kept changing for 50 tries"), "site.queue_hinders"),
    ],
)
def test_what_hinders_is_told_in_the_pages_language_and_in_its_own_words_to_the_log(
    error: LeaderboardError, key: str, form: _Form, caplog: pytest.LogCaptureFixture
):
    def fail(_wish: Wish, _visitor: Visitor) -> Iterator[tuple[str, Any]]:
        yield "begun", None
        raise error

    for _ in range(2):  # and its turn is over
        told = [answer for answer, _ in form._one_at_a_time(fail, Wish("a/b"), Visitor("ana", Role.SUBMITTER))]
        assert [read_html(one).text for one in told] == ["begun", TEXTS(key)]
    assert str(error) in caplog.text


@pytest.mark.parametrize("button", ["submit", "check"])
def test_who_may_not_submit_is_told_so(form: _Form, button: str):
    assert list(answers(form, button, asking())) == [TEXTS("problems.sign_in_first")]
