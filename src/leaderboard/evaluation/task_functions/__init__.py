"""Functions that lm-eval configurations name: what an answer is worth, and how the answers of a task are summed up."""
