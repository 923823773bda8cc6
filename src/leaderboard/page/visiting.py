"""Which visit the server is answering at this moment.

Gradio asks the page for its beginning without a word on who asks, so the guard around its routes says it here.
"""

from contextvars import ContextVar

from leaderboard.page.visit import Visit

VISITING: ContextVar[Visit] = ContextVar("visiting", default=Visit())  # noqa: B039 - a frozen record
