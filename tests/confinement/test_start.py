"""What a program does first of all."""

import os

from tests.confinement.processes import environment_for, run_code

CODE = """
import json, logging, os, subprocess
from leaderboard.confinement.start import start_safely
from leaderboard.settings import SettingsError
try:
    settings = start_safely(os.environ)
    token = settings.hub_token
except SettingsError:
    token = None
started = subprocess.run(["env"], capture_output=True, text=True).stdout
first = open("/proc/self/environ").read()
import sys
sys.stdout = sys.__stdout__
print(json.dumps([token, "hf_wwww" in started, "hf_wwww" in first, logging.getLogger().level == logging.INFO]))
"""
TOKEN = "hf_" + "w" * 34


def test_incident_28_the_settings_hold_the_secrets_and_nothing_that_is_started_does() -> None:
    assert run_code(CODE, environment=environment_for(HF_TOKEN=TOKEN)) == [TOKEN, False, False, True]


def test_settings_that_cannot_be_used_leave_no_secret_behind_either() -> None:
    environment = environment_for(HF_TOKEN=TOKEN, LEADERBOARD_DEVICE="gpu")
    assert run_code(CODE, environment=environment) == [None, False, False, True]


def test_the_token_for_reading_is_not_left_either() -> None:
    code = CODE.replace("hub_token", "read_token")
    environment = environment_for(LEADERBOARD_READ_TOKEN=TOKEN, PATH=os.environ["PATH"])
    assert run_code(code, environment=environment) == [TOKEN, False, False, True]
