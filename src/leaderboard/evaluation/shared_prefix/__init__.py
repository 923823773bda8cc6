"""The lm-eval model `hf-shared-prefix`: the scores of `hf`, but what requests have in common is computed once.

It knows nothing of the rest of this project. `import leaderboard.evaluation.shared_prefix` registers the model, and
`python -m leaderboard.evaluation.shared_prefix` is lm-eval's own command line with the model in it.
"""

from leaderboard.evaluation.shared_prefix.layouts import Sharing
from leaderboard.evaluation.shared_prefix.lm import VERSION, SharedPrefixLM
from leaderboard.evaluation.shared_prefix.self_check import SelfCheck

__all__ = ["VERSION", "SelfCheck", "SharedPrefixLM", "Sharing"]
