"""The environment of a child process: built from nothing, because no list of secrets is ever whole."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import leaderboard

_PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "HF_ENDPOINT",
    "LEADERBOARD_ENERGY",
    "SSL_CERT_FILE",
)
"""What a child may know of its worker's environment. A list of what is safe, for no list of secrets is ever whole."""

_PROXY = ("HTTPS_PROXY", "NO_PROXY")
"""The way to the Hub, for a child that has something to ask it for."""

_READ_TOKEN = "LEADERBOARD_READ_TOKEN"  # noqa: S105 - a variable's name

logger = logging.getLogger(__name__)


def child_environment(
    parent: Mapping[str, str], home: Path, hub_cache: Path, *, offline: bool, read_token: str | None = None
) -> dict[str, str]:
    """Build the child's environment from nothing: no home of the user's, the Hub only where needed, no token.

    Args:
        parent: the environment of this process.
        home: a folder of the child's own, for its home and for what it writes meanwhile.
        hub_cache: where it keeps what it downloads.
        offline: it has nothing to ask the Hub for.
        read_token: a token that can only read, where the operator has given one for children. Foreign code that finds
            a way to run can read it there.
    """
    environment = {name: parent[name] for name in _PASSED_ON if name in parent}
    source_folder = Path(leaderboard.__file__).resolve().parents[1]
    environment |= {
        "HOME": str(home),
        "TMPDIR": str(home),
        "HF_HOME": str(hub_cache),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_DATASETS_CACHE": str(hub_cache / "datasets"),
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONPATH": str(source_folder),
        "PYTHONSAFEPATH": "1",  # nothing is imported from the folder it works in
        "PYTHONUNBUFFERED": "1",
    }
    if offline:
        environment["HF_HUB_OFFLINE"] = "1"
    else:
        environment |= _way_to_the_hub(parent)
    if read_token:
        environment |= {"HF_TOKEN": read_token, _READ_TOKEN: read_token}
    else:
        environment["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1"  # noqa: S105 - a switch
    return environment


def _way_to_the_hub(parent: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a proxy, without an address that carries a name and a password."""
    way = {name: parent[name] for name in _PROXY if name in parent}
    if "@" in way.get("HTTPS_PROXY", ""):
        del way["HTTPS_PROXY"]
        logger.warning(
            "HTTPS_PROXY carries credentials, which no child process is given: it goes to the Hub without the proxy. "
            "Name a proxy that needs none."
        )
    return way


def given_read_token(environment: Mapping[str, str]) -> str | Literal[False]:
    """Return the token that an evaluation may read with; False, which is none at all to the Hub's client, without one.

    Never a user's own: whose account it is that reads must not depend on who is logged in on this machine.
    """
    return environment.get(_READ_TOKEN) or False
