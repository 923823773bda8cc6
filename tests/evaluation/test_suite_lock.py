"""Locking a suite: what the Hub says now is written down, and what cannot be asked stays as it was."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

from huggingface_hub import HfApi

from leaderboard.evaluation.suite_lock import Locked, lock_suite
from leaderboard.evaluation.upstream import UpstreamChangedError, upstream_sha256
from leaderboard.suite import HubRows, load_suite
from leaderboard.suite.lock import Lock, lock_path, read_lock, write_lock
from tests.builders import declaration, floor, some_sha256
from tests.hub_server import HubModel, HubServer

CONVERTED = "refs/convert/parquet"
XQUAD, COPA = "xquad/xquad_es.yaml", "catalan_bench/copa_ca.yaml"
FORMER, OTHER = "a" * 40, "b" * 40
FILES = {"test.csv": "pregunta\n"}


def on_dataset(task: str, dataset: str, upstream: str = XQUAD, **about: Any) -> dict[str, Any]:
    """Return a task on a dataset of the Hub, as a suite file declares it."""
    return declaration(
        task,
        config=f"lm_eval:{upstream}",
        files=None,
        items=None,
        dataset={"id": dataset, "split": "test", "columns": ["pregunta"], **about},
    )


PREGUNTAS = on_dataset("preguntas", "somos/preguntas")
DUDAS = on_dataset("dudas", "somos/dudas", COPA)


def write_suite(
    path: Path, tasks: Sequence[Mapping[str, Any]] = (PREGUNTAS, DUDAS), encoder: str | None = None
) -> Path:
    """Write a suite file, anew where there is one; return its path."""
    document: dict[str, Any] = {"name": "mini", "version": 1, "tasks": [dict(task) for task in tasks]}
    if encoder:
        document["encoder"] = {"id": encoder, "max_tokens": 64}
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite of two tasks on two datasets, each from a configuration of lm-eval's."""
    return write_suite(tmp_path / "mini.yaml")


@pytest.fixture
def both(hub: HubServer) -> dict[str, str]:
    """Publish both datasets; what the lock file has to say of them."""
    return {
        f"{name}@main": hub.add_dataset(name, FILES).branches["main"] for name in ("somos/preguntas", "somos/dudas")
    }


def test_everything_that_was_looked_up_is_written(hub: HubServer, hub_api: HfApi, tmp_path: Path, both: dict[str, str]):
    encoder = hub.models["somos/frases"] = HubModel("somos/frases", {"config.json": b"{}"})
    path = write_suite(tmp_path / "mini.yaml", encoder="somos/frases")

    locked = lock_suite(path, hub_api)

    assert read_lock(path) == Lock(
        lm_eval=version("lm_eval"),
        upstream={XQUAD: upstream_sha256(XQUAD), COPA: upstream_sha256(COPA)},
        datasets=both,
        encoders={"somos/frases": encoder.sha},
    )
    assert locked == Locked(upstream=2, datasets=3, unreachable={})


def test_a_suite_that_was_locked_is_evaluated_at_those_commits(
    hub: HubServer, hub_api: HfApi, tmp_path: Path, both: dict[str, str]
):
    encoder = hub.models["somos/frases"] = HubModel("somos/frases", {"config.json": b"{}"})
    path = write_suite(tmp_path / "mini.yaml", encoder="somos/frases")
    lock_suite(path, hub_api)
    hub.datasets["somos/preguntas"].commit({"test.csv": "otra\n"})

    suite = load_suite(str(path))

    assert [task.rows for task in suite.tasks] == [HubRows(revision=commit) for commit in both.values()]
    assert [task.upstream_sha256 for task in suite.tasks] == [upstream_sha256(XQUAD), upstream_sha256(COPA)]
    assert suite.encoder is not None
    assert suite.encoder.revision == encoder.sha


def test_a_newer_commit_makes_another_task(hub: HubServer, hub_api: HfApi, suite: Path, both: dict[str, str]):
    def locked() -> tuple[list[str], Lock]:
        lock_suite(suite, hub_api)
        return [task.config_hash for task in load_suite(str(suite)).tasks], read_lock(suite)

    (preguntas, dudas), _ = locked()
    newest = hub.datasets["somos/preguntas"].commit({"test.csv": "otra\n"})
    (moved, unmoved), after = locked()

    assert after.datasets == {**both, "somos/preguntas@main": newest}
    assert moved != preguntas
    assert unmoved == dudas


def test_branches_of_one_dataset_are_locked_each(hub: HubServer, hub_api: HfApi, tmp_path: Path):
    dataset = hub.add_dataset("somos/preguntas", FILES)
    converted = dataset.commit({"es/test/0000.parquet": b"PAR1"}, branch=CONVERTED)
    on_branch = on_dataset("convertidas", "somos/preguntas", revision=CONVERTED, files={"test": "es/test/*.parquet"})
    twice = on_dataset("otra_vez", "somos/preguntas", split="train")
    path = write_suite(tmp_path / "mini.yaml", [PREGUNTAS, on_branch, twice])

    locked = lock_suite(path, hub_api)

    commits = {"somos/preguntas@main": dataset.branches["main"], f"somos/preguntas@{CONVERTED}": converted}
    assert read_lock(path).datasets == commits
    assert locked.datasets == 2
    assert len([asked for asked in hub.requests if "somos/preguntas" in asked]) == 2
    assert [task.rows.revision for task in load_suite(str(path)).tasks] == [*commits.values(), dataset.branches["main"]]


# --- What cannot be had


def test_a_dataset_that_cannot_be_had_keeps_its_commit_and_is_named(
    hub: HubServer, hub_api: HfApi, suite: Path, both: dict[str, str]
):
    write_lock(suite, Lock(datasets={"somos/preguntas@main": FORMER, "somos/dudas@main": OTHER}))
    del hub.datasets["somos/preguntas"]

    locked = lock_suite(suite, hub_api)

    assert read_lock(suite).datasets == {"somos/preguntas@main": FORMER, "somos/dudas@main": both["somos/dudas@main"]}
    assert list(locked.unreachable) == ["somos/preguntas@main"]
    assert "RepositoryNotFound" in locked.unreachable["somos/preguntas@main"]
    assert locked.datasets == 1


def test_a_dataset_that_never_could_be_had_gets_no_commit(hub: HubServer, hub_api: HfApi, suite: Path):
    commit = hub.add_dataset("somos/dudas", FILES).branches["main"]
    locked = lock_suite(suite, hub_api)
    assert read_lock(suite).datasets == {"somos/dudas@main": commit}
    assert list(locked.unreachable) == ["somos/preguntas@main"]
    assert [task.rows.revision for task in load_suite(str(suite)).tasks] == [None, commit]


def test_a_branch_that_is_not_there_is_named(hub: HubServer, hub_api: HfApi, tmp_path: Path):
    hub.add_dataset("somos/preguntas", FILES)
    path = write_suite(tmp_path / "mini.yaml", [on_dataset("preguntas", "somos/preguntas", revision=CONVERTED)])
    locked = lock_suite(path, hub_api)
    assert read_lock(path).datasets == {}
    assert "RevisionNotFound" in locked.unreachable[f"somos/preguntas@{CONVERTED}"]


@pytest.mark.usefixtures("both")
def test_an_encoder_that_cannot_be_had_keeps_its_commit_and_is_named(hub_api: HfApi, tmp_path: Path):
    path = write_suite(tmp_path / "mini.yaml", encoder="somos/frases")
    write_lock(path, Lock(encoders={"somos/frases": FORMER}))

    locked = lock_suite(path, hub_api)

    assert read_lock(path).encoders == {"somos/frases": FORMER}
    assert list(locked.unreachable) == ["somos/frases"]
    assert locked.datasets == 2


def test_a_configuration_that_lm_eval_lacks_leaves_the_lock_as_it_is(hub_api: HfApi, tmp_path: Path):
    path = write_suite(tmp_path / "mini.yaml", [on_dataset("preguntas", "somos/preguntas", "xquad/xquad_xx.yaml")])
    write_lock(path, Lock(datasets={"somos/preguntas@main": FORMER}))
    before = lock_path(path).read_bytes()
    with pytest.raises(UpstreamChangedError, match=r"xquad/xquad_xx\.yaml"):
        lock_suite(path, hub_api)
    assert lock_path(path).read_bytes() == before


@pytest.mark.usefixtures("both")
def test_without_the_hub_only_lm_eval_is_looked_up(hub: HubServer, tmp_path: Path):
    path = write_suite(tmp_path / "mini.yaml", encoder="somos/frases")
    commits = {"somos/preguntas@main": FORMER}
    write_lock(path, Lock(upstream={XQUAD: some_sha256("old")}, datasets=commits, encoders={"somos/frases": OTHER}))

    locked = lock_suite(path, None)

    assert read_lock(path) == Lock(
        lm_eval=version("lm_eval"),
        upstream={XQUAD: upstream_sha256(XQUAD), COPA: upstream_sha256(COPA)},
        datasets=commits,
        encoders={"somos/frases": OTHER},
    )
    assert locked == Locked(upstream=2, datasets=0, unreachable={})
    assert hub.requests == []


# --- The file


@pytest.mark.parametrize("offline", [False, True])
def test_entries_of_what_is_no_longer_in_the_suite_vanish(
    hub: HubServer, hub_api: HfApi, suite: Path, both: dict[str, str], *, offline: bool
):
    hub.models["somos/frases"] = HubModel("somos/frases", {"config.json": b"{}"})
    lock_suite(write_suite(suite, encoder="somos/frases"), hub_api)
    measured = floor()
    write_lock(suite, read_lock(suite).replaced(floors={"preguntas": measured, "dudas": measured}))

    write_suite(suite, [DUDAS])
    lock_suite(suite, None if offline else hub_api)

    assert read_lock(suite) == Lock(
        lm_eval=version("lm_eval"),
        upstream={COPA: upstream_sha256(COPA)},
        datasets={"somos/dudas@main": both["somos/dudas@main"]},
        floors={"dudas": measured},
    )


@pytest.mark.usefixtures("both")
def test_the_file_is_the_same_bytes_for_the_same_state(hub_api: HfApi, suite: Path):
    lock_suite(suite, hub_api)
    once = lock_path(suite).read_bytes()
    lock_suite(suite, hub_api)
    again = lock_path(suite).read_bytes()
    lock_suite(write_suite(suite, [DUDAS, PREGUNTAS]), hub_api)
    reordered = lock_path(suite).read_bytes()

    assert once == again == reordered
    assert once.endswith(b"}\n")
    assert once.index(b'"somos/dudas@main"') < once.index(b'"somos/preguntas@main"')


def test_a_dataset_of_own_files_needs_no_commit(hub: HubServer, hub_api: HfApi, tmp_path: Path):
    path = write_suite(tmp_path / "mini.yaml", [declaration("refranes", config=f"lm_eval:{XQUAD}")])
    assert lock_suite(path, hub_api) == Locked(upstream=1, datasets=0, unreachable={})
    assert hub.requests == []
