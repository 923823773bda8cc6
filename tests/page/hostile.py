"""Names that try to be more than text, and parsers that tell what a reader would see."""

from html.parser import HTMLParser

from markdown_it import MarkdownIt

NAMES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</span></li></ul><h1>big</h1>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "](https://evil.example) [",
    "<https://evil.example>",
    "[a]: https://evil.example",
    "`code` **bold** _thin_ ~~gone~~",
    "# heading",
    "> quote",
    "- item",
    "+ item",
    "1. item",
    "1) item",
    "---",
    "===",
    "a | b",
    "&lt;b&gt; &amp; &#60;",
    "\\<b\\>",
    "$x^2$",
    "{{ 7*7 }} {model} %s",
    "\u202eexe.ledom\u202c \u2066x\u2069",
    "zero\u200bwidth",
    "ñandú 模型 نموذج",
]


class _Reader(HTMLParser):
    """Collects what a browser would make of markup."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[dict[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.append(f"comment {data}")


def read_html(markup: str) -> _Reader:
    """Return the tags, attributes and text of `markup`."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader


def read_markdown(source: str) -> list[tuple[str, str]]:
    """Return each inline token of a paragraph as its kind and content; other blocks are kinds of their own."""
    seen: list[tuple[str, str]] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source):
        if token.type == "inline":
            seen += [(child.type, str(child.attrs.get("href", child.content))) for child in token.children or ()]
        elif token.type not in {"paragraph_open", "paragraph_close"}:
            seen.append((token.type, token.content))
    return seen
