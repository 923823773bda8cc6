"""What a machine elsewhere is told to measure, in one variable of its environment. There is no secret in it."""

import base64
import binascii
import zlib
from typing import Annotated

from pydantic import Field

from leaderboard.records import (
    EngineName,
    EvalRequest,
    InvalidRecordError,
    LeaderboardError,
    Record,
    WantedTask,
    run_id,
)
from leaderboard.records.state import Nonce

VARIABLE = "LEADERBOARD_ORDER"
_LONGEST_BYTES = 2**20


class OrderError(LeaderboardError):
    """The variable holds no order."""


class Order(Record):
    """One attempt at a request, and which of its tasks are left."""

    request: EvalRequest
    attempt: Annotated[int, Field(ge=1)]
    nonce: Nonce
    tasks: Annotated[tuple[WantedTask, ...], Field(min_length=1)]
    engine: EngineName
    batch_size: Annotated[int, Field(ge=1)]

    @property
    def run(self) -> str:
        """The attempt's name."""
        return run_id(self.request.id, self.attempt)

    def to_variable(self) -> str:
        """Return it as letters that every environment can hold: JSON, compressed, in base64."""
        return base64.b64encode(zlib.compress(self.to_json(), 9)).decode("ascii")

    @classmethod
    def from_variable(cls, text: str) -> "Order":
        """Read what `to_variable` wrote.

        Raises:
            OrderError: it is something else.
        """
        try:
            unpacking = zlib.decompressobj()
            content = unpacking.decompress(base64.b64decode(text, validate=True), _LONGEST_BYTES)
        except (binascii.Error, zlib.error, ValueError) as error:
            message = f"{VARIABLE} holds no order: it cannot be unpacked."
            raise OrderError(message) from error
        if unpacking.unconsumed_tail:
            message = f"{VARIABLE} holds more than {_LONGEST_BYTES} bytes."
            raise OrderError(message)
        try:
            return cls.from_json(content, VARIABLE)
        except InvalidRecordError as error:
            raise OrderError(str(error)) from error
