"""What comes from other leaderboards: their files read strictly, and each one accounted for."""

from leaderboard.exchange.template_import import FileReport, ImportReport, Outcome, import_template

__all__ = ["FileReport", "ImportReport", "Outcome", "import_template"]
