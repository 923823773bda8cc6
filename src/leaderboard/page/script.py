"""The page's own script: the address as state, links within the page, and the table of the ranking."""

from importlib.resources import files

_PARTS = ("shell.js", "sheet.js", "table.js", "ranking.js", "start.js")
"""One script in the order in which they need each other; `start.js` sets it going."""


def head() -> str:
    """Return what stands in the page's head."""
    folder = files(__package__) / "browser"
    parts = "\n".join((folder / part).read_text(encoding="utf-8") for part in _PARTS)
    return f'<script>(() => {{\n"use strict";\n{parts}\n}})();</script>'
