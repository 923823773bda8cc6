"""Python code in processes of its own, also as a user who is not root: what confines itself stays confined."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
IS_ROOT = os.geteuid() == 0
NOBODY = 65534

AS_NOBODY = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    # An interpreter may lie where only root can look. The right to read any file helps whoever is to be kept out.
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
)
USERS = {"oneself": (), "nobody": AS_NOBODY} if IS_ROOT else {"oneself": ()}
"""How a command is started as each user that can be had here; oneself is no root either where these are all."""


def environment_for(**more: str) -> dict[str, str]:
    """Return an environment in which our package is found."""
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", **more}


def run_code(code: str, *arguments: str, user: str = "oneself", environment: Mapping[str, str] | None = None) -> Any:
    """Run code in a new process and return what it prints as JSON."""
    done = subprocess.run(
        [*USERS[user], sys.executable, "-c", code, *arguments],
        env=dict(environment or environment_for()),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
