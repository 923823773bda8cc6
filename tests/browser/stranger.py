"""A Space whose Hub is full of bad models, and a stranger at its form whose every answer is looked at."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Dialog, Locator, Page, expect

from leaderboard.queue import Queue
from leaderboard.store import HubAccess, open_store
from tests.browser.conftest import running_app
from tests.browser.test_sign_in import AS_A_SPACE, JOIN, REQUESTS, Space, forged_cookie
from tests.hub_server import HubServer, running_hub
from tests.openid_provider import running_openid_provider

TOKEN = "hf_of_the_space"
MAINTAINER = "Maite"
PATIENCE_MS = 60_000
"""For what several people send at once."""

# Whatever a stranger wrote stays text: no element but those that the page makes itself, and nothing that acts.
_STRANGE = """() => {
  const ours = new Set(["P", "OL", "UL", "LI", "DIV", "SPAN", "A", "CODE", "PRE", "PROGRESS", "DETAILS", "SUMMARY"]);
  const outside = /^https:\\/\\/(huggingface\\.co|status\\.huggingface\\.co)(\\/|$)/;
  const within = /^\\?tab=(model|submit)(&\\w+=[\\w%.+-]*)*$/;
  const leads = (href) => outside.test(href) || within.test(href);
  const found = [];
  for (const id of ["form-notice", "form-answer", "queue-panel", "queue-of-owner", "actions-answer"])
    for (const one of document.querySelectorAll(`#${id} .prose *`)) {
      const acts = [...one.attributes].some(({name}) => name.startsWith("on") || ["style", "src"].includes(name));
      if (!ours.has(one.tagName) || acts || (one.hasAttribute("href") && !leads(one.getAttribute("href"))))
        found.push(one.outerHTML.slice(0, 300));
    }
  for (const one of document.querySelectorAll("[src*='evil.example'], [href*='evil.example'], [href^='javascript:' i]"))
    found.push(one.outerHTML.slice(0, 300));
  return found;
}"""


@dataclass
class Gate:
    """The app as a Space, and what lies behind it."""

    space: Space
    hub: HubServer
    queue: Queue
    """The Space's queue, as a program of the maintainers' sees it."""
    events: dict[str, int] = field(default_factory=dict)
    """The number of each button's click, once it was looked up."""

    @property
    def head(self) -> str:
        """The commit the queue is at: whatever changes anything changes it."""
        return self.hub.datasets[REQUESTS].branches["main"]

    def queued(self) -> list[str]:
        """Return the names of the models in the queue, in alphabetical order."""
        files = self.hub.datasets[REQUESTS].commits[-1].files
        return sorted(
            json.loads(content)["model"]["name"] for path, content in files.items() if path.startswith("requests/")
        )

    def cookie(self, user: str) -> str:
        """Return what the browser of somebody who signed in sends."""
        return forged_cookie(self.space, user=user)

    def send_event(self, button: str, data: Sequence[Any], user: str | None = None, **more: Any) -> str:
        """Send what a click sends, whatever the fields may hold, and return all that is answered."""
        headers = {"content-type": "application/json", **({"cookie": self.cookie(user)} if user else {})}
        with self.space.client as client:
            if button not in self.events:
                self.events[button] = self.event_of(client, button)
            sent = {"data": list(data), "fn_index": self.events[button], "session_hash": "forged", **more}
            joined = client.post(JOIN, content=json.dumps(sent), headers=headers)
            if joined.status_code != httpx.codes.OK:
                return joined.text
            heard = {"session_hash": sent["session_hash"]}
            with client.stream("GET", "/gradio_api/queue/data", params=heard) as messages:
                for line in messages.iter_lines():
                    message = json.loads(line.removeprefix("data: ")) if line else {}
                    if message.get("msg") in {"process_completed", "unexpected_error"}:
                        return json.dumps(message, ensure_ascii=False)
        return ""

    def event_of(self, client: httpx.Client, button: str) -> int:
        """Return the number that a click on a button has for Gradio."""
        config = client.get("/config").json()
        (component,) = (one["id"] for one in config["components"] if one["props"].get("elem_id") == button)
        (event,) = (one["id"] for one in config["dependencies"] if [component, "click"] in one["targets"])
        return int(event)


@contextmanager
def running_gate(root: Path, **environment: str) -> Iterator[Gate]:
    """Run a Space whose queue is on a Hub of its own, and evaluate nothing."""
    with running_hub() as hub, running_openid_provider() as provider:
        hub.add_dataset(REQUESTS, {"README.md": "# requests"})
        hub.add_token(TOKEN, user="somos", may_write=[REQUESTS])
        own = {**AS_A_SPACE, "HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "LEADERBOARD_MAINTAINERS": MAINTAINER}
        access = HubAccess(cache=root / "queue-of-test", endpoint=hub.url, token=TOKEN)
        with running_app(root, **{**own, **provider.environment(), **environment}) as app:
            yield Gate(Space(app, provider), hub, Queue(open_store(own["LEADERBOARD_QUEUE"], access)))
        assert not hub.unknown_requests


@dataclass
class Stranger:
    """Somebody at the form, in a browser whose every dialog, error and request is remembered."""

    gate: Gate
    page: Page
    suspicious: list[str] = field(default_factory=list)
    """Dialogs, errors of scripts, and what was asked of others than the page and those whom Gradio asks itself."""

    @property
    def answer(self) -> Locator:
        return self.page.locator("#form-answer")

    def open(self) -> None:
        """Open the page at the form."""
        self.page.on("dialog", self._dismiss)
        self.page.on("pageerror", lambda error: self.suspicious.append(str(error)))
        self.page.on("request", lambda request: self._look_at(request.url))
        self.page.goto(self.gate.space.app.url)
        self.page.get_by_role("tab", name="Enviar y cola").click()
        expect(self.page.locator("#send")).to_be_enabled()

    def sign_in(self, user: str) -> None:
        """Be somebody else from now on."""
        sign_in_to(self.gate, self.page.context, user)

    def fill(self, model: str, revision: str = "") -> None:
        """Type into the two fields."""
        self.page.locator("#field-model").locator("input, textarea").fill(model)
        self.page.locator("#field-revision").locator("input, textarea").fill(revision)

    def press(self, button: str = "send") -> None:
        """Press a button of the form."""
        self.page.locator(f"#{button}").click()

    def refused(self, model: str, revision: str, said: str) -> str:
        """Send something and return how it is refused, once that is said."""
        if said in self.answer.inner_text():  # else the answer to the last one would pass for the answer to this one
            self.fill("")
            self.press()
            self._finished(".refused", "Escribe qué modelo")
        self.fill(model, revision)
        self.press()
        return self._finished(".refused", said)

    def accepted(self, model: str, revision: str = "") -> str:
        """Send a model and return what is said of it, once it is in the queue."""
        self.fill(model, revision)
        self.press()
        return self._finished(".accepted", f"{model} está en la cola")

    def outcome(self, said: str | re.Pattern[str]) -> str:
        """Wait until it is said how something ended, well or not, and return all that is said."""
        return self._finished(".refused, .accepted", said, PATIENCE_MS)

    def check_of(self, name: str) -> Locator:
        """Return a check of the list."""
        return self.answer.locator(f"li[data-check={name}]")

    def found_nothing_strange(self) -> None:
        """Fail where anything of a stranger's has become more than text."""
        assert self.page.evaluate(_STRANGE) == []
        assert self.suspicious == []

    def _finished(self, kind: str, said: str | re.Pattern[str], patience_ms: float | None = None) -> str:
        # Not `expect`, which looks again only now and then: a hundred answers are waited for.
        self.answer.locator(f"p:is({kind})").filter(has_text=said).wait_for(timeout=patience_ms)
        self.answer.locator(".note").wait_for(state="detached")
        return self.answer.inner_text()

    def _dismiss(self, dialog: Dialog) -> None:
        self.suspicious.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _look_at(self, url: str) -> None:
        if "evil" in url or url.endswith("/x"):
            self.suspicious.append(f"request: {url}")


def sign_in_to(gate: Gate, context: BrowserContext, user: str) -> None:
    """Give a browser the session of somebody who signed in."""
    value = gate.cookie(user).partition("=")[2]
    context.add_cookies([{"name": "session", "value": value, "url": gate.space.app.url}])
