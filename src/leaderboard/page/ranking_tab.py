"""The tab with the table and the plot.

A new visitor gets the newest board at once; to whoever is reading, a newer one is offered with a button and never
pushed under their hands.
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from leaderboard.board import mixed_engines
from leaderboard.installation import BoardView, Installation
from leaderboard.page.bias_section import bias_section
from leaderboard.page.board_feed import BoardFeed, Edition
from leaderboard.page.charts import average_against_parameters, without_size
from leaderboard.page.markup import element
from leaderboard.page.ranking_table import build_table, ranking_frame, table_properties, task_title
from leaderboard.page.table_script import REAPPLY_FILTERS
from leaderboard.page.trouble import trouble_notice
from leaderboard.records import visible
from leaderboard.suite import Suite
from leaderboard.texts import Texts

POLL_SECONDS = 3.0


class RankingTab:
    """Lays the tab out inside the present `gr.Blocks`, and can be made to begin with another edition."""

    def __init__(self, house: Installation, feed: BoardFeed, texts: Texts) -> None:
        self._suite, self._feed, self._texts = house.suite, feed, texts
        edition = feed.newest()
        gr.HTML(local_files_notice(self._suite, texts) + _draft_notice(self._suite, texts))
        trouble = gr.HTML()
        self._warning = gr.HTML()
        # Not gr.State: what a visitor sees is decided when the page is sent, and only the browser knows that later.
        self._shown = gr.Textbox(visible=False)
        offer = gr.Button(texts("ranking.new_version"), visible=False, variant="primary", elem_id="new-version")
        self._empty = gr.HTML()
        others = gr.Checkbox(label=texts("ranking.with_others"), value=False, elem_id="with-others")
        with gr.Column(elem_id="ranking-table"):
            self._table = build_table(edition.view.board, self._suite, texts)
        gr.HTML(element("p", texts("ranking.how_to_read"), {"class": "note"}))
        self._bias = gr.HTML()
        gr.HTML(element("h2", texts("ranking.plot_title")))
        self._plot = gr.Plot(show_label=False, elem_id="size-plot")
        self._note = gr.HTML()
        self.begin_with(edition)

        shown_parts = [self._shown, self._warning, self._empty, self._bias, self._plot, self._note]
        quiet: dict[str, Any] = {"api_name": False, "show_progress": "hidden", "queue": False}
        gr.Timer(POLL_SECONDS).tick(self._look, inputs=self._shown, outputs=[offer, trouble], **quiet)
        for event in (offer.click, others.input):
            event(self._swap, inputs=others, outputs=[*shown_parts, self._table, offer], **quiet).then(
                None, js=REAPPLY_FILTERS, api_name=False
            )

    @property
    def edition_version(self) -> str:
        """The version of the edition that a new visitor sees first."""
        return str(self._shown.value)

    def begin_with(self, edition: Edition) -> None:
        """Make `edition` what a new visitor sees first, with its own choices in the filters."""
        components = [self._shown, self._warning, self._empty, self._bias, self._plot, self._note]
        for component, value in zip(components, self._values(edition), strict=True):
            component.value = type(component)(value, render=False).value
        for name, value in table_properties(edition.view.board, self._suite, self._texts).items():
            setattr(self._table, name, value)

    def _look(self, version: str) -> tuple[dict[str, Any], str]:
        """Show the button when there is a newer board than the one on this reader's page, and what hinders one."""
        is_newer = self._feed.newest().version != version
        return gr.update(visible=is_newer), trouble_notice(self._feed, self._texts)

    def _swap(self, with_others: bool) -> list[Any]:
        newest = self._feed.newest()
        frame = ranking_frame(newest.view.board, self._suite, self._texts, with_others=with_others)
        return [*self._values(newest), frame, gr.update(visible=False)]

    def _values(self, edition: Edition) -> list[Any]:
        rows, texts = edition.view.rows, self._texts
        default = edition.view.board.means.default_view
        return [
            edition.version,
            _warning(edition.view, self._suite, texts),
            "" if rows else element("p", texts("ranking.empty"), {"class": "notice"}),
            bias_section(rows, self._suite, texts),
            average_against_parameters(rows, default, texts),
            _plot_note(without_size(rows, default), texts),
        ]


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
        listed = ", ".join(texts("ranking.withdrawn_one", model=one.model, date=one.date) for one in view.withdrawn)
        said += element("p", texts("ranking.withdrawn", models=listed), {"class": "note", "id": "withdrawn"})
    return said + _engines_note(view, suite, texts)


def _engines_note(view: BoardView, suite: Suite, texts: Texts) -> str:
    """Say in which columns not all scores were computed by the same engine; nothing where there are none."""
    mixed = mixed_engines(view.rows)
    columns = []
    for task in suite.tasks:
        if task.id in mixed:
            counted = (
                texts("ranking.engine_one", engine=visible(name), models=many) for name, many in mixed[task.id].items()
            )
            columns.append(f"{task_title(task.declaration, texts.language)} ({', '.join(counted)})")
    if not columns:
        return ""
    words = texts("ranking.mixed_engines", columns="; ".join(columns))
    return element("p", words, {"class": "note", "id": "mixed-engines"})


def _plot_note(names: Sequence[str], texts: Texts) -> str:
    return element("p", texts("ranking.plot_note", models=", ".join(names)), {"class": "note"}) if names else ""
