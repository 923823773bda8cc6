"""What people see, from one folder per language: `es` first, the others with the same keys."""

from leaderboard.texts.findings import FindingInWords, in_words, problem_in_words
from leaderboard.texts.texts import LANGUAGES, Texts, load_texts

__all__ = ["LANGUAGES", "FindingInWords", "Texts", "in_words", "load_texts", "problem_in_words"]
