"""What a check found, in words: for the page and for the terminal alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from leaderboard.submission.findings import Finding, Outcome
from leaderboard.submission.problems import Problem, ProblemCode
from leaderboard.submission.remedies import Remedy, remedy_of
from leaderboard.texts.texts import Texts

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_SHORT_ID = 8
_DAY_FORM, _MOMENT_FORM = "%Y-%m-%d", "%Y-%m-%d %H:%M UTC"
"""How a finding spells a day and a moment."""
_COUNTS = ("count", "items", "most", "place", "tasks", "tokens", "unknown")


@dataclass(frozen=True)
class FindingInWords:
    """One check as people read it."""

    label: str
    """Which check."""
    outcome: str
    """How it ended, in a word."""
    sentence: str
    """What it found; empty where nothing needs to be said."""
    remedy: Remedy | None


def in_words(finding: Finding, texts: Texts) -> FindingInWords:
    """Put a finding into the words of a language."""
    return FindingInWords(
        label=texts(f"checks.{finding.check}"),
        outcome=texts(f"outcomes.{finding.outcome}"),
        sentence=_sentence(finding, texts),
        remedy=remedy_of(finding),
    )


def problem_in_words(problem: Problem, texts: Texts) -> str:
    """Return the sentence for why something was refused or warned of."""
    return texts(f"problems.{problem.code}", **_shown(problem.parameters, texts, problem.code))


def duration(seconds: float, texts: Texts) -> str:
    """Return how long something takes, as people say it."""
    for unit, length in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
        if seconds >= 2 * length:
            return texts(f"durations.{unit}", count=round(seconds / length))
    return texts("durations.seconds", count=max(1, round(seconds)))


def gigabytes(count: int, texts: Texts) -> str:
    """Return a number of bytes in GB, or MB where it is less than one."""
    if count >= 10**9:
        return f"{texts.decimal(count / 10**9, 1)} GB"
    return f"{texts.decimal(count / 10**6, 1)} MB"


def parameters(count: int, texts: Texts) -> str:
    """Return a number of parameters in millions, or thousands of them."""
    if count >= 10**9:
        return texts("durations.thousand_millions", count=texts.decimal(count / 10**9, 2))
    return texts("durations.millions", count=texts.decimal(count / 10**6, 1))


def _sentence(finding: Finding, texts: Texts) -> str:
    if finding.problem is not None:
        return problem_in_words(Problem(finding.problem, finding.words), texts)
    if finding.outcome is Outcome.SKIPPED:
        return ""
    found = finding.words.get("found")
    key = f"found.{finding.check}_{found}" if found else f"found.{finding.check}"
    if finding.words.get("bases") == "" and f"{key}_unnamed" in texts.by_key:
        key = f"{key}_unnamed"
    sentence = texts.get(key)
    return "" if sentence is None else texts(key, **_shown(finding.words, texts))


def _shown(words: Mapping[str, str], texts: Texts, code: ProblemCode | None = None) -> dict[str, str]:
    """Return the parameters of a sentence, figures in the language's form."""
    forms: Mapping[str, Callable[[str], str]] = {
        "bytes": lambda text: gigabytes(int(text), texts),
        "needed": lambda text: gigabytes(int(text), texts),
        "available": lambda text: gigabytes(int(text), texts),
        "parameters": lambda text: parameters(int(text), texts),
        "seconds": lambda text: duration(float(text), texts),
        "wait": lambda text: duration(float(text), texts),
        "limit": lambda text: (
            duration(float(text), texts) if code in {None, ProblemCode.TOO_LONG} else _whole(text, texts)
        ),
        "date": lambda text: _moment(text, _DAY_FORM, texts.date),
        "free": lambda text: _moment(text, _MOMENT_FORM, texts.moment),
        "status": lambda text: texts(f"statuses.{text}").lower(),
        "id": lambda text: text[:_SHORT_ID],
        "cause": lambda text: texts.get(f"causes.{text}") or text,
        **dict.fromkeys(_COUNTS, lambda text: _whole(text, texts)),
    }
    return {name: forms[name](text) if name in forms else text for name, text in words.items()}


def _whole(text: str, texts: Texts) -> str:
    """Return a number in the language's form, and what is none as it is."""
    return texts.whole(int(text)) if text.isascii() and text.isdecimal() else text


def _moment(text: str, form: str, told: Callable[[datetime], str]) -> str:
    """Return a day or a moment in the language's form, and what is none as it is."""
    try:
        return told(datetime.strptime(text, form).replace(tzinfo=UTC))
    except ValueError:
        return text
