"""What the headers of safetensors files tell of a model: how many numbers, and in which format."""

from collections.abc import Mapping
from typing import NamedTuple

from leaderboard.records import Precision

_PRECISIONS = {"F32": Precision.FLOAT32, "BF16": Precision.BFLOAT16, "F16": Precision.FLOAT16}


class WeightsSummary(NamedTuple):
    """All weights of a model together."""

    parameters: int | None
    native_precision: Precision | None


def summarise_weights(count_by_dtype: Mapping[str, int]) -> WeightsSummary:
    """Return the number of parameters, and the format of most of them; None where it is none to compute in."""
    total = sum(count_by_dtype.values())
    if not total:
        return WeightsSummary(None, None)
    commonest = max(count_by_dtype, key=lambda dtype: count_by_dtype[dtype])
    return WeightsSummary(total, _PRECISIONS.get(commonest))
