"""What this machine has for a model: the memory of its graphics card, or without one its own."""

import logging
import shutil
import subprocess

from leaderboard.confinement.machine import default_memory_limit

logger = logging.getLogger(__name__)

_MIB = 2**20
_SECONDS = 10.0


def memory_for_a_model(device: str | None) -> int:
    """Return the bytes that a model and its computing may take on `device`; None means the one that would be chosen."""
    if device is None or device.startswith("cuda"):
        card = int(device.partition(":")[2] or 0) if device else 0
        of_cards = _memory_of_cards()
        if card < len(of_cards):
            return of_cards[card]
    return default_memory_limit()


def _memory_of_cards() -> list[int]:
    """Ask the driver's own program, for importing PyTorch to ask takes seconds and the page does not need it else."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    question = [program, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(  # noqa: S603 - a program of the system, no shell
            question, capture_output=True, timeout=_SECONDS, check=True, text=True, env={}
        )
        return [int(line) * _MIB for line in answer.stdout.split()]
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        logger.warning("the memory of the graphics card is not known: %s", type(error).__name__)
        return []
