"""`python -m leaderboard deploy --space ORG/NAME`: put this leaderboard online, or bring it up to date there."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

from leaderboard.cli.output import print_json
from leaderboard.deployment import Deployment, DeploymentError, look, plan, tracked_files
from leaderboard.deployment.plan import left_alone
from leaderboard.deployment.tracked_files import of_space
from leaderboard.records.hub_names import is_model_id
from leaderboard.settings import Settings
from leaderboard.store import HUB_SCHEME

OK = 0
_ROOT = Path(__file__).resolve().parents[3]
_SUITE = "ranking600m"
_DATASETS = f"{HUB_SCHEME}datasets/"
_PASSED_ON = (
    *("LEADERBOARD_MAINTAINERS", "LEADERBOARD_CANARY", "LEADERBOARD_QUANTISATIONS", "LEADERBOARD_MODEL_MEMORY_GB"),
    *("LEADERBOARD_QUOTA_USER", "LEADERBOARD_QUOTA_ORGANISATION", "LEADERBOARD_QUOTA_DAYS"),
    *("LEADERBOARD_EXECUTOR", "LEADERBOARD_JOBS_NAMESPACE", "LEADERBOARD_JOBS_IMAGE", "LEADERBOARD_TIME_LIMIT"),
    *("LEADERBOARD_JOBS_DOLLARS_A_DAY", "LEADERBOARD_JOBS_DOLLARS_A_MODEL", "LEADERBOARD_JOBS_AT_ONCE"),
    *("LEADERBOARD_JOBS_BUCKET", "LEADERBOARD_LONGEST_HISTORY"),
    *("LEADERBOARD_ENGINE", "LEADERBOARD_ENGINE_FROM", "LEADERBOARD_COMPLETIONS_URL"),
)
"""Settings that a Space gets where they are set here; the others are this machine's matter."""


def add_deploy_command(commands: Any) -> None:
    """Describe `deploy`."""
    summary = "create or update the Space, its two datasets and its scheduled upkeep; again changes nothing"
    deploy: argparse.ArgumentParser = commands.add_parser("deploy", help=summary, description=summary)
    deploy.add_argument("--space", required=True, metavar="ORG/NAME", help="the Space")
    deploy.add_argument("--dry-run", action="store_true", help="only say what would be done")
    deploy.add_argument("--private", action="store_true", help="what is created is private")
    deploy.add_argument("--json", action="store_true", help="print JSON")
    deploy.set_defaults(standalone=_deploy)


def _deploy(options: argparse.Namespace) -> int:
    settings: Settings = options.settings
    tracked = tracked_files(_ROOT)
    wanted = _wanted(settings, options, os.environ, of_space(tracked.contents, _checked(options.space)), tracked.commit)
    api = HfApi(endpoint=settings.hub_endpoint, token=settings.hub_token)
    there = look(api, wanted.space, wanted.datasets, with_upkeep=wanted.upkeep_token is not None)
    steps, done = plan(wanted, there), []
    notes = list(_notes(wanted, left_alone(wanted, there), has_other_changes=tracked.has_other_changes))
    for step in steps:
        if not options.dry_run:
            step.carry_out(api)
        done.append(step.said)
        if not options.json:
            print(f"{'would ' if options.dry_run else ''}{step.said}")
    for note in notes:
        sys.stderr.write(f"note: {note}\n")
    if options.json:
        print_json({"space": wanted.space, "dry_run": options.dry_run, "steps": done, "notes": notes})
    elif not steps:
        print(f"{wanted.space} is up to date.")
    return OK


def _checked(space: str) -> str:
    if not is_model_id(space):
        message = f"{space[:100]!r} is no name of a Space; it is ORGANISATION/NAME."
        raise DeploymentError(message)
    return space


def _wanted(
    settings: Settings,
    options: argparse.Namespace,
    environment: Mapping[str, str],
    files: dict[str, bytes],
    commit: str,
) -> Deployment:
    if settings.hub_token is None:
        message = "Set HF_TOKEN to a token that may create repositories there; the Space does not get it."
        raise DeploymentError(message)
    if settings.space_token == settings.hub_token:
        message = "LEADERBOARD_SPACE_TOKEN is your own HF_TOKEN. Make one that may write the two datasets alone."
        raise DeploymentError(message)
    organisation = options.space.partition("/")[0]
    queue, results = (
        place if place.startswith(_DATASETS) else f"{_DATASETS}{organisation}/{name}"
        for place, name in ((settings.queue, "requests"), (settings.results, "results"))
    )
    variables = {
        "LEADERBOARD_QUEUE": queue,
        "LEADERBOARD_RESULTS": results,
        "LEADERBOARD_SUITE": environment.get("LEADERBOARD_SUITE") or _SUITE,
        **{name: environment[name] for name in _PASSED_ON if environment.get(name)},
    }
    jobs_token = settings.jobs.token if settings.jobs else None
    secrets = {
        "HF_TOKEN": settings.space_token,
        "LEADERBOARD_READ_TOKEN": settings.read_token,
        "LEADERBOARD_JOBS_TOKEN": jobs_token if jobs_token != settings.hub_token else None,
    }
    return Deployment(
        space=options.space,
        datasets=(queue.removeprefix(_DATASETS).rstrip("/"), results.removeprefix(_DATASETS).rstrip("/")),
        variables=variables,
        secrets={name: value for name, value in secrets.items() if value},
        files=files,
        commit=commit,
        private=options.private,
        upkeep_token=settings.space_token,
    )


def _notes(wanted: Deployment, others: list[str], *, has_other_changes: bool) -> Any:
    if has_other_changes:
        yield "what is not committed here is not uploaded"
    if "HF_TOKEN" not in wanted.secrets:
        yield "LEADERBOARD_SPACE_TOKEN is not set: the Space keeps the HF_TOKEN it has, and no upkeep is scheduled"
    if "LEADERBOARD_MAINTAINERS" not in wanted.variables:
        yield "LEADERBOARD_MAINTAINERS is not set: nobody who signs in can maintain"
    if others:
        yield f"left as they are on the Space: {', '.join(others)}"
