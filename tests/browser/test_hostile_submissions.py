"""The gate as a stranger attacks it: one Space, a Hub full of bad models, and whatever can be typed or forged.

After each attack the queue is what it was before, and what was typed or written is text wherever the page shows it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from leaderboard.queue import Failed
from leaderboard.records import EvalRequest, ModelSource, utc_now
from leaderboard.submission.model_name import echo
from leaderboard.texts import load_texts
from tests.browser.bad_models import (
    HOSTILE_BASES,
    HOSTILE_LICENCE,
    every_bad_model,
    good_files,
    other_weights,
    published,
)
from tests.browser.hostile_cases import (
    BAD_MODELS,
    FORGED_FIELDS,
    GOOD,
    LOOKS_LIKE_A_FOLDER,
    NAMES_THAT_ARE_NONE,
    NO_FOLDERS,
    NO_REVISION,
    NOT_A_NAME,
    NOT_A_REVISION,
    NOT_OPEN,
    REVISIONS_THAT_ARE_NONE,
    REVISIONS_THAT_ARE_NOT_THERE,
)
from tests.browser.stranger import MAINTAINER, Gate, Stranger, running_gate
from tests.builders import failure, model, request, take, tell
from tests.hub_server import Fault, Kind

QUOTA, QUOTA_OF_ORGANISATION = 2, 10
LONGEST_ANSWER = 10_000


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[Gate]:
    limits = {
        "LEADERBOARD_QUOTA_USER": str(QUOTA),
        "LEADERBOARD_QUOTA_ORGANISATION": str(QUOTA_OF_ORGANISATION),
        "LEADERBOARD_MODEL_MEMORY_GB": "2",
    }
    with running_gate(tmp_path_factory.mktemp("gate"), **limits) as running:
        good = good_files(tiny_model)
        running.hub.models |= every_bad_model(good)
        running.hub.models[GOOD] = published(GOOD, good)
        copies = ("otros/copia", "otros/dos-a-la-vez", "otros/retirado", "justa/una", "justa/otra")
        for number, name in enumerate(copies, start=10):
            content = good if name == "otros/copia" else other_weights(good, number)
            running.hub.models[name] = published(name, content)
        yield running


@contextmanager
def window_of(name: str, gate: Gate, browser: Browser) -> Iterator[Stranger]:
    """Open a window with a session of its own, in which `name` has signed in."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(20_000)
    try:
        stranger = Stranger(gate, context.new_page())
        stranger.sign_in(name)
        stranger.open()
        yield stranger
    finally:
        context.close()


@pytest.fixture(scope="module")
def open_page(gate: Gate, browser: Browser) -> Iterator[Stranger]:
    with window_of("eva", gate, browser) as stranger:
        yield stranger


@pytest.fixture
def stranger(open_page: Stranger) -> Iterator[Stranger]:
    """Somebody who signed in and submitted nothing; what they bring about is looked at after each test."""
    open_page.sign_in("eva")
    yield open_page
    open_page.found_nothing_strange()


def of_hub(name: str, by: str) -> EvalRequest:
    return request(model=model(name, source=ModelSource.HUB), submitted_at=utc_now()).replaced(submitted_by=by)


def submitted(gate: Gate, name: str, by: str) -> EvalRequest:
    """Put a request into the queue as if somebody had submitted it before."""
    asked = of_hub(name, by)
    gate.queue.submit(asked)
    return asked


def assert_refused(gate: Gate, stranger: Stranger, name: str, revision: str, said: str) -> str:
    before = gate.head
    answer = stranger.refused(name, revision, said)
    assert gate.head == before
    assert len(answer) < LONGEST_ANSWER
    return answer


@pytest.mark.parametrize("name", LOOKS_LIKE_A_FOLDER)
def test_incident_12_folders_of_the_space_are_not_even_looked_at(name: str, gate: Gate, stranger: Stranger):
    assert_refused(gate, stranger, name, "", NO_FOLDERS)


@pytest.mark.parametrize("case", NAMES_THAT_ARE_NONE)
def test_what_is_no_name_is_refused_before_anything_is_asked(case: str, gate: Gate, stranger: Stranger):
    asked = len([one for one in gate.hub.calls if one.path.startswith("/api/models")])
    name = NAMES_THAT_ARE_NONE[case]
    assert_refused(gate, stranger, name, "", f"«{echo(name)}» {NOT_A_NAME}")
    assert len([one for one in gate.hub.calls if one.path.startswith("/api/models")]) == asked


@pytest.mark.parametrize("case", REVISIONS_THAT_ARE_NONE)
def test_what_is_no_revision_is_refused(case: str, gate: Gate, stranger: Stranger):
    revision = REVISIONS_THAT_ARE_NONE[case]
    assert_refused(gate, stranger, GOOD, revision, f"«{echo(revision)}» {NOT_A_REVISION}")


@pytest.mark.parametrize("revision", REVISIONS_THAT_ARE_NOT_THERE)
def test_a_revision_that_is_not_there_is_refused(revision: str, gate: Gate, stranger: Stranger):
    assert_refused(gate, stranger, GOOD, revision, f"{NO_REVISION} «{revision}»")


@pytest.mark.parametrize("case", NOT_OPEN)
def test_a_model_that_not_everybody_can_read_is_refused(case: str, gate: Gate, stranger: Stranger):
    name, said = NOT_OPEN[case]
    assert_refused(gate, stranger, name, "", said)


@pytest.mark.parametrize("name", BAD_MODELS)
def test_every_ill_of_a_model_is_told_beside_its_check(name: str, gate: Gate, stranger: Stranger):
    ills = BAD_MODELS[name]
    assert_refused(gate, stranger, f"malos/{name}", "", next(iter(ills.values())))
    for check, said in ills.items():
        expect(stranger.check_of(check)).to_have_class("check-refused")
        expect(stranger.check_of(check)).to_contain_text(said)
    expect(stranger.answer.locator("li.check-refused")).to_have_count(len(ills))


def test_a_model_without_a_card_is_taken_with_a_warning_and_can_be_taken_back(gate: Gate, stranger: Stranger):
    expect(stranger.page.locator("#action-take_back")).not_to_be_visible()
    stranger.sign_in("clara")
    stranger.accepted("malos/sin-ficha")
    expect(stranger.page.locator("#action-take_back")).to_be_visible()
    expect(stranger.check_of("card")).to_have_class("check-warned")
    expect(stranger.check_of("card")).to_contain_text("no tiene ficha")
    assert "malos/sin-ficha" in gate.queued()


def test_what_a_card_says_is_text(gate: Gate, stranger: Stranger):
    stranger.sign_in("clara")
    stranger.accepted("malos/ficha-hostil")
    expect(stranger.check_of("card")).to_contain_text(HOSTILE_LICENCE)
    for base in HOSTILE_BASES:
        expect(stranger.check_of("lineage")).to_contain_text(base)
    assert "malos/ficha-hostil" in gate.queued()


@pytest.fixture(scope="module")
def good_one_waits(gate: Gate) -> None:
    assert "está en la cola" in gate.send_event("send", [GOOD, "", "auto", "auto"], user="berta")


@pytest.mark.usefixtures("good_one_waits")
def test_incident_08_a_model_is_a_duplicate_by_every_name_of_its_commit(gate: Gate, stranger: Stranger):
    assert gate.queued().count(GOOD) == 1
    sha = gate.hub.models[GOOD].sha
    for revision in ("main", sha):
        assert_refused(gate, stranger, GOOD, revision, "ya se envió con estas mismas opciones")
    for revision in (sha.upper(), "Main"):
        assert_refused(gate, stranger, GOOD, revision, NO_REVISION)


@pytest.mark.usefixtures("good_one_waits")
def test_incident_26_the_same_weights_under_another_name_are_told(stranger: Stranger):
    stranger.sign_in("berta")
    stranger.accepted("otros/copia")
    expect(stranger.check_of("same_weights")).to_have_class("check-warned")
    expect(stranger.check_of("same_weights")).to_contain_text(f"son idénticos a los de {GOOD}")
    entry = stranger.page.locator("#queue-panel li").filter(has=stranger.page.get_by_text("otros/copia", exact=True))
    expect(entry).to_contain_text(f"Sus pesos son idénticos a los de {GOOD}")


def test_the_quota_ends_exactly_where_it_is_said(gate: Gate, stranger: Stranger):
    submitted(gate, "malos/antes-1", by="Edu")
    submitted(gate, "malos/antes-2", by="edu")
    stranger.sign_in("edu")
    said = assert_refused(gate, stranger, "justa/una", "", f"edu ya ha enviado {QUOTA} modelos en los últimos 7 días")
    assert "El siguiente, a partir del" in said


def test_a_model_that_was_taken_down_stays_down_whoever_sends_it(gate: Gate, stranger: Stranger):
    taken = submitted(gate, "otros/retirado", by="ana")
    gate.queue.take_down(taken.id, utc_now())
    said = assert_refused(gate, stranger, "otros/retirado", "", "no se puede volver a enviar")
    assert f"se retiró el {load_texts('es').date(utc_now())}" in said


@pytest.fixture
def another(gate: Gate, browser: Browser) -> Iterator[Stranger]:
    """A second window with a session of its own."""
    with window_of("dora", gate, browser) as stranger:
        yield stranger
        stranger.found_nothing_strange()


def test_incident_08_of_two_who_send_at_once_only_one_gets_in(gate: Gate, stranger: Stranger, another: Stranger):
    # One person in two windows, who would have two models examined for one.
    stranger.sign_in("dora")
    twice = "otros/dos-a-la-vez"
    for window in (stranger, another):
        window.fill(twice)
    for window in (stranger, another):
        window.press()
    ended = re.compile(f"{twice} (está en la cola|ya se envió)|Ya hay una comprobación tuya en marcha")
    said = [stranger.outcome(ended), another.outcome(ended)]
    assert sum(f"{twice} está en la cola" in one for one in said) == 1
    assert gate.queued().count(twice) == 1

    # Two people and one place left of an organisation's quota: both see it free before either is queued.
    gate.queue.add([of_hub(f"justa/antes-{number}", "ana") for number in range(QUOTA_OF_ORGANISATION - 1)])
    stranger.sign_in("fina")
    gate.hub.faults.play(Fault.SLOW_WORK, on=Kind.COMMIT, seconds=3)
    for window, name in ((stranger, "justa/una"), (another, "justa/otra")):
        window.fill(name)
    for window in (stranger, another):
        window.press()
    ended = re.compile("justa/(una|otra) está en la cola|Ya se han enviado 10 modelos de justa")
    said = [stranger.outcome(ended), another.outcome(ended)]
    assert sum("está en la cola" in one for one in said) == 1
    assert sum("Ya se han enviado 10 modelos de justa en los últimos 7 días" in one for one in said) == 1
    for window in (stranger, another):
        expect(window.check_of("quota")).to_have_class("check-passed")
    assert len({"justa/una", "justa/otra"} & set(gate.queued())) == 1


@pytest.mark.parametrize("case", FORGED_FIELDS)
def test_forged_fields_are_answered_and_queue_nothing(case: str, gate: Gate):
    before = gate.head
    fields, said = FORGED_FIELDS[case]
    answer = gate.send_event("send", fields, user="eva")
    assert said in answer
    assert gate.head == before
    assert "Traceback" not in answer


def test_forged_calls_beside_the_form_queue_nothing(gate: Gate):
    before, fields = gate.head, ["otros/retirado", "", "auto", "auto"]
    assert "Identifícate con tu cuenta" in gate.send_event("send", fields)
    assert "Identifícate con tu cuenta" in gate.send_event("check", fields)
    for more in ({"fn_index": -1}, {"fn_index": 10**9}, {"fn_index": "send"}, {"event_data": {"user": MAINTAINER}}):
        answer = gate.send_event("send", fields, **more)
        assert "está en la cola" not in answer
        assert "Traceback" not in answer
    with gate.space.client as client:
        forged = {"data": fields, "fn_index": gate.event_of(client, "send"), "session_hash": "x"}
        for path in ("run/predict", "api/predict", "run/send", "call/predict", "call/submit"):
            signed_in = {"cookie": gate.cookie("eva")}
            answer = client.post(f"/gradio_api/{path}", json=forged, headers=signed_in)
            assert answer.status_code >= httpx.codes.BAD_REQUEST
            assert "Traceback" not in answer.text
    assert gate.head == before


ACTIONS = ("retry", "cancel", "reevaluate", "take_down", "take_back")
IDS_THAT_ARE_NONE = [
    "",
    "0" * 32,
    "../../states/0",
    "<img src=x onerror=alert(1)>",
    ["a"],
    {"id": 1},
    None,
    "A" * 2**20,
]


@pytest.fixture(scope="module")
def of_others(gate: Gate) -> list[EvalRequest]:
    """Requests of somebody else's: one that failed and one that waits, so that each action would do something."""
    failed, waits = submitted(gate, "otros/fallido", by="ana"), submitted(gate, "otros/espera", by="ana")
    take(gate.queue, now=utc_now(), wanted=lambda entry: entry.id == failed.id)
    tell(gate.queue, Failed(failed.id, 1, failure()), now=utc_now())
    return [failed, waits]


@pytest.mark.parametrize("user", [None, "eva", "Maite2"])
@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_anothers_is_changed_by_nobody_but_maintainers(
    action: str, user: str | None, gate: Gate, of_others: list[EvalRequest]
):
    before = gate.head
    for asked in of_others:
        answer = gate.send_event(f"action-{action}", [asked.id], user)
        assert "refused" in answer
        assert "accepted" not in answer
    assert gate.head == before


@pytest.mark.parametrize("action", ACTIONS)
def test_a_maintainer_who_forges_an_id_changes_nothing(action: str, gate: Gate):
    before = gate.head
    for forged in IDS_THAT_ARE_NONE:
        answer = gate.send_event(f"action-{action}", [forged], MAINTAINER)
        assert "accepted" not in answer
        assert "<img" not in answer.replace("&lt;img", "")
        assert len(answer) < LONGEST_ANSWER
    assert gate.head == before


def test_the_forged_calls_above_are_well_made_for_a_maintainer_is_heard(gate: Gate, of_others: list[EvalRequest]):
    failed, waits = of_others
    assert "De nuevo en la cola" in gate.send_event("action-retry", [failed.id], MAINTAINER)
    assert "Cancelada" in gate.send_event("action-cancel", [waits.id], MAINTAINER)
    assert "está en la cola" in gate.send_event("send", [GOOD, "", "float32", "none"], "fina")


def test_after_all_this_the_page_works_and_nothing_is_in_the_queue_but_what_was_accepted(
    gate: Gate, stranger: Stranger
):
    assert {name for name in gate.queued() if "antes-" not in name} <= {
        *(GOOD, "malos/sin-ficha", "malos/ficha-hostil", "justa/una", "justa/otra"),
        *("otros/copia", "otros/dos-a-la-vez", "otros/retirado", "otros/fallido", "otros/espera"),
    }
    stranger.page.reload()
    stranger.page.get_by_role("tab", name="Enviar y cola").click()
    assert_refused(gate, stranger, "sigue/aqui", "", "no hay ningún modelo público llamado sigue/aqui")
    assert not gate.hub.unknown_requests
    assert all("/datasets/" in one for one in gate.hub.authorised_requests)
