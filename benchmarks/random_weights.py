"""What models that know nothing reach on the embedded suite: clearly above chance would be a shortcut in the items.

    python benchmarks/random_weights.py [SEEDS]

Evaluates tiny Llamas of random weights, one per seed, with the project's own worker. Prints, for each task, the share
won by each, chance, and how many standard errors of one model's share their mean lies above it.
"""

import json
import sys
import tempfile
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the tests' maker of tiny models

from tests.tiny_models import make_tiny_llama

from leaderboard.installation import open_installation
from leaderboard.settings import Settings
from leaderboard.submission import OPERATOR, Wish


def main() -> None:
    """Evaluate and print."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        house = open_installation(
            Settings(queue=str(root / "queue"), results=str(root / "results"), work_dir=root / "work", device="cpu")
        )
        for seed in range(seeds):
            folder = make_tiny_llama(root / f"random-{seed}", seed=seed)
            house.desk.submit(Wish(model=str(folder), precision="float32"), OPERATOR)
        house.new_worker().work_off()
        rows = house.board().rows
        for task in house.suite.tasks:
            cells = [row.cells[task.id] for row in rows]
            chance, items = cells[0].chance, cells[0].items
            error = (chance * (1 - chance) / items) ** 0.5
            above = (fmean(cell.raw for cell in cells) - chance) / error if error else 0.0
            shares = [round(cell.raw, 3) for cell in cells]
            print(
                json.dumps(
                    {
                        "task": task.id,
                        "items": items,
                        "chance": round(chance, 3),
                        "raw": shares,
                        "errors_above": round(above, 2),
                    }
                )
            )


if __name__ == "__main__":
    main()
