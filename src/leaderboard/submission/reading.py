"""Has a model's folder read by a short-lived child with limits, and hears its findings one by one."""

import logging
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from leaderboard.confinement import child_environment
from leaderboard.confinement.process_tree import ProcessTree
from leaderboard.submission.findings import CheckName, Finding, Outcome, refused, skipped
from leaderboard.submission.problems import ProblemCode

logger = logging.getLogger(__name__)

SECONDS = 60.0
"""From its start to its last word: a child that sleeps uses no processor time, and must end too."""

READER = (sys.executable, "-m", "leaderboard.submission.reading_child")

_LONGEST_LINE = 64 * 2**10
_FIGURES = frozenset({"bytes", "parameters", "tokens", "limit"})
"""Words that are whole numbers, and are shown as such."""
_TEXTS = frozenset({"file", "reason", "architecture", "method", "precision", "licence", "found", "bases"})
_FIGURE = re.compile(r"[0-9]{1,15}", re.ASCII)
_MARK = "LEADERBOARD_READING"
"""What a reader and all it may start have in their environment: the folder of its home."""

IN_THIS_ORDER = (
    CheckName.CONFIG,
    CheckName.CODE,
    CheckName.ARCHITECTURE,
    CheckName.WEIGHTS,
    CheckName.TOKENIZER,
    CheckName.CHAT_TEMPLATE,
    CheckName.CARD,
    CheckName.LINEAGE,
)
"""The checks that a child makes."""


def findings_in(
    folder: Path, quantisations: frozenset[str], seconds: float = SECONDS, reader: Sequence[str] = READER
) -> Iterator[Finding]:
    """Yield what a child finds in `folder`, in the order of `IN_THIS_ORDER`; every check is accounted for.

    What it says is untrusted, for it has read what a stranger wrote. The check it was at when it ended before its time,
    or said what makes no sense, is refused: whatever exhausts a reader would exhaust an evaluation.
    """
    with tempfile.TemporaryDirectory(prefix="reading-") as home:
        left = list(IN_THIS_ORDER)
        something_refused = False
        for finding in _said_by_child([*reader, str(folder.resolve()), ",".join(quantisations)], Path(home), seconds):
            # Only what a refused check did not find is a reason to leave others out.
            if finding.check not in (left if something_refused else left[:1]):
                logger.warning("the reader of a submitted model told of %s out of turn", finding.check)
                break
            while left[0] is not finding.check:
                yield skipped(left.pop(0))
            left.pop(0)
            something_refused |= finding.outcome is Outcome.REFUSED
            yield finding
            if not left:
                return
        yield refused(left.pop(0), ProblemCode.READING_FAILED)
        yield from map(skipped, left)


def _said_by_child(command: Sequence[str], home: Path, seconds: float) -> Iterator[Finding]:
    with subprocess.Popen(  # noqa: S603 - our own command, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**child_environment(os.environ, home, home / "hub", offline=True), _MARK: str(home)},
        cwd=home,
        start_new_session=True,
    ) as child:
        tree = ProcessTree(
            child.pid, (_MARK, str(home))
        )  # whatever it may have started ends with it, and so its output
        alarm = threading.Timer(seconds, tree.kill)
        alarm.start()
        try:
            assert child.stdout is not None  # noqa: S101 - PIPE above
            yield from _parsed(child.stdout)
        finally:
            alarm.cancel()
            tree.kill()


def _parsed(lines: IO[bytes]) -> Iterator[Finding]:
    while line := lines.readline(_LONGEST_LINE):
        try:
            finding = Finding.model_validate_json(line)
        except ValidationError:
            logger.warning("the reader of a submitted model said something that is no finding; it is not heard further")
            return
        if not _makes_sense(finding):
            logger.warning("the reader of a submitted model used words that it has no use for; it is not heard further")
            return
        yield finding


def _makes_sense(finding: Finding) -> bool:
    """Tell whether a finding has the words of one: figures that are figures, texts that can be shown."""
    words, facts = finding.words, finding.facts
    texts = [text for name, text in words.items() if name not in _FIGURES]
    shown = [*texts, facts.licence or "", facts.architecture or "", facts.quantisation or "", *facts.base_models]
    figures = [text for name, text in words.items() if name in _FIGURES]
    return (
        words.keys() <= _FIGURES | _TEXTS
        and all(_FIGURE.fullmatch(figure) for figure in figures)
        and all(text.isprintable() for text in shown)
    )
