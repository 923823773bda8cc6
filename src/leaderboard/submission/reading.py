"""Has a model's folder read by a short-lived child with limits, and hears its findings one by one."""

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from leaderboard.confinement import child_environment
from leaderboard.submission.findings import CheckName, Finding, Outcome, refused, skipped
from leaderboard.submission.problems import ProblemCode

logger = logging.getLogger(__name__)

SECONDS = 60.0
"""From its start to its last word: a child that sleeps uses no processor time, and must end too."""

READER = (sys.executable, "-m", "leaderboard.submission.reading_child")

_LONGEST_LINE = 64 * 2**10
_FIGURES = ("bytes", "parameters", "tokens", "limit")
"""Words that are whole numbers, and are shown as such."""

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
        env=child_environment(os.environ, home, home / "hub", offline=True),
        cwd=home,
        start_new_session=True,
    ) as child:
        alarm = threading.Timer(seconds, _end, [child])
        alarm.start()
        try:
            assert child.stdout is not None  # noqa: S101 - PIPE above
            yield from _parsed(child.stdout)
        finally:
            alarm.cancel()
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child and whatever it may have started: its output must come to an end."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _parsed(lines: IO[bytes]) -> Iterator[Finding]:
    while line := lines.readline(_LONGEST_LINE):
        try:
            finding = Finding.model_validate_json(line)
        except ValidationError:
            logger.warning("the reader of a submitted model said something that is no finding; it is not heard further")
            return
        figures = [finding.words[name] for name in _FIGURES if name in finding.words]
        if not all(figure.isascii() and figure.isdigit() for figure in figures):
            logger.warning("the reader of a submitted model gave no number where one is due; it is not heard further")
            return
        yield finding
