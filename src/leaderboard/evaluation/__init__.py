"""Evaluation: a worker that takes requests, a child process that runs them through lm-evaluation-harness."""
