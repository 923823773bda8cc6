"""What of an evaluation's log may be shown: where it broke and in what, never what it was reading.

A log line may quote an item, a prompt or an answer. So nothing is taken over as it stands: places in code are written
anew from their parts, and of the rest only a few sentences of Python itself are known to carry no data.
"""

import re
import traceback
from collections.abc import Iterable

_LINES = 12
_FRAME = re.compile(r'\s*File "(?P<file>[^"\n]{1,1000})", line (?P<line>[0-9]{1,7}),? in (?P<function>.+)')
_DUMPED_THREAD = re.compile(r"(?P<current>Current thread|Thread) 0x[0-9a-f]+ .*\(most recent call first\):\s*")
_TRACEBACK = "Traceback (most recent call last):"
_PYTHONS_OWN = re.compile(
    r"(Fatal Python error: (?:Segmentation fault|Aborted|Bus error|Illegal instruction|Floating-point exception)"
    r"|Segmentation fault|Killed|Aborted|Bus error)\b"
)
# What follows an installation's own folders is the same on every machine; what is elsewhere tells of this one.
_IN_A_PACKAGE = re.compile(
    r"/(?:.*/)?(?:(?:site|dist)-packages|python3\.[0-9]+|src(?=/leaderboard/))/"
    r"(?P<short>(?=.{1,114}$)[A-Za-z_][\w-]*(?:[./][\w-]+)*\.py)",
    re.ASCII,
)
_MADE_BY_PYTHON = re.compile(r"<(?:string|stdin|template|frozen [\w.]{1,60})>", re.ASCII)
_FUNCTION = re.compile(r"<?[A-Za-z_]\w{0,59}>?", re.ASCII)
_TOKEN = re.compile(r"hf_[A-Za-z0-9]{8}")
_PLACE = re.compile(
    r"(?P<file>…|<[\w. ]{1,70}>|(?=.{1,120}\.py:)[A-Za-z_][\w-]*(?:[./][\w-]+)*\.py):[0-9]{1,7}"
    r"(?: in <?[A-Za-z_]\w{0,59}>?)?",
    re.ASCII,
)


def places_of(error: BaseException) -> tuple[str, ...]:
    """Return the last places of an exception's traceback, the innermost last: `lm_eval/api/task.py:412 in build`."""
    frames = traceback.extract_tb(error.__traceback__)[-_LINES:]
    return tuple(_place(frame.filename, frame.lineno or 0, frame.name) for frame in frames)


def excerpt(lines: Iterable[str]) -> tuple[str, ...]:
    """Return what may be shown of the end of a log, of a process that crashed without a word; the innermost last."""
    shown: list[str] = []
    crash: list[str] = []
    dumped: list[str] | None = None
    for line in lines:
        if thread := _DUMPED_THREAD.fullmatch(line):  # a dump of the interpreter that crashes, the innermost first
            dumped = crash if thread["current"].startswith("Current") else []
            dumped.clear()
        elif line.startswith(_TRACEBACK):  # whatever was dumped before was not the end
            dumped = None
            crash.clear()
        elif frame := _FRAME.match(line):
            place = _place(frame["file"], int(frame["line"]), frame["function"].rstrip())
            (shown if dumped is None else dumped).append(place)
        elif own := _PYTHONS_OWN.match(line):
            shown.append(own[1])
    if not crash:
        return tuple(shown[-_LINES:])
    innermost = crash[: _LINES - 1][::-1]
    return (*shown[-(_LINES - len(innermost)) :], *innermost)


def is_of_an_excerpt(line: str) -> bool:
    """Tell whether a line is one that this module could have written: who says that it is may be foreign code."""
    place = _PLACE.fullmatch(line)
    if place is None:
        return _PYTHONS_OWN.fullmatch(line) is not None
    made = not place["file"].startswith("<") or _MADE_BY_PYTHON.fullmatch(place["file"]) is not None
    return made and not _TOKEN.search(line)


def _place(file: str, line: int, function: str) -> str:
    """Write a place in code without the folders of this machine, and without what code is not called."""
    in_a_package = _IN_A_PACKAGE.fullmatch(file)
    if in_a_package:
        where = in_a_package["short"]
    elif _MADE_BY_PYTHON.fullmatch(file):
        where = file
    else:
        return f"…:{line}"
    place = f"{where}:{line} in {function}" if _FUNCTION.fullmatch(function) else f"{where}:{line}"
    return f"…:{line}" if _TOKEN.search(place) else place
