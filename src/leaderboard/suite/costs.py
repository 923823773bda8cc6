"""How much each task asks of a model, as `suite count` counted it: what a time can be told from beforehand."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, NonNegativeInt, TypeAdapter, ValidationError

from leaderboard.records.request import TaskId
from leaderboard.suite.strict_yaml import SuiteError


class _Count(BaseModel):
    """One task, as far as a time can be told from it."""

    task: TaskId
    tokens: NonNegativeInt
    generated_tokens: NonNegativeInt


_COUNTS = TypeAdapter(list[_Count])


def costs_path(suite_file: Path) -> Path:
    """Return where the counts of a suite lie: beside it."""
    return suite_file.with_suffix(".counts.json")


def read_costs(suite_file: Path) -> Mapping[str, int]:
    """Return the tokens that each task asks a model to read and to write; empty where nobody has counted them.

    Raises:
        SuiteError: the file is not what `suite count --json` writes.
    """
    path = costs_path(suite_file)
    if not path.is_file():
        return {}
    try:
        counted = _COUNTS.validate_json(path.read_bytes(), strict=True)
    except ValidationError as error:
        raise SuiteError(
            path, None, "it is not what `suite count --json` writes. Make it anew, or delete it."
        ) from error
    return {one.task: one.tokens + one.generated_tokens for one in counted}
