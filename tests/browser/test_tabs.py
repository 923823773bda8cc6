"""The tabs beside the ranking as their readers use them, in a real browser."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import RunningApp, running_app
from tests.made_models import MODELS, publish_made_models

BEST, WORST = "casa-andina/condor-8b", "casa-andina/condor-1b"
SIGHTS = (
    ("", "#ranking-rows tbody tr"),
    (f"tab=model&model={BEST}", "#model-radar svg.main-svg"),
    (f"tab=compare&a={BEST}&b={WORST}", "#compare-page table"),
    (f"tab=varieties&model={BEST}", "#varieties-map svg.main-svg"),
    ("tab=charts", "#chart svg.main-svg"),
    ("tab=charts&chart=areas", "#tab-charts-button[aria-selected=true]"),
    ("tab=tasks", "#task-page [role=status]"),
    ("tab=tasks&task=expresiones", "#task-page .histogram"),
    ("tab=submit", "#queue-panel li"),
    ("tab=review", ".review-card"),
    ("tab=about", "#bibtex"),
)
"""What an address asks for, and what is there once it is shown."""

OF_THE_COMPONENT = {"aria-required-children", "nested-interactive"}
"""What axe finds in a bare gradio_leaderboard table too, so in the catalogue; nowhere else on the page."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """The page over six models that differ in every item."""
    root = tmp_path_factory.mktemp("tabs")
    publish_made_models(root)
    with running_app(root, LEADERBOARD_POLL_SECONDS="3600") as running:
        yield running


def parameters(page: Page) -> dict[str, str]:
    return {name: one[0] for name, one in parse_qs(urlsplit(page.url).query).items()}


def test_the_catalogue_leads_to_a_task_and_back(app: RunningApp, page: Page) -> None:
    page.goto(app.url)
    page.get_by_role("tab", name="Tareas").click()
    rows = page.locator("#task-catalogue tbody.tbody tr")
    expect(rows).to_have_count(9)
    page.locator("select[name=language]:visible").select_option("eu")
    expect(rows).to_have_count(2)
    assert parameters(page) == {"tab": "tasks", "language": "eu"}
    page.locator("select[name=language]:visible").select_option("")
    expect(rows).to_have_count(9)
    search = page.get_by_label("Buscar una tarea")
    search.fill("gallega")
    search.press("Enter")
    expect(rows).to_have_count(1)
    rows.get_by_role("link", name="Gramática gallega").click()
    assert parameters(page) == {"tab": "tasks", "task": "galego"}
    expect(page.locator("#task-page h2")).to_have_text("Gramática gallega")
    expect(page.locator("#task-page .review-card li")).to_have_count(3)
    expect(page.locator("#task-page .histogram tbody tr").first).to_be_visible()
    expect(page.locator("#task-catalogue")).not_to_be_visible()
    page.get_by_role("link", name="Ver esta tarea en la clasificación").click()
    expect(page.locator("#ranking-rows thead")).to_contain_text("Gramática gallega")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Gramática gallega")
    page.goto(f"{app.url}/?tab=tasks&task=nada")
    expect(page.locator("#task-page [role=alert]")).to_contain_text("No hay ninguna tarea «nada»")
    expect(rows).to_have_count(9)


def test_two_models_are_compared_down_to_their_answers(app: RunningApp, page: Page) -> None:
    page.goto(f"{app.url}/?tab=compare")
    page.locator("#compare-page input[name=a]").fill(BEST)
    page.locator("#compare-page input[name=b]").fill(WORST)
    page.locator("#compare-page form button").click()
    expect(page.locator(".compare-summary")).to_contain_text("mejor en")
    assert parameters(page) == {"tab": "compare", "a": BEST, "b": WORST}
    better = page.locator("#compare-page tr", has=page.locator(".verdict.better")).first
    better.get_by_role("link").first.click()
    expect(page.locator("#compare-page table.items tbody tr").first).to_contain_text("acierta")
    expect(page.locator("#compare-page table.items code").first).to_contain_text("-")


def test_a_country_is_chosen_on_the_page_of_varieties(app: RunningApp, page: Page) -> None:
    page.goto(f"{app.url}/?tab=varieties&model={BEST}")
    expect(page.locator("#varieties-map svg.main-svg").first).to_be_visible()
    expect(page.locator(".varieties table")).to_contain_text("México")
    page.locator("select[name=country]:visible").select_option("MX")
    page.wait_for_url("**country=MX*")
    assert parameters(page) == {"tab": "varieties", "model": BEST, "country": "MX"}
    expect(page.locator("#tab-varieties, [role=tabpanel]").locator("visible=true").first).to_contain_text(WORST)


def test_every_chart_is_drawn_and_has_its_data_in_a_table(app: RunningApp, page: Page) -> None:
    page.goto(f"{app.url}/?tab=charts")
    for chart, title in (
        ("date", "Media y fecha"),
        ("cost", "Media y tiempo de evaluación"),
        ("size", "Media y tamaño"),
    ):
        page.locator("select[name=chart]:visible").select_option(chart)
        expect(page.locator("h2:visible")).to_have_text(title)
        assert parameters(page)["chart"] == chart
        expect(page.locator("#chart .scatterlayer .point").first).to_be_visible()
        expect(page.locator("details .figures tbody tr")).to_have_count(len(MODELS))
    page.locator("select[name=chart]:visible").select_option("areas")
    expect(page.locator("#chart")).not_to_be_visible()
    expect(page.locator("table:visible tbody tr")).to_have_count(len(MODELS))


def test_a_models_page_leads_to_its_comparison_and_is_found_by_name(app: RunningApp, page: Page) -> None:
    page.goto(f"{app.url}/?tab=model")
    page.locator("#model-page input[name=model]").fill(BEST)
    page.locator("#model-page form button").click()
    expect(page.locator("#model-page h2")).to_have_text(BEST)
    expect(page.locator("#model-rest .command")).to_contain_text(f"pretrained={BEST}")
    page.get_by_role("link", name=re.compile("^Comparar con (?!otro)")).first.click()
    expect(page.locator(".compare-summary")).to_contain_text(BEST)


def test_the_entry_to_cite_is_copied_and_names_the_rule(app: RunningApp, browser: Browser) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{app.url}/?tab=about")
    page.get_by_role("button", name="Copiar la entrada").click()
    expect(page.locator("#copied")).to_have_text("Copiado")
    assert page.evaluate("navigator.clipboard.readText()").startswith("@misc{ranking600m,")
    expect(page.locator("#bibtex")).to_contain_text("muestra-2.0")
    page.get_by_role("link", name="catálogo de tareas").click()
    expect(page.locator("#task-page h2")).to_have_text("Catálogo de tareas")
    context.close()


def test_no_serious_obstacle_on_any_tab_and_nothing_is_wider_than_a_phone(app: RunningApp, browser: Browser) -> None:
    for width, theme, language in ((1400, "light", "es"), (390, "dark", "eu")):
        context = browser.new_context(viewport={"width": width, "height": 844})
        page = context.new_page()
        for query, there in SIGHTS:
            page.goto(f"{app.url}/?{query}&__theme={theme}&lang={language}")
            expect(page.locator(there).locator("visible=true").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, query
            chosen = page.locator("#tabs [role=tab][aria-selected=true]").first
            expect(chosen).to_be_in_viewport()
            found = Axe().run(page, context={"exclude": [["footer"]]}).response["violations"]
            known = OF_THE_COMPONENT if query == "tab=tasks" else set()
            serious = [
                (query, one["id"], one["nodes"][0]["html"])
                for one in found
                if one["impact"] in {"serious", "critical"} and one["id"] not in known
            ]
            assert serious == []
        context.close()
