"""What the process that evaluates can see of its worker and of this machine: nothing that is not its job's."""

import base64
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from leaderboard.installation import Installation, open_installation
from leaderboard.records import Cause, Status
from leaderboard.settings import Settings
from leaderboard.submission import OPERATOR, Wish
from leaderboard.suite import EMBEDDED_SUITES
from tests.confinement.processes import NOBODY, USERS, environment_for
from tests.evaluation.stage import TASKS, a_request, set_stage
from tests.store.places import folder_place

TOKENS = {
    "HF_TOKEN": "hf_" + "w" * 34,
    "OAUTH_CLIENT_SECRET": "the secret of a client",
    "LEADERBOARD_PASSWORD": "the password of somebody",
}
READ_TOKEN = "hf_" + "r" * 34
TOKEN_FILE = "hf_" + "f" * 34


def what_a_child_sees(folder: Path, user: str, **more: str) -> dict[str, Any]:
    """Run a worker with secrets, as a user, whose child pries; return what it told."""
    stage = set_stage(folder_place(folder / "queue"), folder_place(folder / "results"), folder)
    stage.open_queue().submit(a_request(folder))
    home = folder / "home of somebody"
    token = home / ".cache" / "huggingface" / "token"
    token.parent.mkdir(parents=True)
    token.write_text(TOKEN_FILE)
    if USERS[user]:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    done = subprocess.run(
        [*USERS[user], sys.executable, "-m", "tests.evaluation.guarded_worker", str(folder)],
        env=environment_for(**TOKENS, HOME=str(home), **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told = folder / "machine" / "hub" / "told.json"
    assert told.exists(), done.stderr
    seats = list((folder / "machine" / "workers").glob("*/secret"))
    assert len(seats) == 1
    assert (folder / "targets.txt").read_text().count(str(seats[0])) == 1
    return {**json.loads(told.read_text()), "seat": seats[0].read_bytes().decode("latin-1"), "log": done.stderr}


@pytest.mark.parametrize("user", USERS)
def test_incident_12_and_28_a_child_finds_no_secret_of_its_workers(tmp_path: Path, user: str) -> None:
    """Not in its environment, nor in other processes, nor in the files of stores, desks and homes."""
    folder = tmp_path / "machine room"
    folder.mkdir()
    told = what_a_child_sees(folder, user)

    secrets = [*TOKENS.values(), TOKEN_FILE, told.pop("seat")]
    shown = json.dumps(told, ensure_ascii=False)
    assert not [secret for secret in secrets if secret in shown or json.dumps(secret)[1:-1] in shown]
    assert told["own"], "it was kept from its own job"
    assert told["environment"]["HF_HUB_DISABLE_IMPLICIT_TOKEN"] == "1"
    assert {Path(file).relative_to(folder) for file in told["files"]} == {
        Path("suite", f"{one}.jsonl") for one in TASKS
    }
    assert (told["environments"], told["memories"], told["open"]) == ({}, {}, {})
    assert not told["signals"]


def test_a_child_gets_the_token_that_only_reads(tmp_path: Path) -> None:
    told = what_a_child_sees(tmp_path, "oneself", LEADERBOARD_READ_TOKEN=READ_TOKEN)

    assert told["environment"]["HF_TOKEN"] == READ_TOKEN
    assert TOKENS["HF_TOKEN"] not in json.dumps(told)


LEAVE_A_MARK = "import os, pathlib; pathlib.Path(os.environ['HF_HOME'], 'marker').touch()"


class Marker:
    """Leaves a mark when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, (LEAVE_A_MARK,))


def make_hostile(folder: Path, template: str) -> None:
    """Put code into a model's folder wherever the libraries would run it, if they were let."""
    for name in ("modeling_hostile.py", "configuration_hostile.py", "tokenization_hostile.py", "generate.py"):
        (folder / name).write_text(f"{LEAVE_A_MARK}\nclass Config: pass\nclass Model: pass\nclass Tokenizer: pass\n")
    config = json.loads((folder / "config.json").read_text())
    auto_map = {
        "AutoConfig": "configuration_hostile.Config",
        "AutoModel": "modeling_hostile.Model",
        "AutoModelForCausalLM": "modeling_hostile.Model",
    }
    (folder / "config.json").write_text(json.dumps({**config, "auto_map": auto_map}))
    tokenizer = json.loads((folder / "tokenizer_config.json").read_text())
    of_tokenizer = {"AutoTokenizer": ["tokenization_hostile.Tokenizer", "tokenization_hostile.Tokenizer"]}
    tokenizer |= {"auto_map": of_tokenizer, "chat_template": template}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    (folder / "chat_template.jinja").write_text(template)
    (folder / "generation_config.json").write_text(json.dumps({"custom_generate": "generate.py", "do_sample": False}))
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Marker()))


def evaluated(tmp_path: Path, settings: Settings, tiny_model: Path, *, with_weights: bool) -> tuple[Installation, str]:
    """Evaluate the tiny model, into which code was put after the checks of its submission."""
    suite = tmp_path / "suites"
    shutil.copytree(EMBEDDED_SUITES, suite)
    text = (suite / "muestra.yaml").read_text(encoding="utf-8")
    head, *declared = text.split("  - id: ")
    kept = [f"  - id: {one}" for one in declared if one.split("\n", 1)[0] == "calculo_gl"]
    (suite / "muestra.yaml").write_text(head + "".join(kept), encoding="utf-8")
    house = open_installation(Settings(**{**vars(settings), "suite": str(suite / "muestra.yaml")}))
    folder = tmp_path / "hostile"
    shutil.copytree(tiny_model, folder)
    request = house.desk.submit(Wish(model=str(folder), precision="float32"), OPERATOR)
    command = base64.b64encode(LEAVE_A_MARK.encode()).decode()
    make_hostile(folder, "{{ cycler.__init__.__globals__.os.system('echo " + command + " | base64 -d | python3') }}")
    if not with_weights:
        (folder / "model.safetensors").unlink()
    house.local_models.remember(request.model.revision, folder)
    house.new_worker().work_off()
    return house, request.id


def test_incident_12_no_code_of_a_models_folder_runs(tmp_path: Path, settings: Settings, tiny_model: Path) -> None:
    """Modelling code, tokenizer code, pickled weights beside safe ones, and a template that reaches for Python."""
    house, request = evaluated(tmp_path, settings, tiny_model, with_weights=True)

    state = house.queue.view().entries[request].state
    assert state.status is Status.FAILED
    assert state.failure is not None
    assert state.failure.cause is Cause.CHAT_TEMPLATE
    assert state.failure.detail == (
        "calculo_gl: ChatTemplateError: The chat template fails (SecurityError). Correct it in the model's repository."
    )
    assert not (settings.work_dir / "hub" / "marker").exists()


def test_incident_12_pickled_weights_are_not_read_where_there_are_no_others(
    tmp_path: Path, settings: Settings, tiny_model: Path
) -> None:
    house, request = evaluated(tmp_path, settings, tiny_model, with_weights=False)

    state = house.queue.view().entries[request].state
    assert state.failure is not None
    assert "model.safetensors" in state.failure.detail  # that it lacks, and not what unpickling says
    assert not (settings.work_dir / "hub" / "marker").exists()


@pytest.mark.parametrize("how", ["pickle", "module"])
def test_the_code_would_leave_its_mark_if_it_ran(tmp_path: Path, tiny_model: Path, how: str) -> None:
    shutil.copytree(tiny_model, tmp_path / "hostile")
    make_hostile(tmp_path / "hostile", "")
    run = {
        "pickle": "import pickle; pickle.load(open('pytorch_model.bin', 'rb'))",
        "module": "import modeling_hostile",
    }[how]
    environment = {**os.environ, "HF_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", run], cwd=tmp_path / "hostile", env=environment, check=True)
    assert (tmp_path / "marker").exists()
