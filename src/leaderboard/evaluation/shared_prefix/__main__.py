"""lm-eval's command line, which then knows `--model hf-shared-prefix`."""

from lm_eval.__main__ import cli_evaluate

import leaderboard.evaluation.shared_prefix  # noqa: F401 - registers the model

if __name__ == "__main__":
    cli_evaluate()
