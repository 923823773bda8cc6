"""What a child brings back is believed only where nothing speaks against it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.evaluation.inspection import UnacceptableResultError, read_result
from leaderboard.evaluation.job import RESULTS_FOLDER, Job
from leaderboard.records import DatasetReference, ItemResult, TaskResult
from leaderboard.suite import HubRows, Metric, Suite, Task, load_suite
from leaderboard.suite.lock import Lock, write_lock
from leaderboard.suite.metrics import aggregate
from tests.builders import (
    OTHER_NONCE,
    choice_rows,
    foreign_declaration,
    item_results,
    job,
    request_for,
    some_sha256,
    task_result,
    tiny_suite,
    write_rows,
    write_suite,
)

Lie = Callable[[TaskResult], TaskResult]


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


@pytest.fixture
def task(suite: Suite) -> Task:
    return suite.tasks[0]


@pytest.fixture
def given(suite: Suite) -> Job:
    return job(request_for(suite), suite)


@pytest.fixture
def honest(suite: Suite, task: Task) -> TaskResult:
    return task_result(request_for(suite), task, right=3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / RESULTS_FOLDER).mkdir()
    return tmp_path


@pytest.fixture
def file(folder: Path, task: Task) -> Path:
    return folder / RESULTS_FOLDER / f"{task.id}.json"


def refusal(folder: Path, given: Job, task: Task) -> str:
    with pytest.raises(UnacceptableResultError) as refused:
        read_result(folder, given, task)
    return str(refused.value)


def test_an_honest_result_is_believed(folder: Path, file: Path, given: Job, task: Task, honest: TaskResult):
    file.write_bytes(honest.to_json())
    assert read_result(folder, given, task) == honest


def test_incident_05_a_child_that_left_nothing_is_not_believed(folder: Path, given: Job, task: Task):
    assert "refranes.json: the evaluation said it was done but left no result" in refusal(folder, given, task)


@pytest.mark.parametrize("content", [b"", b"not JSON", b"{}", b"null", b"\xff", b"[" * 100_000])
def test_incident_05_a_file_that_is_no_result_is_not_believed(
    folder: Path, file: Path, given: Job, task: Task, content: bytes
):
    file.write_bytes(content)
    assert "refranes" in refusal(folder, given, task)


def test_a_result_cut_short_is_not_believed(folder: Path, file: Path, given: Job, task: Task, honest: TaskResult):
    file.write_bytes(honest.to_json()[:-20])
    assert "refranes" in refusal(folder, given, task)


def test_a_link_is_not_followed(folder: Path, file: Path, given: Job, task: Task, honest: TaskResult):
    (folder / "elsewhere.json").write_bytes(honest.to_json())
    file.symlink_to(folder / "elsewhere.json")
    assert "left no result" in refusal(folder, given, task)


def test_a_pipe_is_not_waited_for(folder: Path, file: Path, given: Job, task: Task):
    os.mkfifo(file)
    assert "left no result" in refusal(folder, given, task)


def test_a_folder_is_no_result(folder: Path, file: Path, given: Job, task: Task):
    file.mkdir()
    assert "left no result" in refusal(folder, given, task)


def test_a_file_that_would_fill_the_memory_is_not_read(folder: Path, file: Path, given: Job, task: Task):
    file.touch()
    os.truncate(file, 64 * 2**20 + 1)
    assert "larger than" in refusal(folder, given, task)


LIES: dict[str, tuple[Lie, str]] = {
    "another run": (lambda one: one.replaced(run=f"{one.request}-2"), "another run"),
    "another nonce": (lambda one: one.replaced(nonce=OTHER_NONCE), "another run"),
    "another request": (lambda one: one.replaced(request="c" * 32), "another run"),
    "another task": (lambda one: one.replaced(task="sumas"), "another run"),
    "another configuration": (lambda one: one.replaced(config_hash=some_sha256("easier")), "another configuration"),
    "too few items": (lambda one: one.replaced(items=one.items[:3], raw=1.0), "its items are not those of the task"),
    "too many items": (lambda one: one.replaced(items=(*one.items, one.items[0].replaced(id="another"))), "not those"),
    "an item twice": (lambda one: one.replaced(items=(*one.items[:3], one.items[0]), raw=1.0), "twice"),
    "a raw score of its own": (lambda one: one.replaced(raw=1.0), "not what its items give"),
    "a score above all": (lambda one: one.replaced(raw=1.5), "not one that acc can be"),
    "a score below all": (lambda one: one.replaced(raw=-0.5), "not one that acc can be"),
    "items beyond a fraction": (
        lambda one: one.replaced(
            items=(one.items[0].replaced(score=2.0), one.items[1].replaced(score=0.0), *one.items[2:])
        ),
        "not one that acc can be",
    ),
    "another chance": (lambda one: one.replaced(chance=0.0), "chance"),
    "a chance that divides by nothing": (lambda one: one.model_copy(update={"chance": 1.0}), "chance"),
    "another metric": (lambda one: one.replaced(metric="exact_match"), "metric"),
    "other shots": (lambda one: one.replaced(shots=5), "shots"),
    "other data": (
        lambda one: one.replaced(dataset=DatasetReference(id=one.dataset.id, revision=some_sha256("other data"))),
        "data",
    ),
    "an engine that nobody named": (lambda one: one.replaced(engine=one.engine.replaced(name="vllm")), "engine"),
    "the engine of a baseline": (lambda one: one.replaced(engine=one.engine.replaced(name="dummy")), "engine"),
    "an engine that shares, and not how": (
        lambda one: one.replaced(engine=one.engine.replaced(name="hf-shared-prefix", sharing="by magic")),
        "engine",
    ),
    "an engine that cannot share, and how it did": (
        lambda one: one.replaced(engine=one.engine.replaced(sharing="tree")),
        "engine",
    ),
    "items that the task does not have": (
        lambda one: one.replaced(items=tuple(item.replaced(id=f"invented-{item.id}") for item in one.items)),
        "item",
    ),
    "a wrong choice scored as right": (
        lambda one: one.replaced(items=(*one.items[:3], one.items[3].replaced(score=1.0)), raw=1.0),
        "item",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_result_is_refused_with_the_reason(
    lie: str, folder: Path, file: Path, given: Job, task: Task, honest: TaskResult
):
    told, reason = LIES[lie]
    file.write_bytes(told(honest).to_json())
    message = refusal(folder, given, task)
    assert "refranes" in message
    assert reason in message


def test_incident_03_a_result_left_by_an_earlier_attempt_is_not_believed(
    folder: Path, file: Path, suite: Suite, given: Job, task: Task
):
    file.write_bytes(task_result(request_for(suite), task, attempt=2).to_json())
    assert "another run" in refusal(folder, given, task)


@pytest.mark.parametrize("right", range(5))
def test_every_share_of_right_items_is_believed(
    right: int, folder: Path, file: Path, suite: Suite, given: Job, task: Task
):
    result = task_result(request_for(suite), task, right=right)
    assert result.items == item_results(task, right)
    file.write_bytes(result.to_json())
    assert read_result(folder, given, task).raw == right / 4


def test_the_reason_holds_nothing_of_what_the_child_wrote(folder: Path, file: Path, given: Job, task: Task):
    file.write_bytes(b'{"run": "<script>", "secret_key": "hf_abcdefghijkl"}')
    message = refusal(folder, given, task)
    assert "<script>" not in message
    assert "hf_abcdefghijkl" not in message


# --- Data of others, and other metrics

COMMIT, OTHER_COMMIT = "a" * 40, "b" * 40


def foreign(folder: Path, lock: Lock | None = None, data: Path | None = None, **declared: Any) -> Suite:
    """Return a suite of one task on a dataset of the Hub, `uno`; what `lock` fixes, or its only commit."""
    path = write_suite(folder / "suites", [foreign_declaration("uno", **declared)])
    write_lock(path, Lock(datasets={"org/uno@main": COMMIT}) if lock is None else lock)
    return load_suite(str(path), data=data)


def result_of(suite: Suite, items: tuple[ItemResult, ...], **changes: Any) -> TaskResult:
    """Return an honest result of these items."""
    [task] = suite.tasks
    raw = aggregate(task.declaration.metric, items, task.declaration.classes)
    return task_result(request_for(suite), task, items=items, **{"raw": raw, **changes})


def inspected(folder: Path, suite: Suite, told: TaskResult) -> str | None:
    """Return why a result is refused; None where it is believed."""
    (folder / RESULTS_FOLDER / "uno.json").write_bytes(told.to_json())
    try:
        assert read_result(folder, job(request_for(suite), suite), suite.tasks[0]) == told
    except UnacceptableResultError as error:
        return str(error)
    return None


def scored(*scores: float) -> tuple[ItemResult, ...]:
    return tuple(ItemResult(id=f"i-{number}", score=score) for number, score in enumerate(scores))


def chosen(*pairs: tuple[int, int], options: int = 3) -> tuple[ItemResult, ...]:
    """Return items of these golds and choices."""
    return tuple(
        ItemResult(id=f"i-{number}", options=options, gold=gold, choice=choice, score=float(gold == choice))
        for number, (gold, choice) in enumerate(pairs)
    )


PAIRS = ((0, 0), (0, 1), (1, 1), (2, 0), (2, 2), (2, 2))


def test_a_result_at_another_commit_than_the_locked_one_is_refused(folder: Path):
    suite = foreign(folder)
    at_locked = result_of(suite, chosen((0, 0), (1, 0), options=2))
    assert inspected(folder, suite, at_locked) is None
    for revision in (OTHER_COMMIT, "main", some_sha256("files")):
        other = at_locked.replaced(dataset=DatasetReference(id="org/uno", revision=revision))
        assert "made with other data" in inspected(folder, suite, other)


def test_a_part_of_a_dataset_is_not_the_dataset(folder: Path):
    suite = foreign(folder, items=100)
    items = tuple(ItemResult(id=f"i-{number}", options=2, choice=0, gold=0, score=1.0) for number in range(95))
    assert inspected(folder, suite, result_of(suite, items)) is None
    assert "89 items, the suite says 100" in inspected(folder, suite, result_of(suite, items[:89]))


def test_a_result_on_another_dataset_is_refused(folder: Path):
    suite = foreign(folder)
    told = result_of(suite, chosen((0, 0), options=2), dataset=DatasetReference(id="org/easier", revision=COMMIT))
    assert "made with other data" in inspected(folder, suite, told)


def test_a_dataset_that_is_not_locked_may_be_at_any_commit(folder: Path):
    suite = foreign(folder, Lock())
    assert suite.tasks[0].rows == HubRows(revision=None)
    for revision in (COMMIT, OTHER_COMMIT):
        dataset = DatasetReference(id="org/uno", revision=revision)
        assert inspected(folder, suite, result_of(suite, chosen((0, 0), options=2), dataset=dataset)) is None
    elsewhere = DatasetReference(id="org/easier", revision=COMMIT)
    assert "other data" in inspected(folder, suite, result_of(suite, chosen((0, 0), options=2), dataset=elsewhere))


def test_a_result_on_files_is_none_on_the_dataset_and_the_other_way_round(folder: Path):
    write_rows(folder / "data" / "uno" / "test.jsonl", choice_rows("uno", 2))
    on_hub, on_files = foreign(folder / "hub"), foreign(folder / "files", data=folder / "data")
    items = chosen((0, 0), (1, 0), options=2)
    assert inspected(folder, on_files, result_of(on_files, items)) is None
    passed_off = result_of(on_files, items, dataset=on_hub.tasks[0].dataset_reference(COMMIT))
    assert "made with other data" in inspected(folder, on_files, passed_off)
    assert "another run" in inspected(folder, on_hub, result_of(on_files, items))


@pytest.mark.parametrize(
    ("metric", "score", "believed"),
    [
        ("f1", 1.0, True),
        ("f1", 1.01, False),
        ("f1", -0.01, False),
        ("rouge1", 0.37, True),
        ("rouge1", 37.0, False),
        ("stereotype_preference", 0.5, True),
        ("stereotype_preference", -0.5, False),
        ("semantic_similarity", -3.5, True),
        ("semantic_similarity", -1e9, False),
        ("semantic_similarity", 1.01, False),
    ],
)
def test_scores_lie_within_the_bounds_of_their_metric(folder: Path, metric: str, score: float, believed: bool):
    bias = {"area": "bias", "direction": "target(0.5)"} if metric == "stereotype_preference" else {}
    task = foreign_declaration("uno", metric=metric, chance=0, **bias)
    path = write_suite(folder / "suites", [task], encoder={"id": "org/encoder", "max_tokens": 256})
    write_lock(path, Lock(datasets={"org/uno@main": COMMIT}))
    suite = load_suite(str(path))
    assert inspected(folder, suite, result_of(suite, scored(0.5, 0.5))) is None
    refused = inspected(folder, suite, result_of(suite, scored(0.5, score)))
    assert refused is None if believed else f"a score is not one that {metric} can be" in refused


@pytest.mark.parametrize("metric", [Metric.MACRO_F1, Metric.MICRO_F1, Metric.MCC])
def test_a_metric_of_all_items_together_is_computed_again(folder: Path, metric: Metric):
    suite = foreign(folder, metric=str(metric), chance=0)
    honest = result_of(suite, chosen(*PAIRS))
    assert inspected(folder, suite, honest) is None
    assert "is not what its items give" in inspected(folder, suite, honest.replaced(raw=honest.raw + 1e-6))
    flipped = (*honest.items[:-1], honest.items[-1].replaced(choice=0))
    assert "is not what its items give" in inspected(folder, suite, honest.replaced(items=flipped))


def test_the_mean_of_right_items_is_no_macro_f1_and_no_correlation(folder: Path):
    for metric in ("macro_f1", "mcc"):
        suite = foreign(folder / metric, metric=metric, chance=0)
        assert "is not what its items give" in inspected(folder, suite, result_of(suite, chosen(*PAIRS), raw=4 / 6))


def test_a_negative_correlation_is_believed(folder: Path):
    suite = foreign(folder, metric="mcc", chance=0)
    told = result_of(suite, chosen((0, 1), (1, 0), options=2))
    assert told.raw == -1.0
    assert inspected(folder, suite, told) is None


def test_the_classes_of_the_task_count(folder: Path):
    suite = foreign(folder, metric="macro_f1", chance=0, classes=[0, 2])
    honest = result_of(suite, chosen(*PAIRS))
    assert inspected(folder, suite, honest) is None
    over_all = aggregate(Metric.MACRO_F1, honest.items)
    assert "is not what its items give" in inspected(folder, suite, honest.replaced(raw=over_all))


@pytest.mark.parametrize("lacking", ["gold", "choice"])
def test_items_that_lack_what_is_counted_are_refused(folder: Path, lacking: str):
    suite = foreign(folder, metric="mcc", chance=0)
    honest = result_of(suite, chosen(*PAIRS))
    told = honest.replaced(items=(honest.items[0].replaced(**{lacking: None}), *honest.items[1:]))
    assert "lacks its gold or its choice" in inspected(folder, suite, told)


BLEU = ((5.0, 5.0, 5.0, 4.0, 3.0, 2.0, 5.0, 4.0, 3.0, 2.0), (5.0, 4.0, 3.0, 2.0, 1.0, 0.0, 5.0, 4.0, 3.0, 2.0))


def test_bleu_is_computed_again_from_its_counts(folder: Path):
    suite = foreign(folder, metric="bleu", chance=0)
    items = tuple(one.replaced(statistics=counts) for one, counts in zip(scored(1.0, 0.3), BLEU, strict=True))
    honest = result_of(suite, items)
    assert inspected(folder, suite, honest) is None
    for raw in (0.65, honest.raw + 1e-6):
        assert "is not what its items give" in inspected(folder, suite, honest.replaced(raw=raw))
    without = (items[0], items[1].replaced(statistics=None))
    assert "lacks its statistics" in inspected(folder, suite, honest.replaced(items=without))
    impossible = (items[0], items[1].replaced(statistics=(5.0, 4.0, 9.0, *BLEU[1][3:])))
    assert "BLEU needs 10 counts" in inspected(folder, suite, honest.replaced(items=impossible))


def test_a_chance_that_does_not_fit_the_options_is_refused(folder: Path):
    suite = foreign(folder, chance=0.25)
    assert inspected(folder, suite, result_of(suite, chosen((0, 0), (1, 0), options=4))) is None
    refused = inspected(folder, suite, result_of(suite, chosen((0, 0), (1, 0), options=2)))
    assert "guessing among its options gives 0.5000, the suite says 0.25" in refused


def test_a_few_rows_of_this_machine_may_have_any_number_of_options(folder: Path):
    write_rows(folder / "data" / "uno" / "test.jsonl", choice_rows("uno", 2))
    suite = foreign(folder, data=folder / "data", chance=0.25)
    assert inspected(folder, suite, result_of(suite, chosen((0, 0), (1, 0), options=2))) is None


def test_a_chance_that_was_rounded_is_believed(folder: Path):
    suite = foreign(folder, chance=0.333)
    assert inspected(folder, suite, result_of(suite, chosen((0, 0), (1, 0), options=3))) is None


def test_a_wrong_choice_scored_as_right_is_refused_on_data_of_others_too(folder: Path):
    suite = foreign(folder)
    right, wrong = chosen((0, 0), (1, 0), options=2)
    told = result_of(suite, (right, wrong.replaced(score=1.0)))
    assert "the score of item i-1 is not what its choice gives" in inspected(folder, suite, told)
