"""One item of a task as text: what the child that reads a task says, and the page shows."""

from typing import Annotated

from pydantic import Field

from leaderboard.records import Record

LONGEST_TEXT = 6000
"""In characters; what is longer is cut."""


class ItemText(Record):
    """One item as it is asked, without the examples before it."""

    id: Annotated[str, Field(min_length=1, max_length=80)]
    """As in results."""
    text: Annotated[str, Field(max_length=LONGEST_TEXT)]
    options: tuple[Annotated[str, Field(max_length=LONGEST_TEXT)], ...] = ()
    """In the order that choices count in; none where the answer is free."""
