"""The forms of the suite's own items, and who has signed them."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from leaderboard.records import Record

CANARY = "ranking600m muestra canary 7d1f0c52-5a0e-4b8e-9f3d-2c6a8e41b690"
"""In every item, so that whoever finds it in training data knows that these items were in there."""

BOOKKEEPING = frozenset({"status", "reviewer", "evidence", "register", "phenomenon", "canary"})
"""Keys that no prompt and no score depends on: changing them makes no result outdated."""

Text = Annotated[str, Field(min_length=1, max_length=400)]


Region = Annotated[str, Field(pattern=r"^(andalucia|canarias)$")]
"""A part of a country whose Spanish is counted by itself."""


class ItemForm(StrEnum):
    """What an item asks."""

    EXPRESSION = "expression"
    PAIR = "pair"
    SENTENCE = "sentence"
    PROBLEM = "problem"


class ItemStatus(StrEnum):
    """Whether a native speaker has signed an item."""

    DRAFT = "draft"
    REVIEWED = "reviewed"


class Item(Record):
    """What all items share."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_-]{3,60}$")]
    phenomenon: Text
    status: ItemStatus
    reviewer: Text | None
    """Who signed it, by the name they want to be known under."""
    register_: Annotated[Text, Field(alias="register")]
    evidence: Text
    """Which dictionary, grammar or corpus says so: title and entry; for a generated item, how it was reckoned."""
    canary: str

    @model_validator(mode="after")
    def _signed_by_somebody(self) -> Self:
        if (self.status is ItemStatus.REVIEWED) != (self.reviewer is not None):
            message = "a reviewed item has a reviewer, and a draft has none"
            raise ValueError(message)
        if self.canary != CANARY:
            message = "`canary` is not the suite's"
            raise ValueError(message)
        return self


class WrittenItem(Item):
    """An item with options, written by hand."""

    options: tuple[Text, ...]
    answer: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _one_option_is_right(self) -> Self:
        if self.answer >= len(self.options) or len(set(self.options)) != len(self.options):
            message = "`answer` must name one of the options, and these must differ"
            raise ValueError(message)
        return self


class ExpressionItem(WrittenItem):
    """What an expression means in a sentence somebody of that country would say."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    region: Region | None
    expression: Text
    sentence: Text
    options: Annotated[tuple[Text, ...], Field(min_length=4, max_length=4)]


class PairItem(WrittenItem):
    """Two sentences that differ in one place; one is that variety's."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    region: Region | None
    options: Annotated[tuple[Text, ...], Field(min_length=2, max_length=2)]
    fine_elsewhere: bool
    """Whether the other sentence is fine Spanish in another country, or nowhere."""


class SentenceItem(WrittenItem):
    """Three sentences that differ in one place; one is correct."""

    variety: Text
    options: Annotated[tuple[Text, ...], Field(min_length=3, max_length=3)]


class ProblemItem(Item):
    """A word problem with a whole number as its answer, made by the generator."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    question: Text
    answer: int


FORMS: dict[ItemForm, type[Item]] = {
    ItemForm.EXPRESSION: ExpressionItem,
    ItemForm.PAIR: PairItem,
    ItemForm.SENTENCE: SentenceItem,
    ItemForm.PROBLEM: ProblemItem,
}
