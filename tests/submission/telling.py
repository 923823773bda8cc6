"""What findings say, checked in every language whenever a test looks at one."""

import re
from collections.abc import Iterable

from leaderboard.submission import CheckName, Finding, Outcome, Problem, ProblemCode, SubmissionRefusedError
from leaderboard.texts import LANGUAGES, in_words, load_texts, problem_in_words

_LEFT_OPEN = re.compile(r"\{[a-z_]*\}")

Told = dict[CheckName, ProblemCode | Outcome]
"""Why each check was refused or what it warned of; how it ended where there was nothing to say."""


def told(findings: Iterable[Finding]) -> Told:
    """Return what every check came to."""
    return {finding.check: finding.problem or finding.outcome for finding in map(readable, findings)}


def troubles(findings: Iterable[Finding]) -> dict[CheckName, ProblemCode]:
    """Return only what was refused or warned of."""
    return {finding.check: finding.problem for finding in map(readable, findings) if finding.problem}


def of(check: CheckName, findings: Iterable[Finding]) -> Finding:
    """Return what one check found."""
    (found,) = (finding for finding in map(readable, findings) if finding.check is check)
    return found


def readable(finding: Finding) -> Finding:
    """Check that a finding can be put into words, in every language, and that they say all they have to."""
    named = finding.replaced(words={"model": "somos/meiga-1b", **finding.words})
    for language in LANGUAGES:
        words = in_words(named, load_texts(language))
        assert words.label
        assert words.outcome
        assert bool(words.sentence) or finding.problem is None
        assert not left_open(words.sentence, named.words.values()), words.sentence
        assert words.sentence.isprintable()
    return finding


def left_open(sentence: str, filled_in: Iterable[str]) -> set[str]:
    """Return the places of a sentence that nothing was filled into; what was filled in may look like one."""
    return set(_LEFT_OPEN.findall(sentence)) - set(_LEFT_OPEN.findall(" ".join(filled_in)))


def sentences(problem: Problem) -> tuple[str, ...]:
    """Return a refusal in every language."""
    return tuple(problem_in_words(problem, load_texts(language)) for language in LANGUAGES)


def code_of(refused: SubmissionRefusedError) -> ProblemCode:
    """Return why something was refused, once it was seen that people can be told."""
    for sentence in sentences(refused.problem):
        assert sentence
        assert not left_open(sentence, refused.problem.parameters.values()), sentence
        assert sentence.isprintable()
    return refused.problem.code
