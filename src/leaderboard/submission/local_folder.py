"""A model folder of this machine: whether it can be submitted, and what names it."""

from pathlib import Path

from leaderboard.records import InvalidRecordError, Provenance
from leaderboard.submission.model_name import echo, is_folder
from leaderboard.submission.problems import ProblemCode, SubmissionRefusedError

_MAX_NAME = 120
_MOST_BYTES = 2**20


def name_of_folder(folder: Path) -> str:
    """Return the name under which a folder's model is recorded: never its path.

    Raises:
        SubmissionRefusedError: there is no such folder, or its name cannot be shown.
    """
    if not is_folder(folder):
        raise SubmissionRefusedError(ProblemCode.FOLDER_NOT_FOUND, folder=echo(str(folder)))
    name = folder.resolve().name
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise SubmissionRefusedError(ProblemCode.FOLDER_NAME_UNUSABLE, folder=echo(name))
    return name


def read_provenance(folder: Path) -> Provenance | None:
    """Read `provenance.json`, with which whoever converts weights says what they were made from.

    Raises:
        SubmissionRefusedError: PROVENANCE_BROKEN.
    """
    path = folder / "provenance.json"
    if not path.is_file():
        return None
    if path.stat().st_size > _MOST_BYTES:
        raise SubmissionRefusedError(ProblemCode.PROVENANCE_BROKEN, reason="> 1 MiB")
    try:
        return Provenance.from_json(path.read_bytes(), path.name)
    except InvalidRecordError as error:
        raise SubmissionRefusedError(ProblemCode.PROVENANCE_BROKEN, reason=echo(error.reason)) from error
