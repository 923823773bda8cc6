"""A page left open while results keep coming: the memory of its tab and of the server, and whether its filters stay.

`python benchmarks/open_page.py [MINUTES] [SECONDS_BETWEEN_RESULTS]`, by default an hour and twenty seconds. The reader
has searched, filtered and sorted; now and then they take the newer table that is offered. One line of JSON for every
minute, and one at the end.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil
from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser.conftest import CHROMIUM, FLAGS, running_app
from tests.made_models import publish_made_models

_AT_FIRST = 40
_TAKES_NEWER_EVERY = 5
"""Minutes."""
_QUERY = "view=es&q=casa&open=open&col=groups,parameters&sort=-parameters"
_MEGABYTE = 2**20


def main() -> None:
    """Measure and print."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    pause = float(sys.argv[2]) if len(sys.argv) > 2 else 20.0  # noqa: PLR2004 - arguments
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        publish_made_models(root, [_model(number) for number in range(_AT_FIRST)])
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        with running_app(root) as app, _results_keep_coming(root, pause) as published:
            said = _watch(browser, app.url, app.process.pid, minutes)
        said["results_published"] = len(published)
        sys.stdout.write(json.dumps(said) + "\n")


def _watch(browser: Browser, url: str, pid: int, minutes: float) -> dict[str, object]:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(f"{url}/?{_QUERY}")
    page.wait_for_selector("#ranking-rows tbody tr:not(.spacer)")
    session, seen = page.context.new_cdp_session(page), []
    server, taken = psutil.Process(pid), 0
    end, minute = time.monotonic() + 60 * minutes, 0
    while time.monotonic() < end:
        page.wait_for_timeout(min(60.0, max(0.0, end - time.monotonic())) * 1000)
        minute += 1
        offer = page.locator("#new-version")
        if minute % _TAKES_NEWER_EVERY == 0 and offer.is_visible():
            offer.click()
            page.wait_for_timeout(2000)
            taken += 1
        session.send("HeapProfiler.collectGarbage")
        heap = page.evaluate("performance.memory.usedJSHeapSize") / _MEGABYTE
        seen.append((round(heap, 1), round(server.memory_info().rss / _MEGABYTE), _is_as_left(page)))
        line = {"minute": minute, "tab_mb": seen[-1][0], "server_mb": seen[-1][1], "filters_kept": seen[-1][2]}
        sys.stdout.write(json.dumps({**line, "told": page.locator("#ranking-told").inner_text()}) + "\n")
        sys.stdout.flush()
    return {
        "minutes": minute,
        "newer_tables_taken": taken,
        "tab_mb": [seen[0][0], seen[-1][0]],
        "server_mb": [seen[0][1], seen[-1][1]],
        "filters_kept": all(kept for _, _, kept in seen),
    }


def _is_as_left(page: Page) -> bool:
    """Tell whether address, search field, licence filter and order are those that the reader chose."""
    chosen = {name: one[0] for name, one in parse_qs(_QUERY).items() if name != "view"}
    asked = {name: one[0] for name, one in parse_qs(urlsplit(page.url).query).items() if name != "view"}
    shown = page.locator("[name=q]").input_value() == "casa" and page.locator("[name=open]").input_value() == "open"
    return asked == chosen and shown and page.locator("th[aria-sort=descending] [data-key=parameters]").count() == 1


@contextmanager
def _results_keep_coming(root: Path, pause: float) -> Iterator[list[int]]:
    """Publish another model's results every so many seconds until the block ends."""
    published: list[int] = []
    over = threading.Event()

    def publish() -> None:
        while not over.wait(pause):
            number = _AT_FIRST + len(published)
            publish_made_models(root, [_model(number)], first_seed=number)
            published.append(number)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield published
    finally:
        over.set()
        thread.join()


def _model(number: int) -> tuple[str, float, float]:
    return f"casa-{number % 7}/modelo-{number}", 1 + number % 40, 0.4 + 0.01 * (number % 40)


if __name__ == "__main__":
    main()
