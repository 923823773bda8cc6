"""What the panel's buttons do, and for whom, without a page around it."""

from dataclasses import replace

import gradio as gr
import pytest

from leaderboard.installation import Installation
from leaderboard.page.actions_panel import _Actions
from leaderboard.page.authority import Role, Visitor
from leaderboard.page.board_feed import BoardFeed
from leaderboard.queue import Failed, QueueError
from leaderboard.records import EvalRequest, ModelSource, RequestState, Status
from leaderboard.store import FolderStore
from leaderboard.texts import load_texts
from tests.builders import NOW, failure, finish, model, request, run_reference, take, tell, wanted
from tests.page.hostile import NAMES, read_html
from tests.page.test_authority import asking, signed_in

TEXTS = load_texts("es")
MAINTAINERS = ("retry", "cancel", "reevaluate", "take_down")
VISITOR, ANA, MAITE = asking(), asking(session=signed_in("ana")), asking(session=signed_in("maite"))


@pytest.fixture
def space(house: Installation) -> Installation:
    """A Space over folders, where ana may submit and maite maintains."""
    settings = replace(
        house.settings, on_space=True, queue="hf://datasets/somos/requests", maintainers=frozenset({"maite"})
    )
    return replace(house, settings=settings)


@pytest.fixture
def actions(space: Installation) -> _Actions:
    return _Actions(space, BoardFeed(space))


def submitted(house: Installation, name: str, by: str) -> EvalRequest:
    asked = request(model=model(name, source=ModelSource.HUB)).replaced(submitted_by=by)
    house.queue.submit(asked)
    return asked


def state_of(house: Installation, asked: EvalRequest) -> RequestState:
    return house.queue.view().entries[asked.id].state


def press(actions: _Actions, action: str, chosen: object, who: gr.Request) -> str:
    """Press a button and return how it is answered: the class, a colon, the words."""
    seen = read_html(actions.handler(action)(chosen, who))
    return f"{seen.attributes[0]['class']}: {seen.text}"


@pytest.mark.parametrize("who", [VISITOR, ANA], ids=["a visitor", "somebody who signed in"])
@pytest.mark.parametrize("action", MAINTAINERS)
def test_what_maintainers_do_nobody_else_does(action: str, who: gr.Request, space: Installation, actions: _Actions):
    asked = submitted(space, "somos/uno", by="ana")
    take(space.queue)
    tell(space.queue, Failed(asked.id, 1, failure()))  # each of the four could be done to it
    before = space.queue.view().version
    assert press(actions, action, asked.id, who) == f"refused: {TEXTS('problems.maintainers_only')}"
    assert space.queue.view().version == before


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("retry", Status.PENDING),
        ("cancel", Status.CANCELLED),
        ("take_down", Status.WITHDRAWN),
    ],
)
def test_a_maintainer_does_them_and_their_name_stays_in_the_history(
    action: str, status: Status, space: Installation, actions: _Actions
):
    asked = submitted(space, "somos/uno", by="ana")
    take(space.queue)
    tell(space.queue, Failed(asked.id, 1, failure()))
    assert press(actions, action, asked.id, MAITE) == f"accepted: {TEXTS(f'actions.{action}_done')}"
    assert state_of(space, asked).status is status
    assert state_of(space, asked).history[-1].by == "maite"


def test_incident_26_who_submitted_takes_back_their_own_and_nobody_elses(space: Installation, actions: _Actions):
    own, other = submitted(space, "somos/uno", by="ana"), submitted(space, "somos/dos", by="berta")
    assert press(actions, "take_back", own.id, VISITOR) == f"refused: {TEXTS('problems.maintainers_only')}"
    assert press(actions, "take_back", other.id, ANA).startswith("refused: ")
    assert state_of(space, own).status is state_of(space, other).status is Status.PENDING

    assert press(actions, "take_back", own.id, ANA) == f"accepted: {TEXTS('actions.take_back_done')}"
    assert state_of(space, own).status is Status.WITHDRAWN
    assert state_of(space, other).status is Status.PENDING


def test_each_sees_the_buttons_and_the_requests_that_are_theirs(space: Installation, actions: _Actions):
    own, other = submitted(space, "somos/uno", by="ana"), submitted(space, "somos/dos", by="berta")

    def seen_by(who: gr.Request) -> tuple[bool, set[str], list[bool]]:
        group, _, listed, *buttons = actions.shown_to(who)
        return group["visible"], {one for _, one in listed}, [one["visible"] for one in buttons]

    assert seen_by(VISITOR) == (False, set(), [False, False, False, False, False])
    assert seen_by(asking(session=signed_in("carla"))) == (False, set(), [False, False, False, False, True])
    assert seen_by(ANA) == (True, {own.id}, [False, False, False, False, True])
    assert seen_by(MAITE) == (True, {own.id, other.id}, [True, True, True, True, True])


def test_what_was_chosen_is_still_meant_after_it_changed(space: Installation, actions: _Actions):
    """Gradio keeps the label of a choice as free text, so a label that changes would be the name of nothing."""
    asked = submitted(space, "somos/uno", by="ana")
    [(label, _)] = actions.shown_to(MAITE)[2]
    assert press(actions, "cancel", label, MAITE).startswith("accepted: ")
    assert [(label, asked.id)] == actions.shown_to(MAITE)[2]
    assert press(actions, "retry", label, MAITE).startswith("accepted: ")
    assert state_of(space, asked).status is Status.PENDING


def test_the_list_is_sent_only_when_it_has_changed(space: Installation, actions: _Actions):
    """Gradio hides every choice but the chosen one where a list comes while it is open."""
    submitted(space, "somos/uno", by="ana")
    listed = actions.shown_to(MAITE)[2]
    assert actions.newest_choices(listed, MAITE) == (gr.skip(), gr.skip())
    submitted(space, "somos/dos", by="ana")
    actions._feed.look_now()
    update, now = actions.newest_choices(listed, MAITE)
    assert len(now) == 2
    assert update["choices"] == now


def test_what_is_no_request_is_told_as_text(actions: _Actions):
    for chosen in (*NAMES, "A" * 2**20):
        seen = read_html(actions.handler("cancel")(chosen, MAITE))
        assert seen.tags == ["p"]
        assert seen.text == TEXTS("actions.unknown", id=chosen[:100])


@pytest.mark.parametrize("action", [*MAINTAINERS, "take_back"])
def test_a_reader_is_answered_in_their_language(action: str, actions: _Actions):
    in_english = asking(session=signed_in("maite"), cookie="lang=en")
    assert press(actions, action, "", in_english) == f"refused: {load_texts('en')('actions.not_chosen')}"
    assert press(actions, action, "", asking(cookie="lang=en")).endswith(load_texts("en")("problems.maintainers_only"))


@pytest.mark.parametrize("action", [*MAINTAINERS, "take_back"])
def test_where_nothing_was_chosen_that_is_said(action: str, actions: _Actions):
    for chosen in ("", None, 7, ["a"], {"id": 1}):
        assert press(actions, action, chosen, MAITE) == f"refused: {TEXTS('actions.not_chosen')}"


@pytest.mark.parametrize(
    ("before", "action", "status"),
    [
        ("", "retry", Status.PENDING),
        ("", "reevaluate", Status.PENDING),
        ("cancel", "cancel", Status.CANCELLED),
        ("take_down", "take_down", Status.WITHDRAWN),
        ("take_down", "cancel", Status.WITHDRAWN),
        ("cancel", "take_back", Status.CANCELLED),
        ("take_down", "take_back", Status.WITHDRAWN),
    ],
)
def test_what_a_state_forbids_is_told_with_the_state_in_the_pages_language(
    before: str, action: str, status: Status, space: Installation, actions: _Actions, caplog: pytest.LogCaptureFixture
):
    asked = submitted(space, "somos/uno", by="maite")
    if before:
        assert press(actions, before, asked.id, MAITE).startswith("accepted: ")
    caplog.clear()
    words = TEXTS("actions.not_possible", status=TEXTS(f"statuses.{status}").lower())
    assert press(actions, action, asked.id, MAITE) == f"refused: {words}"
    assert state_of(space, asked).status is status
    assert f"{action} could not be done: " in caplog.text


@pytest.mark.parametrize("ended", [False, True])
def test_whose_a_request_is_comes_before_its_state(ended: bool, space: Installation, actions: _Actions):
    other = submitted(space, "somos/dos", by="berta")
    if ended:
        space.queue.cancel(other.id, NOW)
    assert press(actions, "take_back", other.id, ANA) == f"refused: {TEXTS('actions.not_yours')}"


def test_a_submitter_is_told_that_results_are_published_also_by_another_request(space: Installation, actions: _Actions):
    own = request(model=model("somos/uno", source=ModelSource.HUB)).replaced(submitted_by="ana")
    finish(space.queue, own, run_reference(own.id))
    more = request(model=own.model, tasks=wanted("refranes")).replaced(submitted_by="ana")
    space.queue.submit(more)
    for asked in (own, more):
        assert press(actions, "take_back", asked.id, ANA) == f"refused: {TEXTS('actions.published')}"


def test_a_queue_that_hinders_is_not_the_requests_fault(space: Installation, actions: _Actions):
    asked = submitted(space, "somos/uno", by="ana")
    visitor = Visitor("maite", Role.MAINTAINER)
    words = actions._why_not(QueueError("The queue kept changing for 50 tries."), "cancel", asked.id, visitor, TEXTS)
    assert words == TEXTS("site.queue_hinders")


@pytest.mark.parametrize("action", [*MAINTAINERS, "take_back"])
def test_a_store_that_does_not_answer_is_told_in_the_pages_language(
    action: str, space: Installation, actions: _Actions, caplog: pytest.LogCaptureFixture
):
    asked = submitted(space, "somos/uno", by="maite")
    assert isinstance(space.queue.store, FolderStore)
    folder = space.queue.store.root
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("no folder any more")
    assert press(actions, action, asked.id, MAITE) == f"refused: {TEXTS('site.store_silent')}"
    assert "cannot be opened" in caplog.text
