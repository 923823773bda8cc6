"""The forms that ask for another sight of a tab: what is chosen in them becomes the address (`browser/shell.js`)."""

from collections.abc import Iterable

from leaderboard.page.markup import element, raw_element


def choices_form(tab: str, fields: str, submit: str = "", *, follows_at_once: bool = True) -> str:
    """Return a form that leads to `tab` with its fields as parameters, with a button where `submit` names one.

    `follows_at_once`: every change leads there, not only the button.
    """
    inner = void_element("input", {"type": "hidden", "name": "tab", "value": tab}) + fields
    inner += element("button", submit) if submit else ""
    marks = {"class": "choices", "method": "get"} | ({"data-auto": ""} if follows_at_once else {})
    return raw_element("form", inner, marks)


def select_field(name: str, label: str, options: Iterable[tuple[str, str]], chosen: str) -> str:
    """Return a labelled choice of one of several (value, words)."""
    listed = "".join(
        element("option", shown, {"value": value} | ({"selected": ""} if value == chosen else {}))
        for value, shown in options
    )
    return raw_element("label", element("span", label) + raw_element("select", listed, {"name": name}))


def model_field(name: str, label: str, value: str) -> str:
    """Return a labelled field for the name of a model, which offers those of the board while one types."""
    return raw_element(
        "label", element("span", label) + void_element("input", {"name": name, "list": "model-names", "value": value})
    )


def void_element(tag: str, attributes: dict[str, str]) -> str:
    """Return an element that holds nothing and is not closed."""
    return raw_element(tag, "", attributes).removesuffix(f"</{tag}>")
