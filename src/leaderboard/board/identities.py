"""Which identity stands for its model: one row a model, so that many variants of one do not fill the ranking."""

from collections import defaultdict
from collections.abc import Iterable

from leaderboard.board.rows import ModelKey, Row
from leaderboard.board.views import View
from leaderboard.records import ChatTemplate


def chosen_identities(rows: Iterable[Row], view: View | None) -> frozenset[int]:
    """Return the `id()` of the rows that stand for their model and may take ranks.

    Of a model's identities that is the one with its own template, thinking off, in the precision its weights are stored
    in, complete in the default view, of the revision that was submitted last: in this order, and never by its score.
    Where nobody submitted the first of these, what there is stands for the model. Local folders of one name are one
    model only where their files are the same.
    """
    by_model: dict[ModelKey, list[Row]] = defaultdict(list)
    for row in rows:
        by_model[row.model_key].append(row)
    return frozenset(id(max(group, key=lambda row: _fitness(row, view))) for group in by_model.values())


def _fitness(row: Row, view: View | None) -> tuple[bool, bool, bool, bool, float]:
    request = row.request
    return (
        request.chat_template is ChatTemplate.AUTO,
        not request.thinking,
        request.facts.native_precision in {None, request.precision},
        view is None or row.score(view) is not None,
        row.submitted_at.timestamp(),
    )
