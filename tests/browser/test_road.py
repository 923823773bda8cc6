"""The whole road in a real browser: from the form to the table, with everything that is said on the way."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from leaderboard.submission import OPERATOR, Wish
from leaderboard.suite import EMBEDDED_SUITES
from tests.browser.conftest import AppStarter, RunningApp, house_under, publish, running_app

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

EVALUATION_MS = 120_000
ALLOWED_FOREIGN_SCRIPT = "iframeResizer.contentWindow"


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def rows(page: Page) -> Locator:
    return page.locator("#ranking-rows tbody tr:not(.spacer)")


def send(page: Page, model: str, revision: str = "", precision: str = "float32", button: str = "send") -> None:
    page.locator("#field-model input, #field-model textarea").fill(model)
    page.locator("#field-revision input, #field-revision textarea").fill(revision)
    page.locator("#field-precision").get_by_label(precision).check()
    page.locator(f"#{button}").click()


def test_from_the_form_to_the_table(start_app: AppStarter, page: Page, tiny_model: Path) -> None:
    app = start_app()
    page.goto(app.url)
    expect(page.get_by_text("Todavía no hay ningún modelo evaluado")).to_be_visible()

    open_tab(page, "Enviar y cola")
    send(page, str(tiny_model))

    expect(page.locator("#form-answer .accepted")).to_contain_text("tiny-llama está en la cola")
    entry = page.locator("#queue-panel li", has_text="tiny-llama")
    expect(entry).to_have_attribute("data-status", "RUNNING")
    expect(entry.locator("progress")).to_be_visible()
    expect(entry.locator(".queue-progress")).to_contain_text(
        re.compile(r"[\d.]+ de [\d.]+ preguntas"), timeout=EVALUATION_MS
    )
    expect(entry).to_have_attribute("data-status", "FINISHED", timeout=EVALUATION_MS)

    # The new version is offered, not pushed: the reader's table is as it was until the button is pressed.
    open_tab(page, "Clasificación")
    expect(page.locator("#new-version")).to_be_visible()
    expect(rows(page).filter(has_text="tiny-llama")).to_have_count(0)
    page.locator("#new-version").click()
    expect(rows(page).first).to_contain_text("tiny-llama")
    expect(page.locator("#new-version")).not_to_be_visible()
    expect(page.get_by_text("Todavía no hay ningún modelo evaluado")).not_to_be_visible()

    (row,) = json.loads(app.command("board", "--json"))
    assert row["model"] == "tiny-llama"
    assert row["rank"] == 1
    assert row["complete"]
    assert set(row["languages"]) == {"es", "ca", "eu", "gl"}
    house = house_under(app.root)
    assert {task: cell["items"] for task, cell in row["tasks"].items()} == {
        task.id: task.declaration.items for task in house.suite.tasks
    }
    (published,) = house.reader.published(house.queue.view()).evaluations
    # Only generation goes through the model's chat template; sentences compared for likelihood never do.
    assert {result.task for result in published.results if result.chat_template_applied} == {
        *("calculo_es", "calculo_ca", "calculo_eu", "calculo_gl")
    }
    shown = rows(page).first.locator(".col-average .value").inner_text()
    points = float(shown.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    assert points == pytest.approx(100 * row["average"], abs=0.051)


def test_bad_input_is_answered_beside_the_form_and_nothing_is_queued(
    start_app: AppStarter, page: Page, tmp_path: Path
) -> None:
    app = start_app(HF_ENDPOINT="http://127.0.0.1:9")
    empty = tmp_path / "sin-pesos"
    empty.mkdir()
    (empty / "config.json").write_text('{"model_type": "llama"}')
    page.goto(app.url)
    open_tab(page, "Enviar y cola")
    refusal = page.locator("#form-answer .refused")

    for model, said in (
        ("", "Escribe qué modelo"),
        ("no es un id", "«no es un id» no es un nombre de modelo del Hub"),
        ("<img src=x onerror=alert(1)>/m", "onerror=alert(1)>/m» no es un nombre de modelo del Hub"),
        (str(tmp_path / "no-existe"), "No existe la carpeta"),
        (str(empty), "no tiene pesos en formato safetensors"),
        ("somos/modelo", "El Hub no responde"),
    ):
        send(page, model)
        expect(refusal).to_contain_text(said)
    send(page, "somos/modelo", revision="../../etc")
    expect(refusal).to_contain_text("no puede ser una rama")
    expect(page.locator("#form-answer li[data-check=name]")).to_have_class("check-refused")
    assert page.locator("#form-answer img").count() == 0

    assert json.loads(app.command("queue", "--json")) == []


def test_a_duplicate_is_told_with_its_state(start_app: AppStarter, page: Page, tiny_model: Path) -> None:
    app = start_app()
    house_under(app.root).desk.submit(Wish(model=str(tiny_model), precision="float32"), OPERATOR)
    page.goto(app.url)
    open_tab(page, "Enviar y cola")

    send(page, str(tiny_model))

    expect(page.locator("#form-answer .refused")).to_contain_text("ya se envió con estas mismas opciones")
    assert len(json.loads(app.command("queue", "--json"))) == 1


def test_incident_21_search_and_filters_hold_over_a_new_version_and_can_be_undone(
    start_app: AppStarter, page: Page, evaluated: Path, tmp_path: Path
) -> None:
    from tests.tiny_models import make_tiny_llama

    app = start_app(evaluated, LEADERBOARD_POLL_SECONDS="3600")  # this test decides when something is evaluated
    page.goto(app.url)
    expect(rows(page)).to_have_count(2)
    search = page.locator("#ranking-controls [name=q]")
    search.fill("tiny-llama; otra-llama")
    expect(rows(page)).to_have_count(1)
    page.locator("#fold-columns summary").click()
    page.locator("[name=col][value=type]").uncheck()
    header = page.locator("#ranking-rows thead")
    expect(header).not_to_contain_text("Tipo")

    other = make_tiny_llama(tmp_path / "otra-llama", seed=7)
    (other / "README.md").write_text('---\nlicense: "<img src=x onerror=alert(1)>"\n---\n')
    stores = house_under(app.root)
    publish(stores, stores.desk.submit(Wish(model=str(other), precision="float32"), OPERATOR))
    expect(page.locator("#new-version")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    page.locator("#new-version").click()

    # Two llamas are found now; the baseline is still filtered out, the column is still hidden.
    expect(rows(page)).to_have_count(2)
    expect(rows(page).filter(has_text="otra-llama")).to_have_count(1)
    expect(rows(page).filter(has_text="dummy")).to_have_count(0)
    expect(search).to_have_value("tiny-llama; otra-llama")
    expect(header).not_to_contain_text("Tipo")

    search.fill("")
    expect(rows(page)).to_have_count(3)
    page.locator("#fold-filters summary").click()
    baseline = page.locator("#ranking-controls").get_by_label("referencia")
    baseline.uncheck()
    expect(rows(page)).to_have_count(2)
    baseline.check()
    expect(rows(page)).to_have_count(3)

    # The filters know the new licence, and it is text wherever it is shown.
    expect(page.locator("#ranking-controls [name=licence] option", has_text="<img src=x")).to_have_count(1)
    assert page.locator("#ranking-table img, #ranking-controls img").count() == 0


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, evaluated: Path) -> Iterator[RunningApp]:
    """The app with two models in its table, for those who only look at it."""
    root = tmp_path_factory.mktemp("shown")
    shutil.copytree(evaluated, root, dirs_exist_ok=True)
    with running_app(root) as app:
        yield app


def test_no_sideways_scroll_and_no_foreign_request_wide_and_narrow(shown: RunningApp, browser: Browser) -> None:
    for width, theme in ((1400, "light"), (390, "light"), (1400, "dark"), (390, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 844})
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(f"{shown.url}/?__theme={theme}")
        expect(rows(page)).to_have_count(2)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        open_tab(page, "Enviar y cola")
        expect(page.locator("#send")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        foreign = [url for url in asked if not url.startswith((shown.url, "data:", "blob:"))]
        assert [url for url in foreign if ALLOWED_FOREIGN_SCRIPT not in url] == []
        context.close()


@pytest.mark.parametrize("environment", [{"SYSTEM": "spaces", "SPACE_ID": "somos/ranking"}, {"SPACE_ID": "x/half"}])
def test_on_a_space_with_a_folder_queue_the_form_is_closed(
    environment: dict[str, str], start_app: AppStarter, page: Page
) -> None:
    app = start_app(**environment)
    page.goto(app.url)
    open_tab(page, "Enviar y cola")

    expect(page.locator("#form-closed")).to_contain_text("El formulario está cerrado")
    expect(page.locator("#send")).to_be_disabled()
    expect(page.locator("#check")).to_be_disabled()
    expect(page.locator("#actions")).not_to_be_visible()


def test_a_native_speaker_signs_an_item_on_the_page(start_app: AppStarter, page: Page, tmp_path: Path) -> None:
    shutil.copytree(EMBEDDED_SUITES, tmp_path / "suites")
    app = start_app(LEADERBOARD_SUITE=str(tmp_path / "suites" / "muestra.yaml"))
    page.goto(app.url)
    open_tab(page, "Revisar")
    card = page.locator("#review-card .review-card")
    first = card.get_attribute("data-item")
    assert first is not None

    page.locator("#review-sign").click()
    expect(page.locator("#review-answer .refused")).to_contain_text("Escribe con qué nombre firmas")
    page.locator("#review-name input, #review-name textarea").fill("Ana Peña")
    page.locator("#review-sign").click()

    expect(page.locator("#review-answer .accepted")).to_contain_text(first)
    expect(card).not_to_have_attribute("data-item", first)
    second = card.get_attribute("data-item")
    page.locator("#review-next").click()
    expect(card).not_to_have_attribute("data-item", str(second))
    signed = [
        row
        for file in (tmp_path / "suites" / "muestra").glob("*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
        if (row := json.loads(line))["status"] == "reviewed"
    ]
    assert [(row["id"], row["reviewer"]) for row in signed] == [(first, "Ana Peña")]
