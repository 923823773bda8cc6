"""From a job to a model in memory, and what it runs on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import torch
from huggingface_hub import snapshot_download
from lm_eval.api.model import LM
from lm_eval.models.dummy import DummyLM
from lm_eval.models.huggingface import HFLM

from leaderboard import __version__
from leaderboard.evaluation.job import Job
from leaderboard.records import Engine, Hardware, LeaderboardError, ModelSource

_PACKAGES = ("lm_eval", "torch", "transformers", "tokenizers", "datasets")
# Never code, never pickles: only these files of a submitted repository reach the disk.
_ALLOWED_FILES = ["*.safetensors", "*.json", "*.model", "*.jinja", "*.txt"]


class ModelFolderMissingError(LeaderboardError):
    """The job names a local model but not its folder."""


def load_model(job: Job) -> LM:
    """Load the job's model. No code of the model's repository runs; only safetensors weights are read."""
    if job.model.source is ModelSource.BASELINE:
        return DummyLM()
    device = chosen_device(job.device)
    return HFLM(
        pretrained=str(_model_folder(job)),
        dtype=str(job.precision),
        device=device,
        batch_size=job.batch_size,
        trust_remote_code=False,
        use_safetensors=True,
    )


def _model_folder(job: Job) -> Path:
    if job.model.source is ModelSource.HUB:
        return Path(
            snapshot_download(job.model.name, revision=job.model.revision, allow_patterns=_ALLOWED_FILES, token=False)
        )
    if job.model_folder is None:
        message = f"The job for {job.model.name} says nothing of its folder. Submit the folder again."
        raise ModelFolderMissingError(message)
    return job.model_folder


def chosen_device(wanted: str | None) -> str:
    """Return the device to run on: what the settings say, else a GPU where there is one."""
    return wanted or ("cuda" if torch.cuda.is_available() else "cpu")


def describe_engine(job: Job) -> Engine:
    """Say what computes the scores, with the versions that could change them."""
    name = "dummy" if job.model.source is ModelSource.BASELINE else "hf"
    versions = {package: version(package) for package in _PACKAGES}
    return Engine(name=name, version=versions["lm_eval"], versions={"leaderboard": __version__, **versions})


def describe_hardware(job: Job) -> Hardware:
    """Say what the job runs on."""
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
