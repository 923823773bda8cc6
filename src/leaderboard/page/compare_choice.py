"""Which models an address compares, in which view: `a`, `b`, `c`, `d` are names, or the beginnings of requests' ids."""

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.board import Board, Row, View
from leaderboard.page.choices_form import choices_form, model_field, select_field
from leaderboard.page.visit import Visit
from leaderboard.texts import Texts

FIELDS = ("a", "b", "c", "d")
_SHORTEST_ID = 6


@dataclass(frozen=True)
class Choice:
    """What an address asks for."""

    names: tuple[str, ...]
    """One for each of the fields; empty where nothing was typed."""
    rows: tuple[Row, ...]
    """Those of the names that are on the board, each once."""
    unknown: tuple[str, ...]
    view: View | None
    """None: every task."""
    task: str
    wants_texts: bool
    wants_all: bool

    def query(self, **changes: str) -> dict[str, str]:
        """Return the parameters of the same comparison with some of them changed."""
        query = {"tab": "compare", **dict(zip(FIELDS, self.names, strict=True)), "view": str(self.view or "")}
        return {key: value for key, value in {**query, **changes}.items() if value}


def choice_of(visit: Visit, board: Board) -> Choice:
    """Return what a visit's address asks for."""
    names = tuple(visit[field] for field in FIELDS)
    found = [(name, _row_named(board, name)) for name in names if name]
    rows = {row.request.id: row for _, row in found if row is not None}
    return Choice(
        names=names,
        rows=tuple(rows.values()),
        unknown=tuple(name for name, row in found if row is None),
        view=next((view for view in board.means.views if str(view) == visit["view"]), None),
        task=visit["task"],
        wants_texts=bool(visit["texts"]),
        wants_all=bool(visit["all"]),
    )


def compare_form(choice: Choice, views: Sequence[View], texts: Texts) -> str:
    """Return the form whose fields are the address."""
    named = enumerate(zip(FIELDS, choice.names, strict=True), start=1)
    fields = "".join(model_field(field, texts("compare.model", number=number), name) for number, (field, name) in named)
    languages = [(str(view), texts(f"views.{view}")) for view in views if view is not View.ALL]
    options = [("", texts("compare.every_task")), *languages]
    fields += select_field("view", texts("compare.tasks_of"), options, str(choice.view or ""))
    return choices_form("compare", fields, texts("compare.show"), follows_at_once=False)


def labels(rows: Sequence[Row]) -> list[str]:
    """Return a name for each row; where two have one, with what tells them apart."""
    names = [row.request.model.name for row in rows]
    return [
        name if names.count(name) == 1 else f"{name} ({row.request.precision_label}, {row.request.id[:_SHORTEST_ID]})"
        for name, row in zip(names, rows, strict=True)
    ]


def _row_named(board: Board, name: str) -> Row | None:
    rows = [*board.rows, *board.others]
    by_name = (row for row in rows if row.request.model.name.lower() == name.lower())
    by_id = (row for row in rows if len(name) >= _SHORTEST_ID and row.request.id.startswith(name.lower()))
    return next(by_name, None) or next(by_id, None)
