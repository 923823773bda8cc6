"""`compare` as a maintainer runs it."""

from dataclasses import replace
from typing import Any

import pytest

from leaderboard.board import build_board
from leaderboard.cli.compare_commands import UnknownModelError, chosen_row
from leaderboard.records import ModelSource, Precision
from tests.builders import evaluation, model, request_for
from tests.cli.conftest import Place

SHA, OTHER_SHA = "a" * 40, "ab" + "c" * 38


def test_two_models_are_compared_task_by_task(place: Place):
    for name in ("meiga-1b", "trasno-1b"):
        place.finished(name)
    said = place.run("compare", "meiga-1b", "Trasno-1B")
    assert said.status == 0, said.err
    header, *lines = said.out.split("\n\n")[1].splitlines()
    assert header.split()[:5] == ["task", "items", "A", "B", "A"]
    assert [line.split()[0] for line in lines] == ["refranes", "sumas"]
    assert "no difference shown" in lines[0]
    assert "view es" in said.out
    assert said.out.splitlines()[-1] == "meiga-1b is better on 0, worse on 0, no difference shown on 2 of 2."


def test_as_json_it_has_every_figure(place: Place):
    for name in ("meiga-1b", "trasno-1b"):
        place.finished(name)
    found = place.json("compare", "meiga-1b", "trasno-1b", "--task", "sumas")
    [task] = found["tasks"]
    assert (found["rule"], task["task"], task["difference"], task["p"], task["p_holm"]) == (
        "mini-1.0",
        "sumas",
        0,
        1,
        1,
    )
    assert found["summary"]["text"].endswith("no difference shown on 1 of 1.")
    assert set(found["views"]) == {"es", "gl", "all"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("meiga-1b", "nobody"), "The board has no model nobody."),
        (("meiga-1b", "meiga-1b@0000"), "The board has no model meiga-1b@0000."),
        (("meiga-1b", "meiga-1b", "--task", "nothing"), "has no task nothing"),
    ],
)
def test_what_is_not_there_is_named(place: Place, arguments: tuple[str, ...], said: str):
    place.finished("meiga-1b")
    answer = place.run("compare", *arguments)
    assert answer.status == 2
    assert said in answer.err


@pytest.fixture
def board(place: Place) -> Any:
    """One model in two revisions, one of them in two precisions."""
    suite = place.suite
    wishes = [(SHA, Precision.BFLOAT16), (SHA, Precision.FLOAT16), (OTHER_SHA, Precision.BFLOAT16)]
    evaluations = [
        evaluation(
            request_for(
                suite, model=model("somos/meiga", source=ModelSource.HUB, revision=revision), precision=precision
            ),
            suite,
            {"refranes": 3, "sumas": 2},
        )
        for revision, precision in wishes
    ]
    return build_board(evaluations, suite)


def test_a_name_alone_means_the_identity_that_stands_for_its_model(board: Any):
    assert chosen_row(board, "somos/meiga") is board.rows[0]


def test_a_revision_may_be_cut_short_as_long_as_it_means_one(board: Any):
    assert chosen_row(board, "somos/meiga@abc").request.model.revision == OTHER_SHA


def test_what_may_mean_several_is_refused_with_all_of_them_and_an_id_means_one(board: Any):
    several = replace(board, rows=(), others=(*board.rows, *board.others))
    with pytest.raises(UnknownModelError, match="may mean several rows") as refused:
        chosen_row(several, "somos/meiga")
    for row in several.others:
        assert row.request.id in str(refused.value)
        assert chosen_row(several, row.request.id) is row
