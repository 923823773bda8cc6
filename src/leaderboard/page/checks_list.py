"""The checks of a submission as HTML, each as it was told."""

from collections.abc import Sequence

from leaderboard.page.markup import element, raw_element
from leaderboard.submission import Finding, Outcome
from leaderboard.submission.remedies import Remedy
from leaderboard.texts import Texts, in_words

_MARKS = {Outcome.PASSED: "✓", Outcome.WARNED: "!", Outcome.REFUSED: "✗", Outcome.SKIPPED: "·"}


def checks_html(findings: Sequence[Finding], texts: Texts, *, working: bool = False) -> str:
    """Return the list of checks; while more are to come it says so to those who only hear it, too."""
    items = "".join(_item(finding, texts) for finding in findings)
    listed = raw_element("ol", items, {"class": "checks", "aria-label": texts("form.checks_label")}) if items else ""
    if not working:
        return listed
    return listed + element("p", texts("form.sending"), {"class": "note", "role": "status"})


def _item(finding: Finding, texts: Texts) -> str:
    words = in_words(finding, texts)
    mark = element("span", _MARKS[finding.outcome], {"class": "check-mark", "aria-hidden": "true"})
    label = element("span", words.label, {"class": "check-label"})
    outcome = element("span", words.outcome, {"class": "check-outcome"})
    parts = [raw_element("div", mark + label + outcome, {"class": "check-head"})]
    if words.sentence:
        parts.append(element("div", words.sentence, {"class": "check-sentence"}))
    if words.remedy is not None:
        parts.append(_remedy(words.remedy, texts))
    attributes = {"class": f"check-{finding.outcome}", "data-check": str(finding.check)}
    return raw_element("li", "".join(parts), attributes)


def _remedy(remedy: Remedy, texts: Texts) -> str:
    if remedy.command is not None:
        inner = element("code", remedy.command)
    else:
        address = remedy.link or ""
        inner = element("a", address.removeprefix("https://"), {"href": address, "rel": "noopener", "target": "_blank"})
    lead = element("span", texts("form.remedy"), {"class": "check-lead"})
    return raw_element("div", f"{lead} {inner}", {"class": "check-remedy"})
