"""What a job brings back, as lines of its standard output: framed, numbered, hashed, compressed.

A log may be slow, cut, in disorder, or told again from its beginning; other lines stand between ours. So every line
says which run it is of, its number, how many lines its message has, and the beginning of its own SHA-256. The numbers
of a run's lines have no gap: who reads knows what is still to come, and hears each line once.

    r600m1 RUN NUMBER PLACE OF HASH PAYLOAD

A message is one event as JSON, or a result file with the event that tells of it; the last one is empty. What is read is
foreign: it is checked for form and size here, and for what it says where results are inspected.
"""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from leaderboard.evaluation.job import Event
from leaderboard.records import LeaderboardError, Record
from leaderboard.records.request import TaskId
from leaderboard.records.state import RunId

_LINE = re.compile(
    r"r600m1 (?P<run>[0-9a-f]{32}-[1-9][0-9]{0,5}) (?P<number>0|[1-9][0-9]{0,7}) "
    r"(?P<place>0|[1-9][0-9]{0,5}) (?P<of>[1-9][0-9]{0,5}) (?P<hash>[0-9a-f]{16}) (?P<payload>[A-Za-z0-9+/=]*)"
)
_PAYLOAD = 6000
"""Letters in a line: logs cut lines at 16 KiB."""
LONGEST_MESSAGE = 64 * 2**20
"""In bytes, unpacked: as large as a result may be."""
MOST_LETTERS = 512 * 2**20
"""Of all payloads of a run."""


class FrameError(LeaderboardError):
    """The output is not what a job of ours writes."""


class Message(Record):
    """One thing that a job says."""

    event: Event | None = None
    """None ends the run's output."""
    task: TaskId | None = None
    result: str | None = None
    """The result file of `task`, which `event` tells of."""


_MESSAGES: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field()])


class FrameWriter:
    """Writes a run's messages as lines."""

    def __init__(self, write: Callable[[str], object], run: str) -> None:
        self._write, self._run, self._number = write, run, 0

    def say(self, message: Message) -> None:
        """Write one message, in as many lines as it takes."""
        packed = base64.b64encode(zlib.compress(message.to_json(), 9)).decode("ascii")
        pieces = [packed[begin : begin + _PAYLOAD] for begin in range(0, len(packed), _PAYLOAD)]
        for place, piece in enumerate(pieces):
            head = f"{self._run} {self._number} {place} {len(pieces)}"
            self._write(f"r600m1 {head} {_hash(head, piece)} {piece}\n")
            self._number += 1


@dataclass
class FrameReader:
    """Puts a run's messages together again from lines of a log, in whatever order and however often they come."""

    run: RunId
    _pieces: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    """Number to place, how many, and payload; of what was not handed out yet."""
    _next: int = 0
    """The number that the next message begins with."""
    _heard: int = 0
    """Letters of payload."""
    _highest: int = -1
    is_complete: bool = False
    """Whether the last message was handed out."""

    def take(self, line: str) -> None:
        """Take a line of the log; what is no line of this run's is passed over.

        Raises:
            FrameError: it is a line of this run's that cannot be one, or there is more than a run may say.
        """
        found = _LINE.fullmatch(line.strip())
        if found is None or found["run"] != self.run or self.is_complete:
            return
        number, place, of, payload = int(found["number"]), int(found["place"]), int(found["of"]), found["payload"]
        head = f"{self.run} {number} {place} {of}"
        if _hash(head, payload) != found["hash"]:  # cut or garbled: the whole log is asked for again
            return
        if number < self._next or number in self._pieces:
            return
        if place >= of or of * _PAYLOAD > 2 * LONGEST_MESSAGE:
            message = f"line {number} says that it is the {place + 1}th of {of}"
            raise FrameError(message)
        self._heard += len(payload)
        if self._heard > MOST_LETTERS:
            message = f"it said more than {MOST_LETTERS // 2**20} MiB"
            raise FrameError(message)
        self._pieces[number] = (place, of, payload)
        self._highest = max(self._highest, number)

    @property
    def has_gap(self) -> bool:
        """Whether a line is missing before one that has come."""
        return not self.is_complete and self._highest >= self._next and self._lacks_next()

    def messages(self) -> Iterator[Message]:
        """Yield the messages that are whole and whose turn it is.

        Raises:
            FrameError: one of them cannot be read.
        """
        while not self.is_complete and not self._lacks_next():
            _, of, _ = self._pieces[self._next]
            numbers = range(self._next, self._next + of)
            pieces = [self._pieces.pop(number) for number in numbers]
            if [(place, many) for place, many, _ in pieces] != [(place, of) for place in range(of)]:
                message = f"lines {numbers.start} to {numbers.stop - 1} do not belong together"
                raise FrameError(message)
            self._next += of
            whole = _unpacked("".join(payload for _, _, payload in pieces), numbers)
            self.is_complete = whole.event is None
            yield whole

    def _lacks_next(self) -> bool:
        first = self._pieces.get(self._next)
        if first is None:
            return True
        return any(number not in self._pieces for number in range(self._next, self._next + first[1]))


def _hash(head: str, payload: str) -> str:
    return hashlib.sha256(f"{head} {payload}".encode()).hexdigest()[:16]


def _unpacked(packed: str, numbers: range) -> Message:
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(base64.b64decode(packed, validate=True), LONGEST_MESSAGE)
        if unpacking.unconsumed_tail:
            message = f"lines {numbers.start} to {numbers.stop - 1} unpack to more than {LONGEST_MESSAGE} bytes"
            raise FrameError(message)
        return _MESSAGES.validate_json(content)
    except (binascii.Error, zlib.error, ValidationError) as error:
        message = f"lines {numbers.start} to {numbers.stop - 1} hold no message"
        raise FrameError(message) from error
