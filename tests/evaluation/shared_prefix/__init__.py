"""Tests of the model that runs what requests share once."""
