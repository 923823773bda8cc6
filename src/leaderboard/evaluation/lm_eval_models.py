"""From a job to a model in memory, and what it runs on."""

import json
import os
import platform
from dataclasses import asdict
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from jinja2 import TemplateError
from lm_eval.api.model import LM
from lm_eval.models.dummy import DummyLM
from lm_eval.models.huggingface import HFLM

from leaderboard import __version__
from leaderboard.confinement import given_read_token
from leaderboard.evaluation.causes import one_line
from leaderboard.evaluation.chat_templates import rendered, system_turn_in_first_user_turn
from leaderboard.evaluation.completions import CompletionsError, CompletionsLM
from leaderboard.evaluation.job import Job
from leaderboard.evaluation.lm_eval_tasks import lm_eval_config
from leaderboard.evaluation.shared_prefix import VERSION as SHARED_PREFIX_VERSION
from leaderboard.evaluation.shared_prefix import SharedPrefixLM, Sharing
from leaderboard.model_files import (
    CONFIGURATION_FILES,
    TOKENIZER_FILES,
    WEIGHTS_INDEX,
    WHOLE_WEIGHTS,
    is_weights_file,
)
from leaderboard.records import (
    Engine,
    EngineName,
    Hardware,
    LeaderboardError,
    ModelReference,
    ModelSource,
    SelfCheck,
)
from leaderboard.suite import Task

_PACKAGES = ("lm_eval", "torch", "transformers", "tokenizers", "datasets")
_LONGEST_REASON = 300


class EngineMissingError(LeaderboardError):
    """The engine that the job names is not installed on this machine."""


class ModelFolderMissingError(LeaderboardError):
    """The job names a local model but not its folder."""


class _ChatAware:
    """To be mixed into a model of lm-eval's: a template without a system role loses no instruction.

    lm-eval leaves the system turn out where a template refuses one, and with it what the task asks for; here it opens
    the first turn of the user instead.
    """

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """Return the conversation as the model's template writes it.

        Raises:
            ChatTemplateError: the template, which a stranger wrote, fails or writes without end.
        """
        history = chat_history if self._knows_the_system_role else system_turn_in_first_user_turn(chat_history)
        render = super().apply_chat_template  # type: ignore[misc]  # of the class that this is mixed into
        return rendered(lambda: str(render(history, add_generation_prompt)), history)

    @cached_property
    def _knows_the_system_role(self) -> bool:
        mark = "a system turn to look for"
        trial = [{"role": "system", "content": mark}, {"role": "user", "content": "b"}]

        def render() -> str:
            try:
                return str(
                    self.tokenizer.apply_chat_template(  # type: ignore[attr-defined]
                        trial, tokenize=False, add_generation_prompt=True
                    )
                )
            except TemplateError:
                return ""

        return mark in rendered(render, trial)  # some templates leave the turn out without a word


class ChatAwareModel(_ChatAware, SharedPrefixLM):
    """The engine `hf-shared-prefix` with careful templates."""


class ChatAwareHF(_ChatAware, HFLM):  # type: ignore[misc]
    """lm-eval's own engine `hf` with careful templates."""


class ChatAwareServer(_ChatAware, CompletionsLM):
    """The engine `completions` with careful templates."""


def load_model(job: Job) -> LM:
    """Load the job's model. No code of the model's repository runs; only safetensors weights are read."""
    if job.model.source is ModelSource.BASELINE:
        return DummyLM()
    if job.engine is EngineName.COMPLETIONS:
        return _on_server(job)
    if job.engine is EngineName.VLLM:
        return _on_vllm(job)
    device = chosen_device(job.device)
    engine = ChatAwareModel if job.engine is EngineName.SHARED_PREFIX else ChatAwareHF
    return engine(
        pretrained=str(_model_folder(job)),
        dtype=str(job.precision),
        device=device,
        batch_size=job.batch_size,
        trust_remote_code=False,
        use_safetensors=True,
        # A template that lets its model think unless it is told not to would fill every answer with half a thought.
        enable_thinking=False,
    )


def _on_server(job: Job) -> ChatAwareServer:
    """Ask the server what it can; only the tokenizer is loaded here."""
    if job.completions_url is None:
        message = f"The job for {job.model.name} does not say where its completions server is."
        raise CompletionsError(message)
    return ChatAwareServer(
        url=job.completions_url,
        model_name=job.model.name,
        folder=_model_folder(job, with_weights=False),
        batch_size=job.batch_size,
    )


def _on_vllm(job: Job) -> LM:
    """Load the model on all cards of this machine.

    Raises:
        EngineMissingError: vLLM is not installed.
    """
    if find_spec("vllm") is None:
        message = "vLLM is not installed here; install the version that fits this machine's driver, beside our pins."
        raise EngineMissingError(message)
    from lm_eval.models.vllm_causallms import VLLM

    class ChatAwareVLLM(_ChatAware, VLLM):  # type: ignore[misc]
        """The engine `vllm` with careful templates."""

        engine_name = EngineName.VLLM

    return ChatAwareVLLM(**vllm_arguments(job, _model_folder(job), torch.cuda.device_count()))


def vllm_arguments(job: Job, folder: Path, cards: int) -> dict[str, Any]:
    """Return what lm-eval's vLLM model is made with: one copy of the model over all cards."""
    return {
        "pretrained": str(folder),
        "dtype": str(job.precision),
        "tensor_parallel_size": max(1, cards),
        "batch_size": "auto",
        "trust_remote_code": False,
        "enable_thinking": False,
    }


def why_not_scored(model: LM, task: Task) -> str | None:
    """Return why a loaded model's engine cannot score a task; None where it can.

    To choose among options takes the log-probabilities of a prompt, which not every server tells.
    """
    if not isinstance(model, CompletionsLM) or model.abilities.scores_prompts:
        return None
    if lm_eval_config(task).get("output_type") == "generate_until":
        return None
    return "the completions server does not tell the log-probabilities of a prompt, by which options are compared"


def _model_folder(job: Job, *, with_weights: bool = True) -> Path:
    if job.model.source is ModelSource.HUB:
        return _downloaded(job.model, with_weights=with_weights)
    if job.model_folder is None:
        message = f"The job for {job.model.name} says nothing of its folder. Submit the folder again."
        raise ModelFolderMissingError(message)
    return job.model_folder


def _downloaded(model: ModelReference, *, with_weights: bool = True) -> Path:
    """Download what was judged when the model was submitted: no code, no pickles, nothing that is not loaded."""
    at: dict[str, Any] = {"revision": model.revision, "token": given_read_token(os.environ)}
    there = set(HfApi().list_repo_files(model.name, **at))
    wanted = [name for name in (*CONFIGURATION_FILES, *TOKENIZER_FILES) if name in there]
    if with_weights:
        wanted += _weights(model, there, at)
    return Path(snapshot_download(model.name, allow_patterns=wanted, **at))


def _weights(model: ModelReference, there: set[str], at: dict[str, Any]) -> list[str]:
    """Name the files of weights: one, or those that an index names."""
    if WHOLE_WEIGHTS in there:
        return [WHOLE_WEIGHTS]
    if WEIGHTS_INDEX not in there:
        return []
    index = json.loads(Path(hf_hub_download(model.name, WEIGHTS_INDEX, **at)).read_bytes())
    shards = {name for name in map(str, index["weight_map"].values()) if is_weights_file(name)}
    return [WEIGHTS_INDEX, *sorted(shards)]


def chosen_device(wanted: str | None) -> str:
    """Return the device to run on: what the settings say, else a GPU where there is one."""
    return wanted or ("cuda" if torch.cuda.is_available() else "cpu")


def describe_engine(model: LM) -> Engine:
    """Say what computed the scores of the task that `model` answered last, with the versions that could change them."""
    packages = {package: version(package) for package in _PACKAGES}
    versions = {"leaderboard": __version__, **packages}
    if isinstance(model, DummyLM):
        return Engine(name=EngineName.DUMMY, version=packages["lm_eval"], versions=versions)
    if isinstance(model, CompletionsLM):
        server = {"server": model.abilities.server}
        return Engine(name=EngineName.COMPLETIONS, version=packages["lm_eval"], versions=versions | server)
    if getattr(model, "engine_name", None) is EngineName.VLLM:
        its_own = version("vllm")
        return Engine(name=EngineName.VLLM, version=its_own, versions=versions | {"vllm": its_own})
    if not isinstance(model, SharedPrefixLM):
        return Engine(name=EngineName.HF, version=packages["lm_eval"], versions=versions)
    account = model.account
    shares = account.sharing is not Sharing.NOTHING
    return Engine(
        name=EngineName.SHARED_PREFIX if shares else EngineName.HF,
        version=SHARED_PREFIX_VERSION if shares else packages["lm_eval"],
        versions=versions,
        sharing=str(account.sharing) if shares else None,
        self_check=SelfCheck(**asdict(account.self_check)) if account.self_check else None,
        not_shared_because=None if shares else _reason(account.why_not),
    )


def _reason(why_not: str | None) -> str:
    """Return why nothing was shared as text that can be published: a model's configuration may stand in it."""
    return one_line(why_not or "")[:_LONGEST_REASON]


def describe_hardware(job: Job) -> Hardware:
    """Say what the job runs on."""
    if job.engine is EngineName.COMPLETIONS and job.model.source is not ModelSource.BASELINE:
        return Hardware(device="server", name="completions server", threads=1)  # nobody tells what is behind it
    device = "cpu" if job.model.source is ModelSource.BASELINE else chosen_device(job.device)
    if device.startswith("cuda"):
        return Hardware(device="cuda", name=torch.cuda.get_device_name(device), threads=torch.get_num_threads())
    return Hardware(device=device, name=_processor_name(), threads=torch.get_num_threads())


def _processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                return value.strip()
    return platform.processor() or platform.machine() or os.name
