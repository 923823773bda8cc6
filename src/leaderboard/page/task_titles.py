"""What a task is called on the page."""

from leaderboard.suite import TaskDeclaration


def task_title(declaration: TaskDeclaration, language: str) -> str:
    """Return a task's title in `language`, or in Spanish where it has none."""
    titles = {str(code): title for code, title in declaration.title.items()}
    return titles.get(language, titles["es"])
