"""What stands above all tabs: the mark, the name, the switch of languages, and the button for a link to this view."""

from leaderboard.page.markup import element, raw_element
from leaderboard.settings import Settings
from leaderboard.texts import LANGUAGES, Texts, load_texts

# Three bars of a ranking under a tilde: the letter that Spanish, Galician and Basque share and English lacks.
_MARK = (
    '<svg class="mark" viewBox="0 0 32 32" width="40" height="40" aria-hidden="true" focusable="false">'
    '<path d="M6 7.5c2.6-3.4 5.6-3.4 9.4-1.2s7 2 10.6-1.7" fill="none" stroke="currentColor" stroke-width="3"'
    ' stroke-linecap="round"/>'
    '<rect x="5" y="19" width="6" height="10" rx="1.5" fill="#56b4e9"/>'
    '<rect x="13" y="12" width="6" height="17" rx="1.5" fill="#0072b2"/>'
    '<rect x="21" y="16" width="6" height="13" rx="1.5" fill="#e69f00"/></svg>'
)


def masthead(settings: Settings, texts: Texts) -> str:
    """Return the head of the page in one language."""
    title = element("h1", texts("site.name")) + element("p", texts("site.tagline"))
    attributes = {"class": "masthead", "data-language": texts.language}
    if settings.space_id:
        attributes["data-space"] = settings.space_id
    names = raw_element("datalist", "", {"id": "model-names"})
    return raw_element("header", _MARK + raw_element("div", title) + _tools(texts) + names, attributes)


def _tools(texts: Texts) -> str:
    options = "".join(
        element("option", load_texts(one)("site.language_name"), {"value": one} | _chosen(one, texts))
        for one in LANGUAGES
    )
    switch = raw_element("select", options, {"id": "language", "aria-label": texts("site.language")})
    copy = element("button", texts("site.copy_link"), {"type": "button", "id": "copy-link"})
    done = element("span", "", {"id": "copied", "role": "status", "data-done": texts("site.copied")})
    return raw_element("div", switch + copy + done, {"class": "tools"})


def _chosen(language: str, texts: Texts) -> dict[str, str]:
    return {"selected": "selected"} if language == texts.language else {}
