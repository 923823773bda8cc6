"""Seconds from starting the app to the first row of the table in a real browser, beside a bare gradio_leaderboard app.

    python benchmarks/start.py [RUNS]

Both show the same rows, are started in turn, and are looked at by a fresh browser profile each time. Prints medians,
their ratio, and what importing takes: Gradio as it is, and our whole page, which keeps Gradio from writing type stubs.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FIRST_ROW = "#ranking-rows tbody tr, svelte-virtual-table-viewport tbody td"

BARE_APP = """
from leaderboard.installation import open_installation
from leaderboard.settings import Settings
from page import serve_bare
house = open_installation(Settings())
serve_bare(house, house.board().board)
"""


def seconds_to_first_row(browser: Browser, command: list[str]) -> float:
    """Start an app, open its page as soon as its port answers, and return the seconds until a row is there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "GRADIO_SERVER_PORT": str(port),
        "PYTHONPATH": "src:benchmarks",
        "GRADIO_ANALYTICS_ENABLED": "0",
    }
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    started = time.monotonic()
    app = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.02)
        page.goto(f"http://127.0.0.1:{port}", wait_until="commit")
        page.wait_for_selector(FIRST_ROW)
        return time.monotonic() - started
    finally:
        app.terminate()
        app.wait()
        page.context.close()


def seconds_to_import(module: str) -> float:
    """Return what importing `module` takes in a process of its own."""
    code = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Measure in turn and print the medians."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    ours: list[float] = []
    bare: list[float] = []
    plain: list[float] = []
    quick: list[float] = []
    with sync_playwright() as playwright, tempfile.NamedTemporaryFile("w", suffix=".py") as bare_app:
        bare_app.write(BARE_APP)
        bare_app.flush()
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for _ in range(runs):
            ours.append(seconds_to_first_row(browser, [sys.executable, "app.py"]))
            bare.append(seconds_to_first_row(browser, [sys.executable, bare_app.name]))
            plain.append(seconds_to_import("gradio"))
            quick.append(seconds_to_import("leaderboard.page.quick_gradio"))
    medians = {
        "first_row_ours": statistics.median(ours),
        "first_row_bare": statistics.median(bare),
        "import_gradio": statistics.median(plain),
        "import_our_page": statistics.median(quick),
    }
    ratio = medians["first_row_ours"] / medians["first_row_bare"]
    print(json.dumps({"runs": runs, **{k: round(v, 2) for k, v in medians.items()}, "ratio": round(ratio, 2)}))


if __name__ == "__main__":
    main()
