"""The form that an address fills in, and the queue that a reader has open while it changes."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from leaderboard.queue import Failed
from leaderboard.records import EvalRequest, ModelSource, utc_now
from leaderboard.texts import load_texts
from tests.browser.conftest import AppStarter, RunningApp, house_under
from tests.builders import failure, model, request, take, tell

TEXTS = load_texts("en")
FILLED = "tab=submit&model=somos/meiga&revision=v1&precision=float16&chat_template=none"


@pytest.fixture
def app(start_app: AppStarter) -> RunningApp:
    """A copy in whose queue nothing is ever evaluated, and no Hub answers."""
    return start_app(HF_ENDPOINT="http://127.0.0.1:9", LEADERBOARD_POLL_SECONDS="3600")


def field(page: Page, name: str) -> str:
    """Return the value of a text field, or what is chosen."""
    chosen = f"#field-{name} input[type=radio]:checked, #field-{name} textarea, #field-{name} input:not([type=radio])"
    return page.locator(chosen).first.input_value()


def test_a_shared_link_opens_the_form_filled_in_and_what_was_changed_then_stays(app: RunningApp, page: Page):
    page.goto(f"{app.url}/?lang=en&{FILLED}")
    expect(page.locator("#field-model textarea, #field-model input")).to_have_value("somos/meiga")
    asked = {name: field(page, name) for name in ("model", "revision", "precision", "chat-template")}
    assert asked == {"model": "somos/meiga", "revision": "v1", "precision": "float16", "chat-template": "none"}

    page.locator("#field-revision textarea, #field-revision input").fill("v2")
    page.get_by_role("tab", name=TEXTS("tabs.about")).click()
    page.get_by_role("tab", name=TEXTS("tabs.submit")).click()
    expect(page.locator("#send")).to_be_visible()
    page.locator("#check").click()
    expect(page.locator("#form-answer .refused")).to_contain_text(TEXTS("form.not_acceptable", model="somos/meiga"))
    assert field(page, "revision") == "v2"

    link = page.locator("#form-link")
    expect(link).to_have_text(f"{app.url}/?{FILLED.replace('v1', 'v2')}")
    link.click()
    expect(page).to_have_url(re.compile(r"revision=v2"))
    page.goto(link.inner_text())
    expect(page.locator("#field-revision textarea, #field-revision input")).to_have_value("v2")


def asked_for(name: str, minutes_ago: int) -> EvalRequest:
    at = utc_now() - timedelta(minutes=minutes_ago)
    return request(model=model(name, source=ModelSource.HUB), submitted_at=at)


def test_incident_06_the_log_of_a_failure_stays_open_while_the_queue_goes_on(app: RunningApp, page: Page):
    queue = house_under(app.root).queue
    failed = asked_for("somos/fallido", 2)
    queue.submit(failed)
    take(queue, now=utc_now())
    tell(queue, Failed(failed.id, 1, failure("it broke", log=("a.py:1 in b",))), now=utc_now())
    page.goto(f"{app.url}/?tab=submit")
    log = page.locator("#queue-panel details")
    log.locator("summary").click()
    expect(log).to_have_attribute("open", "")

    queue.submit(asked_for("somos/espera", 1))

    waits = page.locator("#queue-panel li", has_text="somos/espera")
    expect(waits).to_have_attribute("data-status", "PENDING")
    expect(log).to_have_attribute("open", "")
    waits.get_by_role("link", name="somos/espera").click()
    expect(page).to_have_url(re.compile(r"tab=model&model=somos(%2F|/)espera"))
