"""The short-lived child that reads a model's folder: `python -m leaderboard.submission.reading_child FOLDER PACKINGS`.

It is started for one folder, with no secret, no network needed and limits of its own, and says one finding a line. A
configuration that takes all memory, a tokenizer that never ends, a template that writes without end: each ends this
process and nothing else.
"""

import logging
import os
import signal
import sys
from pathlib import Path

from leaderboard.confinement import drop_capabilities, limit_self, readable_by_interpreter, restrict_to
from leaderboard.confinement.linux import PR_SET_PDEATHSIG, prctl
from leaderboard.submission.model_folder import ModelFolder

MEMORY_BYTES = 2 * 2**30
"""The largest tokenizers of today, of 256,000 words, take a quarter of this."""

CPU_SECONDS = 40


def confine(folder: Path, memory_bytes: int = MEMORY_BYTES, cpu_seconds: int = CPU_SECONDS) -> None:
    """Give up whatever reading this folder does not need."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # whoever asked is gone: nobody hears it
    limit_self(memory_bytes=memory_bytes, cpu_seconds=cpu_seconds)
    # In the Hub's own cache a model's files are links to where their bytes lie.
    links = [file.resolve() for file in folder.iterdir() if file.is_symlink()]
    drop_capabilities()
    restrict_to(readable=[*readable_by_interpreter(), folder, *links], writable=[])
    # transformers looks whether there is a torch, and imports it for seconds: nothing here computes.
    sys.modules["torch"] = None  # type: ignore[assignment]


def main(folder: Path, quantisations: frozenset[str]) -> None:
    """Say what is found, one record a line; what libraries print goes to the log."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.disable(logging.WARNING)
    for finding in ModelFolder(folder, quantisations).findings():
        out.write(finding.to_line())
        out.flush()


if __name__ == "__main__":
    confine(Path(sys.argv[1]))
    main(Path(sys.argv[1]), frozenset(filter(None, sys.argv[2].split(","))))
