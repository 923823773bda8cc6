"""The tab that says what is measured and how."""

import gradio as gr

from leaderboard.installation import Installation
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.markup import text_to_markdown
from leaderboard.page.task_titles import task_title
from leaderboard.suite import UNKNOWN_LICENCE, TaskDeclaration
from leaderboard.texts import Texts


def build_about_tab(house: Installation, _feed: BoardFeed, texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    suite = house.suite
    tasks = [_task_line(task.declaration, texts) for task in suite.tasks]
    has_own_items = any(task.declaration.item_form for task in suite.tasks)
    own_items = texts("about.own_items") if has_own_items else ""
    gr.Markdown(texts("about.text", tasks="\n".join(tasks), own_items=own_items), elem_classes="about")


def _task_line(declared: TaskDeclaration, texts: Texts) -> str:
    title, language = task_title(declared, texts.language), texts(f"languages.{declared.language}")
    chance = f"{declared.chance:.2f}".replace(".", ",")
    known = declared.licence != UNKNOWN_LICENCE
    licence = text_to_markdown(declared.licence) if known else texts("values.unknown")
    if declared.items is None:
        return texts("about.task_of_unknown_size", title=title, language=language, chance=chance, licence=licence)
    return texts("about.task", title=title, language=language, items=declared.items, chance=chance, licence=licence)
