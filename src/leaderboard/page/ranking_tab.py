"""The tab with the ranking. The browser draws the table from the sheet of a view and keeps its state in the address.

A new visitor gets the newest board at once; to whoever is reading, a newer one is offered with a button and never
pushed under their hands.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from leaderboard.board import mixed_engines
from leaderboard.installation import BoardView, Installation, Tombstone
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.markup import element, raw_element
from leaderboard.page.ranking_controls import ranking_controls
from leaderboard.page.showing import fill_when_shown
from leaderboard.page.task_titles import task_title
from leaderboard.page.trouble import trouble_notice
from leaderboard.page.visit import Visit, visit_of
from leaderboard.records import ModelType, visible
from leaderboard.suite import Area, Language, Suite
from leaderboard.suite.vocabulary import Origin
from leaderboard.texts import Texts

POLL_SECONDS = 3.0


def build_ranking_tab(house: Installation, feed: BoardFeed, texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    suite = house.suite
    gr.HTML(local_files_notice(suite, texts) + _draft_notice(suite, texts))
    trouble = gr.HTML()
    offer = gr.Button(texts("ranking.new_version"), visible=False, variant="primary", elem_id="new-version")
    gr.HTML(_words_for_the_browser(suite, texts) + ranking_controls(suite, texts) + _empty_table(texts))
    gr.HTML(element("p", texts("ranking.how_to_read"), {"class": "note"}))
    remarks = gr.HTML()

    def remark(visit: Visit) -> str:
        """Say what the table does not show."""
        return _warning(feed.newest().view, suite, visit.texts)

    fill_when_shown("ranking", remark, [remarks])
    # Which edition a reader has before them, only their browser knows: the script puts it here.
    shown = gr.Textbox(visible=False)

    def look(version: str, request: gr.Request) -> tuple[dict[str, Any], str]:
        """Show the button when there is a newer board than the one on this reader's page, and what hinders one."""
        is_newer = bool(version) and feed.newest().version != version
        return gr.update(visible=is_newer), trouble_notice(feed, visit_of(request).texts)

    quiet: dict[str, Any] = {"api_name": False, "show_progress": "hidden", "queue": False}
    gr.Timer(POLL_SECONDS).tick(
        look, inputs=shown, outputs=[offer, trouble], js="() => [ranking600m.edition()]", **quiet
    )
    offer.click(None, js="() => ranking600m.renew()", api_name=False)


def _words_for_the_browser(suite: Suite, texts: Texts) -> str:
    """Return what the script needs to know of the suite and of the language, as data that no markup can end."""
    words = {
        "language": texts.language,
        "decimal_mark": texts("site.decimal_mark"),
        "texts": {key.removeprefix("table."): text for key, text in texts.by_key.items() if key.startswith("table.")},
        "groups": {str(one): texts(f"areas.{one}") for one in Area}
        | {str(one): texts(f"languages.{one}") for one in Language},
        "types": {str(one): texts(f"types.{one}") for one in ModelType},
        "tasks": {
            task.id: {
                "title": task_title(task.declaration, texts.language),
                "native": task.declaration.origin is Origin.NATIVE,
                "draft": task.is_draft and not suite.is_provisional,
            }
            for task in suite.tasks
        },
    }
    data = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    return raw_element("script", data, {"type": "application/json", "id": "ranking-words"})


def _empty_table(texts: Texts) -> str:
    """Return the place of the table, of its full height from the beginning: nothing jumps when the rows come."""
    caption = element("caption", texts("tabs.ranking"), {"class": "unseen-words"})
    table = raw_element("table", caption + "<thead></thead><tbody></tbody>", {"id": "ranking-rows"})
    frame = {"id": "ranking-table", "tabindex": "0", "role": "region", "aria-label": texts("tabs.ranking")}
    told = element("p", texts("table.loading"), {"id": "ranking-told", "role": "status"})
    return told + raw_element("div", table, frame)


def _draft_notice(suite: Suite, texts: Texts) -> str:
    if not suite.is_provisional:
        return ""
    items = sum(task.declaration.items or 0 for task in suite.tasks)
    return element("p", texts("ranking.draft_notice", items=items, tasks=len(suite.tasks)), {"class": "notice"})


def local_files_notice(suite: Suite, texts: Texts) -> str:
    """Return a notice where scores were made on other data than the published; empty where none were."""
    replaced = len(suite.on_local_files)
    if not replaced:
        return ""
    words = texts("ranking.local_files_notice", replaced=replaced, tasks=len(suite.tasks))
    return element("p", words, {"class": "notice"})


def _warning(view: BoardView, suite: Suite, texts: Texts) -> str:
    """Return what the table does not show: unreadable files, models that were taken down, engines that differ."""
    said = ""
    if view.set_aside:
        names = ", ".join(error.path for error in view.set_aside)
        said += element("p", texts("ranking.set_aside", files=names), {"class": "notice", "role": "status"})
    if view.withdrawn:
        listed = ", ".join(_gone(one, texts) for one in view.withdrawn)
        said += element("p", texts("ranking.withdrawn", models=listed), {"class": "note", "id": "withdrawn"})
    return said + _engines_note(view, suite, texts)


def _gone(tombstone: Tombstone, texts: Texts) -> str:
    day = datetime.fromisoformat(tombstone.date).replace(tzinfo=UTC)
    return texts("ranking.withdrawn_one", model=tombstone.model, date=texts.date(day))


def _engines_note(view: BoardView, suite: Suite, texts: Texts) -> str:
    """Say in which columns not all scores were computed by the same engine; nothing where there are none."""
    mixed = mixed_engines(view.rows)
    columns: Sequence[str] = [
        f"{task_title(task.declaration, texts.language)} ({_counted(mixed[task.id], texts)})"
        for task in suite.tasks
        if task.id in mixed
    ]
    if not columns:
        return ""
    words = texts("ranking.mixed_engines", columns="; ".join(columns))
    return element("p", words, {"class": "note", "id": "mixed-engines"})


def _counted(engines: Any, texts: Texts) -> str:
    return ", ".join(texts("ranking.engine_one", engine=visible(name), models=many) for name, many in engines.items())
