"""One task of a comparison: the items on which the models part, with their texts where these may be shown."""

from collections.abc import Sequence
from string import ascii_uppercase

from leaderboard.page.compare_choice import Choice
from leaderboard.page.compare_items import Answer, ItemApart, items_apart
from leaderboard.page.compare_tables import task_name
from leaderboard.page.item_texts import ItemTexts, TextsById
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.suite import ShowItems, Task
from leaderboard.suite.item_text import ItemText
from leaderboard.texts import Texts

_SHOWN_AT_FIRST = 50


def task_section(task: Task, choice: Choice, names: Sequence[str], source: ItemTexts, texts: Texts) -> str:
    """Return the items of `task` on which the chosen rows differ; all of them have a result of it."""
    said = raw_element("p", inner_link(texts("compare.back"), choice.query())) + element("h3", task_name(task, texts))
    cells = [row.cells[task.id] for row in choice.rows if task.id in row.cells]
    if len(cells) < len(choice.rows):
        return said + element("p", texts("compare.obstacles.missing"), {"class": "notice"})
    apart = items_apart(cells)
    if not apart:
        return said + element("p", texts("compare.none_apart"), {"class": "note"})
    told = texts("compare.apart", apart=texts.whole(len(apart)), items=texts.whole(cells[0].items))
    said += element("p", told, {"class": "note"})
    text_note, items = _texts_of_items(task, choice, source, texts)
    said += text_note
    shown = apart if choice.wants_all else apart[:_SHOWN_AT_FIRST]
    said += _table(shown, names, items, texts)
    if len(shown) < len(apart):
        query = choice.query(task=task.id, texts="1" if choice.wants_texts else "", all="1")
        said += raw_element("p", inner_link(texts("compare.all_items", count=texts.whole(len(apart))), query))
    return said


def _texts_of_items(task: Task, choice: Choice, source: ItemTexts, texts: Texts) -> tuple[str, TextsById]:
    """Return what is said of the texts, and the texts themselves where the address asks for them."""
    if task.declaration.show_items is not ShowItems.TEXT:
        return element("p", texts("compare.no_texts"), {"class": "note"}), {}
    if not choice.wants_texts:
        query = choice.query(task=task.id, texts="1", all="1" if choice.wants_all else "")
        return raw_element("p", inner_link(texts("compare.show_texts"), query)), {}
    found = source.of(task)
    if found is None:
        return element("p", texts("compare.texts_missing"), {"class": "notice"}), {}
    declared = task.declaration
    source_line = texts("compare.texts_of", title=declared.source.title, licence=declared.licence)
    return element("p", source_line, {"class": "note"}), found


def _table(apart: Sequence[ItemApart], names: Sequence[str], items: TextsById, texts: Texts) -> str:
    head = "".join(element("th", one, {"scope": "col"}) for one in (texts("compare.item"), *names))
    body = "".join(_item(item, items.get(item.id), len(names), texts) for item in apart)
    table = raw_element("thead", raw_element("tr", head)) + raw_element("tbody", body)
    frame = {"class": "wide", "tabindex": "0", "role": "region", "aria-label": texts("compare.apart_title")}
    return raw_element("div", raw_element("table", table, {"class": "figures items"}), frame)


def _item(item: ItemApart, text: ItemText | None, models: int, texts: Texts) -> str:
    cells = "".join(raw_element("td", _answer(answer, texts)) for answer in item.answers)
    line = raw_element("tr", raw_element("th", element("code", item.id), {"scope": "row"}) + cells)
    if text is None:
        return line
    asked = element("p", text.text.strip())
    if text.options:
        options = "".join(_option(place, option, item, texts) for place, option in enumerate(text.options))
        asked += raw_element("ol", options, {"type": "A"})
    return line + raw_element("tr", raw_element("td", asked, {"colspan": str(models + 1), "class": "asked"}))


def _option(place: int, option: str, item: ItemApart, texts: Texts) -> str:
    right = f" {element('strong', texts('compare.right_option'))}" if place == item.gold else ""
    return raw_element("li", element("span", option.strip()) + right)


def _answer(answer: Answer, texts: Texts) -> str:
    """Return a choice as a letter, and whether it was right as a sign and a word; a score where it is in between."""
    said = "" if answer.choice is None else element("strong", _letter(answer.choice)) + " "
    if answer.score in (0.0, 1.0):
        word = "right" if answer.score else "wrong"
        sign = "✓" if answer.score else "✗"
        return said + element("span", f"{sign} {texts(f'compare.{word}')}", {"class": word})
    return said + element("span", texts.points(answer.score))


def _letter(choice: int) -> str:
    """Return the letter that a list of options gives it; a number beyond Z."""
    return ascii_uppercase[choice] if choice < len(ascii_uppercase) else str(choice + 1)
