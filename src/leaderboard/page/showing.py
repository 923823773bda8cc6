"""Parts of the page that are made when they are looked at, anew for each address.

The browser presses a button that nobody sees (`browser/shell.js`) when a tab comes into view, or when what its address
asks for has changed; the answer is made from the address alone, so a shared link shows the same.
"""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from leaderboard.page.visit import Visit, visit_of

Fill = Callable[[Visit], Any]
"""Returns the values of the components it fills, in their order; a single one not in a list."""


def fill_when_shown(tab: str, fill: Fill, outputs: Sequence[Component]) -> None:
    """Have `fill` make the contents of a tab whenever it is shown. Call it inside that tab."""
    button = gr.Button(tab, elem_id=f"show-{tab}", elem_classes="unseen")

    def show(request: gr.Request) -> Any:
        return fill(visit_of(request))

    button.click(show, outputs=list(outputs), api_name=False, show_progress="hidden", queue=False)
