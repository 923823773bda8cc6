"""What people see, from one file per language: `es.yaml` first, the others with the same keys."""

from leaderboard.texts.texts import LANGUAGES, Texts, load_texts

__all__ = ["LANGUAGES", "Texts", "load_texts"]
