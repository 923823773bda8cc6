"""The items of a task on which two to four models did not do the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.board import Cell

ItemKey = tuple[str, int | None]
"""Id and gold answer: an item with another gold answer is another item."""


@dataclass(frozen=True)
class Answer:
    """What one model did with an item."""

    score: float
    choice: int | None
    """The option it took, from 0; None where the answer is free."""


@dataclass(frozen=True)
class ItemApart:
    """One item that all of them answered, and not alike."""

    id: str
    gold: int | None
    answers: tuple[Answer, ...]
    """One for each model, in their order."""

    @property
    def spread(self) -> float:
        """How far the best of the answers is from the worst."""
        scores = [answer.score for answer in self.answers]
        return max(scores) - min(scores)


def items_apart(cells: Sequence[Cell]) -> list[ItemApart]:
    """Return the items all cells share with other scores or choices; those that matter most for the score first."""
    answered = [_answers(cell) for cell in cells]
    shared = [key for key in answered[0] if all(key in one for one in answered[1:])]
    found = [ItemApart(*key, tuple(one[key] for one in answered)) for key in shared]
    return sorted((item for item in found if len(set(item.answers)) > 1), key=lambda item: -item.spread)


def _answers(cell: Cell) -> dict[ItemKey, Answer]:
    items = cell.result.items
    return {
        (name, gold): Answer(float(score), None if choice < 0 else int(choice))
        for name, gold, score, choice in zip(
            items.table.ids, items.table.golds, items.scores.tolist(), items.choices.tolist(), strict=True
        )
    }
