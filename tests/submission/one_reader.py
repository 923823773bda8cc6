"""A process that reads many folders, one after another: what the short-lived child does for one, without its start.

Importing transformers takes a child two seconds, and the process of the tests, which has PyTorch, far more. The child
itself, its limits and how it is heard are tested in `test_reading`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from leaderboard.submission import Finding
from leaderboard.submission.model_folder import ModelFolder


class OneReader:
    """Speaks to the process."""

    def __init__(self, asks: IO[str], answers: IO[str]) -> None:
        self._asks, self._answers = asks, answers

    def read(self, folder: Path, quantisations: frozenset[str] = frozenset()) -> Iterator[Finding]:
        """Yield what is found in a folder, as `findings_in` does; checks that cannot be made are left out."""
        self._asks.write(json.dumps([str(folder.resolve()), sorted(quantisations)]) + "\n")
        self._asks.flush()
        lines = []
        while (line := self._answers.readline()) != "\n":
            assert line, f"the reader of many folders did not survive {folder}"
            lines.append(line)
        yield from map(Finding.model_validate_json, lines)


@contextmanager
def running_reader() -> Iterator[OneReader]:
    """Run the process until the block ends."""
    command = [sys.executable, "-m", __name__]
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "HF_HUB_OFFLINE": "1"}
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=root,
        env=environment,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        yield OneReader(process.stdin, process.stdout)
        process.stdin.close()


def main() -> None:
    """Answer each line with the findings in a folder, and an empty line."""
    sys.modules["torch"] = None  # type: ignore[assignment]
    out, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        folder, quantisations = json.loads(line)
        for finding in ModelFolder(Path(folder), frozenset(quantisations)).findings():
            out.write(finding.to_line().decode())
        out.write("\n")
        out.flush()


if __name__ == "__main__":
    main()
