"""Tests of what lm-eval configurations name."""
