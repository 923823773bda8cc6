"""What the environment says of jobs: who pays, which image runs, which token starts them, what they may cost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from leaderboard.records.hub_names import is_model_id
from leaderboard.variables import SettingsError, number, whole_number

_EXECUTORS = ("here", "hf-jobs")
_NAMESPACE = re.compile(r"[A-Za-z0-9][\w-]{0,95}")
_PINNED = re.compile(r"[\w./:-]+@sha256:[0-9a-f]{64}|hf\.co/spaces/[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class JobsSettings:
    """Where and how jobs run."""

    namespace: str
    """LEADERBOARD_JOBS_NAMESPACE: the user or organisation on the Hub that pays."""
    image: str
    """LEADERBOARD_JOBS_IMAGE: with the project installed; at one digest (`name@sha256:…`), or a Space of one's own
    (`hf.co/spaces/ORGANISATION/NAME`)."""
    token: str | None = field(default=None, repr=False)
    """LEADERBOARD_JOBS_TOKEN: may start jobs there; by default HF_TOKEN. No job gets it."""
    dollars_a_day: float = 10.0
    """LEADERBOARD_JOBS_DOLLARS_A_DAY: in any 24 hours."""
    dollars_a_model: float = 5.0
    """LEADERBOARD_JOBS_DOLLARS_A_MODEL: a job that has cost so much is ended."""
    at_once: int = 1
    """LEADERBOARD_JOBS_AT_ONCE: how many may be under way together."""
    bucket: str | None = None
    """LEADERBOARD_JOBS_BUCKET: a bucket on the Hub, mounted in jobs, through which results come back in place of logs.
    Unproven."""
    look_every_seconds: float = 30.0
    """LEADERBOARD_JOBS_LOOK_SECONDS: how often a job's stage and log are looked at."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "JobsSettings | None":
        """Read the settings; None where this machine itself evaluates.

        Raises:
            SettingsError: a value is missing or cannot be used; the message names the variable.
        """
        executor = environment.get("LEADERBOARD_EXECUTOR") or _EXECUTORS[0]
        if executor not in _EXECUTORS:
            message = f"LEADERBOARD_EXECUTOR is {executor!r}; it may be {' or '.join(_EXECUTORS)}."
            raise SettingsError(message)
        if executor == _EXECUTORS[0]:
            return None
        namespace, image = (environment.get(f"LEADERBOARD_JOBS_{name}", "") for name in ("NAMESPACE", "IMAGE"))
        if not _NAMESPACE.fullmatch(namespace):
            message = f"LEADERBOARD_JOBS_NAMESPACE is {namespace!r}; name the user or organisation that pays for jobs."
            raise SettingsError(message)
        if not _PINNED.fullmatch(image):
            message = (
                f"LEADERBOARD_JOBS_IMAGE is {image!r}; name an image at one digest, name@sha256:…, or a Space, "
                "hf.co/spaces/ORGANISATION/NAME: what measures must not change unseen."
            )
            raise SettingsError(message)
        return cls(
            namespace=namespace,
            image=image,
            token=environment.get("LEADERBOARD_JOBS_TOKEN") or environment.get("HF_TOKEN") or None,
            dollars_a_day=number(
                environment, "LEADERBOARD_JOBS_DOLLARS_A_DAY", cls.dollars_a_day, low=0, high=1_000_000
            ),
            dollars_a_model=number(
                environment, "LEADERBOARD_JOBS_DOLLARS_A_MODEL", cls.dollars_a_model, low=0.01, high=1_000_000
            ),
            at_once=whole_number(environment, "LEADERBOARD_JOBS_AT_ONCE", cls.at_once, low=1, high=50),
            bucket=_bucket(environment),
            look_every_seconds=number(
                environment, "LEADERBOARD_JOBS_LOOK_SECONDS", cls.look_every_seconds, low=0.05, high=600
            ),
        )


def _bucket(environment: Mapping[str, str]) -> str | None:
    name = environment.get("LEADERBOARD_JOBS_BUCKET") or None
    if name is not None and not is_model_id(name):
        message = f"LEADERBOARD_JOBS_BUCKET is {name[:100]!r}; name a bucket, ORGANISATION/NAME."
        raise SettingsError(message)
    return name
