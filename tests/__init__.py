"""Tests, mirroring src/leaderboard."""
