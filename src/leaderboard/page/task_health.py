"""What the models' results say of a task's health, in words."""

import threading
from collections.abc import Mapping

from leaderboard.board.health import Finding, Health, assess
from leaderboard.page.board_feed import Edition
from leaderboard.page.markup import element, raw_element
from leaderboard.suite import Suite
from leaderboard.texts import Texts

_NAMED = 4
"""How many models a finding names."""


class TaskHealth:
    """Assesses the tasks once for each edition of the board: with many models that takes seconds."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._version: str | None = None
        self._found: Mapping[str, Health] = {}
        self._one_at_a_time = threading.Lock()

    def of(self, edition: Edition) -> Mapping[str, Health]:
        """Return the health of each task that has one, by its id."""
        with self._one_at_a_time:
            if self._version != edition.version:
                self._found = assess(edition.view.board, self._suite)
                self._version = edition.version
            return self._found


def state_in_words(health: Health | None, texts: Texts) -> str:
    """Return a task's state, short; empty for a probe, which has none."""
    if health is None:
        return ""
    if health.left_out is not None:
        return texts("tasks.left_out")
    return texts(f"tasks.states.{health.state}")


def health_section(health: Health, texts: Texts) -> str:
    """Return what is known of a task's health: whether it counts, what it was assessed by, what speaks against it."""
    said = element("h3", texts("tasks.health"))
    if health.left_out is not None:
        reason = texts(f"tasks.reasons.{health.left_out.reason}")
        words = texts("tasks.why_left_out", reason=reason, detail=health.left_out.detail)
        said += element("p", words.strip(), {"class": "notice"})
    elif not health.is_counted:
        said += element("p", texts("tasks.not_counted"), {"class": "note"})
    assessed = texts(f"tasks.about_state.{health.state}", models=health.models, owners=health.owners)
    said += element("p", assessed)
    findings = "".join(element("li", _finding(one, texts)) for one in health.findings)
    if findings:
        said += raw_element("ul", findings)
    if health.is_advised_against:
        said += element("p", texts("tasks.advised_against"), {"class": "note"})
    return said


def _finding(finding: Finding, texts: Texts) -> str:
    words = texts(f"tasks.reasons.{finding.reason}")
    if not finding.models:
        return words
    named = ", ".join(finding.models[:_NAMED])
    if len(finding.models) > _NAMED:
        return texts("tasks.finding_of_many", reason=words, models=named, more=len(finding.models) - _NAMED)
    return texts("tasks.finding_of", reason=words, models=named)
