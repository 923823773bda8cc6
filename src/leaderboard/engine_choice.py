"""Which engine scores which models: one for all, and others from a size on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from leaderboard.records import EngineName
from leaderboard.variables import SettingsError, listed

_LARGER = re.compile(r"(\d{1,5}(?:\.\d+)?):([a-z-]+)")
_URL = re.compile(r"https?://[\w.:\[\]-]+(?:/[\w./-]*)?/completions")
_BILLION = 10**9


@dataclass(frozen=True)
class EngineChoice:
    """The engine of every model by its size."""

    default: EngineName = EngineName.SHARED_PREFIX
    larger: tuple[tuple[float, EngineName], ...] = ()
    """From so many thousand million parameters on, another; in rising order."""
    completions_url: str | None = None
    """Where the server of the engine `completions` takes them. It gets no token."""

    def of(self, parameters: int | None) -> EngineName:
        """Return the engine for a model with so many parameters; the default where nobody knows how many."""
        chosen = self.default
        for size, engine in self.larger:
            if parameters is not None and parameters >= size * _BILLION:
                chosen = engine
        return chosen

    @property
    def all(self) -> frozenset[EngineName]:
        """Every engine that may be needed."""
        return frozenset({self.default, *(engine for _, engine in self.larger)})

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "EngineChoice":
        """Read LEADERBOARD_ENGINE, LEADERBOARD_ENGINE_FROM and LEADERBOARD_COMPLETIONS_URL.

        Raises:
            SettingsError: one of them cannot be used.
        """
        names = [str(name) for name in EngineName if name is not EngineName.DUMMY]
        default = environment.get("LEADERBOARD_ENGINE") or str(cls.default)
        if default not in names:
            message = f"LEADERBOARD_ENGINE is {default!r}; it may be {', '.join(names)}."
            raise SettingsError(message)
        larger = []
        for part in listed(environment, "LEADERBOARD_ENGINE_FROM"):
            found = _LARGER.fullmatch(part)
            if found is None or found[2] not in names:
                message = (
                    f"LEADERBOARD_ENGINE_FROM has {part[:80]!r} in it; write thousand millions of parameters and an "
                    f"engine, 14:vllm, with commas between. Engines are {', '.join(names)}."
                )
                raise SettingsError(message)
            larger.append((float(found[1]), EngineName(found[2])))
        chosen = cls(EngineName(default), tuple(sorted(larger)), environment.get("LEADERBOARD_COMPLETIONS_URL") or None)
        _check_url(chosen)
        return chosen


def _check_url(chosen: EngineChoice) -> None:
    if chosen.completions_url is not None and not _URL.fullmatch(chosen.completions_url):
        message = (
            "LEADERBOARD_COMPLETIONS_URL is no address like http://127.0.0.1:8000/v1/completions; it holds no "
            "name and no password."
        )
        raise SettingsError(message)
    if EngineName.COMPLETIONS in chosen.all and chosen.completions_url is None:
        message = "An engine is completions, and LEADERBOARD_COMPLETIONS_URL does not say where the server is."
        raise SettingsError(message)
