"""Where requests and states lie in the queue's store."""

SHARDS = tuple("0123456789abcdef")
"""Compare-and-swap is per branch head anyway: sixteen files keep each small and one commit cheap."""

REQUESTS = "requests/"
STATES = "state/"
ARCHIVES = "archive/"
"""States of long-finished requests, in files that are never rewritten; a live state outranks them."""


def request_path(request_id: str) -> str:
    """Return the path of a request; two hexadecimal digits keep folders small."""
    return f"{REQUESTS}{request_id[:2]}/{request_id}.json"


def archive_path(name: str) -> str:
    """Return the path of an archive of states."""
    return f"{ARCHIVES}{name}.json"


def shard_path(request_id: str) -> str:
    """Return the path of the shard that holds the state of a request."""
    return f"{STATES}{request_id[0]}.json"
