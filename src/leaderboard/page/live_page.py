"""A Gradio page that begins, for each new visitor, with what is newest.

Gradio fixes what a page begins with when the page is built, so a visitor of tomorrow would get the board of today and
its filters. It reads `config` for every visit, which is the place to bring it up to date.
"""

import threading
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.data_classes import BlocksConfigDict


class LivePage(gr.Blocks):
    """Blocks whose beginning is brought up to date before each visit."""

    _config: BlocksConfigDict

    def __init__(self, **arguments: Any) -> None:
        self._updating = threading.Lock()
        self.bring_up_to_date: Callable[[], bool] = lambda: False
        """Changes the components' values where there is something new, and tells whether it did."""
        self.launch_arguments: dict[str, Any] = {}
        """What the settings decide of how the page is served."""
        super().__init__(**arguments)

    @property
    def config(self) -> BlocksConfigDict:
        """What the browser is sent at the beginning of a visit."""
        with self._updating:
            if self.bring_up_to_date():
                self._config = self.get_config_file()
            return self._config

    @config.setter
    def config(self, config: BlocksConfigDict) -> None:
        self._config = config
