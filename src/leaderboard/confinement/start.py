"""What a program does first of all: read its settings, hide its secrets, guard what it writes."""

import logging
import sys
from collections.abc import MutableMapping

from leaderboard.confinement.redaction import guard_streams
from leaderboard.confinement.secrets import hide_secrets
from leaderboard.settings import Settings


def start_safely(environment: MutableMapping[str, str]) -> Settings:
    """Read the settings out of this process's environment, and leave no secret in it.

    From then on no child process and no other process of this user can find a secret of ours, and no line on standard
    output or standard error shows one. `logging` is set up too.

    Raises:
        SettingsError: a value cannot be used. The secrets are hidden all the same.
    """
    try:
        return Settings.from_environment(environment)
    finally:
        guard_streams(hide_secrets(environment))
        # To the stream that is guarded now.
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
        logging.getLogger("httpx").setLevel(logging.WARNING)
