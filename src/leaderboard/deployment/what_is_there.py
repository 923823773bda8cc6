"""What the Hub has of a deployment already."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import httpx
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.hf_api import RepoFile

from leaderboard.records import LeaderboardError, owner_of

_T = TypeVar("_T")
UPKEEP_LABEL = "ranking600m-upkeep"
"""A scheduled job's label that names the Space it keeps."""
TOKEN_LABEL = "ranking600m-token"  # noqa: S105 - the name of a label
"""Another, by which a job that has an older token is known."""
_HINTS = {
    401: "HF_TOKEN is missing or is not valid.",
    402: "The Hub wants to be paid for this: see the billing settings of that account.",
    403: "HF_TOKEN may not do this: it needs the right to write there, and to run jobs.",
    404: "It is not there, or HF_TOKEN may not see it.",
    409: "Somebody else changed it meanwhile; run `deploy` again.",
    412: "Somebody else changed it meanwhile; run `deploy` again.",
}


def fingerprint(token: str) -> str:
    """Return what tells one token from another and gives away nothing of it: tokens are long and drawn at random."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


class DeploymentError(LeaderboardError):
    """The Hub refuses a step, or does not answer."""


@dataclass(frozen=True)
class ScheduledUpkeep:
    """A scheduled job that keeps a Space."""

    id: str
    schedule: str
    space: str | None
    """Whose image it runs."""
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: frozenset[str]
    """Their names; nobody can read their values back."""
    token_print: str
    """What `fingerprint` gives of the token it has."""


@dataclass(frozen=True)
class WhatIsThere:
    """What the Hub has."""

    repositories: frozenset[str]
    """Those datasets of the deployment that are there."""
    space_head: str | None
    """The Space's newest commit; None where there is no Space."""
    variables: Mapping[str, str]
    secrets: frozenset[str]
    blobs: Mapping[str, str]
    """Path in the Space to what git, or the storage of large files, calls its content."""
    upkeep: tuple[ScheduledUpkeep, ...]


def look(api: HfApi, space: str, datasets: tuple[str, ...], *, with_upkeep: bool) -> WhatIsThere:
    """Look at everything that a deployment may touch; changes nothing.

    Raises:
        DeploymentError: the Hub refuses, or does not answer.
    """
    there = frozenset(one for one in datasets if asked(one, lambda one=one: api.repo_exists(one, repo_type="dataset")))  # type: ignore[misc]
    upkeep = _upkeep(api, space) if with_upkeep else ()
    if not asked(space, lambda: api.repo_exists(space, repo_type="space")):
        return WhatIsThere(there, None, {}, frozenset(), {}, upkeep)
    head = asked(space, lambda: api.space_info(space).sha)
    variables = asked(space, lambda: api.get_space_variables(space))
    secrets = asked(space, lambda: api.get_space_secrets(space))
    tree = asked(space, lambda: list(api.list_repo_tree(space, recursive=True, revision=head, repo_type="space")))
    blobs = {one.path: one.lfs.sha256 if one.lfs else one.blob_id for one in tree if isinstance(one, RepoFile)}
    values = {name: one.value for name, one in variables.items()}
    return WhatIsThere(there, head, values, frozenset(secrets), blobs, upkeep)


def asked(what: str, ask: Callable[[], _T]) -> _T:
    """Ask the Hub, and say of a refusal what it is about and what to do.

    Raises:
        DeploymentError: the Hub refuses, or does not answer.
    """
    try:
        return ask()
    except HfHubHTTPError as error:
        status = error.response.status_code
        hint = _HINTS.get(status, "Try again later.")
        message = f"The Hub refuses ({status}) at {what}: {error.server_message or 'no reason given'}. {hint}"
        raise DeploymentError(message) from error
    except (httpx.HTTPError, OSError) as error:
        message = f"The Hub does not answer at {what} ({type(error).__name__}). What was done stays; run it again."
        raise DeploymentError(message) from error


def _upkeep(api: HfApi, space: str) -> tuple[ScheduledUpkeep, ...]:
    label = {UPKEEP_LABEL: space.partition("/")[2]}
    namespace = space.partition("/")[0]
    found = asked(f"the jobs of {owner_of(space)}", lambda: api.list_scheduled_jobs(labels=label, namespace=namespace))
    return tuple(
        ScheduledUpkeep(
            id=one.id,
            schedule=str(one.schedule),
            space=one.job_spec.space_id,
            command=tuple(one.job_spec.command or ()),
            environment=one.job_spec.environment or {},
            secrets=frozenset(one.job_spec.secrets or {}),
            token_print=(one.job_spec.labels or {}).get(TOKEN_LABEL, ""),
        )
        for one in found
    )
