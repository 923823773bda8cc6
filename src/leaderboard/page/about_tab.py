"""The tab that says what is measured and how."""

import gradio as gr

from leaderboard.page.markup import text_to_markdown
from leaderboard.page.ranking_table import task_title
from leaderboard.suite import Suite
from leaderboard.texts import Texts


def build_about_tab(suite: Suite, texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    tasks = [
        texts(
            "about.task",
            title=task_title(task.declaration, texts.language),
            language=texts(f"languages.{task.declaration.language}"),
            items=task.declaration.items,
            chance=f"{task.declaration.chance:.2f}".replace(".", ","),
            licence=text_to_markdown(task.declaration.licence),
        )
        for task in suite.tasks
    ]
    gr.Markdown(texts("about.text", tasks="\n".join(tasks)), elem_classes="about")
