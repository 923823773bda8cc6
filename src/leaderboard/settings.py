"""Every environment variable the project reads, in one place, checked at start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.engine_choice import EngineChoice
from leaderboard.jobs_settings import JobsSettings
from leaderboard.records import is_user
from leaderboard.records.hub_names import is_commit, is_model_id
from leaderboard.store import HUB_SCHEME
from leaderboard.variables import SettingsError, gigabytes, listed, number, whole_number

__all__ = ["JobsSettings", "Settings", "SettingsError"]

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_POLL_THE_HUB_SECONDS = 30.0
_DEVICE = re.compile(r"cpu|cuda(:\d+)?|mps")
_QUANTISATION = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LOGIN_VARIABLES = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")
_LOGIN_SCOPES = {"openid", "profile"}


@dataclass(frozen=True)
class Settings:
    """What the environment says. Built once, handed down as an argument."""

    queue: str = "eval_queue"
    """LEADERBOARD_QUEUE: where requests and their states are kept."""
    results: str = "results"
    """LEADERBOARD_RESULTS: where runs are published."""
    suite: str = "muestra"
    """LEADERBOARD_SUITE: what is measured, a name in suites/ or the path of a suite file."""
    data: Path | None = None
    """LEADERBOARD_DATA: a folder of files in the place of datasets on the Hub; see suites/README.md."""
    work_dir: Path = Path(".leaderboard")
    """LEADERBOARD_WORK: this machine's scratch folder; nothing in it is published."""
    poll_seconds: float = 5.0
    """LEADERBOARD_POLL_SECONDS: how often scheduler and page look into the queue; 30 by default where it is on the Hub,
    which counts calls."""
    device: str | None = None
    """LEADERBOARD_DEVICE: cpu, cuda, cuda:1, mps; by default cuda where there is one, else cpu."""
    measures_energy: bool = True
    """LEADERBOARD_ENERGY: `on`, or `off` saves the second that finding the meters takes; the child reads it."""
    engines: EngineChoice = field(default_factory=EngineChoice)
    """LEADERBOARD_ENGINE: hf-shared-prefix, which computes once what requests have in common; hf, lm-eval's own; vllm;
    or completions, the server at LEADERBOARD_COMPLETIONS_URL. LEADERBOARD_ENGINE_FROM: another from so many thousand
    million parameters on, `14:vllm`."""
    batch_size: int = 8
    """LEADERBOARD_BATCH_SIZE: texts written at once; options too where hf scores."""
    time_limit_seconds: float = 24 * 3600.0
    """LEADERBOARD_TIME_LIMIT: seconds one evaluation may take."""
    memory_limit_bytes: int | None = None
    """LEADERBOARD_MEMORY_GB: what one evaluation may use of this machine's memory; by default nine tenths of it, or of
    what the container has. A graphics card's own is not counted."""
    hub_endpoint: str | None = None
    """HF_ENDPOINT: another Hub than huggingface.co, for tests and mirrors."""
    hub_token: str | None = field(default=None, repr=False)
    """HF_TOKEN: needed to write stores on the Hub. No child process and no log gets it."""
    read_token: str | None = field(default=None, repr=False)
    """LEADERBOARD_READ_TOKEN: another token, which can only read, for the process that evaluates: to gated data, say.
    Whatever runs there can read it."""
    space_token: str | None = field(default=None, repr=False)
    """LEADERBOARD_SPACE_TOKEN: for `deploy` alone, the token that the Space and its upkeep shall have as HF_TOKEN."""
    hub_timeout_seconds: float = 30.0
    """LEADERBOARD_HUB_TIMEOUT: how long to wait for one answer of the Hub."""
    port: int = 7860
    """GRADIO_SERVER_PORT, read by Gradio too."""
    server_name: str = "127.0.0.1"
    """GRADIO_SERVER_NAME, read by Gradio too."""
    share: bool = False
    """GRADIO_SHARE, read by Gradio too: a public tunnel to this page."""
    on_space: bool = False
    """SYSTEM is `spaces` and SPACE_ID is set: this process is a Hugging Face Space, for Gradio too."""
    model_memory_bytes: int | None = None
    """LEADERBOARD_MODEL_MEMORY_GB: the memory that the hardware which evaluates has for one model; a model that needs
    more is refused. By default what this machine's graphics card has, or without one this machine itself."""
    quantisations: frozenset[str] = frozenset()
    """LEADERBOARD_QUANTISATIONS: packings of weights that the workers can load, with commas between them, as
    transformers names them: each needs a package that is not among our pins."""
    quota_per_user: int = 5
    """LEADERBOARD_QUOTA_USER: submissions of one account within the window."""
    quota_per_organisation: int = 10
    """LEADERBOARD_QUOTA_ORGANISATION: submissions of models of one owner within the window, whoever sends them."""
    quota_days: float = 7.0
    """LEADERBOARD_QUOTA_DAYS: the length of the window, which ends now."""
    half_a_space: bool = False
    """Only one of the two is set: Gradio would not sign people in as on a Space, and others may well reach the page."""
    space_id: str | None = None
    """Which Space this process is, as `organisation/name`."""
    space_hosts: tuple[str, ...] = ()
    """SPACE_HOST: the names under which a Space is reached, with commas between them."""
    jobs: JobsSettings | None = None
    """LEADERBOARD_EXECUTOR: `here`, this machine, or `hf-jobs`, jobs of Hugging Face: then what these are told."""
    canary: str | None = None
    """LEADERBOARD_CANARY: a small model at one commit, `ORGANISATION/NAME@COMMIT`, that is measured every week, and
    whose scores must stay what they are. It is submitted once like any other."""
    longest_history: int = 10_000
    """LEADERBOARD_LONGEST_HISTORY: commits of a store on the Hub before its history begins anew."""
    maintainers: frozenset[str] = frozenset()
    """LEADERBOARD_MAINTAINERS: user names on the Hub, with commas between them, of those who maintain this leaderboard
    on its Space; kept in small letters, for accounts do not differ in them."""

    @property
    def bound_to_loopback(self) -> bool:
        """Whether only this machine can reach the page."""
        is_space = self.on_space or self.half_a_space
        return self.server_name in _LOOPBACK and not is_space and not self.share

    @property
    def queue_lasts(self) -> bool:
        """Whether what is submitted survives a restart: a Space's disk does not."""
        return not (self.on_space or self.half_a_space) or self.queue.startswith(HUB_SCHEME)

    @property
    def signs_in(self) -> bool:
        """Whether people sign in with Hugging Face here: on a Space whose queue lasts, and nowhere else."""
        return self.on_space and self.queue_lasts

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings.

        Raises:
            SettingsError: a value cannot be used; the message names the variable and what it may be.
        """
        queue = environment.get("LEADERBOARD_QUEUE") or cls.queue
        poll = _POLL_THE_HUB_SECONDS if queue.startswith(HUB_SCHEME) else cls.poll_seconds
        says_space, has_space_id = environment.get("SYSTEM") == "spaces", bool(environment.get("SPACE_ID"))
        on_space = says_space and has_space_id
        if on_space and queue.startswith(HUB_SCHEME):
            _check_login(environment)
        hub_token, read_token = environment.get("HF_TOKEN") or None, environment.get("LEADERBOARD_READ_TOKEN") or None
        if read_token is not None and read_token == hub_token:
            message = (
                "LEADERBOARD_READ_TOKEN is the same as HF_TOKEN, which no evaluation may see. Make one that only reads."
            )
            raise SettingsError(message)
        device = environment.get("LEADERBOARD_DEVICE") or None
        if device is not None and not _DEVICE.fullmatch(device):
            message = f"LEADERBOARD_DEVICE is {device!r}; it may be cpu, cuda, cuda:N or mps."
            raise SettingsError(message)
        engines = EngineChoice.from_environment(environment)
        return cls(
            queue=queue,
            results=environment.get("LEADERBOARD_RESULTS") or cls.results,
            suite=environment.get("LEADERBOARD_SUITE") or cls.suite,
            data=Path(environment["LEADERBOARD_DATA"]) if environment.get("LEADERBOARD_DATA") else None,
            work_dir=Path(environment.get("LEADERBOARD_WORK") or cls.work_dir),
            poll_seconds=number(environment, "LEADERBOARD_POLL_SECONDS", poll, low=0.1, high=3600),
            device=device,
            measures_energy=_is_on(environment, "LEADERBOARD_ENERGY"),
            engines=engines,
            batch_size=whole_number(environment, "LEADERBOARD_BATCH_SIZE", cls.batch_size, low=1, high=4096),
            time_limit_seconds=number(
                environment, "LEADERBOARD_TIME_LIMIT", cls.time_limit_seconds, low=1, high=30 * 86400
            ),
            hub_endpoint=environment.get("HF_ENDPOINT") or None,
            hub_token=hub_token,
            read_token=read_token,
            space_token=environment.get("LEADERBOARD_SPACE_TOKEN") or None,
            memory_limit_bytes=gigabytes(environment, "LEADERBOARD_MEMORY_GB"),
            hub_timeout_seconds=number(
                environment, "LEADERBOARD_HUB_TIMEOUT", cls.hub_timeout_seconds, low=0.1, high=600
            ),
            port=whole_number(environment, "GRADIO_SERVER_PORT", cls.port, low=0, high=65535),
            server_name=environment.get("GRADIO_SERVER_NAME") or cls.server_name,
            share=environment.get("GRADIO_SHARE", "").lower() == "true",
            model_memory_bytes=gigabytes(environment, "LEADERBOARD_MODEL_MEMORY_GB"),
            quantisations=_names(environment, "LEADERBOARD_QUANTISATIONS"),
            quota_per_user=whole_number(environment, "LEADERBOARD_QUOTA_USER", cls.quota_per_user, low=0, high=10**6),
            quota_per_organisation=whole_number(
                environment, "LEADERBOARD_QUOTA_ORGANISATION", cls.quota_per_organisation, low=0, high=10**6
            ),
            quota_days=number(environment, "LEADERBOARD_QUOTA_DAYS", cls.quota_days, low=0.01, high=366),
            on_space=on_space,
            half_a_space=says_space != has_space_id,
            space_id=environment.get("SPACE_ID") if on_space else None,
            space_hosts=listed(environment, "SPACE_HOST") if on_space else (),
            jobs=JobsSettings.from_environment(environment),
            canary=_canary(environment),
            longest_history=whole_number(
                environment, "LEADERBOARD_LONGEST_HISTORY", cls.longest_history, low=100, high=10**9
            ),
            maintainers=_hub_users(environment, "LEADERBOARD_MAINTAINERS"),
        )


def _hub_users(environment: Mapping[str, str], variable: str) -> frozenset[str]:
    names = listed(environment, variable)
    for name in names:
        if not is_user(name):
            message = (
                f"{variable} has {name!r} in it, which is no user name on the Hub. Name the maintainers with commas "
                "between them: letters, digits, hyphens, without @."
            )
            raise SettingsError(message)
    return frozenset(name.lower() for name in names)


def _is_on(environment: Mapping[str, str], variable: str) -> bool:
    text = environment.get(variable) or "on"
    if text not in {"on", "off"}:
        message = f"{variable} is {text[:40]!r}; it may be on or off."
        raise SettingsError(message)
    return text == "on"


def _canary(environment: Mapping[str, str]) -> str | None:
    text = environment.get("LEADERBOARD_CANARY") or None
    name, _, commit = (text or "").partition("@")
    if text is not None and not (is_model_id(name) and is_commit(commit)):
        message = f"LEADERBOARD_CANARY is {text[:200]!r}; name a model at a full commit, ORGANISATION/NAME@COMMIT."
        raise SettingsError(message)
    return text


def _check_login(environment: Mapping[str, str]) -> None:
    """Refuse to start a Space that takes submissions and could not tell who sends them.

    Without the secret Gradio signs sessions with a key that everybody knows; without the rest nobody could sign in.
    """
    missing = [name for name in _LOGIN_VARIABLES if not environment.get(name)]
    if missing:
        message = (
            f"This Space takes submissions from people who sign in, and {', '.join(missing)} is not set. Put "
            "`hf_oauth: true` into README.md's head, between the two lines of ---, and the Space sets it."
        )
        raise SettingsError(message)
    scopes = environment["OAUTH_SCOPES"].split()
    if extra := sorted(set(scopes) - _LOGIN_SCOPES):
        message = (
            f"OAUTH_SCOPES asks of people who sign in for more than their name: {', '.join(extra)}. Remove "
            "`hf_oauth_scopes` from README.md's head; openid and profile are all that this page may hold."
        )
        raise SettingsError(message)


def _names(environment: Mapping[str, str], variable: str) -> frozenset[str]:
    names = frozenset(filter(None, (name.strip().lower() for name in environment.get(variable, "").split(","))))
    for name in names:
        if not _QUANTISATION.fullmatch(name):
            message = (
                f"{variable} has {name!r} in it; name packings as transformers does: fp8, gptq, compressed-tensors."
            )
            raise SettingsError(message)
    return names
