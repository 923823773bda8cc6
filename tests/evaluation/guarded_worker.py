"""A worker as its program starts it, with a prying child: `python guarded_worker.py FOLDER`, once the stage is set."""

import os
import sys
from dataclasses import replace
from pathlib import Path

from leaderboard.confinement.start import start_safely
from tests.evaluation.stage import Stage
from tests.store.places import folder_place

_PRYING_CHILD = Path(__file__).with_name("prying_child.py")


def main(folder: Path) -> None:
    """Work off the queue of the stage in `folder`."""
    settings = start_safely(os.environ)
    stage = Stage(folder_place(folder / "queue"), folder_place(folder / "results"), folder)
    worker = stage.worker()
    command = (sys.executable, str(_PRYING_CHILD), str(folder / "targets.txt"))
    assert worker.name  # it has sat down: its seat has a secret
    targets = [str(file) for file in folder.rglob("*") if file.is_file()]
    targets += [str(Path(home) / ".cache" / "huggingface" / "token") for home in (Path.home(), os.environ["HOME"])]
    (folder / "targets.txt").write_text("\n".join(targets))
    replace(worker, child_command=command, read_token=settings.read_token).work_off()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
