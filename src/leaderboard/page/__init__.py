"""The page that people see, built with Gradio: one module per tab, charts as pure functions."""

from leaderboard.page import quick_gradio  # isort: skip  # first: it is what imports Gradio
from leaderboard.page.page import build_page, launch_page

__all__ = ["build_page", "launch_page", "quick_gradio"]
