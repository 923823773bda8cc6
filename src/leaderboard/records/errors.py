"""The errors every room may raise: each says what happened, to which file or model, and what to do."""


class LeaderboardError(Exception):
    """Base of every error that this project raises on purpose."""


class InvalidRecordError(LeaderboardError):
    """A stored file does not have the shape its record demands."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}. It is set aside; mend or delete the file.")
        self.path = path
        self.reason = reason
