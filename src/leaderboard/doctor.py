"""What is wrong with a running installation, and what mends it: tokens, stores, suite, rule, engine, disk, queue."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import httpx
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from leaderboard.board.rule import is_recorded
from leaderboard.canary import canary_entry, drift_in_words
from leaderboard.installation import Installation
from leaderboard.pulse import last_tick
from leaderboard.queue import QueueView
from leaderboard.records import LeaderboardError, Status
from leaderboard.store import HUB_SCHEME
from leaderboard.upkeep.diary import read_diary

_LEAST_FREE_BYTES = 20 * 10**9
"""A model of seven thousand million parameters takes fourteen in its own precision."""
_STALE = timedelta(hours=1)
"""What waits so long while nobody evaluates waits for somebody."""


class Grade(StrEnum):
    """How grave a finding is."""

    GOOD = "good"
    WARNING = "warning"
    """It works, and should be otherwise."""
    WRONG = "wrong"
    """Something does not work."""


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at."""

    about: str
    grade: Grade
    said: str
    mend: str = ""
    """What to do; empty where nothing is to be done."""


def examine(house: Installation, now: datetime) -> list[Diagnosis]:
    """Look at everything once. What cannot be looked at is a finding too; nothing is changed."""
    found: list[Diagnosis] = []
    view: QueueView | None = None
    found += _suite(house)
    try:
        view = house.queue.view()
    except LeaderboardError as error:
        found.append(Diagnosis("queue", Grade.WRONG, str(error), "Check LEADERBOARD_QUEUE and HF_TOKEN."))
    if view is not None:
        found += _queue(view, now)
        found += _guarded("results", lambda: _results(house, view), "Check LEADERBOARD_RESULTS and HF_TOKEN.")
        found += _guarded("canary", lambda: _canary(house, view), "Look at the canary's row on the board.")
    found += _guarded("rule", lambda: _rule(house), "Restore rule/history.json from the store's history.")
    found += _guarded("upkeep", lambda: _upkeep(house), "Restore upkeep/diary.json from the store's history.")
    found += _engine(house)
    found += _scheduler(house)
    found += _disk(house)
    found += _tokens(house)
    return found


def _guarded(about: str, look: Callable[[], Iterator[Diagnosis]], mend: str) -> list[Diagnosis]:
    try:
        return list(look())
    except LeaderboardError as error:
        return [Diagnosis(about, Grade.WRONG, str(error), mend)]


def _suite(house: Installation) -> Iterator[Diagnosis]:
    suite = house.suite
    yield Diagnosis("suite", Grade.GOOD, f"{suite.label.name} {suite.label.version} with {len(suite.tasks)} tasks")
    if suite.on_local_files:
        names = ", ".join(task.id for task in suite.on_local_files)
        mend = "Unset LEADERBOARD_DATA where scores are to be comparable."
        yield Diagnosis("suite", Grade.WARNING, f"files of this machine stand in for published data: {names}", mend)


def _canary(house: Installation, view: QueueView) -> Iterator[Diagnosis]:
    if house.settings.canary is None:
        return
    if canary_entry(view, house.settings.canary) is None:
        said = f"{house.settings.canary} was never submitted"
        yield Diagnosis("canary", Grade.WARNING, said, "Submit it once, at that commit.")
        return
    report = house.canary(view)
    if report is not None and report.drifts:
        mend = "Compare engine, versions and machine of its runs; re-evaluate what was measured since, or go back."
        yield Diagnosis("canary", Grade.WRONG, drift_in_words(report), mend)
    elif report is not None:
        yield Diagnosis("canary", Grade.GOOD, f"{report.model}: {report.runs} runs, {report.tasks} tasks alike")


def _upkeep(house: Installation) -> Iterator[Diagnosis]:
    for name, last in read_diary(house.results).duties.items():
        grade = Grade.WRONG if last.failed else Grade.GOOD
        yield Diagnosis("upkeep", grade, f"{name}, {last.begun_at:%Y-%m-%d %H:%M} UTC: {last.said or 'under way'}")


def _queue(view: QueueView, now: datetime) -> Iterator[Diagnosis]:
    count = {status: sum(entry.state.status is status for entry in view.entries.values()) for status in Status}
    told = ", ".join(f"{many} {status}" for status, many in count.items() if many) or "empty"
    yield Diagnosis("queue", Grade.GOOD, told)
    for broken in view.set_aside:
        yield Diagnosis("queue", Grade.WRONG, str(broken), "Mend the file, or restore it from the store's history.")
    waiting = [entry for entry in view.pending() if entry.submitted_at < now - _STALE]
    if waiting and not count[Status.RUNNING]:
        oldest = min(entry.submitted_at for entry in waiting)
        said = f"{len(waiting)} requests wait since {oldest:%Y-%m-%d %H:%M} UTC, and nobody evaluates"
        yield Diagnosis("queue", Grade.WRONG, said, "Start a worker: python -m leaderboard worker")


def _results(house: Installation, view: QueueView) -> Iterator[Diagnosis]:
    board = house.board(view)
    newest = max((row.evaluated_at for row in board.rows), default=None)
    said = f"{len(board.rows)} models" + (f", the newest of {newest:%Y-%m-%d %H:%M} UTC" if newest else "")
    yield Diagnosis("results", Grade.GOOD, said)
    for broken in board.set_aside:
        yield Diagnosis("results", Grade.WRONG, str(broken), "Restore the file from the store's history.")


def _rule(house: Installation) -> Iterator[Diagnosis]:
    history, broken = house.rules.read()
    for one in broken:
        yield Diagnosis("rule", Grade.WRONG, str(one), "Restore rule/history.json from the store's history.")
    if history.versions and not is_recorded(house.suite, history):
        said = "the suite has changed since its newest version"
        yield Diagnosis("rule", Grade.WARNING, said, "python -m leaderboard rule record --note WHY")
    else:
        yield Diagnosis("rule", Grade.GOOD, f"{len(history.versions)} versions")


def _engine(house: Installation) -> Iterator[Diagnosis]:
    missing = house.missing_packages
    if house.jobs is not None:
        yield Diagnosis("engine", Grade.GOOD, f"jobs of {house.jobs.namespace}, in {house.jobs.image}")
    elif missing:
        mend = "Install requirements-eval.txt, or set LEADERBOARD_EXECUTOR=hf-jobs, or let another machine evaluate."
        yield Diagnosis("engine", Grade.WARNING, f"nothing is evaluated here: {', '.join(missing)} missing", mend)
    else:
        yield Diagnosis("engine", Grade.GOOD, _engines_in_words(house))


def _engines_in_words(house: Installation) -> str:
    engines, device = house.settings.engines, house.settings.device or "any device"
    larger = "".join(f", {engine} from {size:g} thousand million parameters on" for size, engine in engines.larger)
    return f"{engines.default} on {device}{larger}"


def _scheduler(house: Installation) -> Iterator[Diagnosis]:
    tick = last_tick(house.settings.work_dir)
    if tick is not None:
        yield Diagnosis("scheduler", Grade.GOOD, f"looked into the queue last at {tick:%Y-%m-%d %H:%M} UTC")


def _disk(house: Installation) -> Iterator[Diagnosis]:
    folder = house.settings.work_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    evaluates_here = house.jobs is None and not house.missing_packages
    grade = Grade.WARNING if evaluates_here and free < _LEAST_FREE_BYTES else Grade.GOOD
    mend = "Free some, or set LEADERBOARD_WORK to another disk." if grade is Grade.WARNING else ""
    yield Diagnosis("disk", grade, f"{free / 10**9:.0f} GB are free for models", mend)


def _tokens(house: Installation) -> Iterator[Diagnosis]:
    settings = house.settings
    on_hub = [place for place in (settings.queue, settings.results) if place.startswith(HUB_SCHEME)]
    if on_hub and settings.hub_token is None:
        mend = "Set HF_TOKEN to a token that may write the stores, where anything is to be written."
        yield Diagnosis("token", Grade.WARNING, "the stores are on the Hub, and HF_TOKEN is not set", mend)
    roles = [
        ("HF_TOKEN", settings.hub_token, "write"),
        ("LEADERBOARD_READ_TOKEN", settings.read_token, "read"),
        ("LEADERBOARD_JOBS_TOKEN", settings.jobs.token if settings.jobs else None, "write"),
    ]
    for name, token, needs in roles:
        if token is not None and not (name == "LEADERBOARD_JOBS_TOKEN" and token == settings.hub_token):
            yield _token(HfApi(endpoint=settings.hub_endpoint, token=token), name, needs)
    if settings.jobs and settings.jobs.token and settings.jobs.token == settings.hub_token:
        mend = "Set LEADERBOARD_JOBS_TOKEN to a token that may start jobs and nothing else."
        yield Diagnosis("token", Grade.WARNING, "the token that writes the stores starts jobs too", mend)
    if settings.signs_in and house.evaluates and len(on_hub) > 1:
        said = "this Space takes submissions and publishes results: its token writes both stores"
        mend = "Evaluate elsewhere, and give the page a token for the queue alone."
        yield Diagnosis("token", Grade.WARNING, said, mend)


def _token(api: HfApi, name: str, needs: str) -> Diagnosis:
    """Ask the Hub what a token may do."""
    try:
        told: dict[str, Any] = api.whoami()
    except HfHubHTTPError as error:
        status = error.response.status_code
        return Diagnosis("token", Grade.WRONG, f"the Hub refuses {name} ({status})", "Make a new one, and set it.")
    except (httpx.HTTPError, OSError) as error:
        said = f"the Hub does not say what {name} may do: {type(error).__name__}"
        return Diagnosis("token", Grade.WARNING, said, "Try again later.")
    role = str(told.get("auth", {}).get("accessToken", {}).get("role", "unknown"))
    said = f"{name} is {told.get('name', 'somebody')}'s, of the kind {role}"
    if needs == "read" and role not in {"read", "fineGrained"}:
        mend = "Make one that only reads: whatever runs in an evaluation can find it."
        return Diagnosis("token", Grade.WRONG, f"{said}; it may do more than read", mend)
    if needs == "write" and role == "write":
        mend = "Make a fine-grained one for these repositories alone."
        return Diagnosis("token", Grade.WARNING, f"{said}; it may write everything of that account", mend)
    if needs == "write" and role == "read":
        return Diagnosis("token", Grade.WRONG, f"{said}; it cannot write", "Make one that may write the stores.")
    return Diagnosis("token", Grade.GOOD, said)
