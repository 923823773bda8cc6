"""What an hour of each machine costs, as the Hub says it; looked at anew now and then."""

import logging
import time

from huggingface_hub import HfApi

from leaderboard.evaluation.executors.flavors import FLAVORS, Flavor, flavors_told
from leaderboard.evaluation.executors.job_list import UNREACHABLE

logger = logging.getLogger(__name__)

_KEEP_SECONDS = 3600.0


class PriceList:
    """The machines there are. Where the Hub does not say, those that were known last, or our own table."""

    def __init__(self, api: HfApi, keep_seconds: float = _KEEP_SECONDS) -> None:
        self._api, self._keep_seconds = api, keep_seconds
        self._known: tuple[Flavor, ...] = FLAVORS
        self._looked: float | None = None

    def __call__(self) -> tuple[Flavor, ...]:
        """Return the machines with cards, and their prices."""
        if self._looked is None or time.monotonic() - self._looked >= self._keep_seconds:
            self._looked = time.monotonic()
            try:
                self._known = flavors_told(self._api.list_jobs_hardware()) or self._known
            except (*UNREACHABLE, LookupError, TypeError, ValueError) as error:
                logger.warning("the Hub does not say what machines cost: %s", type(error).__name__)
        return self._known
