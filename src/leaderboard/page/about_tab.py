"""The tab that says what is measured and how, by which rules, how to take part, and how to cite it."""

from typing import Any

import gradio as gr

from leaderboard.installation import Installation
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.citation import citation
from leaderboard.page.markup import element, raw_element
from leaderboard.page.rule_changes import rule_changes
from leaderboard.page.showing import fill_when_shown
from leaderboard.page.visit import Visit
from leaderboard.records import LeaderboardError, utc_now
from leaderboard.texts import Texts


def build_about_tab(house: Installation, feed: BoardFeed, texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    has_own_items = any(task.declaration.item_form for task in house.suite.tasks)
    own_items = texts("about.own_items") if has_own_items else ""
    gr.Markdown(texts("about.text", own_items=own_items), elem_classes="about")
    to_cite = gr.HTML(elem_classes="about")
    changes = gr.HTML(elem_id="rule-changes")

    def fill(visit: Visit) -> list[Any]:
        label = feed.newest().view.board.rule.label
        return [
            _to_cite(citation(label, house.settings.space_id, utc_now()), visit.texts),
            _changes(house, visit.texts),
        ]

    fill_when_shown("about", fill, [to_cite, changes])


def _to_cite(entry: str, texts: Texts) -> str:
    said = element("h2", texts("about.cite")) + element("p", texts("about.cite_help"), {"class": "note"})
    said += element("pre", entry, {"id": "bibtex", "class": "command", "tabindex": "0"})
    button = element("button", texts("about.copy_entry"), {"type": "button", "data-copy": "#bibtex"})
    return said + raw_element("p", button, {"class": "tools"})


def _changes(house: Installation, texts: Texts) -> str:
    try:
        history, _ = house.rules.read()
    except LeaderboardError:  # the ranking says that the store does not answer
        return ""
    return rule_changes(history, house.suite, texts)
