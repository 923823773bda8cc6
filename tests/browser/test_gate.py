"""What the gate shows to those who come through it: checks one by one, and to each person what is theirs to do."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from leaderboard.queue import Failed, Queue
from leaderboard.records import EvalRequest, ModelSource, Status, utc_now
from leaderboard.results import finished_run, reference_to
from leaderboard.store import FolderStore
from leaderboard.suite import load_suite
from leaderboard.texts import load_texts
from tests.browser.conftest import AppStarter
from tests.browser.stranger import MAINTAINER, Gate, running_gate, sign_in_to
from tests.browser.test_road import open_tab, rows, send
from tests.builders import (
    evaluation,
    failure,
    finish,
    model,
    request,
    request_for,
    take,
    tell,
    write_suite,
)

CHECKS = [
    *("Nombre", "Configuración", "Sin código propio", "Arquitectura", "Pesos", "Tokenizador", "Plantilla de chat"),
    *("Ficha y licencia", "Procedencia", "Memoria", "Tiempo y turno", "Sin repetir", "Pesos nuevos", "Prueba breve"),
]
TRIAL_MS = 120_000
# Every state that the list is drawn in, as the labels that stand there and whether more are announced.
_WATCH = """() => {
  window.states = [];
  const place = document.querySelector("#form-answer");
  new MutationObserver(() => window.states.push({
    labels: [...place.querySelectorAll(".check-label")].map(one => one.textContent),
    working: place.querySelector(".note")?.textContent ?? null,
  })).observe(place, {childList: true, subtree: true, characterData: true});
}"""


def sideways(page: Page) -> int:
    """Return how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def test_checks_appear_one_by_one_and_trying_a_model_queues_nothing(
    start_app: AppStarter, page: Page, tiny_model: Path
):
    pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")
    app = start_app(LEADERBOARD_POLL_SECONDS="3600")
    page.goto(app.url)
    open_tab(page, "Enviar y cola")
    expect(page.locator("#form-answer")).to_be_attached()
    page.evaluate(_WATCH)

    send(page, str(tiny_model), button="check")

    answer = page.locator("#form-answer")
    expect(answer.locator("p.accepted")).to_contain_text(
        "tiny-llama se puede enviar. No se ha enviado nada todavía.", timeout=TRIAL_MS
    )
    expect(answer.locator(".note")).to_have_count(0)
    assert answer.locator(".check-label").all_inner_texts() == CHECKS
    expect(answer.locator("li[data-check=smoke]")).to_contain_text("8 preguntas respondidas en")
    states = page.evaluate("window.states")
    seen = {len(one["labels"]) for one in states if one["working"] == "Comprobando…"} - {0, len(CHECKS)}
    assert len(seen) >= 2
    assert all(one["labels"] == CHECKS[: len(one["labels"])] for one in states)

    warned = answer.locator("li[data-check=card]")
    expect(warned).to_have_class("check-warned")
    link = warned.locator("a")
    expect(link).to_have_attribute("href", "https://huggingface.co/docs/hub/model-cards")
    expect(link).to_have_attribute("rel", "noopener")
    assert json.loads(app.command("queue", "--json")) == []

    page.set_viewport_size({"width": 390, "height": 844})
    answer.scroll_into_view_if_needed()
    assert sideways(page) <= 0


def entry(page: Page, name: str) -> Locator:
    """Return what stands in the queue of a model."""
    return page.locator("#queue-panel li").filter(has=page.get_by_text(name, exact=True)).first


def choose(page: Page, name: str) -> None:
    """Choose a request in the panel's list."""
    page.locator("#actions-request input").click()
    page.locator("#actions-request [role=option]", has_text=name).first.click()


def act(page: Page, action: str, said: str) -> None:
    """Press a button of the panel and wait for its answer."""
    page.locator(f"#action-{action}").click()
    expect(page.locator("#actions-answer")).to_contain_text(said)


def published(root: Path, *names: str) -> Path:
    """Publish models of a tiny suite in the stores under `root`; return the suite's file."""
    suite_file = write_suite(root / "suite")
    suite = load_suite(str(suite_file))
    for name in names:
        asked = request_for(suite, name)
        ran = evaluation(asked, suite, {"refranes": 3, "sumas": 4})
        finished_run(ran.manifest, ran.results).commit(FolderStore(root / "results"), "publish")
        finish(Queue(FolderStore(root / "eval_queue")), asked, reference_to(ran.manifest))
    return suite_file


def test_incident_26_a_maintainer_measures_again_cancels_retries_and_takes_down_and_a_tombstone_stays(
    start_app: AppStarter, page: Page, tmp_path: Path
):
    suite = published(tmp_path, "meiga-1b", "orballo-7b")
    app = start_app(LEADERBOARD_SUITE=str(suite), LEADERBOARD_POLL_SECONDS="3600")
    page.goto(app.url)
    expect(rows(page)).to_have_count(2)
    open_tab(page, "Enviar y cola")
    expect(page.locator("#actions")).to_be_visible()
    expect(page.locator("#action-take_back")).not_to_be_visible()

    act(page, "cancel", "Elige primero una petición de la lista.")
    for action, said, status in (
        ("reevaluate", "En la cola para medirlo todo de nuevo.", "PENDING"),
        ("cancel", "Cancelada.", "CANCELLED"),
        ("retry", "De nuevo en la cola.", "PENDING"),
        ("take_down", "Modelo retirado. Queda constancia en la página.", "WITHDRAWN"),
    ):
        choose(page, "meiga-1b")
        act(page, action, said)
        expect(entry(page, "meiga-1b")).to_have_attribute("data-status", status)
    today = load_texts("es").date(utc_now())
    expect(entry(page, "meiga-1b")).to_contain_text(f"Se retiró de la clasificación el {today}.")
    stored = {one["model"]: one["status"] for one in json.loads(app.command("queue", "--json"))}
    assert stored == {"meiga-1b": "WITHDRAWN", "orballo-7b": "FINISHED"}

    open_tab(page, "Clasificación")
    page.locator("#new-version").click()
    gone = f"Modelos retirados de la clasificación: meiga-1b (el {today})."
    expect(page.locator("#withdrawn")).to_have_text(gone)
    expect(rows(page)).to_have_count(1)
    expect(rows(page).filter(has_text="meiga-1b")).to_have_count(0)


def of_hub(name: str, by: str, minutes_ago: int) -> EvalRequest:
    sent_at = utc_now() - timedelta(minutes=minutes_ago)
    return request(model=model(name, source=ModelSource.HUB), submitted_at=sent_at).replaced(submitted_by=by)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """A Space in whose queue requests of two people wait for another suite's worker, and one failed."""
    with running_gate(tmp_path_factory.mktemp("gate"), LEADERBOARD_POLL_SECONDS="1") as running:
        failed = of_hub("otros/fallido", "ana", 3)
        for asked in (failed, of_hub("otros/espera", "ana", 2), of_hub("eva/propio", "eva", 1)):
            running.queue.submit(asked)
        take(running.queue, now=utc_now(), wanted=lambda one: one.id == failed.id)
        tell(running.queue, Failed(failed.id, 1, failure("su vocabulario no se puede leer")), now=utc_now())
        yield running


@pytest.fixture
def visit(gate: Gate, page: Page) -> Page:
    """The Space's form with its queue, as whoever a test makes of the visitor."""
    page.goto(gate.space.app.url)
    open_tab(page, "Enviar y cola")
    expect(entry(page, "otros/fallido")).to_be_visible()
    return page


def become(gate: Gate, page: Page, user: str) -> None:
    sign_in_to(gate, page.context, user)
    page.reload()
    open_tab(page, "Enviar y cola")
    expect(page.locator("#send")).to_be_enabled()


def listed(page: Page) -> list[str]:
    return page.locator("#queue-panel .queue-model").all_inner_texts()


def test_visitors_and_those_who_submitted_nothing_see_nothing_to_do(gate: Gate, visit: Page):
    expect(visit.locator("#send")).to_be_disabled()
    expect(visit.locator("#actions")).not_to_be_visible()
    become(gate, visit, "nadie")
    expect(visit.locator("#actions")).not_to_be_visible()


def test_a_maintainer_of_the_space_sees_every_request_and_what_maintainers_do(gate: Gate, visit: Page):
    become(gate, visit, MAINTAINER)
    expect(visit.locator("#actions")).to_be_visible()
    for action in ("retry", "cancel", "reevaluate", "take_down"):
        expect(visit.locator(f"#action-{action}")).to_be_visible()
    for name in ("otros/espera", "eva/propio"):  # whatever was chosen before, the list is whole
        visit.locator("#actions-request input").click()
        expect(visit.locator("#actions-request [role=option]")).to_have_count(3)
        visit.locator("#actions-request [role=option]", has_text=name).click()
        expect(visit.locator("#actions-request input")).to_have_value(re.compile(name))


def test_incident_06_26_who_submitted_sees_their_own_first_takes_it_back_and_everybody_can_read_of_it(
    gate: Gate, visit: Page
):
    assert listed(visit)[0] == "otros/espera"
    become(gate, visit, "eva")
    expect(visit.locator("#queue-panel .queue-model").first).to_have_text("eva/propio")
    expect(visit.locator("#actions")).to_be_visible()
    for action in ("retry", "cancel", "reevaluate", "take_down"):
        expect(visit.locator(f"#action-{action}")).not_to_be_visible()
    choose(visit, "eva/propio")
    act(visit, "take_back", "Envío retirado. Queda constancia en la página.")
    expect(entry(visit, "eva/propio")).to_contain_text("Lo retiró quien lo envió")
    (own,) = (one for one in gate.queue.view().entries.values() if one.request.model.name == "eva/propio")
    assert own.state.status is Status.WITHDRAWN
    assert own.state.history[-1].by == "eva"

    owner = visit.locator("#queue-owner").locator("input, textarea")
    for account, lines in {
        "EVA": ["eva/propio · bfloat16", "Retirada · enviado por eva"],
        "ana": ["otros/espera · bfloat16", "otros/fallido · bfloat16", "Fallida · enviado por ana"],
        "otros": ["otros/espera", "otros/fallido"],
    }.items():
        owner.fill(account)
        owner.press("Enter")
        heading = visit.locator("#queue-of-owner p")
        expect(heading).to_have_text(f"Envíos de {account}: {1 if account == 'EVA' else 2}.")
        for line in lines:
            expect(visit.locator("#queue-of-owner")).to_contain_text(line)
    owner.fill("<img src=x onerror=alert(1)>")
    owner.press("Enter")
    expect(visit.locator("#queue-of-owner")).to_contain_text("No hay ningún envío de <img src=x onerror=alert(1)>.")
    assert visit.locator("#queue-of-owner img").count() == 0


def test_incident_06_a_failure_is_in_the_queue_for_everybody_with_its_cause(visit: Page):
    expect(entry(visit, "otros/fallido")).to_have_attribute("data-status", "FAILED")
    expect(entry(visit, "otros/fallido")).to_contain_text("su vocabulario no se puede leer")


def test_the_panel_and_the_queue_fit_a_narrow_window_in_light_and_dark(gate: Gate, browser: Browser):
    for theme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 390, "height": 844})
        sign_in_to(gate, context, MAINTAINER)
        page = context.new_page()
        page.goto(f"{gate.space.app.url}/?__theme={theme}")
        open_tab(page, "Enviar y cola")
        expect(page.locator("#actions")).to_be_visible()
        expect(entry(page, "otros/fallido")).to_be_visible()
        assert sideways(page) <= 0
        context.close()
