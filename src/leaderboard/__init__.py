"""Ranking 600M: a public ranking of language models for Spanish, its varieties, and the co-official languages."""

__version__ = "0.1.0"
