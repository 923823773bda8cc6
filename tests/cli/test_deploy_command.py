"""`deploy` against a Hub, from a clone of this project, as a maintainer gives the command."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Place, Said
from tests.hub_server import HubServer

ROOT = Path(__file__).resolve().parents[2]
SPACE = "somos/ranking"
MINE = "hf_maintainerxxxxxxxx"
ITS_OWN = "hf_spacexxxxxxxxxxxxx"
Deploy = Callable[..., Said]


def tracked(folder: Path) -> list[str]:
    listed = subprocess.run(["git", "-C", str(folder), "ls-files", "-z"], check=True, capture_output=True)
    return listed.stdout.decode().split("\0")[:-1]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone: what is not committed yet is not tested here, for it would not be uploaded."""
    folder = tmp_path_factory.mktemp("clone") / "ranking"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    return folder


@pytest.fixture
def command(clone: Path, hub: HubServer, tmp_path: Path) -> Deploy:
    """Give a command as somebody does who has nothing but the clone."""
    hub.add_token(MINE, user="ana", may_write=[SPACE, "somos/requests", "somos/results"], may_run_jobs=["somos"])

    def run(*arguments: str, **variables: str) -> Said:
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(clone / "src")}
        environment |= {"HF_ENDPOINT": hub.url, "HF_TOKEN": MINE, "HF_HUB_DISABLE_TELEMETRY": "1", **variables}
        given = [sys.executable, "-m", "leaderboard", *arguments]
        done = subprocess.run(given, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        return Said(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def deploy(command: Deploy) -> Deploy:
    return lambda *arguments, **variables: command("deploy", *arguments, **variables)


def said(told: Said) -> Any:
    assert told.status == 0, told.err
    return json.loads(told.out)


def test_a_dry_run_says_everything_and_changes_nothing(deploy: Deploy, hub: HubServer):
    told = deploy("--space", SPACE, "--dry-run", LEADERBOARD_SPACE_TOKEN=ITS_OWN)
    assert told.status == 0, told.err
    for words in ("dataset somos/requests", "dataset somos/results", "Space somos/ranking", "upkeep --once"):
        assert words in told.out
    assert ITS_OWN not in told.out + told.err
    assert not hub.spaces
    assert not hub.datasets
    assert not hub.jobs.scheduled


def test_the_whole_is_created_and_a_second_time_changes_nothing(deploy: Deploy, hub: HubServer, clone: Path):
    own = {"LEADERBOARD_SPACE_TOKEN": ITS_OWN, "LEADERBOARD_MAINTAINERS": "ana"}
    assert len(said(deploy("--space", SPACE, "--json", **own))["steps"]) == 10
    space = hub.spaces[SPACE]
    files = space.at("main").files  # type: ignore[union-attr]
    assert set(files) == {*tracked(clone), ".gitattributes"}
    changed = {path for path in tracked(clone) if files[path] != (clone / path).read_bytes()}
    assert changed == {"README.md"}
    assert f"spaces/{SPACE}/resolve/main/docs/thumbnail.png".encode() in files["README.md"]
    assert space.variables == {
        "LEADERBOARD_QUEUE": "hf://datasets/somos/requests",
        "LEADERBOARD_RESULTS": "hf://datasets/somos/results",
        "LEADERBOARD_SUITE": "ranking600m",
        "LEADERBOARD_MAINTAINERS": "ana",
    }
    assert space.secrets == {"HF_TOKEN": ITS_OWN}
    (upkeep,) = hub.jobs.scheduled.values()
    assert upkeep.spec["spaceId"] == SPACE
    assert upkeep.spec["secrets"] == {"HF_TOKEN": ITS_OWN}
    assert upkeep.spec["timeoutSeconds"] == 1800

    commits = len(space.commits)
    assert said(deploy("--space", SPACE, "--json", LEADERBOARD_MAINTAINERS="ana"))["steps"] == []
    again = said(deploy("--space", SPACE, "--json", **own))
    assert again["steps"] == ["set anew the secret HF_TOKEN"]  # nobody can read back what it is
    assert len(space.commits) == commits
    assert list(hub.jobs.scheduled.values()) == [upkeep]


def test_what_differs_is_brought_up_to_date_and_the_rest_left(deploy: Deploy, hub: HubServer):
    own = {"LEADERBOARD_SPACE_TOKEN": ITS_OWN}
    said(deploy("--space", SPACE, "--json", **own))
    space = hub.spaces[SPACE]
    space.change({"app.py": b"by hand\n", "stray/file.txt": b"x"}, deleted=["Makefile"])
    space.variables |= {"LEADERBOARD_SUITE": "muestra", "THEIRS": "kept"}
    told = said(deploy("--space", SPACE, "--json"))
    assert told["steps"][0] == "set the variable LEADERBOARD_SUITE to ranking600m"
    assert "upload 2 of" in told["steps"][1]
    assert "delete stray/file.txt" in told["steps"][1]
    assert len(told["steps"]) == 2
    assert any("HF_TOKEN, THEIRS" in note for note in told["notes"])
    files = space.at("main").files  # type: ignore[union-attr]
    assert "stray/file.txt" not in files
    assert "Makefile" in files
    assert space.variables["THEIRS"] == "kept"


def test_settings_of_here_go_along_and_stores_of_another_name(deploy: Deploy, hub: HubServer):
    hub.tokens.clear()
    hub.add_token(MINE, user="ana", may_write=[SPACE, "otra/cola", "somos/results"], may_run_jobs=["somos"])
    given = {"LEADERBOARD_QUEUE": "hf://datasets/otra/cola", "LEADERBOARD_QUOTA_USER": "3"}
    given |= {"LEADERBOARD_ENGINE_FROM": "14:vllm", "LEADERBOARD_DEVICE": "cuda:1"}
    said(deploy("--space", SPACE, "--json", "--private", **given))
    assert hub.spaces[SPACE].variables["LEADERBOARD_QUEUE"] == "hf://datasets/otra/cola"
    assert hub.spaces[SPACE].variables["LEADERBOARD_QUOTA_USER"] == "3"
    assert hub.spaces[SPACE].variables["LEADERBOARD_ENGINE_FROM"] == "14:vllm"
    assert "LEADERBOARD_DEVICE" not in hub.spaces[SPACE].variables, "that is this machine's matter"
    assert hub.spaces[SPACE].private
    assert hub.datasets["otra/cola"].private
    assert not hub.jobs.scheduled


def test_an_outdated_upkeep_is_replaced(deploy: Deploy, hub: HubServer):
    own = {"LEADERBOARD_SPACE_TOKEN": ITS_OWN}
    said(deploy("--space", SPACE, "--json", **own))
    steps = said(deploy("--space", SPACE, "--json", LEADERBOARD_MAINTAINERS="ana", **own))["steps"]
    assert any("delete the scheduled upkeep" in step for step in steps)
    (upkeep,) = hub.jobs.scheduled.values()
    assert upkeep.spec["environment"]["LEADERBOARD_MAINTAINERS"] == "ana"
    newer = {"LEADERBOARD_SPACE_TOKEN": "hf_newerxxxxxxxxxxxxx", "LEADERBOARD_MAINTAINERS": "ana"}
    said(deploy("--space", SPACE, "--json", **newer))
    (upkeep,) = hub.jobs.scheduled.values()
    assert upkeep.spec["secrets"] == {"HF_TOKEN": "hf_newerxxxxxxxxxxxxx"}
    assert "newer" not in str(upkeep.spec["labels"])


@pytest.mark.parametrize(
    ("space", "variables", "words"),
    [
        ("no space", {}, "no name of a Space"),
        ("a/../b", {}, "no name of a Space"),
        (SPACE, {"HF_TOKEN": ""}, "Set HF_TOKEN"),
        (SPACE, {"LEADERBOARD_SPACE_TOKEN": MINE}, "your own HF_TOKEN"),
        (SPACE, {"HF_TOKEN": "hf_unknownxxxxxxxx"}, "(401)"),
        ("otra/tabla", {}, "(403)"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    place: Place, hub: HubServer, monkeypatch: pytest.MonkeyPatch, space: str, variables: dict[str, str], words: str
):
    hub.add_token(MINE, user="ana", may_write=[SPACE, "somos/requests", "somos/results"], may_run_jobs=["somos"])
    for name, value in {"HF_ENDPOINT": hub.url, "HF_TOKEN": MINE, **variables}.items():
        monkeypatch.setenv(name, value)
    told = place.run("deploy", "--space", space)
    assert told.status == 2
    assert words in told.err
    assert not hub.spaces


def test_somebody_who_deploys_meanwhile_is_not_undone(deploy: Deploy, hub: HubServer):
    said(deploy("--space", SPACE, "--json"))
    space = hub.spaces[SPACE]
    space.change({"app.py": b"by hand\n"})
    land = space.land

    def after_another(*arguments: Any, **more: Any) -> Any:
        space.land = land  # type: ignore[method-assign]
        space.change({"README.md": b"---\n---\nnewer\n"})
        return land(*arguments, **more)

    space.land = after_another  # type: ignore[method-assign]
    told = deploy("--space", SPACE)
    assert told.status == 2
    assert "run `deploy` again" in told.err
    assert space.at("main").files["README.md"] == b"---\n---\nnewer\n"  # type: ignore[union-attr]


def test_what_was_deployed_is_looked_at_and_kept_from_the_same_clone(command: Deploy, hub: HubServer):
    stores = {
        "LEADERBOARD_QUEUE": "hf://datasets/somos/requests",
        "LEADERBOARD_RESULTS": "hf://datasets/somos/results",
        "LEADERBOARD_SUITE": "ranking600m",
    }
    before = command("doctor", "--json", **stores)
    assert before.status == 1
    assert {one["about"] for one in json.loads(before.out) if one["grade"] == "wrong"} >= {"queue"}
    said(command("deploy", "--space", SPACE, "--json"))
    after = said(command("doctor", "--json", **stores))
    found = {one["about"]: one for one in after}
    assert found["queue"]["said"] == "empty"
    assert found["results"]["said"] == "0 models"
    assert "ranking600m" in found["suite"]["said"]
    assert not [one for one in after if one["grade"] == "wrong"]
    kept = said(command("upkeep", "--once", "--json", **stores))
    assert [one["duty"] for one in kept] == ["canary"]
    assert "upkeep/diary.json" in hub.datasets["somos/results"].at("main").files  # type: ignore[union-attr]
