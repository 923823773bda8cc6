"""Files and folders of lm-eval into a real store: what becomes of each; a second time changes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.real_data import SOURCE
from lm_eval.evaluator import simple_evaluate
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager

from leaderboard.exchange import FileReport, ImportReport, Kind, Outcome, import_lm_eval
from leaderboard.exchange import folders as exchange_folders
from leaderboard.exchange import lm_eval_import as importing
from leaderboard.records import ImportedEvaluation, LeaderboardError
from leaderboard.results.imported import imported_path, read_imported
from leaderboard.store import FolderStore
from tests.exchange.samples_builders import DATE, RESULT, as_lines, logged_result, put_run, sample, samples_name
from tests.exchange.template_builders import SHA, put, template_result

LATXA = SOURCE / "results_latxa"
SCORES = (1.0, 0.0, 1.0, 1.0)


class Place:
    """A folder to import and a store to import into."""

    def __init__(self, root: Path) -> None:
        self.there = root / "there"
        self.there.mkdir()
        self.store = FolderStore(root / "own_results")

    def take(self, *paths: Path, **changes: Any) -> ImportReport:
        return import_lm_eval(paths or (self.there,), store=self.store, **changes)

    def kept(self) -> tuple[ImportedEvaluation, ...]:
        evaluations, set_aside = read_imported(self.store)
        assert not set_aside
        return evaluations

    def written(self) -> dict[str, bytes]:
        return dict(self.store.snapshot().files)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def outcomes(report: ImportReport) -> dict[str, Outcome]:
    return {Path(one.path).name: one.outcome for one in report.files}


def left(report: ImportReport) -> FileReport:
    (one,) = [one for one in report.files if one.outcome is Outcome.NOT_TAKEN]
    return one


def test_a_result_is_kept_with_its_samples(place: Place):
    put_run(place.there, SCORES)
    report = place.take()
    assert outcomes(report) == {RESULT: Outcome.HISTORY, samples_name("copa_es"): Outcome.HISTORY}
    assert [one.kind for one in report.files] == [Kind.RESULT, Kind.SAMPLES]
    assert report.files[1].reason == "items: 4, acc"
    (kept,) = place.kept()
    assert {one.id for one in report.files} == {kept.id}
    assert (kept.source, kept.samples[0].scores) == (RESULT, {"acc": SCORES})
    assert not any(b"secret" in content for content in place.written().values())


def test_a_second_time_everything_is_known_and_nothing_is_written(place: Place):
    put_run(place.there, SCORES)
    put(place.there, "ranked.json", template_result())
    assert set(outcomes(place.take()).values()) == {Outcome.HISTORY, Outcome.TAKEN}
    before = place.written()
    assert set(outcomes(place.take()).values()) == {Outcome.KNOWN}
    assert place.written() == before
    assert len(before) == 2


def test_a_dry_run_says_the_same_and_writes_nothing(place: Place):
    put_run(place.there, SCORES)
    assert place.take(is_dry=True) == place.take(is_dry=True)
    assert place.written() == {}


def test_incident_16_unreadable_files_are_named_and_hide_no_other(place: Place):
    put_run(place.there, SCORES)
    put(place.there, "broken.json", b"{")
    put(place.there, "package.json", {"name": "not lm-eval"})
    put(place.there, "nan.json", template_result({"copa_es": {"acc": float("nan")}}))
    report = place.take()
    reasons = {Path(one.path).name: one.reason for one in report.files if one.outcome is Outcome.NOT_TAKEN}
    assert reasons == {
        "broken.json": "it is not JSON: Expecting property name enclosed in double quotes, line 1",
        "package.json": "it has no `config`, which says what was measured",
        "nan.json": "'copa_es', 'acc': value: Input should be a finite number",
    }
    assert len(place.kept()) == 1


def test_a_result_is_taken_without_samples_that_contradict_it(place: Place):
    put_run(place.there, SCORES, [sample(number, 1.0) for number in range(4)])
    report = place.take()
    assert outcomes(report)[RESULT] is Outcome.HISTORY
    assert left(report).kind is Kind.SAMPLES
    assert left(report).reason == "the mean 'acc' of its items is 1; its result says 0.75"
    (kept,) = place.kept()
    assert kept.samples == ()


def test_good_samples_of_another_task_stay(place: Place):
    document = logged_result(SCORES)
    for key in ("results", "configs", "n-samples", "n-shot"):
        document[key] |= {"bhtc": document[key]["copa_es"]}
    put_run(place.there, SCORES)
    put(place.there, RESULT, document)
    put(place.there, samples_name("bhtc"), b"{")
    assert left(place.take()).path.endswith(samples_name("bhtc"))
    (kept,) = place.kept()
    assert [one.task for one in kept.samples] == ["copa_es"]


@pytest.mark.parametrize(
    "path",
    [samples_name("copa_es", "2026-11-24T00-00-00"), f"other/{samples_name('copa_es')}", "samples_copa_es.jsonl"],
)
def test_samples_without_a_result_are_left_and_take_no_other(place: Place, path: str):
    put(place.there, RESULT, logged_result(SCORES))
    put(place.there, path, as_lines([sample(0, 1.0)]))
    assert left(place.take()).reason.startswith("no result file lies beside it that its name belongs to")
    assert place.kept()[0].samples == ()


def test_samples_of_a_result_that_is_not_taken_are_left_too(place: Place):
    put_run(place.there, SCORES)
    put(place.there, RESULT, b"{")
    reasons = [one.reason for one in place.take().files]
    assert reasons[1] == f"its result {RESULT} was not taken"
    assert place.written() == {}


def test_samples_of_nothing_that_is_a_mean_are_read_and_leave_the_result_as_it_is(place: Place):
    result, _ = put_run(place.there, SCORES)
    put(place.there, result.name, logged_result(SCORES, results={"copa_es": {"mcc,none": 0.25}}))
    assert place.take().files[1].reason == "read; no figure is a mean of its items"
    assert place.kept()[0].samples == ()


def test_a_link_to_samples_is_not_followed(place: Place, tmp_path: Path):
    _, samples = put_run(tmp_path / "elsewhere", SCORES)
    put(place.there, RESULT, logged_result(SCORES))
    (place.there / samples.name).symlink_to(samples)
    assert "symbolic link" in left(place.take()).reason
    assert place.kept()[0].samples == ()


def test_a_line_or_a_file_of_samples_that_is_too_large_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch):
    put_run(place.there, SCORES)
    monkeypatch.setattr(exchange_folders, "MAX_LINE_BYTES", 100)
    assert "a line is larger than" in left(place.take()).reason
    monkeypatch.undo()
    monkeypatch.setattr(exchange_folders, "MAX_SAMPLES_BYTES", 1000)
    assert "it is larger than" in left(place.take()).reason


def test_one_file_is_taken_with_its_samples_and_without_what_else_lies_there(place: Place):
    result, _ = put_run(place.there, SCORES)
    put(place.there, "other.json", template_result())
    put(place.there, samples_name("copa_es", "2026-11-24T00-00-00"), b"{")
    report = place.take(result)
    assert outcomes(report) == {RESULT: Outcome.HISTORY, samples_name("copa_es"): Outcome.HISTORY}
    assert [one.path for one in report.files] == [str(result), str(result.parent / samples_name("copa_es"))]
    assert place.kept()[0].source == RESULT


def test_paths_that_overlap_are_read_once(place: Place):
    result, samples = put_run(place.there, SCORES)
    report = place.take(samples, result, place.there, result)
    assert [one.outcome for one in report.files] == [Outcome.HISTORY] * 2
    assert len(place.kept()[0].samples) == 1


def test_samples_alone_are_left(place: Place):
    _, samples = put_run(place.there, SCORES)
    assert left(place.take(samples)).path == str(samples)


def test_a_path_that_is_not_there_stops_everything_before_it_begins(place: Place):
    put_run(place.there, SCORES)
    with pytest.raises(LeaderboardError, match=r"nowhere\.json does not exist"):
        place.take(place.there, place.there / "nowhere.json")
    assert place.written() == {}


def test_a_kept_file_that_cannot_be_read_is_not_written_over(place: Place):
    put(place.there, "ranked.json", template_result())
    taken = place.take().files[0]
    path = imported_path(taken.id or "")
    place.store.commit({path: b"{"}, message="break", parent=None)
    assert left(place.take()).reason == f"{path} is in the results store already, but cannot be read; mend or delete it"


def test_many_evaluations_are_committed_some_at_a_time(place: Place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importing, "FILES_PER_COMMIT", 2)
    for number in range(5):
        put(place.there, f"{number}.json", template_result({"copa_es": {"acc": number / 10}}))
    assert place.take().counts[Outcome.TAKEN] == len(place.kept()) == 5


def test_a_real_run_of_lm_eval_with_its_samples_comes_in_whole(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A group, two filters, metrics that are means and one that is not: figures and items of the run."""
    # lm-eval looks for the tokenizer of every model, the dummy's too, and waits for a Hub that does not answer.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "data")
    samples = _run_lm_eval(tmp_path, place.there)
    report = place.take()
    assert set(outcomes(report).values()) == {Outcome.HISTORY}
    assert sorted(one.kind for one in report.files) == [Kind.RESULT] + [Kind.SAMPLES] * 2
    (kept,) = place.kept()
    assert (kept.model, kept.harness_version) == ("org/dummy", "0.4.13")
    (file,) = place.there.rglob("results_*.json")
    results = json.loads(file.read_bytes())["results"]
    for one in kept.samples:
        logged = [item for item in samples[one.task] if item["filter"] == one.filter]
        assert one.ids == tuple(item["doc_hash"] for item in logged)
        for metric, scores in one.scores.items():
            assert scores == tuple(item[metric] for item in logged)
            assert sum(scores) / len(scores) == pytest.approx(results[one.task][f"{metric},{one.filter}"])
    found = {(one.task, one.filter, metric) for one in kept.samples for metric in one.scores}
    assert found == {
        ("opciones", "none", "acc"),
        ("opciones", "none", "acc_norm"),
        ("libre", "strict", "exact_match"),
        ("libre", "loose", "exact_match"),
    }
    assert {one.task for one in kept.tasks} == {"grupo", "opciones", "libre"}
    assert not any("¿Cuánto".encode() in content for content in place.written().values())


def _run_lm_eval(work: Path, output: Path) -> dict[str, list[dict[str, Any]]]:
    """Evaluate lm-eval's dummy model on two tasks of ours as `lm-eval run --log_samples` does; return the samples."""
    rows = [{"q": f"¿Cuánto es {n} más 1?", "options": ["a", "bb", "ccc"], "gold": n % 3} for n in range(6)]
    data = put(work, "rows.jsonl", as_lines(rows))
    common = {
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data)}},
        "test_split": "test",
        "doc_to_text": "{{q}}",
    }
    means = [{"metric": name, "aggregation": "mean", "higher_is_better": True} for name in ("acc", "acc_norm")]
    mcc = {"metric": "mcc", "aggregation": "matthews_corrcoef", "higher_is_better": True}
    # YAML reads JSON.
    put(
        work,
        "tasks/opciones.yaml",
        {
            **common,
            "task": "opciones",
            "output_type": "multiple_choice",
            "doc_to_choice": "{{options}}",
            "doc_to_target": "gold",
            "metric_list": [*means, mcc],
        },
    )
    put(
        work,
        "tasks/libre.yaml",
        {
            **common,
            "task": "libre",
            "output_type": "generate_until",
            "doc_to_target": "{{options[gold]}}",
            "generation_kwargs": {"until": ["\n"]},
            "filter_list": [
                {"name": "strict", "filter": [{"function": "take_first"}]},
                {"name": "loose", "filter": [{"function": "lowercase"}, {"function": "take_first"}]},
            ],
            "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
        },
    )
    aggregated = [{"metric": "acc", "weight_by_size": True}]
    put(work, "tasks/grupo.yaml", {"group": "grupo", "task": ["opciones"], "aggregate_metric_list": aggregated})
    tracker = EvaluationTracker(output_path=str(output))
    results = simple_evaluate(
        model="dummy",
        model_args="pretrained=org/dummy",
        tasks=["grupo", "libre"],
        task_manager=TaskManager(include_path=str(work / "tasks"), include_defaults=False),
        bootstrap_iters=0,
        log_samples=True,
        evaluation_tracker=tracker,
    )
    samples: dict[str, list[dict[str, Any]]] = results.pop("samples")
    tracker.save_results_aggregated(results=results, samples=samples)
    for task in results["configs"]:
        tracker.save_results_samples(task_name=task, samples=samples[task])
    return samples


@pytest.mark.skipif(not LATXA.is_dir(), reason="the real result files are not beside the project")
def test_the_180_real_files_come_in_whole(place: Place):
    report = place.take(LATXA)
    assert (len(report.files), report.counts[Outcome.HISTORY]) == (180, 180)
    kept = {one.source: one for one in place.kept()}
    assert len(kept) == len(place.written()) == 180
    for file in LATXA.glob("*.json"):
        # Read anew, without the importer: every number that is no error of another, by task and key.
        expected = {
            (task, key): value
            for task, metrics in json.loads(file.read_bytes())["results"].items()
            for key, value in metrics.items()
            if isinstance(value, float) and "_stderr" not in key
        }
        found = {
            (one.task, one.metric if one.filter is None else f"{one.metric},{one.filter}"): one.value
            for one in kept[file.name].tasks
        }
        assert found == expected
    before = place.written()
    assert place.take(LATXA).counts[Outcome.KNOWN] == 180
    assert place.written() == before


def test_the_commit_is_part_of_what_was_measured(place: Place):
    put(place.there, "a.json", template_result())
    put(place.there, "b.json", template_result(model_sha="b" * 40))
    place.take()
    assert {one.revision for one in place.kept()} == {SHA, "b" * 40}
    assert DATE not in "".join(one.source for one in place.kept())
