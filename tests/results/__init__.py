"""Tests of publishing and reading."""
