"""What many results say alike is kept in memory once: the items they are of, the engine, the machine, the data."""

from typing import TypeVar

from leaderboard.records import Evaluation, ItemTable, Record, TaskResult

_Part = TypeVar("_Part", bound=Record)


class SharedParts:
    """Knows every part it has seen, and gives the first of equal ones."""

    def __init__(self) -> None:
        self._tables: dict[ItemTable, ItemTable] = {}
        self._records: dict[tuple[type[Record], str], Record] = {}

    def in_evaluation(self, evaluation: Evaluation) -> Evaluation:
        """Return an equal evaluation whose results share what others had before."""
        return evaluation.model_copy(update={"results": tuple(self._in_result(one) for one in evaluation.results)})

    def _in_result(self, result: TaskResult) -> TaskResult:
        table = self._tables.setdefault(result.items.table, result.items.table)
        parts = {
            "items": result.items.with_table(table),
            "engine": self._one_of(result.engine),
            "hardware": self._one_of(result.hardware),
            "dataset": self._one_of(result.dataset),
        }
        return result.model_copy(update=parts)

    def _one_of(self, part: _Part) -> _Part:
        first = self._records.setdefault((type(part), part.model_dump_json()), part)
        assert isinstance(first, type(part))  # noqa: S101 - the key says so; for mypy
        return first
