"""Word problems from a seeded generator: the items of the calculation tasks, in four languages."""

from leaderboard.suite.word_problems.generator import LANGUAGES, SPLITS, generate

__all__ = ["LANGUAGES", "SPLITS", "generate"]
