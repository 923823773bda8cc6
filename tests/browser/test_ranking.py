"""The ranking tab as its readers use it: views, search, filters, own average, and an address that says it all."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from leaderboard.queue import Queue
from leaderboard.records import ModelSource, ModelType, Precision
from leaderboard.results import finished_run, reference_to
from leaderboard.store import FolderStore
from leaderboard.suite import load_suite
from tests.browser.conftest import RunningApp, running_app
from tests.builders import evaluation, facts, finish, model, request_for

MODELS = 40
HOSTILE_LICENCE = "<img src=x onerror=alert(1)>"


def publish(root: Path, number: int, precision: Precision = Precision.BFLOAT16) -> None:
    """Publish a made model: the higher its number the better, and the larger, of one of four houses."""
    suite = load_suite("muestra")
    asked = request_for(
        suite,
        model=model(f"casa{number % 4}/modelo-{number}", source=ModelSource.HUB),
        precision=precision,
        facts=facts(
            ModelType.INSTRUCT if number % 2 else ModelType.BASE,
            native_precision=Precision.BFLOAT16,
            parameters=(number + 1) * 10**9,
            licence=("apache-2.0", "llama3", HOSTILE_LICENCE, None)[number % 4],
        ),
    )
    ran = evaluation(
        asked, suite, {task.id: (task.declaration.items or 0) * (number + 30) // 100 for task in suite.tasks}
    )
    finished_run(ran.manifest, ran.results).commit(FolderStore(root / "results"), "publish")
    finish(Queue(FolderStore(root / "eval_queue")), asked, reference_to(ran.manifest))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """The page over forty models and one in another precision, as on a Space whose form is closed."""
    root = tmp_path_factory.mktemp("ranking")
    for number in range(MODELS):
        publish(root, number)
    publish(root, MODELS - 1, Precision.FLOAT16)
    with running_app(root, SYSTEM="spaces", SPACE_ID="somos/ranking", LEADERBOARD_POLL_SECONDS="3600") as running:
        yield running


def told(page: Page) -> Locator:
    return page.locator("#ranking-told")


def models(page: Page) -> list[str]:
    """Return the models in view, from the top."""
    return [str(one.get_attribute("title")) for one in page.locator("#ranking-rows .col-model a").all()]


def opened(page: Page, app: RunningApp, query: str = "") -> None:
    page.goto(f"{app.url}/{query}")
    expect(told(page)).to_contain_text("modelos")


def parameters(page: Page) -> dict[str, str]:
    return {name: one[0] for name, one in parse_qs(urlsplit(page.url).query).items()}


def open_fold(page: Page, name: str) -> None:
    page.locator(f"#fold-{name} summary").click()


def test_the_best_stands_first_with_its_interval_and_only_the_rows_in_view_are_in_the_page(
    app: RunningApp, page: Page
) -> None:
    opened(page, app)
    expect(told(page)).to_have_text(f"{MODELS} de {MODELS} modelos")
    first = page.locator("#ranking-rows tbody tr:not(.spacer)").first
    expect(first).to_contain_text("modelo-39")
    expect(first.locator(".margin")).to_contain_text("±")
    page.set_viewport_size({"width": 1400, "height": 500})
    expect(page.locator("#ranking-rows tbody tr:not(.spacer)")).not_to_have_count(MODELS)
    page.locator("#ranking-table").evaluate("one => one.scrollTo(0, one.scrollHeight)")
    expect(page.locator("#ranking-rows tbody tr:not(.spacer)").last).to_contain_text("modelo-0")


def test_incident_22_a_view_changes_at_once_and_sends_only_its_own_columns(app: RunningApp, page: Page) -> None:
    asked: list[dict[str, object]] = []
    page.on("response", lambda one: asked.append(one.json()["data"][0]) if one.url.endswith("/run/ranking") else None)
    opened(page, app)
    page.locator("[name=view][value=eu]").check()
    expect(page.locator("#ranking-rows thead")).not_to_contain_text("Comprensión")
    page.locator("[name=view][value=es]").check()
    expect(page.locator("#ranking-rows thead")).to_contain_text("Comprensión")
    page.locator("[name=view][value=eu]").check()
    expect(page.locator("#ranking-rows thead")).not_to_contain_text("Comprensión")
    assert [one["view"] for one in asked] == ["es", "eu"], "a view is asked for once"
    assert all({task["language"] for task in one["tasks"]} == {one["view"]} for one in asked)  # type: ignore[attr-defined]


def test_incident_21_every_filter_can_be_undone_and_nothing_missing_becomes_zero(app: RunningApp, page: Page) -> None:
    opened(page, app)
    page.locator("[name=q]").fill("nadie")
    expect(told(page)).to_contain_text("Ningún modelo cumple esos filtros")
    page.locator("[name=q]").fill("modelo-7; casa3/modelo-3")
    expect(told(page)).to_have_text(f"5 de {MODELS} modelos")
    page.locator("[name=q]").fill("")
    expect(told(page)).to_have_text(f"{MODELS} de {MODELS} modelos")
    open_fold(page, "filters")
    page.locator("[name=size]").select_option("phone")
    expect(told(page)).to_have_text(f"3 de {MODELS} modelos")
    page.locator("[name=open]").select_option("open")
    assert models(page) == ["casa0/modelo-0"]
    page.locator("[name=size]").select_option("")
    page.locator("[name=open]").select_option("unknown")
    expect(told(page)).to_have_text(f"10 de {MODELS} modelos")
    page.locator("#reset-controls").click()
    expect(told(page)).to_have_text(f"{MODELS} de {MODELS} modelos")
    page.locator("[name=type][value=base]").uncheck()
    page.locator("[name=owner]").select_option("casa2")
    expect(told(page)).to_contain_text("Ningún modelo")
    page.locator("[name=type][value=base]").check()
    expect(told(page)).to_have_text(f"10 de {MODELS} modelos")
    page.locator("[name=licence]").select_option(HOSTILE_LICENCE)
    open_fold(page, "columns")
    page.locator("[name=col][value=licence]").check()
    expect(page.locator("#ranking-rows td", has_text=HOSTILE_LICENCE).first).to_be_visible()
    assert page.locator("#ranking-table img").count() == 0
    assert "NaN" not in page.locator("#ranking-rows").inner_text()


def test_other_versions_of_a_model_are_shown_on_demand_and_take_no_rank(app: RunningApp, page: Page) -> None:
    opened(page, app)
    open_fold(page, "filters")
    page.locator("[name=others]").check()
    expect(told(page)).to_have_text(f"{MODELS + 1} de {MODELS + 1} modelos")
    other = page.locator("#ranking-rows tr", has_text="otra versión: float16")
    expect(other.locator(".col-rank")).to_have_text("\N{EN DASH}")


def test_a_reader_weighs_areas_and_the_ranks_follow(app: RunningApp, page: Page) -> None:
    opened(page, app)
    before = page.locator("#ranking-rows .col-average .value").first.inner_text()
    open_fold(page, "own-average")
    for area in ("language", "mathematics"):
        page.locator(f"[name='w.{area}']").fill("0")
    expect(page.locator("#ranking-rows thead")).to_contain_text("Tu media")
    first = page.locator("#ranking-rows tbody tr:not(.spacer)").first
    comprehension = first.locator("td").nth(2).inner_text()
    expect(first.locator(".col-average .value")).to_have_text(comprehension)
    expect(first.locator(".margin")).to_have_count(0)
    expect(first.locator(".col-rank .value")).to_have_text("1")
    assert comprehension != before


def test_incident_20_the_scale_of_tasks_is_chosen_and_never_mixed(app: RunningApp, page: Page) -> None:
    opened(page, app)
    with page.expect_response("**/run/ranking") as answer:
        page.reload()
    sheet = answer.value.json()["data"][0]
    task = next(one for one in sheet["tasks"] if one["chance"])
    raw = sheet["rows"]["raw"][sheet["tasks"].index(task)][0]
    open_fold(page, "columns")
    page.locator(f"[name=col][value={task['id']}]").check()
    cell = page.locator("#ranking-rows tbody tr:not(.spacer)").first.locator("td.col-score").last
    above = 100 * (raw / 10_000 - task["chance"]) / (1 - task["chance"])
    expect(cell).to_have_text(f"{above:.1f}".replace(".", ",").replace("-", "\N{MINUS SIGN}"))
    page.locator("[name=scale][value=raw]").check()
    expect(cell).to_have_text(f"{raw / 100:.1f}".replace(".", ","))


def test_a_shared_link_opens_the_same_sight_also_within_a_frame(app: RunningApp, browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": 1400, "height": 1000}, permissions=["clipboard-read", "clipboard-write"]
    )
    page = context.new_page()
    opened(page, app)
    page.locator("[name=view][value=gl]").check()
    page.locator("[name=q]").fill("casa1")
    open_fold(page, "columns")
    page.locator("[name=col][value=type]").uncheck()
    page.locator("#ranking-rows thead button[data-key=parameters]").click()
    page.locator("#ranking-rows thead button[data-key=parameters]").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    assert parameters(page) == {"view": "gl", "q": "casa1", "col": "groups,parameters", "sort": "parameters"}
    seen, head = models(page), page.locator("#ranking-rows thead").inner_text()
    page.locator("#copy-link").click()
    expect(page.locator("#copied")).to_have_text("Copiado")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("https://huggingface.co/spaces/somos/ranking?")

    query = urlsplit(copied).query
    other = context.new_page()
    other.set_content(f"<iframe src='{app.url}/?{query}' width=1300 height=900></iframe>")
    frame = other.frame_locator("iframe")
    expect(frame.locator("#ranking-told")).to_have_text(f"10 de {MODELS} modelos")
    links = frame.locator("#ranking-rows .col-model a").all()
    assert [one.get_attribute("title") for one in links] == seen
    assert frame.locator("#ranking-rows thead").inner_text() == head
    context.close()


def test_tabs_and_models_have_addresses_and_the_way_back(app: RunningApp, page: Page) -> None:
    opened(page, app, "?q=casa1")
    page.locator("#ranking-rows .col-model a").first.click()
    assert parameters(page) == {"tab": "model", "model": "casa1/modelo-37"}
    expect(page.get_by_role("tab", name="Modelo")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Clasificación").click()
    assert parameters(page) == {"q": "casa1"}, "a tab is found as it was left"
    expect(told(page)).to_have_text(f"10 de {MODELS} modelos")
    page.go_back()
    expect(page.get_by_role("tab", name="Modelo")).to_have_attribute("aria-selected", "true")
    page.goto(f"{app.url}/?tab=charts")
    expect(page.get_by_role("tab", name="Gráficos")).to_have_attribute("aria-selected", "true")


def test_the_language_is_chosen_stands_in_the_address_and_is_remembered(app: RunningApp, page: Page) -> None:
    opened(page, app, "?q=casa1")
    page.locator("#language").select_option("en")
    expect(told(page)).to_have_text(f"10 of {MODELS} models")
    assert parameters(page) == {"q": "casa1", "lang": "en"}
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "." in page.locator("#ranking-rows .col-average .value").first.inner_text()
    page.goto(app.url)
    expect(page.get_by_role("tab", name="Ranking")).to_be_visible()
    for language, tab, mark in (("eu", "Sailkapena", ","), ("es", "Clasificación", ",")):
        page.goto(f"{app.url}/?lang={language}")
        expect(page.get_by_role("tab", name=tab)).to_be_visible()
        expect(page.locator("#ranking-rows .col-average .value").first).to_contain_text(mark)


def test_what_is_shown_is_saved_as_a_table_without_formulas(app: RunningApp, page: Page) -> None:
    opened(page, app, "?q=casa0")
    with page.expect_download() as saved:
        page.locator("#download").click()
    lines = list(csv.reader(Path(saved.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert len(lines) == 1 + 10
    assert [line[1] for line in lines[1:]] == models(page)
    (best, *_) = json.loads(app.command("board", "--json"))
    assert float(lines[1][2]) <= 100 * best["average"] + 0.01


def test_keyboard_alone_sorts_and_opens_a_model(app: RunningApp, page: Page) -> None:
    opened(page, app)
    page.locator("#ranking-rows thead button[data-key=model]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("thead th.col-model")).to_have_attribute("aria-sort", "ascending")
    focused = page.evaluate("document.activeElement.dataset.key")
    assert focused == "model", "the focus stays where the reader is"
    page.locator("#ranking-rows .col-model a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Modelo")).to_have_attribute("aria-selected", "true")


def test_no_serious_obstacle_for_anybody_light_or_dark_wide_or_narrow(app: RunningApp, browser: Browser) -> None:
    for width, theme in ((1400, "light"), (390, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 844})
        page = context.new_page()
        opened(page, app, f"?__theme={theme}")
        for fold in ("filters", "columns", "own-average"):
            open_fold(page, fold)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page, context={"exclude": [["footer"]]}).response["violations"]
        serious = [
            (one["id"], node["html"])
            for one in found
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]
        assert serious == []
        context.close()
