"""What comes from other leaderboards: their files read strictly, and each one accounted for."""

from leaderboard.exchange.lm_eval_import import import_lm_eval
from leaderboard.exchange.reports import FileReport, ImportReport, Kind, Outcome
from leaderboard.exchange.template_import import import_template

__all__ = ["FileReport", "ImportReport", "Kind", "Outcome", "import_lm_eval", "import_template"]
