"""A difference at a glance: its interval as a bar around zero, its verdict as a sign and a word."""

from collections.abc import Iterable

from leaderboard.board import Interval
from leaderboard.board.comparison import MeanDifference, TaskComparison, Verdict
from leaderboard.page.markup import element, raw_element
from leaderboard.texts import Texts

_LEAST_REACH = 0.05
"""The scale of the bars goes at least so far to both sides: a tiny difference is not to look like a large one."""
_LEAST_WIDTH = 1.5

_SIGNS = {
    Verdict.BETTER: "\N{BLACK UP-POINTING TRIANGLE}",
    Verdict.WORSE: "\N{BLACK DOWN-POINTING TRIANGLE}",
    Verdict.DIFFERENT: "\N{NOT EQUAL TO}",
    Verdict.NOT_SHOWN: "\N{ALMOST EQUAL TO}",
    Verdict.NOT_COMPARABLE: "\N{EN DASH}",
}


def reach_of(found: Iterable[TaskComparison | MeanDifference]) -> float:
    """Return how far the bars of a table reach to each side, so that all of them fit."""
    ends = [abs(end) for one in found if one.interval is not None for end in (one.interval.low, one.interval.high)]
    return max([_LEAST_REACH, *ends])


def bar(difference: float, interval: Interval, reach: float, kind: str = "") -> str:
    """Return an interval as a bar around zero, with a tick at the difference; the words beside it say the same."""
    left, right = _place(interval.low, reach), _place(interval.high, reach)
    width = max(_LEAST_WIDTH, right - left)
    left = min(left, 100 - width)
    line = raw_element("i", "", {"style": f"left:{left:.1f}%;width:{width:.1f}%"})
    tick = raw_element("b", "", {"style": f"left:{_place(difference, reach):.1f}%"})
    return raw_element("span", line + tick, {"class": f"apart {kind}".strip(), "aria-hidden": "true"})


def in_points(difference: float, interval: Interval, texts: Texts) -> str:
    """Return a difference and its interval as figures."""
    low, high = texts.signed_points(interval.low), texts.signed_points(interval.high)
    of_interval = element("span", texts("compare.interval", low=low, high=high), {"class": "between"})
    return f"{element('strong', texts.signed_points(difference))} {of_interval}"


def verdict(found: Verdict, texts: Texts) -> str:
    """Return a verdict as a sign and a word."""
    sign = element("span", _SIGNS[found], {"aria-hidden": "true", "class": "sign"})
    word = element("span", texts(f"compare.verdicts.{found}"))
    return raw_element("span", f"{sign} {word}", {"class": f"verdict {found}"})


def _place(value: float, reach: float) -> float:
    return 50 + 50 * max(-1.0, min(1.0, value / reach))
