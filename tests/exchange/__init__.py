"""Tests of what comes from other leaderboards."""
