"""Where the rows of a task come from, and what fixes their bytes."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from leaderboard.records import Record
from leaderboard.records.base import Sha256


class OwnRows(Record):
    """The suite's own item files."""

    kind: Literal["own"] = "own"
    test: Path
    fewshot: Path | None
    sha256: Sha256
    """Hash over the items as they are asked and scored: signing one does not change it."""


class HubRows(Record):
    """A dataset on the Hub."""

    kind: Literal["hub"] = "hub"
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] | None
    """The commit the lock file fixes; None: that of the branch when the evaluation begins."""


class FolderRows(Record):
    """Files of this machine in the place of a dataset on the Hub."""

    kind: Literal["folder"] = "folder"
    folder: Path
    sha256: Sha256


Rows = Annotated[OwnRows | HubRows | FolderRows, Field(discriminator="kind")]
