"""What of a score is above chance."""


def normalised(raw: float, chance: float) -> float:
    """Return the share of what guessing leaves open that was won: 0 at chance, 1 at best, negative below chance."""
    return (raw - chance) / (1 - chance)
