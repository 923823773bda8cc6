"""How much electricity each task takes: by meters where the hardware has them, else estimated, and marked so.

codecarbon does both: it reads the meters of graphics cards (NVML) and processors (RAPL) where it may, and estimates
what has none from what the makers say and how busy it is. Which part is which goes into every result.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from leaderboard.records import Energy

logger = logging.getLogger(__name__)

_ANY_COUNTRY = "ESP"
"""codecarbon wants one for grams of carbon, which nobody is told here."""
_LOOK_SECONDS = 5
_WARM_UP = "warm-up"
_DIGITS = 9
"""After the point: a thousandth of a milliwatt-hour."""
_METERED_PROCESSORS = frozenset({"intel_rapl", "intel_power_gadget"})


class EnergyMeter:
    """Measures task by task; where it cannot, tasks have no figure, and nothing else suffers.

    To find out what the machine is takes seconds: that begins at once, beside whatever else is being made ready.
    """

    def __init__(self) -> None:
        self._tracker: Any = None
        self._ready = threading.Thread(target=self._get_ready, name="energy meter", daemon=True)
        self._ready.start()

    def _get_ready(self) -> None:
        try:
            logging.getLogger("codecarbon").setLevel(logging.CRITICAL)
            from codecarbon import OfflineEmissionsTracker

            tracker = OfflineEmissionsTracker(
                country_iso_code=_ANY_COUNTRY,
                measure_power_secs=_LOOK_SECONDS,
                tracking_mode="process",
                save_to_file=False,
                allow_multiple_runs=True,
                log_level="critical",
            )
            tracker.start_task(_WARM_UP)
            tracker.stop_task(_WARM_UP)
            self._tracker = tracker
        except Exception as error:  # noqa: BLE001 - a meter that fails must not cost an evaluation
            logger.warning("energy is not measured: %s", type(error).__name__)

    @contextmanager
    def measuring(self, task: str) -> Iterator["Reading"]:
        """Measure what happens in this block; its reading has the figure afterwards."""
        reading = Reading()
        self._ready.join()
        if not self._did(lambda: self._tracker.start_task(task)):
            yield reading
            return
        try:
            yield reading
        finally:
            self._did(lambda: reading.take(self._tracker.stop_task(task), self._metered()))

    def close(self) -> None:
        """End what looks at the meters."""
        self._ready.join()
        self._did(lambda: self._tracker.stop())  # noqa: PLW0108 - there may be no tracker

    def _metered(self) -> frozenset[str]:
        """Name the parts whose figure comes from a meter."""
        found = set()
        for part in getattr(self._tracker, "_hardware", ()):
            kind = type(part).__name__
            if kind == "GPU":
                found.add("gpu")
            elif kind == "CPU" and getattr(part, "_mode", None) in _METERED_PROCESSORS:
                found.add("cpu")
        return frozenset(found)

    def _did(self, act: Any) -> bool:
        if self._tracker is None:
            return False
        try:
            act()
        except Exception as error:  # noqa: BLE001 - likewise
            logger.warning("energy is not measured: %s", type(error).__name__)
            self._tracker = None
            return False
        return True


class Reading:
    """What one task took; None where nobody measured."""

    def __init__(self) -> None:
        self.energy: Energy | None = None

    def take(self, told: Any, metered: frozenset[str]) -> None:
        """Take codecarbon's figures of a task."""
        parts = {"cpu": float(told.cpu_energy), "gpu": float(told.gpu_energy), "ram": float(told.ram_energy)}
        used = {name for name, kwh in parts.items() if kwh > 0}
        self.energy = Energy(
            kwh=round(sum(parts.values()), _DIGITS),
            metered=tuple(sorted(used & metered)),
            estimated=tuple(sorted(used - metered)),
        )
