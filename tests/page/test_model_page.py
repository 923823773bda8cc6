"""The page of one model: everything of it, beside the others, and clear words where there is nothing."""

from pathlib import Path

import pytest

from leaderboard.board import Board, build_board
from leaderboard.page.model_page import model_page
from leaderboard.page.visit import Visit
from leaderboard.queue import QueueView
from leaderboard.records import Cause, Energy, ModelSource, Precision, Status, TaskFailure
from leaderboard.suite import load_suite
from leaderboard.texts import LANGUAGES, load_texts
from tests.builders import evaluation, facts, failure, model, queue_view, request_for, state, tiny_suite
from tests.made_models import made_run
from tests.page.hostile import NAMES, read_html

TEXTS = load_texts("es")
SUITE = load_suite("muestra")
NOTHING = queue_view()


def board_of(*names: str, precision: Precision = Precision.BFLOAT16) -> Board:
    runs = []
    for number, name in enumerate(names):
        asked = request_for(
            SUITE,
            name,
            model=model(name, source=ModelSource.HUB),
            precision=precision,
            facts=facts(native_precision=Precision.BFLOAT16),
        )
        right = {task.id: (task.declaration.items or 0) * (9 - number) // 10 for task in SUITE.tasks}
        runs.append(evaluation(asked, SUITE, right))
    return build_board(runs, SUITE)


def shown(board: Board, name: str, queue: QueueView = NOTHING, request: str = "", language: str = "es") -> str:
    page = model_page(Visit(language, {"model": name, "request": request}), board, queue, SUITE)
    return read_html(page.head + page.rest).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_model_is_shown_with_its_standing_and_every_task_beside_the_best(language: str):
    board, texts = board_of("casa/uno", "casa/dos", "casa/tres"), load_texts(language)
    text = shown(board, "casa/dos", language=language)
    [row] = [one for one in board.rows if one.request.model.name == "casa/dos"]
    best = next(one for one in board.rows if one.request.model.name == "casa/uno")
    for task in SUITE.tasks:
        assert texts.points(row.cells[task.id].normalised) in text
        assert texts.points(best.cells[task.id].normalised) in text
    assert row.request.model.revision in text
    for standing in row.standings.values():
        assert standing.mean is not None
        assert texts.points(standing.mean.score) in text


def test_without_a_model_the_page_asks_for_one_and_an_unknown_one_is_named():
    assert TEXTS("model.none_chosen") in shown(board_of("casa/uno"), "")
    assert TEXTS("model.unknown", model="casa/nadie") in shown(board_of("casa/uno"), "casa/nadie")


def test_a_model_that_failed_is_shown_with_its_cause_and_no_row():
    asked = request_for(SUITE, "casa/rota", model=model("casa/rota", source=ModelSource.HUB))
    broken = state(Status.FAILED, failure=failure("no hay memoria", Cause.OUT_OF_MEMORY))
    text = shown(board_of("casa/uno"), "CASA/rota", queue_view((asked, broken)))
    assert TEXTS("model.not_evaluated") in text
    assert f"{TEXTS('causes.out_of_memory')}. no hay memoria" in text


def test_a_task_that_failed_is_named_with_its_cause(tmp_path: Path):
    suite = tiny_suite(tmp_path)
    asked = request_for(suite)
    ran = evaluation(asked, suite, {"refranes": 3})
    lost = TaskFailure(task="sumas", failure=failure("se cortó", Cause.TASK_ERROR))
    ran = ran.replaced(manifest=ran.manifest.replaced(failures=(lost,)))
    page = model_page(Visit("es", {"model": asked.model.name}), build_board([ran], suite), NOTHING, suite)
    assert "se cortó" in read_html(page.rest).text
    assert TEXTS("causes.task_error") in read_html(page.rest).text


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_in_the_address_is_text(name: str):
    plain, seen = (
        read_html(model_page(Visit("es", {"model": asked}), board_of("casa/uno"), NOTHING, SUITE).head)
        for asked in ("nadie", name)
    )
    assert seen.tags == plain.tags
    assert name in seen.text


def test_it_links_to_comparisons_with_its_neighbours():
    page = model_page(Visit("es", {"model": "casa/dos"}), board_of("casa/uno", "casa/dos", "casa/tres"), NOTHING, SUITE)
    for other in ("uno", "tres"):
        assert f"?tab=compare&amp;a=casa%2Fdos&amp;b=casa%2F{other}" in page.head


def test_how_it_was_evaluated_is_told_and_what_was_not_measured_too():
    board = board_of("casa/uno")
    text = shown(board, "casa/uno")
    for said in (board.rows[0].request.id, "hf 0.4.13", "lm_eval 0.4.13", "a processor", "sin medir"):
        assert said in text
    assert "--model_args" in text


@pytest.mark.parametrize(
    ("energy", "whole", "each"),
    [
        (Energy(kwh=0.25, metered=("cpu", "gpu"), estimated=()), "kWh", "0,2500"),
        (Energy(kwh=0.0000314, metered=(), estimated=("cpu",)), "kWh, en parte estimados", "0,0000314"),
        (
            Energy(kwh=0.25, metered=("gpu",), estimated=("ram",)),
            "kWh, en parte estimados",
            "≈\N{NO-BREAK SPACE}0,2500",
        ),
    ],
)
def test_what_it_took_of_electricity_is_told_and_estimates_are_marked(energy: Energy, whole: str, each: str):
    ran = made_run(SUITE, "casa/uno", 1.0, 0.5, seed=1)
    ran = ran.replaced(results=tuple(one.replaced(energy=energy) for one in ran.results))
    text = shown(build_board([ran], SUITE), "casa/uno")
    digits = 4 if energy.kwh >= 0.01 else 7
    assert f"{load_texts('es').decimal(energy.kwh * len(ran.results), digits)} {whole}" in text
    assert text.count(each) == len(ran.results)


def test_the_log_of_a_failure_is_shown():
    asked = request_for(SUITE, "casa/rota", model=model("casa/rota", source=ModelSource.HUB))
    broken = state(Status.FAILED, failure=failure("no hay memoria", Cause.OUT_OF_MEMORY, log=("CUDA error 2",)))
    assert "CUDA error 2" in shown(board_of("casa/uno"), "casa/rota", queue_view((asked, broken)))
