"""Where runs lie in the results store."""

from leaderboard.records import Checkpoint, RunReference

RUNS = "runs/"
PACKS = "packs/"
_DIGITS_IN_A_NAME = 16


def run_folder(run: str) -> str:
    """Return the folder of a run, with its final slash; two hexadecimal digits keep folders small."""
    return f"{RUNS}{run[:2]}/{run}/"


def manifest_path(run: RunReference) -> str:
    """Return where a run's manifest lies. The name is of the content: nobody can put another in its place."""
    return f"{run_folder(run.id)}manifest-{run.manifest_sha256[:_DIGITS_IN_A_NAME]}.json"


def results_path(results: Checkpoint) -> str:
    """Return where results of a run lie, under a name that is of their content too."""
    return f"{run_folder(results.run)}results-{results.sha256[:_DIGITS_IN_A_NAME]}.jsonl"


def pack_path(sha256: str) -> str:
    """Return where a pack of old runs lies, under a name that is of its content."""
    return f"{PACKS}{sha256[:_DIGITS_IN_A_NAME]}.json.xz"
