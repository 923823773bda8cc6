"""Whether this environment can evaluate: a Space may install the page alone."""

from importlib.util import find_spec

_NEEDED = ("torch", "transformers", "lm_eval", "datasets")


def missing_packages() -> tuple[str, ...]:
    """Return the packages evaluation needs and this environment lacks; empty where it can evaluate."""
    return tuple(name for name in _NEEDED if find_spec(name) is None)
