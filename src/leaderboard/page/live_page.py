"""A Gradio page whose beginning is in the visitor's language, at the tab that the address names.

Gradio lays a page out once, in one language. Here it is laid out once for each; the first layout is served, its
handlers answer, and a visit is sent the other layout's labels in their place. Component by component they are the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr
from gradio.data_classes import BlocksConfigDict

from leaderboard.page.visiting import VISITING

Properties = Sequence[Mapping[str, Any]]
"""Of each component of a layout, in the order of the layout."""


class LivePage(gr.Blocks):
    """Blocks that begin as each visit asks."""

    _config: BlocksConfigDict

    def __init__(self, **arguments: Any) -> None:
        self.launch_arguments: dict[str, Any] = {}
        """What the settings decide of how the page is served."""
        self._translations: dict[str, Properties] = {}
        super().__init__(**arguments)

    def speak(self, language: str, other: "LivePage") -> None:
        """Take over the words of another layout of the same page for visits in `language`.

        Raises:
            ValueError: it is not laid out the same, which is a mistake of the program.
        """
        own, theirs = self._config["components"], other.config["components"]
        if [one["type"] for one in own] != [one["type"] for one in theirs]:
            message = f"The page in {language!r} is laid out otherwise than the first one."
            raise ValueError(message)
        self._translations[language] = [one["props"] for one in theirs]

    @property
    def config(self) -> BlocksConfigDict:
        """What the browser is sent at the beginning of a visit."""
        visit = VISITING.get()
        properties = self._translations.get(visit.language)
        if properties is None:
            return self._config
        components = [
            {**one, "props": _at_tab(one, props, visit["tab"])}
            for one, props in zip(self._config["components"], properties, strict=True)
        ]
        return {**self._config, "components": components}

    @config.setter
    def config(self, config: BlocksConfigDict) -> None:
        self._config = config


def _at_tab(component: Mapping[str, Any], props: Mapping[str, Any], tab: str) -> Mapping[str, Any]:
    """Return the properties of a component; of the tabs, with the one that the address names selected."""
    return {**props, "selected": tab} if component["type"] == "tabs" and tab else props
