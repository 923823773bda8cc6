"""Whether this environment can evaluate: a Space may install the page alone."""

from collections.abc import Collection
from importlib.util import find_spec

from leaderboard.records import EngineName

_NEEDED = ("torch", "transformers", "lm_eval", "datasets")


def missing_packages(engines: Collection[EngineName] = ()) -> tuple[str, ...]:
    """Return the packages evaluation with these engines needs and this environment lacks; empty where it can."""
    needed = (*_NEEDED, "vllm") if EngineName.VLLM in engines else _NEEDED
    return tuple(name for name in needed if find_spec(name) is None)
