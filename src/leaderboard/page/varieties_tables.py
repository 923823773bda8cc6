"""Models beside countries: a heat map as a table, and what is known of one model country by country."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from leaderboard.board import Interval, Row
from leaderboard.board.dialect_zones import Basis, CountryReading
from leaderboard.page.countries import country_name
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.page.score_colours import colour_of, ink_on
from leaderboard.page.varieties_map import told
from leaderboard.texts import Texts

Readings = tuple[CountryReading, ...]


def countries_table(readings: Readings, texts: Texts) -> str:
    """Return one model's figures country by country: its own, and what is shown in their place where they are few."""
    head = [texts(f"varieties.{key}") for key in ("country", "shown", "made_of", "own", "own_items")]
    lines = []
    for reading in readings:
        own = reading.own
        cells = [
            _figure(reading, texts),
            element("span", told(reading, texts)) + _draft(reading, texts),
            "" if own is None else _between(own.normalised, own.normalised_interval, texts),
            texts.whole(reading.items),
        ]
        name = element("th", country_name(reading.country, texts), {"scope": "row"})
        lines.append(raw_element("tr", name + "".join(raw_element("td", cell) for cell in cells)))
    return _framed(_head_row(head), "".join(lines), "figures", texts("varieties.countries_title"))


def heat_table(of_models: Sequence[tuple[Row, Readings]], model: str, country: str, texts: Texts) -> str:
    """Return models by countries as a table whose cells are coloured; every number has half its interval beside it.

    Args:
        of_models: rows with their readings, in the order to show; all have the same countries.
        model: the name the address asks for: it stays in the links.
        country: the one the table is ordered by; empty for none.
        texts: in the reader's language.
    """
    readings = of_models[0][1]
    zones = "".join(
        element(
            "th", texts(f"zones.{zone}") if zone else texts("zones.other"), {"scope": "colgroup", "colspan": str(count)}
        )
        for zone, count in ((zone, len(list(some))) for zone, some in groupby(readings, key=lambda one: one.zone))
    )
    first = element("th", texts("columns.model"), {"scope": "col", "rowspan": "2"})
    names = "".join(_country_head(one.country, model, country, texts) for one in readings)
    head = raw_element("tr", first + zones) + raw_element("tr", names)
    body = "".join(raw_element("tr", _heat_row(row, found, texts)) for row, found in of_models)
    return _framed(head, body, "figures heat", texts("varieties.heat_title"))


def _heat_row(row: Row, readings: Readings, texts: Texts) -> str:
    name = row.request.model.name
    head = raw_element("th", inner_link(name, {"tab": "varieties", "model": name}), {"scope": "row"})
    return head + "".join(_heat_cell(one, texts) for one in readings)


def _heat_cell(reading: CountryReading, texts: Texts) -> str:
    score = reading.score
    if score is None or score.normalised is None:
        return element("td", "·", {"title": told(reading, texts)})
    colour = colour_of(score.normalised)
    said = element("span", texts.decimal(100 * score.normalised + 0.0, 0))
    if score.normalised_interval is not None:
        half = 100 * (score.normalised_interval.high - score.normalised_interval.low) / 2
        said += element("small", f"±{texts.decimal(half, 0)}")
    marks = ("z" if reading.basis is Basis.ZONE else "") + ("*" if reading.is_draft else "")
    if marks:
        said += element("sup", marks)
    kind = "pooled" if reading.basis is Basis.ZONE else "own"
    style = f"background:{colour};color:{ink_on(colour)}"
    return raw_element("td", said, {"class": kind, "style": style, "title": told(reading, texts)})


def _country_head(code: str, model: str, country: str, texts: Texts) -> str:
    query: Mapping[str, str] = {"tab": "varieties", "model": model, "country": code}
    link = inner_link(country_name(code, texts), {key: value for key, value in query.items() if value})
    return raw_element("th", link, {"scope": "col"} | ({"aria-sort": "descending"} if code == country else {}))


def _figure(reading: CountryReading, texts: Texts) -> str:
    score = reading.score
    if score is None:
        return element("span", texts("varieties.none"))
    return _between(score.normalised, score.normalised_interval, texts)


def _between(score: float | None, interval: Interval | None, texts: Texts) -> str:
    said = element("strong", texts.points(score))
    if interval is None:
        return said
    between = texts("varieties.between", low=texts.points(interval.low), high=texts.points(interval.high))
    return f"{said} {element('small', between)}"


def _draft(reading: CountryReading, texts: Texts) -> str:
    return element("abbr", "*", {"title": texts("varieties.draft")}) if reading.is_draft else ""


def _head_row(names: Sequence[str]) -> str:
    return raw_element("tr", "".join(element("th", name, {"scope": "col"}) for name in names))


def _framed(head: str, body: str, kind: str, title: str) -> str:
    table = raw_element("table", raw_element("thead", head) + raw_element("tbody", body), {"class": kind})
    return raw_element("div", table, {"class": "wide", "tabindex": "0", "role": "region", "aria-label": title})
