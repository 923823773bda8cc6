"""Where runs lie in the results store."""

RUNS = "runs/"
MANIFEST = "manifest.json"


def run_folder(run: str) -> str:
    """Return the folder of a run, with its final slash; two hexadecimal digits keep folders small."""
    return f"{RUNS}{run[:2]}/{run}/"
