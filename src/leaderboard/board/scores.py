"""What of a score is above chance."""

from dataclasses import dataclass

from leaderboard.board.intervals import Interval


def normalised(raw: float, chance: float) -> float:
    """Return the share of what guessing leaves open that was won: 0 at chance, 1 at best, negative below chance."""
    return (raw - chance) / (1 - chance)


@dataclass(frozen=True, kw_only=True)
class Score:
    """A score with what guessing gets, and how sure it is."""

    raw: float
    """In our unit, mostly a fraction of 1."""
    chance: float
    stderr: float | None
    """Standard error of `raw`; None where it is not known, or nothing varies, which is not 0."""
    interval: Interval | None
    """Of `raw`; None where nothing says how sure it is."""
    target: float | None = None
    """The best value of a scale that is neither better the higher nor the lower; such a score enters no mean."""

    @property
    def normalised(self) -> float | None:
        """The score above chance, signed; None on a scale with a target."""
        return normalised(self.raw, self.chance) if self.target is None else None

    @property
    def normalised_interval(self) -> Interval | None:
        """The interval of the normalised score."""
        return self.interval.above_chance(self.chance) if self.interval and self.target is None else None
