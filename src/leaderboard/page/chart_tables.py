"""The charts' figures as tables, and the heat map of areas, which is one."""

import pandas as pd

from leaderboard.page.charts import readable_count
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.page.score_colours import colour_of, ink_on
from leaderboard.texts import Texts


def models_table(models: pd.DataFrame, texts: Texts) -> str:
    """Return what a chart shows as a table; see `chart_frames.model_frame`."""
    head = [texts(f"charts.{key}") for key in ("model", "average", "interval", "size", "submitted", "time", "machine")]
    return _framed(head, "".join(_model_line(one, texts) for one in models.to_dict("records")), texts("charts.table"))


def areas_table(areas: pd.DataFrame, texts: Texts) -> str:
    """Return models by areas as a table whose cells are coloured; see `chart_frames.area_frame`."""
    several = len({language for language, _ in areas.columns}) > 1
    head = [texts("charts.model")]
    for language, area in areas.columns:
        title = texts(f"areas.{area}")
        head.append(f"{texts(f'languages.{language}')}: {title}" if several else title)
    lines = []
    for name, averages in areas.iterrows():
        link = raw_element("th", inner_link(str(name), {"tab": "model", "model": str(name)}), {"scope": "row"})
        lines.append(raw_element("tr", link + "".join(_heat_cell(one, texts) for one in averages)))
    return _framed(head, "".join(lines), texts("charts.kinds.areas"), "figures heat")


def _heat_cell(average: float, texts: Texts) -> str:
    if pd.isna(average):
        return element("td", "·")
    colour = colour_of(average / 100)
    style = f"background:{colour};color:{ink_on(colour)}"
    return raw_element("td", element("span", texts.decimal(average + 0.0, 0)), {"style": style})


def _model_line(model: dict[str, object], texts: Texts) -> str:
    name, known = str(model["model"]), pd.Series(model).dropna()
    interval = ""
    if "low" in known and "high" in known:
        interval = texts("charts.between", low=texts.decimal(known["low"], 1), high=texts.decimal(known["high"], 1))
    cells = [
        texts.decimal(known["average"], 1),
        interval,
        readable_count(known["parameters"]) if "parameters" in known else "",
        texts.date(known["submitted"]),
        texts.decimal(known["minutes"], 1) if "minutes" in known else "",
        str(model["hardware"]),
    ]
    link = raw_element("th", inner_link(name, {"tab": "model", "model": name}), {"scope": "row"})
    return raw_element("tr", link + "".join(element("td", one) for one in cells))


def _framed(head: list[str], body: str, title: str, kind: str = "figures") -> str:
    row = raw_element("tr", "".join(element("th", one, {"scope": "col"}) for one in head))
    table = raw_element("table", raw_element("thead", row) + raw_element("tbody", body), {"class": kind})
    return raw_element("div", table, {"class": "wide", "tabindex": "0", "role": "region", "aria-label": title})
