"""The tab in which models are compared: `?tab=compare&a=org/one&b=org/other&view=es&task=…`."""

from collections.abc import Sequence

import gradio as gr

from leaderboard.installation import Installation
from leaderboard.page.board_feed import BoardFeed, Edition
from leaderboard.page.compare_cache import Comparisons
from leaderboard.page.compare_choice import Choice, choice_of, compare_form, labels
from leaderboard.page.compare_tables import Pair, means_table, summary, tasks_table
from leaderboard.page.compare_task import task_section
from leaderboard.page.item_texts import ItemTexts
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.page.showing import fill_when_shown
from leaderboard.page.visit import Visit
from leaderboard.suite import Suite
from leaderboard.texts import Texts


def build_compare_tab(house: Installation, feed: BoardFeed, _texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    page = gr.HTML(elem_id="compare-page")
    comparisons, source = Comparisons(house.suite), ItemTexts(house.settings.work_dir)

    def fill(visit: Visit) -> str:
        return compare_page(visit, feed.newest(), house.suite, comparisons, source)

    fill_when_shown("compare", fill, [page])


def compare_page(visit: Visit, edition: Edition, suite: Suite, comparisons: Comparisons, source: ItemTexts) -> str:
    """Return the tab's contents for an address."""
    board, texts = edition.view.board, visit.texts
    choice = choice_of(visit, board)
    said = element("h2", texts("compare.title")) + element("p", texts("compare.lead"), {"class": "note"})
    said += compare_form(choice, tuple(board.means.views), texts)
    for name in choice.unknown:
        said += element("p", texts("compare.unknown", model=name), {"class": "refused", "role": "alert"})
    if len(choice.rows) <= 1:
        return said + element("p", texts("compare.choose_two"), {"class": "note"})
    names = labels(choice.rows)
    task = suite.task(choice.task) if choice.task else None
    if task is not None:
        return said + task_section(task, choice, names, source, texts)
    said += _legend(choice, names, texts)
    pairs = [
        Pair(comparisons.of(edition, choice.rows[0], other, choice.view), names[0], name)
        for other, name in zip(choice.rows[1:], names[1:], strict=True)
    ]
    said += raw_element(
        "ul", "".join(element("li", summary(pair, texts)) for pair in pairs), {"class": "compare-summary"}
    )
    for pair in pairs:
        figures = means_table(pair, choice, texts) + tasks_table(pair, choice, suite, texts)
        said += figures if len(pairs) == 1 else _folded(pair, figures, texts)
    return said + element("p", texts("compare.how_to_read"), {"class": "note"})


def _legend(choice: Choice, names: Sequence[str], texts: Texts) -> str:
    """Link each model to its page."""
    links = [
        inner_link(name, {"tab": "model", "model": row.request.model.name, "request": row.request.id[:12]})
        for row, name in zip(choice.rows, names, strict=True)
    ]
    return raw_element("p", element("span", texts("compare.pages")) + " " + ", ".join(links))


def _folded(pair: Pair, figures: str, texts: Texts) -> str:
    title = element("summary", texts("compare.pair", one=pair.one, other=pair.other))
    return raw_element("details", title + figures, {"class": "compare-pair", "open": ""})
