"""What the form's buttons do, what an address fills in, and the link that fills it in, without a page around."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import gradio as gr
import pytest

from leaderboard.installation import Installation, open_installation
from leaderboard.page.authority import Visitor
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.live_queue import LiveQueue
from leaderboard.page.queue_panel import PARTS
from leaderboard.page.submit_form import CHAT_TEMPLATES, PRECISIONS, Answer, SubmitForm, asked_for, link_to_form
from leaderboard.page.visit import Visit
from leaderboard.queue import QueueError
from leaderboard.records import LeaderboardError
from leaderboard.settings import Settings
from leaderboard.store import StoreUnavailableError
from leaderboard.submission import Wish
from leaderboard.texts import Texts, load_texts
from tests.page.hostile import NAMES, read_html
from tests.page.test_authority import asking, signed_in

TEXTS = load_texts("es")
ANA, BERTA, OPERATOR = asking(session=signed_in("ana")), asking(session=signed_in("berta")), asking()
BUSY = TEXTS("form.busy")
NO_NAME = ("no name at all", "", "auto", "auto")
"""Refused by the first check, so that nothing is asked of any Hub."""


def form_of(house: Installation) -> SubmitForm:
    feed = BoardFeed(house)
    return SubmitForm(house, feed, LiveQueue(house, feed))


@pytest.fixture
def form(house: Installation) -> SubmitForm:
    """The form of a Space over folders."""
    settings = replace(house.settings, on_space=True, queue="hf://datasets/somos/requests")
    space = replace(house, settings=settings)
    return form_of(space)


def answers(form: SubmitForm, button: str, who: gr.Request) -> Iterator[str]:
    """Press a button and yield what is read, answer by answer."""
    for told, *_ in getattr(form, button)(*NO_NAME, who):
        yield read_html(told).text


@pytest.mark.parametrize("second", ["submit", "check"])
@pytest.mark.parametrize("first", ["submit", "check"])
def test_an_account_has_one_examination_at_a_time(form: SubmitForm, first: str, second: str):
    under_way = answers(form, first, ANA)
    assert BUSY not in next(under_way)

    assert list(answers(form, second, ANA)) == [BUSY]
    assert all(BUSY not in told for told in answers(form, second, BERTA))

    assert all(BUSY not in told for told in under_way)
    assert all(BUSY not in told for told in answers(form, second, ANA))


@pytest.mark.parametrize("button", ["submit", "check"])
def test_who_goes_away_in_the_middle_may_come_back(form: SubmitForm, button: str):
    under_way = getattr(form, button)(*NO_NAME, ANA)
    next(under_way)
    under_way.close()
    assert all(BUSY not in told for told in answers(form, button, ANA))


def test_who_sits_at_the_machine_may_have_several(house: Installation):
    form = form_of(house)
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
    error: LeaderboardError, key: str, form: SubmitForm, caplog: pytest.LogCaptureFixture
):
    def fail(_wish: Wish, _visitor: Visitor, _texts: Texts) -> Iterator[Answer]:
        yield "begun", None
        raise error

    for _ in range(2):  # and its turn is over
        told = [answer for answer, *_ in form._one_at_a_time(fail, Wish("a/b"), ANA)]
        assert [read_html(one).text for one in told] == ["begun", TEXTS(key)]
    assert str(error) in caplog.text


@pytest.mark.parametrize("button", ["submit", "check"])
def test_who_may_not_submit_is_told_so(form: SubmitForm, button: str):
    assert list(answers(form, button, asking())) == [TEXTS("problems.sign_in_first")]


@pytest.mark.parametrize("button", ["submit", "check"])
def test_each_reader_is_answered_in_their_own_language(form: SubmitForm, button: str):
    english = load_texts("en")
    assert list(answers(form, button, asking(cookie="lang=en"))) == [english("problems.sign_in_first")]
    last = list(answers(form, button, asking(session=signed_in("ana"), cookie="lang=en")))[-1]
    assert english("outcomes.refused") in last
    assert TEXTS("outcomes.refused") in list(answers(form, button, ANA))[-1]


@pytest.mark.parametrize("button", ["submit", "check"])
def test_every_answer_has_what_is_said_and_each_part_of_the_queue(form: SubmitForm, button: str):
    assert {len(answer) for answer in getattr(form, button)(*NO_NAME, ANA)} == {1 + PARTS}


def asked(**query: str) -> list[str] | None:
    return asked_for(Visit("es", {"tab": "submit", **query}))


def test_an_address_fills_the_form_in():
    filled = asked(model="somos/meiga", revision="v1", precision="float16", chat_template="none")
    assert filled == ["somos/meiga", "v1", "float16", "none"]
    assert asked(model="somos/meiga") == ["somos/meiga", "", PRECISIONS[0], CHAT_TEMPLATES[0]]


@pytest.mark.parametrize("wrong", ["int8", "FLOAT16", "<img src=x>", "a" * 5000, ""])
def test_a_choice_that_there_is_not_is_left_out(wrong: str):
    assert asked(model="a/b", precision=wrong, chat_template=wrong) == ["a/b", "", PRECISIONS[0], CHAT_TEMPLATES[0]]


def test_an_address_that_says_nothing_of_the_form_changes_nothing():
    assert asked() is None
    assert asked(precision="float16") is None
    assert asked(model="a" * 5000) is None
    assert asked_for(Visit("es", {"tab": "model", "model": "somos/meiga"})) is None


def test_the_link_to_a_form_fills_the_same_in_and_no_more_than_was_chosen():
    wish = Wish("somos/meiga", "v1.0", "float16", "none")
    link = link_to_form(wish, Settings(), "http://127.0.0.1:7860")
    assert link == (
        "http://127.0.0.1:7860/?tab=submit&model=somos/meiga&revision=v1.0&precision=float16&chat_template=none"
    )
    query = dict(parse_qsl(urlsplit(link).query))
    assert asked_for(Visit("es", query)) == [wish.model, wish.revision, wish.precision, wish.chat_template]
    plain = link_to_form(Wish("somos/meiga", "", "auto", "auto"), Settings(), "")
    assert plain == "/?tab=submit&model=somos/meiga"


def test_the_link_to_a_form_on_a_space_leads_to_the_page_around_it():
    space = Settings(on_space=True, space_id="somos/ranking")
    link = link_to_form(Wish("somos/meiga"), space, "https://somos-ranking.hf.space")
    assert link == "https://huggingface.co/spaces/somos/ranking?tab=submit&model=somos/meiga"


@pytest.mark.parametrize("model", ["", "/home/ana/meiga", "meiga", *NAMES])
def test_there_is_no_link_to_what_is_no_model_of_the_hub(model: str):
    assert link_to_form(Wish(model), Settings(), "http://127.0.0.1:7860") == ""


def test_after_a_check_the_link_stands_below_and_after_a_submission_it_does_not(settings: Settings):
    house = open_installation(replace(settings, hub_endpoint="http://127.0.0.1:9"))
    wish = ("somos/meiga", "", "float16", "auto")
    asking_from = asking(origin="http://127.0.0.1:7860")
    *_, (checked, *_) = form_of(house).check(*wish, asking_from)
    seen = read_html(checked)
    assert {"href": "?tab=submit&model=somos/meiga&precision=float16", "id": "form-link"} in seen.attributes
    assert "http://127.0.0.1:7860/?tab=submit&model=somos/meiga&precision=float16" in seen.text
    assert {"type": "button", "data-copy": "#form-link"} in seen.attributes
    *_, (sent, *_) = form_of(house).submit(*wish, asking_from)
    assert "form-link" not in sent
