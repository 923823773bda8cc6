"""lm-eval's own configurations: fixed by a hash that knows everything they are made of."""

from pathlib import Path

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

from leaderboard.evaluation import upstream
from leaderboard.evaluation.lm_eval_tasks import lm_eval_config
from leaderboard.evaluation.upstream import UpstreamChangedError, upstream_config, upstream_sha256
from leaderboard.suite import load_suite
from leaderboard.suite.lock import Lock, write_lock
from tests.builders import declaration, write_suite

TASK = "fake/fake_es.yaml"
FILES = {
    TASK: "include: _common.yaml\ntask: fake_es\ndoc_to_text: '¿{{q}}?'\n",
    "fake/_common.yaml": (
        "include: ../shared/base.yaml\ndataset_path: org/fake\nnum_fewshot: 5\ndoc_to_text: overlaid\n"
        "process_docs: !function utils.process\nmetadata:\n  version: 1.0\n"
    ),
    "fake/utils.py": "def process(dataset):\n    return dataset\n",
    "fake/other.py": "nothing here is used\n",
    "shared/base.yaml": (
        "output_type: multiple_choice\nmetric_list:\n- metric: acc\n  aggregation: !function helpers.mean\n"
    ),
    "shared/helpers.py": "def mean(values):\n    return sum(values) / len(values)\n",
}


def written(folder: Path) -> Path:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def install(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let lm-eval's tasks lie in `folder`."""
    patch.setattr(upstream, "_tasks_folder", lambda: folder)


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = written(tmp_path / "tasks")
    install(folder, monkeypatch)
    return folder


def edit(folder: Path, name: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write("# read by nobody\n" if name.endswith(".py") else "fewshot_delimiter: x\n")


def test_a_configuration_comes_whole_and_without_what_the_registry_decides(tasks: Path):
    config = upstream_config(TASK, upstream_sha256(TASK))
    assert set(config) == {"task", "doc_to_text", "output_type", "metric_list", "process_docs"}
    assert config["doc_to_text"] == "¿{{q}}?"
    assert config["process_docs"]("rows") == "rows"
    assert config["metric_list"][0]["aggregation"]([1, 2]) == 1.5
    assert tasks.is_dir()


@pytest.mark.usefixtures("tasks")
def test_a_changed_hash_is_refused_with_the_remedy():
    with pytest.raises(UpstreamChangedError, match=rf"{TASK} is not the one.*pinned lm-eval.*`suite lock`"):
        upstream_config(TASK, "0" * 64)
    with pytest.raises(UpstreamChangedError, match="is not the one"):
        upstream_config(TASK, None)


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize("path", ["fake/fake_gl.yaml", "fake", ""])
def test_a_configuration_that_is_not_there_is_named(path: str):
    with pytest.raises(UpstreamChangedError, match=f"lm-eval has no configuration {path}"):
        upstream_sha256(path)


@pytest.mark.parametrize("name", [TASK, "fake/_common.yaml", "shared/base.yaml", "fake/utils.py", "shared/helpers.py"])
def test_the_hash_changes_with_everything_a_configuration_is_made_of(tasks: Path, name: str):
    before = upstream_sha256(TASK)
    edit(tasks, name)
    assert upstream_sha256(TASK) != before
    with pytest.raises(UpstreamChangedError):
        upstream_config(TASK, before)


def test_the_hash_leaves_out_what_is_not_part_of_it(tasks: Path):
    before = upstream_sha256(TASK)
    edit(tasks, "fake/other.py")
    (tasks / TASK).write_text(f"# a comment\n{FILES[TASK]}", encoding="utf-8")
    assert upstream_sha256(TASK) == before


def test_the_hash_knows_another_function_of_the_same_file(tasks: Path):
    before = upstream_sha256(TASK)
    common = tasks / "fake" / "_common.yaml"
    common.write_text(common.read_text().replace("utils.process", "utils.another"), encoding="utf-8")
    assert upstream_sha256(TASK) != before


def test_to_take_the_hash_runs_no_code_of_the_configuration(tasks: Path):
    (tasks / "fake" / "utils.py").write_text("raise SystemExit('it ran')\n", encoding="utf-8")
    assert len(upstream_sha256(TASK)) == 64


def test_the_hash_does_not_depend_on_where_lm_eval_lies(tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    here = upstream_sha256(TASK)
    install(written(tmp_path / "another place" / "site-packages"), monkeypatch)
    assert upstream_sha256(TASK) == here
    edit(tasks, TASK)
    assert upstream_sha256(TASK) == here


def test_the_hash_is_the_same_through_a_link(tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A home folder may be a link, and a temporary one often is."""
    here = upstream_sha256(TASK)
    (tmp_path / "link").symlink_to(tasks)
    install(tmp_path / "link", monkeypatch)
    assert upstream_sha256(TASK) == here
    edit(tasks, "fake/utils.py")
    assert upstream_sha256(TASK) != here


@pytest.mark.usefixtures("tasks")
def test_what_a_suite_says_lies_over_it(tmp_path: Path):
    path = write_suite(
        tmp_path, [declaration("uno")], configs={"uno": {"upstream": TASK, "doc_to_text": "ours", "repeats": 1}}
    )
    write_lock(path, Lock(upstream={TASK: upstream_sha256(TASK)}))
    [task] = load_suite(str(path)).tasks
    config = lm_eval_config(task)
    assert config["task"] == "uno"
    assert config["doc_to_text"] == "ours"
    assert config["output_type"] == "multiple_choice"
    assert "num_fewshot" not in config


def test_lm_evals_real_configurations_have_hashes():
    path = "belebele/belebele_spa_Latn.yaml"
    assert upstream_config(path, upstream_sha256(path))["output_type"] == "multiple_choice"
