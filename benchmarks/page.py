"""The page beside a bare gradio_leaderboard app over the same frame, in one run: first rows, bytes, and each change.

    python benchmarks/page.py [MODELS …]

For each number of models (200, 2,000 and 5,000 unless given) both apps are started, and looked at by fresh browser
profiles in turn. The models are made: every one has all tasks of the published suite, and its scores are drawn. The
bare app shows the frame of the same view: every column that our sheet of it carries. Milliseconds are from the reader's
act to the second frame after the rows changed. `data_kb` is what the page weighs beyond the same page with two models.
"""

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SUITE = "ranking600m"
PROFILES = 3
VISITORS = 20

# A change is over in the second frame after the rows have been another's.
MEASURE = """async ([rows, act, arguments]) => {
  const place = document.querySelector(rows);
  const begun = performance.now();
  const changed = new Promise((resolve) => {
    const watcher = new MutationObserver(() => { watcher.disconnect(); resolve(); });
    watcher.observe(place, { childList: true, subtree: true, characterData: true });
    setTimeout(resolve, 10000);
  });
  new Function("value", act)(arguments);
  await changed;
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return performance.now() - begun;
}"""


@dataclass(frozen=True)
class App:
    """One of the two apps, and how a reader acts in it."""

    name: str
    row: str
    body: str
    acts: dict[str, tuple[str, str]]


TYPE = """const field = document.querySelector(FIELD);
Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, value);
field.dispatchEvent(new Event("input", { bubbles: true }));"""
ENTER = 'field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));'
ENTER += 'field.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true, cancelable: true }));'
CLICK = "document.querySelector(value).click();"
BOX = "[...document.querySelectorAll('fieldset label')].find(one => one.innerText.trim() === value).click();"

OURS = App(
    "ours",
    "#ranking-rows tbody tr:not(.spacer)",
    "#ranking-rows",
    {
        "search": (TYPE.replace("FIELD", "'#ranking-controls [name=q]'"), "modelo-1"),
        "filter": (CLICK, "#ranking-controls [name=type][value=base]"),
        "column": (CLICK, "#ranking-controls [name=col][value=licence]"),
        "view": (CLICK, "#ranking-controls [name=view][value=eu]"),
        "view_again": (CLICK, "#ranking-controls [name=view][value=es]"),
        "view_all": (CLICK, "#ranking-controls [name=view][value=all]"),
    },
)
BARE = App(
    "bare",
    "svelte-virtual-table-viewport tbody td",
    "svelte-virtual-table-viewport",
    {
        "search": (TYPE.replace("FIELD", "'input[placeholder], textarea'") + ENTER, "modelo-1"),
        "filter": (BOX, "base"),
        "column": (BOX, "licence"),
    },
)


def main() -> None:
    """Measure and print one JSON object for each number of models."""
    if sys.argv[1:2] == ["serve"]:
        _serve(sys.argv[2], int(sys.argv[3]))
        return
    sizes = [int(one) for one in sys.argv[1:]] or [200, 2000, 5000]
    with sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        empty = {app.name: _measured(browser, app, 2)["kb"] for app in (OURS, BARE)}
        for models in sizes:
            found = {app.name: _measured(browser, app, models) for app in (OURS, BARE)}
            for name, one in found.items():
                one["data_kb"] = round(one["kb"] - empty[name])
            ratios = {
                key: round(found["ours"][key] / found["bare"][key], 2)
                for key in ("first_rows_s", "data_kb", "search_ms", "filter_ms", "column_ms", "visitors_cpu_s")
            }
            sys.stdout.write(json.dumps({"models": models, **found, "ours_to_bare": ratios}) + "\n")
            sys.stdout.flush()


def _measured(browser: Browser, app: App, models: int) -> dict[str, float]:
    with _running(app.name, models) as (url, process):
        visits = [_visit(browser, app, url) for _ in range(PROFILES)]
        spent = _cpu_seconds(process)
        for _ in range(VISITORS if models > 2 else 0):  # noqa: PLR2004 - two models are the empty page
            _look(browser, app, url)
        spent = _cpu_seconds(process) - spent
    medians = {key: statistics.median(one[key] for one in visits) for key in visits[0]}
    return {key: round(value, 2 if key.endswith("_s") else 0) for key, value in medians.items()} | {
        "visitors_cpu_s": round(spent, 2)
    }


def _visit(browser: Browser, app: App, url: str) -> dict[str, float]:
    """Open the page in a fresh profile; return seconds to its first rows, its kB, and milliseconds of each act."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    received = _count_bytes(page)
    begun = time.monotonic()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(app.row)
    found = {"first_rows_s": time.monotonic() - begun}
    page.wait_for_timeout(1500)
    found["kb"] = received[0] / 1000
    for name, (act, value) in app.acts.items():
        found[f"{name}_ms"] = float(page.evaluate(MEASURE, [app.body, act, value]))
        if name in {"search", "filter"}:  # back to all rows before the next act
            page.evaluate(MEASURE, [app.body, act, "" if name == "search" else value])
        page.wait_for_timeout(200)
    context.close()
    return found


def _look(browser: Browser, app: App, url: str) -> None:
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(app.row)
    context.close()


def _count_bytes(page: Page) -> list[float]:
    """Return a list whose only number grows with every byte that comes over the wire."""
    received = [0.0]
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def add(event: Any) -> None:
        received[0] += event["encodedDataLength"]

    session.on("Network.loadingFinished", add)
    return received


def _cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


@contextmanager
def _running(name: str, models: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    with tempfile.TemporaryDirectory() as work:
        command = [sys.executable, __file__, "serve", name, str(models)]
        process = subprocess.Popen(
            command, cwd=work, env=environment | {"LEADERBOARD_SUITE": SUITE}, stdout=subprocess.DEVNULL
        )
        try:
            url = f"http://127.0.0.1:{port}/"
            for _ in range(1200):
                try:
                    with urllib.request.urlopen(url, timeout=20):
                        break
                except OSError:
                    time.sleep(0.1)
            yield url, process
        finally:
            process.terminate()
            process.wait()


def _serve(name: str, models: int) -> None:
    """Serve one of the two apps over made models until it is stopped."""
    from leaderboard.installation import BoardView, Installation, open_installation
    from leaderboard.settings import Settings

    settings = Settings(
        queue="queue", results="results", work_dir=Path("work"), suite=SUITE, port=int(os.environ["GRADIO_SERVER_PORT"])
    )
    house = open_installation(settings)
    board = _made_board(house, models)
    if name == "bare":
        serve_bare(house, board)
        return

    class Made(Installation):
        """An installation whose board is made."""

        def board(self, view: Any = None) -> BoardView:
            del view
            return BoardView(board, ())

    from leaderboard.page import build_page, launch_page

    launch_page(build_page(Made(**vars(house))))


def _made_board(house: Any, models: int) -> Any:
    """Return a board of made rows: its means are of drawn scores, its intervals and ranks have the real shapes."""
    from dataclasses import replace

    from tests.builders import NOW, facts, model, request_for, task_result

    from leaderboard.board.cells import Cell
    from leaderboard.board.intervals import Interval, IntervalMethod
    from leaderboard.board.rows import Board, Mean, Row, Standing
    from leaderboard.records import ModelSource, ModelType

    rng = random.Random(600)  # noqa: S311 - made scores, no secrets
    empty = house.empty_board().board
    tasks = [task for task in house.suite.tasks if task.in_means]
    pattern = request_for(house.suite)
    sample = task_result(pattern, house.suite.tasks[0])

    def mean(score: float) -> Mean:
        return Mean(score, Interval(score - 0.02, score + 0.02, IntervalMethod.COMBINED), 0.01)

    rows = []
    for number in range(models):
        ability = rng.random()
        request = request_for(
            house.suite,
            model=model(f"casa{number % 90}/modelo-{number}", source=ModelSource.HUB),
            facts=facts(
                (ModelType.BASE, ModelType.INSTRUCT)[number % 2],
                parameters=rng.randrange(10**8, 7 * 10**10),
                licence="mit",
            ),
        )
        cells = {
            task.id: Cell(
                raw=min(1.0, max(0.0, rng.gauss(ability, 0.05))),
                chance=task.declaration.chance,
                stderr=0.01,
                interval=None,
                items=100,
                engine="made",
                result=sample,
            )
            for task in tasks
        }
        standings = {
            view: Standing(
                mean(sum(share * (cells[task].normalised or 0) for task, share in shares.items())),
                len(shares),
                len(shares),
            )
            for view, shares in empty.means.views.items()
        }
        areas = {
            key: mean(sum(share * (cells[task].normalised or 0) for task, share in shares.items()))
            for key, shares in empty.means.areas.items()
        }
        rows.append(Row(request, cells, areas, standings, (), len(tasks), (), NOW, NOW))
    for view in empty.means.views:
        order = sorted(range(models), key=lambda at: -(rows[at].score(view) or 0))
        for place, at in enumerate(order):
            standing = replace(rows[at].standings[view], rank=place + 1, ranks=(max(1, place - 9), place + 11))
            rows[at] = replace(rows[at], standings={**rows[at].standings, view: standing})
    return Board(tuple(rows), (), empty.rule, empty.means)


def serve_bare(house: Any, board: Any) -> None:
    """Serve gradio_leaderboard with nothing around it, over all that our sheet of the same view carries."""
    import gradio as gr
    import pandas as pd
    from gradio_leaderboard import ColumnFilter, Leaderboard, SearchColumns, SelectColumns

    from leaderboard.page.ranking_sheet import ranking_sheet

    sheet = ranking_sheet(board, house.suite, board.means.default_view, "bare")
    rows = sheet["rows"]

    def points(values: list[int | None]) -> list[float | None]:
        return [None if one is None else round(one / 100, 1) for one in values]

    columns: dict[str, list[Any]] = {"rank": rows["rank"], "model": rows["model"], "average": points(rows["score"])}
    columns |= {
        name: rows[name] for name in ("best", "worst", "type", "parameters", "precision", "licence", "revision")
    }
    columns |= {"low": points(rows["low"]), "high": points(rows["high"])}
    columns |= {group: points(values) for group, values in zip(sheet["groups"], rows["groups"], strict=True)}
    columns |= {task["id"]: points(values) for task, values in zip(sheet["tasks"], rows["raw"], strict=True)}
    frame = pd.DataFrame(columns)
    shown = ["rank", "model", "average", *sheet["groups"], "parameters", "type"]
    with gr.Blocks(analytics_enabled=False) as page:
        Leaderboard(
            value=frame,
            search_columns=SearchColumns(
                primary_column="model", secondary_columns=[], label="search", placeholder="search"
            ),
            select_columns=SelectColumns(default_selection=shown, cant_deselect=["model"], label="columns"),
            filter_columns=[
                ColumnFilter(
                    "type",
                    type="checkboxgroup",
                    choices=[("base", "base"), ("instruct", "instruct")],
                    default=["base", "instruct"],
                )
            ],
        )
    page.launch(ssr_mode=False)


if __name__ == "__main__":
    main()
