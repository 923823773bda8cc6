"""Where evaluations of other leaderboards lie in the results store, and how they are read: apart from our own runs."""

from leaderboard.records import ImportedEvaluation, InvalidRecordError
from leaderboard.store import Store

IMPORTED = "imported/"


def imported_path(imported_id: str) -> str:
    """Return the path of an imported evaluation; two hexadecimal digits keep folders small."""
    return f"{IMPORTED}{imported_id[:2]}/{imported_id}.json"


def read_imported(store: Store) -> tuple[tuple[ImportedEvaluation, ...], tuple[InvalidRecordError, ...]]:
    """Return what was imported, by model and file, and the files that were set aside with the reason."""
    evaluations: list[ImportedEvaluation] = []
    set_aside: list[InvalidRecordError] = []
    for path, content in store.snapshot(IMPORTED).files.items():
        try:
            evaluations.append(_read(path, content))
        except InvalidRecordError as error:
            set_aside.append(error)
    return tuple(sorted(evaluations, key=lambda one: (one.model.casefold(), one.source))), tuple(set_aside)


def _read(path: str, content: bytes) -> ImportedEvaluation:
    evaluation = ImportedEvaluation.from_json(content, path)
    if path != imported_path(evaluation.id):
        raise InvalidRecordError(path, f"it holds the imported evaluation {evaluation.id}")
    return evaluation
