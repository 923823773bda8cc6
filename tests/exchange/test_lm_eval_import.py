"""Files and folders of lm-eval into a real store: what becomes of each; a second time changes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.real_data import SOURCE
from lm_eval.evaluator import simple_evaluate
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager

from leaderboard.board.references import reference_rows
from leaderboard.exchange import FileReport, ImportReport, Kind, Outcome, import_lm_eval
from leaderboard.exchange import folders as exchange_folders
from leaderboard.exchange import lm_eval_import as importing
from leaderboard.records import ImportedEvaluation, LeaderboardError, new_imported_evaluation
from leaderboard.results.imported import imported_path, read_imported
from leaderboard.store import FolderStore
from leaderboard.suite import load_suite
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
    assert (kept.source, kept.samples[0].scores) == (f"there/{RESULT}", {"acc": SCORES})
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
        "nan.json": "its `results` hold no score but what is no finite number: 'copa_es' 'acc'",
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
    assert place.kept()[0].source == f"there/{RESULT}"


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
            for one in kept[f"{LATXA.name}/{file.name}"].tasks
        }
        assert found == expected
    assert len(reference_rows(place.kept(), load_suite("ranking600m"))) == 15
    before = place.written()
    assert place.take(LATXA).counts[Outcome.KNOWN] == 180
    assert place.written() == before


def test_the_commit_is_part_of_what_was_measured(place: Place):
    put(place.there, "a.json", template_result())
    put(place.there, "b.json", template_result(model_sha="b" * 40))
    place.take()
    assert {one.revision for one in place.kept()} == {SHA, "b" * 40}
    assert DATE not in "".join(one.source for one in place.kept())


def local_result(score: float) -> dict[str, Any]:
    return template_result({"copa_es": {"acc": score}}, model_name="base", model_sha=None)


def test_incident_17_two_folders_with_files_of_one_name_are_told_apart(place: Place):
    for folder, score in (("a", 0.25), ("b", 0.75)):
        put(place.there, f"{folder}/base_copa_es_0-shot.json", local_result(score))
    place.take(place.there / "a", place.there / "b" / "base_copa_es_0-shot.json")
    assert {one.source for one in place.kept()} == {"a/base_copa_es_0-shot.json", "b/base_copa_es_0-shot.json"}
    assert len(reference_rows(place.kept(), load_suite("ranking600m"))) == 2


def test_what_is_kept_of_a_folders_path_is_its_plain_name_alone(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    put(place.there, "deep/er.json", local_result(0.25))
    put(tmp_path / "red\x1b[31m", "unprintable.json", local_result(0.5))
    monkeypatch.chdir(place.there)
    report = place.take(Path(), tmp_path / "red\x1b[31m")
    assert {one.source for one in place.kept()} == {"there/deep/er.json", "unprintable.json"}
    assert report.files[0].path == "deep/er.json"


def test_samples_that_come_later_take_the_place_of_the_record_without_them(place: Place):
    put(place.there, RESULT, logged_result(SCORES))
    first = place.take().files[0].id
    put_run(place.there, SCORES)
    report = place.take()
    assert outcomes(report) == {RESULT: Outcome.HISTORY, samples_name("copa_es"): Outcome.HISTORY}
    assert report.files[0].reason.endswith("; it takes the place of what an earlier import kept of the same file")
    (kept,) = place.kept()
    assert len(kept.samples) == 1
    assert {one.id for one in report.files} == {kept.id} != {first}
    assert list(place.written()) == [imported_path(kept.id)]


def test_a_record_with_samples_stays_where_they_lie_beside_its_file_no_longer(place: Place):
    _, samples = put_run(place.there, SCORES)
    kept = place.take().files[0].id
    before = place.written()
    samples.unlink()
    (again,) = place.take().files
    assert (again.outcome, again.reason, again.id) == (Outcome.KNOWN, "imported before", kept)
    assert place.written() == before


def test_samples_of_two_tasks_that_come_one_after_the_other_are_both_kept(place: Place):
    document = logged_result(SCORES)
    for key in ("results", "configs", "n-samples", "n-shot"):
        document[key] |= {"bhtc": document[key]["copa_es"]}
    _, samples = put_run(place.there, SCORES)
    put(place.there, RESULT, document)
    place.take()
    samples.rename(samples.with_name(samples_name("bhtc")))
    place.take()
    (kept,) = place.kept()
    assert [one.task for one in kept.samples] == ["bhtc", "copa_es"]


def test_an_older_record_that_says_less_of_its_figures_is_replaced(place: Place):
    """Records of before did not say how a figure was aggregated."""
    put(place.there, RESULT, logged_result(SCORES))
    place.take()
    (now,) = place.kept()
    fields = {name: getattr(now, name) for name in type(now).model_fields if name not in {"id", "tasks"}}
    poorer = [one.model_copy(update={"aggregation": None}) for one in now.tasks]
    old = new_imported_evaluation(**{**fields, "source": RESULT}, tasks=poorer)
    changes = {imported_path(now.id): None, imported_path(old.id): old.to_json()}
    place.store.commit(changes, message="as it was", parent=None)
    assert place.take(is_dry=True).files[0].outcome is Outcome.HISTORY
    assert place.kept() == (old,)
    place.take()
    assert place.kept() == (now,)


def test_one_file_in_two_folders_is_one_record_also_where_only_one_has_samples(place: Place):
    put_run(place.there / "b", SCORES)
    put(place.there, f"a/{RESULT}", logged_result(SCORES))
    report = place.take()
    assert [one.outcome for one in report.files] == [Outcome.HISTORY] * 3
    assert len(place.kept()) == len(place.written()) == 1
    assert place.kept()[0].samples


def test_a_figure_that_is_nan_is_named_and_the_files_others_are_taken(place: Place):
    put(place.there, "some.json", template_result({"copa_es": {"acc": float("nan")}, "bhtc": {"f1": 0.5}}))
    (report,) = place.take().files
    assert report.outcome is Outcome.TAKEN
    assert report.reason.endswith("figures: 1; not finite, and left out: 'copa_es' 'acc'")
    assert [one.task for one in place.kept()[0].tasks] == ["bhtc"]


def test_a_path_that_is_too_long_is_a_sentence(place: Place):
    with pytest.raises(LeaderboardError, match=r"a cannot be read \(File name too long\)\. Check the path\."):
        place.take(place.there / ("a" * 300))


@pytest.mark.parametrize("name", ["pretrained__org__m_copa_es.jsonl", "more.jsonl"])
def test_lines_that_are_not_named_like_samples_are_left_with_the_reason(place: Place, name: str):
    result, _ = put_run(place.there, SCORES)
    other = put(place.there, name, as_lines([sample(0, 1.0)]))
    report = place.take()
    assert left(report).path == str(other)
    assert left(report).reason.startswith("its name is not that of samples (samples_{task}_{date}.jsonl)")
    assert report.others == 0
    assert left(place.take(other)).reason == left(report).reason
    assert not place.take(result).counts[Outcome.NOT_TAKEN], "nobody asked for what else lies there"
