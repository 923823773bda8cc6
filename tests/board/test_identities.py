"""One row a model: which of its identities stands for it, and where the others are."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from leaderboard.board import View, build_board
from leaderboard.records import ChatTemplate, EvalRequest, Evaluation, ModelSource, Precision
from leaderboard.suite import Suite
from tests.board.boards import BASELINE, of, on_hub, ranks
from tests.builders import NOW, facts, model, some_sha256, tiny_suite

MEIGA = {"model": on_hub("org/meiga")}
LATER = {"finished_at": NOW + timedelta(days=1)}
EARLIER = {"finished_at": NOW - timedelta(days=1)}


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return tiny_suite(tmp_path_factory.mktemp("suites"))


def chosen(suite: Suite, *runs: Evaluation) -> tuple[EvalRequest, list[EvalRequest]]:
    """Return the request that stands for its model and those behind it, the same in whatever order they are read."""
    boards = [build_board(order, suite) for order in permutations(runs)]
    assert all(board == boards[0] for board in boards)
    [row] = boards[0].rows
    return row.request, [other.request for other in boards[0].others]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            {"precision": Precision.FLOAT32, "facts": facts(native_precision=Precision.BFLOAT16)}, id="precision"
        ),
        pytest.param({"chat_template": ChatTemplate.NONE}, id="template"),
        pytest.param({"thinking": True}, id="thinking"),
        pytest.param({"model": on_hub("org/meiga", "an earlier commit"), **EARLIER}, id="revision"),
    ],
)
@pytest.mark.parametrize("right", [1, 4])
def test_incident_17_every_identity_is_a_row_and_one_of_them_stands_for_the_model(
    change: dict[str, Any], right: int, suite: Suite
):
    """Not the best of them: whoever submits many variants has no more tries than others."""
    later = {} if "finished_at" in change else LATER
    plain = of(suite, "meiga", 2, 2, **{**MEIGA, "facts": facts(native_precision=Precision.BFLOAT16)})
    other = of(suite, "meiga", right, right, **{**MEIGA, **later, **change})
    assert chosen(suite, plain, other) == (plain.request, [other.request])
    board = build_board([plain, other], suite)
    assert [row.score(View.ES) for row in (*board.rows, *board.others)] == [0.0, right / 2 - 1]
    assert [row.stands_for_model for row in (*board.rows, *board.others)] == [True, False]
    assert board.others[0].standings[View.ES].rank is None


def test_incident_26_many_variants_of_a_model_take_one_rank_and_push_nobody_down(suite: Suite):
    variants = [
        of(suite, "meiga", 4, 4, **{**MEIGA, "chat_template": template, "thinking": thinking})
        for template in ChatTemplate
        for thinking in (False, True)
    ]
    board = build_board([*variants, of(suite, "duende", 3, 3)], suite)
    assert ranks(board) == [(1, "org/meiga"), (2, "duende")]
    assert len(board.others) == len(variants) - 1
    assert board.rows[1].standings[View.ES].ranks is not None
    assert board.rows[1].standings[View.ES].ranks[1] <= 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({"chat_template": ChatTemplate.AUTO, "thinking": True}, {"chat_template": ChatTemplate.NONE}),
        pytest.param(
            {"precision": Precision.FLOAT32, "facts": facts(native_precision=Precision.BFLOAT16)},
            {"facts": facts(native_precision=Precision.BFLOAT16), "thinking": True},
        ),
        pytest.param(
            {"facts": facts(native_precision=Precision.BFLOAT16)},
            {"precision": Precision.FLOAT32, "facts": facts(native_precision=Precision.BFLOAT16), **LATER},
        ),
    ],
    ids=["template before thinking", "thinking before precision", "precision before age"],
)
def test_what_comes_first_decides(first: dict[str, Any], second: dict[str, Any], suite: Suite):
    better, worse = of(suite, "meiga", 1, 1, **{**MEIGA, **first}), of(suite, "meiga", 4, 4, **{**MEIGA, **second})
    assert chosen(suite, better, worse) == (better.request, [worse.request])


def test_the_newest_revision_stands_for_the_model(suite: Suite):
    revisions = [
        of(suite, "meiga", 4 - day, 2, model=on_hub("org/meiga", f"day {day}"), finished_at=NOW + timedelta(days=day))
        for day in range(3)
    ]
    newest, others = chosen(suite, *revisions)
    assert newest == revisions[2].request
    assert {other.id for other in others} == {one.request.id for one in revisions[:2]}


def test_incident_18_a_newer_revision_that_is_incomplete_does_not_displace_a_complete_one(suite: Suite):
    whole = of(suite, "meiga", 3, 3, **MEIGA)
    newer = of(suite, "meiga", None, 4, model=on_hub("org/meiga", "newer"), **LATER)
    assert chosen(suite, whole, newer) == (whole.request, [newer.request])


def test_complete_means_in_the_default_view(suite: Suite):
    whole = of(suite, "meiga", 3, 3, **MEIGA)
    spanish_alone = of(suite, "meiga", 1, None, model=on_hub("org/meiga", "newer"), **LATER)
    assert chosen(suite, whole, spanish_alone) == (spanish_alone.request, [whole.request])


def test_a_model_without_a_complete_identity_is_shown_once(suite: Suite):
    first, second = (
        of(suite, "meiga", None, 4, model=on_hub("org/meiga", revision), finished_at=NOW + timedelta(days=day))
        for day, revision in enumerate(("one", "two"))
    )
    assert chosen(suite, first, second) == (second.request, [first.request])


@pytest.mark.parametrize("precision", [Precision.BFLOAT16, Precision.FLOAT32])
def test_where_nobody_knows_the_native_precision_the_newest_stands(precision: Precision, suite: Suite):
    unknown = {"facts": facts(native_precision=None)}
    old = of(suite, "meiga", 4, 4, **{**MEIGA, **unknown, "precision": Precision.FLOAT16})
    new = of(suite, "meiga", 1, 1, **{**MEIGA, **unknown, "precision": precision, **LATER})
    assert chosen(suite, old, new)[0] == new.request


def test_the_hub_does_not_tell_upper_from_lower_case_and_neither_do_rows(suite: Suite):
    one, other = (of(suite, "meiga", 4, 4, model=on_hub(name)) for name in ("Org/Meiga", "org/meiga"))
    board = build_board([one, other], suite)
    assert (len(board.rows), len(board.others)) == (1, 1)


def test_local_folders_of_one_name_with_other_files_are_two_models(suite: Suite):
    runs = [of(suite, "meiga", right, 4, model=model("meiga", revision=some_sha256(str(right)))) for right in (3, 4)]
    board = build_board(runs, suite)
    assert (ranks(board), board.others) == ([(1, "meiga"), (2, "meiga")], ())


def test_one_local_folder_in_two_precisions_is_one_model(suite: Suite):
    runs = [of(suite, "meiga", 3, 4, precision=one) for one in (Precision.BFLOAT16, Precision.FLOAT32)]
    board = build_board(runs, suite)
    assert (len(board.rows), len(board.others)) == (1, 1)


def test_a_model_of_the_hub_and_a_folder_of_its_name_are_two(suite: Suite):
    runs = [
        of(suite, "a/b", 4, 4, model=model("a/b", source=source)) for source in (ModelSource.HUB, ModelSource.LOCAL)
    ]
    assert [rank for rank, _ in ranks(build_board(runs, suite))] == [1, 1]


def test_a_baseline_of_two_versions_of_its_engine_is_one_row(suite: Suite):
    newer = {**BASELINE, "model": model("dummy", source=ModelSource.BASELINE, revision="0.5.0"), **LATER}
    request, others = chosen(suite, of(suite, "dummy", 2, 2, **BASELINE), of(suite, "dummy", 1, 1, **newer))
    assert (request.model.revision, [other.model.revision for other in others]) == ("0.5.0", ["0.4.13"])
