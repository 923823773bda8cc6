"""What people typed stays text: the only places where the page turns data into markup."""

import html
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from leaderboard.records import ModelReference, ModelSource
from leaderboard.submission.remedies import model_url

_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$&:/@])")


def text_to_html(text: str) -> str:
    """Escape `text` for HTML, quotes included."""
    return html.escape(text, quote=True)


def plotly_text(text: str) -> str:
    """Escape `text` for Plotly, which reads a subset of HTML in its labels and knows the entities of `&`, `<`, `>`."""
    return html.escape(text, quote=False)


def text_to_markdown(text: str) -> str:
    """Escape `text` so that Markdown, and the HTML it may carry, shows it letter by letter."""
    return _MARKDOWN_SIGNS.sub(lambda sign: f"&#{ord(sign[1])};", text)


def model_link(model: ModelReference) -> str:
    """Return Markdown for a model: a link where the Hub has it, else its name."""
    name = text_to_markdown(model.name)
    return f"[{name}]({model_url(model.name)})" if model.source is ModelSource.HUB else name


def inner_link(text: str, query: Mapping[str, str]) -> str:
    """Return a link to another view of this page: `{"tab": "model", "model": "org/name"}`. The language stays."""
    return element("a", text, {"href": f"?{urlencode(query)}"})


def element(tag: str, text: str, attributes: Mapping[str, str] | None = None) -> str:
    """Return one HTML element around `text`, everything escaped."""
    return raw_element(tag, text_to_html(text), attributes)


def raw_element(tag: str, inner: str, attributes: Mapping[str, str] | None = None) -> str:
    """Return one HTML element around markup that this module made."""
    spelled = "".join(f' {name}="{text_to_html(value)}"' for name, value in (attributes or {}).items())
    return f"<{tag}{spelled}>{inner}</{tag}>"
