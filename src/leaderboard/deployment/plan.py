"""From what is wanted and what is there to the steps between: pure, so that a dry run tells what a real one does."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

from leaderboard.deployment.what_is_there import (
    TOKEN_LABEL,
    UPKEEP_LABEL,
    ScheduledUpkeep,
    WhatIsThere,
    asked,
    fingerprint,
)
from leaderboard.store.blob_cache import matches
from leaderboard.store.hub_additions import prepared_additions

_THE_HUBS_OWN = frozenset({".gitattributes"})
"""Says which files are large; the Hub writes it where we track none."""
_UPKEEP_COMMAND = ("python", "-m", "leaderboard", "upkeep", "--once")
_UPKEEP_SCHEDULE = "@hourly"
_UPKEEP_FLAVOR = "cpu-basic"
_UPKEEP_SECONDS = 1800
_SOURCE_IN_A_SPACE = "/home/user/app/src"
"""Where a Gradio Space lays a repository's files."""
_NAMED = 5


@dataclass(frozen=True)
class Deployment:
    """What is wanted."""

    space: str
    datasets: tuple[str, ...]
    """The stores: requests, then results."""
    variables: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)
    commit: str
    """Of this project, whose files they are."""
    private: bool = False
    upkeep_token: str | None = field(default=None, repr=False)
    """What the scheduled job writes the stores with; None: no job is scheduled."""


@dataclass(frozen=True)
class Step:
    """One change on the Hub."""

    said: str
    """What it does, without any secret."""
    act: Callable[[HfApi], object] = field(repr=False)

    def carry_out(self, api: HfApi) -> None:
        """Do it.

        Raises:
            DeploymentError: the Hub refuses, or does not answer.
        """
        asked(self.said, lambda: self.act(api))


def plan(wanted: Deployment, there: WhatIsThere) -> list[Step]:
    """Return what is to be done, in the order in which it may be cut off without harm: settings before the code."""
    return [
        *_repositories(wanted, there),
        *_variables(wanted, there),
        *_secrets(wanted, there),
        *_upload(wanted, there),
        *_upkeep(wanted, there),
    ]


def left_alone(wanted: Deployment, there: WhatIsThere) -> list[str]:
    """Name the variables and secrets of the Space that this deployment says nothing of."""
    return sorted((there.variables.keys() - wanted.variables.keys()) | (there.secrets - wanted.secrets.keys()))


def _repositories(wanted: Deployment, there: WhatIsThere) -> Iterator[Step]:
    visible = "private " if wanted.private else ""
    for one in wanted.datasets:
        if one not in there.repositories:
            yield Step(
                f"create the {visible}dataset {one}",
                lambda api, one=one: api.create_repo(  # type: ignore[misc]
                    one, repo_type="dataset", private=wanted.private, exist_ok=True
                ),
            )
    if there.space_head is None:
        yield Step(
            f"create the {visible}Space {wanted.space}",
            lambda api: api.create_repo(
                wanted.space, repo_type="space", space_sdk="gradio", private=wanted.private, exist_ok=True
            ),
        )


def _variables(wanted: Deployment, there: WhatIsThere) -> Iterator[Step]:
    for name, value in wanted.variables.items():
        if there.variables.get(name) != value:
            yield Step(
                f"set the variable {name} to {value}",
                lambda api, name=name, value=value: api.add_space_variable(wanted.space, name, value),  # type: ignore[misc]
            )


def _secrets(wanted: Deployment, there: WhatIsThere) -> Iterator[Step]:
    """Set every secret that was given, also one of the same name: nobody can read back whether it is the same."""
    for name, value in wanted.secrets.items():
        verb = "set anew" if name in there.secrets else "set"
        yield Step(
            f"{verb} the secret {name}",
            lambda api, name=name, value=value: api.add_space_secret(wanted.space, name, value),  # type: ignore[misc]
        )


def _upload(wanted: Deployment, there: WhatIsThere) -> Iterator[Step]:
    changed = {
        path: content
        for path, content in wanted.files.items()
        if path not in there.blobs or not matches(there.blobs[path], content)
    }
    gone = sorted(there.blobs.keys() - wanted.files.keys() - _THE_HUBS_OWN)
    if not changed and not gone:
        return
    size = sum(map(len, changed.values())) / 10**6
    said = f"upload {len(changed)} of {len(wanted.files)} tracked files ({size:.1f} MB) of commit {wanted.commit[:12]}"
    if gone:
        more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        said += f", delete {', '.join(gone[:_NAMED])}{more}"

    def upload(api: HfApi) -> None:
        additions = prepared_additions(api, wanted.space, changed, repo_type="space")
        operations: list[CommitOperationAdd | CommitOperationDelete] = [*additions, *map(CommitOperationDelete, gone)]
        message = f"The project at {wanted.commit}"
        api.create_commit(
            wanted.space, operations, commit_message=message, repo_type="space", parent_commit=there.space_head
        )

    yield Step(said, upload)


def _upkeep(wanted: Deployment, there: WhatIsThere) -> Iterator[Step]:
    token = wanted.upkeep_token
    if token is None:
        return
    environment = {**wanted.variables, "PYTHONPATH": _SOURCE_IN_A_SPACE}
    current = [one for one in there.upkeep if _is_wanted(one, wanted.space, environment, token)]
    outdated = [one for one in there.upkeep if one not in current[:1]]
    namespace, _, name = wanted.space.partition("/")
    for one in outdated:
        yield Step(
            f"delete the scheduled upkeep {one.id}, which is outdated or there twice",
            lambda api, one=one: api.delete_scheduled_job(scheduled_job_id=one.id, namespace=namespace),  # type: ignore[misc]
        )
    if current:
        return

    def schedule(api: HfApi) -> None:
        api.create_scheduled_job(
            image=f"hf.co/spaces/{wanted.space}",
            command=list(_UPKEEP_COMMAND),
            schedule=_UPKEEP_SCHEDULE,
            concurrency=False,
            env=environment,
            secrets={"HF_TOKEN": token},
            flavor=_UPKEEP_FLAVOR,
            timeout=_UPKEEP_SECONDS,
            labels={UPKEEP_LABEL: name, TOKEN_LABEL: fingerprint(token), "name": f"{name}-upkeep"[:60]},
            namespace=namespace,
        )

    yield Step(f"schedule {' '.join(_UPKEEP_COMMAND)} as a job, {_UPKEEP_SCHEDULE}", schedule)


def _is_wanted(one: ScheduledUpkeep, space: str, environment: Mapping[str, str], token: str) -> bool:
    told = (one.schedule, one.space, one.command, dict(one.environment), one.secrets, one.token_print)
    secrets = frozenset({"HF_TOKEN"})
    return told == (_UPKEEP_SCHEDULE, space, _UPKEEP_COMMAND, dict(environment), secrets, fingerprint(token))
