"""What others measured, under our names: which figures are scores of our tasks, and which files are one row."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from benchmarks.real_data import SOURCE

from leaderboard.board import build_board
from leaderboard.board.intervals import IntervalMethod, around, wilson
from leaderboard.board.references import (
    WHY_UNRANKED,
    ReferenceCell,
    ReferenceRow,
    called_in_file_name,
    reference_cells,
    reference_rows,
)
from leaderboard.exchange.template_results import read_result
from leaderboard.records import (
    ImportedEvaluation,
    ImportedSamples,
    ImportedTask,
    ModelSource,
    new_imported_evaluation,
)
from leaderboard.suite import Metric, Suite, load_suite
from tests.builders import declaration, foreign_declaration, some_sha256, tiny_suite

LATXA = SOURCE / "results_latxa"
needs_latxa = pytest.mark.skipif(not LATXA.is_dir(), reason="the real result files are not beside the project")

SHA = "a" * 40
TASKS = (
    declaration("refranes", aliases=["proverbs"]),
    declaration("lugares", metric="acc_norm"),
    declaration("posturas", metric="macro_f1", classes=[0, 2]),
    declaration("clases", metric="macro_f1"),
    declaration("temas", metric="micro_f1"),
    foreign_declaration("frases", metric="mcc", chance=0.0),
)


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return tiny_suite(tmp_path_factory.mktemp("suite"), TASKS)


def figure(task: str = "refranes", metric: str = "acc", value: float = 0.75, **more: Any) -> ImportedTask:
    return ImportedTask(task=task, metric=metric, value=value, **more)


def evaluation(*tasks: ImportedTask, **changes: Any) -> ImportedEvaluation:
    fields: dict[str, Any] = {
        "source": "results.json",
        "source_sha256": some_sha256("file"),
        "model": "org/meiga-1b",
        "model_source": ModelSource.HUB,
        "revision": None,
        "tasks": tasks or (figure(),),
    }
    return new_imported_evaluation(**{**fields, **changes})


def cell_of(suite: Suite, one: ImportedTask, **changes: Any) -> ReferenceCell:
    (cell,) = reference_cells(evaluation(one, **changes), suite).values()
    return cell


def logged(*scores: float, metric: str = "acc") -> tuple[ImportedSamples, ...]:
    ids = tuple(f"{number:064x}" for number in range(len(scores)))
    return (ImportedSamples(task="refranes", ids=ids, scores={metric: scores}),)


def test_a_cell_says_what_the_file_says_and_what_is_ours(suite: Suite):
    moment = datetime(2024, 5, 1, tzinfo=UTC)
    cell = cell_of(
        suite,
        figure("proverbs", filter="none", stderr=0.125, shots=5, items=400),
        precision="float16",
        harness_version="0.4.2",
        evaluated_at=moment,
    )
    assert cell == ReferenceCell(
        raw=0.75,
        metric=Metric.ACC,
        chance=0.5,
        stderr=0.125,
        interval=around(0.75, 0.125, math.inf, IntervalMethod.STANDARD_ERROR),
        items=400,
        shots=5,
        own_shots=0,
        task_there="proverbs",
        precision="float16",
        harness_version="0.4.2",
        evaluated_at=moment,
        source="results.json",
    )
    assert cell.normalised == 0.5
    assert cell.normalised_interval is not None
    assert cell.normalised_interval.high == pytest.approx(0.5 + 2 * 1.959964 * 0.125)


@pytest.mark.parametrize("stderr", [0.01, None])
def test_a_share_of_few_items_has_the_interval_of_their_number(suite: Suite, stderr: float | None):
    """A normal interval of a share near 1 of few items would end short of what they can tell."""
    few = cell_of(suite, figure(value=0.98, stderr=stderr, items=299)).interval
    assert few == wilson(0.98, 299).within(0.0, 1.0)
    many = cell_of(suite, figure(value=0.98, stderr=0.01, items=300)).interval
    assert many is not None
    assert many.method is IntervalMethod.STANDARD_ERROR
    no_share = cell_of(suite, figure("frases", "mcc", value=0.9, stderr=0.01, items=40)).interval
    assert no_share is not None
    assert no_share.method is IntervalMethod.STANDARD_ERROR


def test_an_unknown_standard_error_gives_no_interval(suite: Suite):
    cell = cell_of(suite, figure(items=400))
    assert (cell.stderr, cell.interval, cell.normalised_interval) == (None, None, None)


def test_a_standard_error_of_zero_is_no_certainty(suite: Suite):
    assert cell_of(suite, figure(value=1.0, stderr=0.0, items=40)).interval == wilson(1.0, 40).within(0.0, 1.0)
    assert cell_of(suite, figure(value=1.0, stderr=0.0)).interval is None
    assert cell_of(suite, figure("frases", "mcc", value=1.0, stderr=0.0, items=40)).interval is None


def test_an_interval_stays_within_what_the_metric_can_be(suite: Suite):
    interval = cell_of(suite, figure(value=0.99, stderr=0.1)).interval
    assert interval is not None
    assert interval.high == 1.0
    mcc = cell_of(suite, figure("frases", "mcc", value=-0.95, stderr=0.1)).interval
    assert mcc is not None
    assert mcc.low == -1.0


def test_known_items_go_before_the_files_own_standard_error(suite: Suite):
    right = cell_of(suite, figure(stderr=0.5, items=9), samples=logged(1.0, 1.0, 1.0, 0.0))
    assert (right.interval, right.items) == (wilson(0.75, 4), 4)
    partly = cell_of(suite, figure(), samples=logged(0.5, 1.0, 1.0, 0.5))
    spread = math.sqrt(4 * 0.25**2 / 3) / 2
    expected = around(0.75, spread, 3, IntervalMethod.STUDENT).within(0.0, 1.0)
    assert partly.interval is not None
    assert partly.interval.low == pytest.approx(expected.low)
    assert (partly.interval.high, partly.interval.method) == (1.0, IntervalMethod.STUDENT)


def test_items_of_another_filter_or_metric_are_not_those_of_the_figure(suite: Suite):
    cell = cell_of(suite, figure(filter="none"), samples=logged(1.0, 0.0))
    assert (cell.interval, cell.items) == (None, None)
    assert cell_of(suite, figure(), samples=logged(1.0, 0.0, metric="acc_norm")).interval is None


@pytest.mark.parametrize(
    "other",
    [
        figure("unknown"),
        figure(metric="acc_norm"),
        figure(filter="strict"),
        figure(value=75.0),
        figure(value=-0.1),
        figure("lugares", "acc"),
        figure("temas", "f1"),
        figure("temas", "f1", aggregation="mean"),
        figure("temas", "acc"),
        figure("clases", "f1", aggregation="f1"),
        figure("clases", "f1", aggregation="vaxx_f1_score"),
        figure("posturas", "f1", aggregation="macro_f1_score"),
        figure("frases", "mcc", value=-1.5),
    ],
)
def test_what_is_not_the_tasks_own_metric_is_no_cell(suite: Suite, other: ImportedTask):
    assert reference_cells(evaluation(other), suite) == {}


@pytest.mark.parametrize(
    "own",
    [
        figure(filter="none"),
        figure("lugares", "acc_norm"),
        figure("temas", "f1", aggregation="micro_f1_score"),
        figure("clases", "f1", aggregation="macro_f1_score"),
        figure("posturas", "f1", aggregation="vaxx_f1_score"),
        figure("frases", "mcc"),
    ],
)
def test_the_tasks_own_metric_is_a_cell_as_lm_eval_spells_it(suite: Suite, own: ImportedTask):
    cells = reference_cells(evaluation(own), suite)
    assert {task: cell.raw for task, cell in cells.items()} == {own.task: 0.75}


@pytest.mark.parametrize(
    ("metric", "aggregation", "value", "raw"),
    [("bleu", "bleu", 25.0, 0.25), ("bleu", "mean", 0.25, None), ("f1", "mean", 0.25, 0.25), ("f1", "f1", 0.25, None)],
)
def test_lm_evals_bleu_is_in_per_cent_and_overlap_of_words_is_a_mean(
    tmp_path: Path, metric: str, aggregation: str, value: float, raw: float | None
):
    rows = [{"id": f"r{number}", "question": "a", "answer": "b"} for number in range(4)]
    config = {"output_type": "generate_until", "doc_to_text": "{{question}}", "doc_to_target": "{{answer}}"}
    one = declaration("resumen", metric=metric, chance=0.0, filter="none")
    suite = tiny_suite(tmp_path, [one], rows={"resumen": rows}, configs={"resumen": config})
    found = reference_cells(evaluation(figure("resumen", metric, value, stderr=1.0, aggregation=aggregation)), suite)
    assert [cell.raw for cell in found.values()] == ([] if raw is None else [raw])
    if metric == "bleu" and raw is not None:
        assert found["resumen"].stderr == 0.01


def test_a_tasks_own_name_goes_before_its_alias(suite: Suite):
    cells = reference_cells(evaluation(figure("proverbs", value=0.1), figure("refranes", value=0.2)), suite)
    assert cells["refranes"].raw == 0.2


def test_files_of_one_model_are_one_row(suite: Suite):
    rows = reference_rows(
        [
            evaluation(figure(), source="a.json", harness_version="0.4.9"),
            evaluation(figure("lugares", "acc_norm"), source="b.json", precision="float16"),
        ],
        suite,
    )
    (row,) = rows
    assert (row.model, row.on_hub, row.revision, row.precision) == ("org/meiga-1b", True, None, "float16")
    assert (row.sources, row.harness_versions) == (("a.json", "b.json"), ("0.4.9",))
    assert {task: cell.precision for task, cell in row.cells.items()} == {"lugares": "float16", "refranes": None}
    assert row.why_unranked.startswith("it names no full commit sha")


@pytest.mark.parametrize(
    "change", [{"revision": SHA}, {"limit": 10.0}, {"model": "org/other"}, {"model_source": ModelSource.LOCAL}]
)
def test_incident_17_two_commits_or_models_are_never_one_row(suite: Suite, change: dict[str, Any]):
    local = {"model": "meiga-1b"} if "model_source" in change else {}
    rows = reference_rows([evaluation(), evaluation(figure("lugares", "acc_norm"), **{**change, **local})], suite)
    assert [len(row.cells) for row in rows] == [1, 1]


def test_incident_17_two_precisions_are_never_one_row(suite: Suite):
    rows = reference_rows([evaluation(precision=one) for one in ("float16", "bfloat16", None)], suite)
    assert [row.precision for row in rows] == [None, "bfloat16", "float16"]


def test_what_could_be_ranked_says_why_it_is_not(suite: Suite):
    (row,) = reference_rows([evaluation(revision=SHA)], suite)
    assert (row.revision, row.why_unranked) == (SHA, WHY_UNRANKED)


def test_of_two_figures_of_a_task_the_one_with_items_stands_then_the_later(suite: Suite):
    early = evaluation(figure(value=0.1), source="z.json", evaluated_at=datetime(2024, 1, 1, tzinfo=UTC))
    late = evaluation(figure(value=0.2), source="a.json", evaluated_at=datetime(2025, 1, 1, tzinfo=UTC))
    with_items = evaluation(figure(value=0.5), source="b.json", samples=logged(1.0, 0.0))

    def shown(*evaluations: ImportedEvaluation) -> float:
        (row,) = reference_rows(evaluations, suite)
        return row.cells["refranes"].raw

    assert shown(late, early) == shown(early, late) == 0.2
    assert shown(with_items, late) == shown(late, with_items) == 0.5


@pytest.mark.parametrize(
    ("source", "called"),
    [
        ("latxa-7b-v1_refranes_5-shot.json", "latxa-7b-v1"),
        ("deep/er/a_b_refranes_0-shot.json", "a_b"),
        ("latxa-7b-v1_bhtc_5-shot.json", None),
        ("refranes_5-shot.json", None),
        ("_refranes_5-shot.json", None),
        ("latxa-7b-v1_refranes.json", None),
        ("results.json", None),
    ],
)
def test_a_file_may_be_named_after_its_model(source: str, called: str | None):
    assert called_in_file_name(evaluation(source=source)) == called


def test_a_group_of_tasks_is_one_in_a_files_name():
    tasks = (figure("story_eu"), figure("story_es"))
    assert called_in_file_name(evaluation(*tasks, source="mine_story_0-shot.json")) == "mine"


def folder(name: str, source: str, task: ImportedTask | None = None) -> ImportedEvaluation:
    return evaluation(task or figure(), model=name, model_source=ModelSource.LOCAL, source=source)


def test_folders_of_one_name_are_told_apart_by_their_files_names(suite: Suite):
    rows = reference_rows(
        [
            folder("global_step1000", "a-7b_refranes_5-shot.json"),
            folder("global_step1000", "a-13b_refranes_5-shot.json"),
            folder("step9", "a-13b_lugares_5-shot.json", figure("lugares", "acc_norm")),
            folder("meiga-1b", "results.json"),
        ],
        suite,
    )
    found = [(row.model, row.on_hub, sorted(row.cells)) for row in rows]
    assert found == [
        ("a-13b", False, ["lugares", "refranes"]),
        ("a-7b", False, ["refranes"]),
        ("meiga-1b", False, ["refranes"]),
    ]


def test_a_folder_joins_the_one_model_of_the_hub_that_its_publisher_gives_its_name(suite: Suite):
    mine = folder("weights", "x/meiga-1b_refranes_5-shot.json")
    there = evaluation(figure("lugares", "acc_norm"), source="x/other.json")
    (row,) = reference_rows([mine, there], suite)
    assert (row.model, row.on_hub, len(row.cells)) == ("org/meiga-1b", True, 2)
    elsewhere = evaluation(figure("lugares", "acc_norm"), source="y/other.json")
    assert [row.model for row in reference_rows([mine, elsewhere], suite)] == ["meiga-1b", "org/meiga-1b"]
    namesake = evaluation(model="another/meiga-1b", source="x/third.json")
    rows = reference_rows([mine, there, namesake], suite)
    assert [row.model for row in rows] == ["another/meiga-1b", "meiga-1b", "org/meiga-1b"]


def test_reference_rows_are_no_rows_of_the_board(suite: Suite):
    """The board is built of runs of ours alone: there is no way for an imported evaluation into it."""
    assert reference_rows([evaluation()], suite)
    board = build_board([], suite)
    assert (board.rows, board.others) == ((), ())


@pytest.fixture(scope="module")
def latxa() -> tuple[ReferenceRow, ...]:
    read = [read_result(file.read_bytes(), file.name) for file in sorted(LATXA.glob("*.json"))]
    return reference_rows(read, load_suite("ranking600m"))


def expected_of_the_files() -> dict[tuple[str, str], float]:
    """Return the figure of each published model and task of ours, read from the files without the importer."""
    keys = ("acc,none", "acc", "f1,none")
    found: dict[tuple[str, str], float] = {}
    for file in LATXA.glob("*.json"):
        results: Mapping[str, Mapping[str, float]] = json.loads(file.read_bytes())["results"]
        for task, metrics in results.items():
            ours = task.replace("xstory_cloze_", "xstorycloze_")
            model = file.name.removesuffix("-shot.json").rpartition("_")[0]
            parts = (f"_{task}", f"_{task.rpartition('_')[0]}")
            label = next((model.removesuffix(one) for one in parts if model.endswith(one)), None)
            value = next((metrics[key] for key in keys if key in metrics), None)
            if label and value is not None and not ours.startswith("eus_exams_eu_"):
                found[label, ours] = value
    return found


@needs_latxa
def test_the_180_real_files_are_fifteen_models_by_twelve_tasks(latxa: tuple[ReferenceRow, ...]):
    expected = expected_of_the_files()
    found = {(row.model.rpartition("/")[2], task): cell.raw for row in latxa for task, cell in row.cells.items()}
    ours = {one.id for one in load_suite("ranking600m").tasks}
    assert found == {key: value for key, value in expected.items() if key[1] in ours}
    basque = {key for key in found if key[1] != "xstorycloze_es"}
    assert len(latxa) == len({model for model, _ in basque}) == 15
    assert len({task for _, task in basque}) == 12
    assert len(basque) == 15 * 12
    assert sorted(set(found) - basque) == [("Llama-2-7b-hf", "xstorycloze_es")]


@needs_latxa
def test_real_standard_errors_give_intervals_and_unknown_ones_none(latxa: tuple[ReferenceRow, ...]):
    for row in latxa:
        without = {task for task, cell in row.cells.items() if cell.interval is None}
        assert without == {"bec2016eu", "bhtc_v2", "vaxx_stance"}
        for task in row.cells.keys() - without:
            interval = row.cells[task].interval
            assert interval is not None
            assert interval.method is IntervalMethod.STANDARD_ERROR
        assert all(cell.stderr != 0 for cell in row.cells.values())


@needs_latxa
def test_what_was_asked_otherwise_than_here_is_to_be_seen(latxa: tuple[ReferenceRow, ...]):
    llama = next(row for row in latxa if row.model == "meta-llama/Llama-2-7b-hf")
    older, exams = llama.cells["xstorycloze_eu"], llama.cells["eus_exams_eu"]
    assert (older.task_there, older.shots, older.own_shots) == ("xstory_cloze_eu", 0, 0)
    assert (exams.shots, exams.own_shots) == (5, 4)
    assert older.source == "Llama-2-7b-hf_xstory_cloze_0-shot.json"
