"""The memory that a model has on this machine: that of its graphics card, as the driver's own program tells it."""

from pathlib import Path

import pytest

from leaderboard.confinement.machine import default_memory_limit
from leaderboard.hardware import memory_for_a_model

MIB = 2**20


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program of the driver's name before all others, and nothing else where one is looked for."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "nvidia-smi"


def answering(driver: Path, script: str) -> None:
    driver.write_text(f"#!/bin/sh\n{script}\n")
    driver.chmod(0o755)


@pytest.mark.parametrize(
    ("device", "memory"), [(None, 80_000), ("cuda", 80_000), ("cuda:0", 80_000), ("cuda:1", 24_000)]
)
def test_a_card_has_what_its_driver_says(driver: Path, device: str | None, memory: int):
    answering(driver, 'test "$1" = --query-gpu=memory.total && printf "80000\\n24000\\n"')
    assert memory_for_a_model(device) == memory * MIB


@pytest.mark.parametrize("device", ["cpu", "mps", "cuda:2"])
def test_without_that_card_a_model_has_the_machines_own_memory(driver: Path, device: str):
    answering(driver, 'printf "80000\\n24000\\n"')
    assert memory_for_a_model(device) == default_memory_limit()


@pytest.mark.parametrize(
    "script", ['echo "[N/A]"', 'echo "NVIDIA-SMI has failed"; exit 9', "exit 1", "true", "kill -9 $$"]
)
@pytest.mark.parametrize("device", [None, "cuda"])
def test_a_driver_that_does_not_answer_well_is_as_good_as_none(driver: Path, script: str, device: str | None):
    answering(driver, script)
    assert memory_for_a_model(device) == default_memory_limit()


def test_a_program_that_cannot_be_run_is_as_good_as_none(driver: Path):
    driver.write_bytes(b"\x7fELF but not really")
    driver.chmod(0o755)
    assert memory_for_a_model("cuda") == default_memory_limit()


def test_without_a_driver_a_model_has_the_machines_own_memory(driver: Path):
    assert not driver.exists()
    assert memory_for_a_model(None) == default_memory_limit()


def test_the_driver_is_told_nothing_of_our_environment(driver: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_TOKEN", "hf_" + "s" * 34)
    answering(driver, 'test -z "$HF_TOKEN" && echo 80000')
    assert memory_for_a_model("cuda") == 80_000 * MIB
