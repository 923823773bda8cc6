"""Tests of how foreign things are run, and of how secrets are kept."""
