"""The suite's own configurations on real data that lie beside the project, where they do."""

from pathlib import Path

import datasets
import pytest
from benchmarks.lm_eval_command import command_line_scores
from benchmarks.real_data import SOURCE, write_real_data
from lm_eval.models.huggingface import HFLM

from leaderboard.evaluation.lm_eval_export import export_task
from leaderboard.evaluation.lm_eval_runner import measure
from leaderboard.evaluation.lm_eval_tasks import build_task
from leaderboard.evaluation.rendering import RenderedTask
from leaderboard.suite import FolderRows, Task, load_suite
from leaderboard.suite.metrics import guessing_score

pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason="the real data are not beside the project")

TRUTHFULQA = tuple(f"truthfulqa_multi_{language}" for language in ("es", "ca", "eu", "gl"))
ITEMS = {**dict.fromkeys(TRUTHFULQA, 817), "mgsm_direct_es_spanish_bench": 250, "xquad_es": 1160, "fake_news_es": 570}
FEW = 5


def tasks_on(data: Path) -> dict[str, Task]:
    suite = load_suite("ranking600m", data=data)
    return {task.id: task for task in suite.tasks if isinstance(task.rows, FolderRows)}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Task]:
    datasets.disable_progress_bars()
    folder = tmp_path_factory.mktemp("whole")
    write_real_data(folder)
    return tasks_on(folder)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Task]:
    folder = tmp_path_factory.mktemp("few")
    write_real_data(folder, limit=40)
    return tasks_on(folder)


@pytest.mark.parametrize("name", ["truthfulqa_multi_es", "mgsm_direct_es_spanish_bench", "xquad_es"])
def test_every_real_item_can_be_asked(name: str, whole: dict[str, Task]):
    task = whole[name]
    rendered = RenderedTask(task, build_task(task).lm_eval_task)
    assert rendered.faults() == []
    assert len(rendered.items) == ITEMS[name]


@pytest.mark.parametrize("name", [name for name in ITEMS if name not in {"truthfulqa_multi_es", "xquad_es"}])
def test_the_first_real_items_can_be_asked(name: str, few: dict[str, Task]):
    assert RenderedTask(few[name], build_task(few[name]).lm_eval_task).faults() == []


@pytest.mark.parametrize("name", ITEMS)
def test_the_declared_number_of_items_is_that_of_the_data(name: str, whole: dict[str, Task]):
    assert len(build_task(whole[name]).lm_eval_task.eval_docs) == ITEMS[name] == whole[name].declaration.items


@pytest.mark.parametrize("name", [*TRUTHFULQA, "fake_news_es"])
def test_the_declared_chance_is_that_of_the_real_options(name: str, whole: dict[str, Task]):
    task, built = whole[name], build_task(whole[name]).lm_eval_task
    options = [len(built.doc_to_choice(row)) for row in built.eval_docs]
    assert guessing_score(task.declaration.metric, [], options) == pytest.approx(task.declaration.chance, abs=5e-5)


def test_xquad_examples_share_no_passage_with_what_is_scored(whole: dict[str, Task]):
    built = build_task(whole["xquad_es"]).lm_eval_task
    shown = {row["context"] for row in built.fewshot_docs()}
    assert len(shown) == whole["xquad_es"].declaration.shots
    assert not shown & {row["context"] for row in built.eval_docs}


def test_xquad_items_know_their_passage(few: dict[str, Task], tiny_model: Path):
    model = HFLM(pretrained=str(tiny_model), dtype="float32", device="cpu", batch_size=8)
    task = few["xquad_es"]
    measured = measure(task, model, limit=8)
    passages = [row["context"] for row in build_task(task).lm_eval_task.eval_docs][:8]
    clusters = [item.cluster for item in measured.items]
    assert None not in clusters
    assert len(set(clusters)) == len(set(passages)) < 8


def test_scores_are_those_of_lm_evals_command_line(few: dict[str, Task], tiny_model: Path, tmp_path: Path):
    """Same rows, same prompts, same shots, same model: the difference has to be none."""
    model = HFLM(pretrained=str(tiny_model), dtype="float32", device="cpu", batch_size=8)
    tasks = [few["truthfulqa_multi_gl"], few["xquad_es"]]
    for task in tasks:
        export_task(task, tmp_path)
        rows = tmp_path / f"{task.id}.test.jsonl"
        lines = rows.read_text(encoding="utf-8").splitlines(keepends=True)[:FEW]
        rows.write_text("".join(lines), encoding="utf-8")
    beside = command_line_scores(tasks, tmp_path, tiny_model, templated=False)
    for task in tasks:
        assert measure(task, model, limit=FEW).raw == pytest.approx(beside[task.id], abs=1e-6), task.id
