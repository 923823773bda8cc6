"""Secrets out of the environment, and out of other processes' reach."""

import os
import subprocess
import sys

import pytest

from tests.confinement.processes import IS_ROOT, USERS, environment_for, run_code

SECRET = "hf_" + "s" * 34

HOLDER = """
import os, sys
from leaderboard.confinement import hide_secrets
if sys.argv[1] == "hiding":
    hide_secrets(os.environ)
print("ready", flush=True)
sys.stdin.read()
"""
"""A process with a secret in its environment, which hides it or does not."""

ONLOOKER = """
import json, sys
found = {}
for name in ("environ", "mem", "maps"):
    try:
        with open(f"/proc/{sys.argv[1]}/{name}", "rb") as file:
            found[name] = name == "mem" or file.read().decode(errors="replace")
    except OSError:
        found[name] = None
print(json.dumps(found))
"""
"""Another process of the same user, which looks for it."""


def looked_at(holder: str, user: str) -> dict[str, object]:
    """Return what a process finds in another of the same user that hides its secret, or does not."""
    process = subprocess.Popen(
        [*USERS[user], sys.executable, "-c", HOLDER, holder],
        env=environment_for(HF_TOKEN=SECRET),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return dict(run_code(ONLOOKER, str(process.pid), user=user))
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("user", USERS)
def test_the_environment_that_a_process_was_started_with_no_longer_shows_its_secrets(user: str) -> None:
    assert SECRET in str(looked_at("careless", user)["environ"])
    assert SECRET not in str(looked_at("hiding", user)["environ"])


@pytest.mark.parametrize("user", [user for user in USERS if user == "nobody" or not IS_ROOT])
def test_another_process_of_the_same_user_cannot_look_into_it(user: str) -> None:
    assert looked_at("careless", user)["mem"] is True
    assert looked_at("hiding", user) == {"environ": None, "mem": None, "maps": None}


def test_nothing_of_a_secret_is_left_for_what_is_started_afterwards() -> None:
    code = """
import json, os, subprocess
from leaderboard.confinement import hide_secrets
os.environ["LATE_PASSWORD"] = "set after the start"
values = hide_secrets(os.environ)
print(json.dumps([sorted(values), subprocess.run(["env"], capture_output=True, text=True).stdout]))
"""
    secrets = {
        "HF_TOKEN": SECRET,
        "HUGGING_FACE_HUB_TOKEN": SECRET + "1",
        "OAUTH_CLIENT_SECRET": "a client's",
        "LEADERBOARD_READ_TOKEN": "a reader's",
        "AWS_SECRET_ACCESS_KEY": "a cloud's",
        "OPENAI_API_KEY": "a vendor's",
        "DEPLOY_PRIVATE_KEY": "a deployer's",
        "PGPASSWORD": "a database's",
        "EMPTY_TOKEN": "",
    }
    bare = {name: value for name, value in environment_for().items() if "TOKEN" not in name and "KEY" not in name}
    kept = {"TOKENIZERS_PARALLELISM": "false", "LEADERBOARD_QUEUE": "hf://datasets/somos/requests"}

    values, left = run_code(code, environment={**bare, **kept, **secrets})

    assert values == sorted([*filter(None, secrets.values()), "set after the start"])
    lines = left.splitlines()
    assert not [line for line in lines if line.partition("=")[0] in {*secrets, "LATE_PASSWORD"}]
    assert {f"{name}={value}" for name, value in kept.items()} <= set(lines)


def test_an_environment_without_secrets_stays_as_it_is() -> None:
    code = """
import json, os
from leaderboard.confinement import hide_secrets
before = dict(os.environ)
print(json.dumps([hide_secrets(os.environ), before == dict(os.environ)]))
"""
    assert run_code(code, environment={"PATH": os.environ["PATH"], "PYTHONPATH": environment_for()["PYTHONPATH"]}) == [
        [],
        True,
    ]


def test_values_are_overwritten_where_they_lie_also_those_that_were_replaced_or_set_later() -> None:
    code = """
import ctypes, json, os
from leaderboard.confinement import hide_secrets
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_void_p
os.environ["HF_TOKEN"] = "the second value"
os.environ["LATE_SECRET"] = "a late value"
places = [(getenv(name), len(os.environb[name])) for name in (b"HF_TOKEN", b"LATE_SECRET")]
hide_secrets(os.environ)
print(json.dumps([open("/proc/self/environ").read(), *[list(ctypes.string_at(*place)) for place in places]]))
"""
    first, *late = run_code(code, environment=environment_for(HF_TOKEN=SECRET))

    assert SECRET not in first
    assert "PATH=" in first
    assert late == [[0] * len("the second value"), [0] * len("a late value")]
