"""Evidence about models: what probes show, and weights under another name."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from leaderboard.board import Board, build_board
from leaderboard.board.flags import Flag, FlagKind, flag_as_data, flags
from leaderboard.board.health import assess
from leaderboard.records import Evaluation, ModelReference, ModelSource, ModelType, Precision
from leaderboard.suite import Suite
from tests.board.answers import Answers, answered, right_on, some_of, some_right
from tests.builders import declaration, facts, model, some_sha256, tiny_suite

ITEMS = 100


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    probes = [
        declaration(kind, items=ITEMS, probe={"of": "uno", "kind": kind})
        for kind in ("shuffled_options", "choices_only", "held_out")
    ]
    return tiny_suite(tmp_path / "suites", [declaration("uno", items=ITEMS), *probes])


def asked(suite: Suite, name: str = "m", **answers: Answers) -> Evaluation:
    return answered(suite, name, {"uno": some_right(80, ITEMS, "uno"), **answers})


def by_name(found: dict[ModelReference, tuple[Flag, ...]]) -> dict[str, tuple[Flag, ...]]:
    return {one.name: several for one, several in found.items()}


def flagged(suite: Suite, *evaluations: Evaluation) -> dict[str, tuple[Flag, ...]]:
    return by_name(flags(build_board(evaluations, suite), suite))


def items(right: int) -> Sequence[int]:
    return some_of(range(ITEMS), right, "uno")


def test_a_probe_enters_no_mean_and_has_no_health_of_its_own(suite: Suite):
    board = build_board([asked(suite, choices_only=some_right(20, ITEMS, ""))], suite)
    assert board.means.tasks == ("uno",)
    assert list(assess(board, suite)) == ["uno"]
    assert board.rows[0].standings[next(iter(board.means.views))].done == 1


def test_without_probes_nothing_is_said_of_a_model(suite: Suite):
    assert flagged(suite, asked(suite)) == {}


def test_a_model_that_loses_items_with_the_options_in_another_order_is_flagged(suite: Suite):
    published = right_on(items(80), ITEMS)
    shuffled = right_on(items(66), ITEMS)
    [flag] = flagged(suite, answered(suite, "m", {"uno": published, "shuffled_options": shuffled}))["m"]
    assert (flag.kind, flag.task, flag.probe) == (FlagKind.SHUFFLED_OPTIONS, "uno", "shuffled_options")
    assert (flag.score, flag.compared_with, flag.items, flag.models) == (pytest.approx(0.8), 0.66, ITEMS, 1)
    assert flag.difference == pytest.approx(0.14)
    # Fourteen items of a hundred changed, all to the worse: the paired error, by hand.
    error = (0.14 * 0.86 / 99) ** 0.5
    assert flag.interval is not None
    assert flag.interval.low == pytest.approx(0.14 - stats.t.ppf(0.975, 99) * error)
    assert flag.interval.high == pytest.approx(0.14 + stats.t.ppf(0.975, 99) * error)


@pytest.mark.parametrize(("lost", "is_flagged"), [(6, True), (5, False)])
def test_a_gap_between_orders_is_shown_where_its_signs_are_no_chance(suite: Suite, lost: int, is_flagged: bool):
    answers = {"uno": right_on(items(80), ITEMS), "shuffled_options": right_on(items(80 - lost), ITEMS)}
    assert bool(flagged(suite, answered(suite, "m", answers))) is is_flagged


def test_a_gap_between_orders_is_paired_by_the_ids_of_items(suite: Suite):
    published = right_on(items(80), ITEMS)
    reversed_order = tuple(reversed(right_on(items(66), ITEMS)))
    [flag] = flagged(suite, answered(suite, "m", {"uno": published, "shuffled_options": reversed_order}))["m"]
    assert flag.interval is not None
    assert flag.interval.high - flag.interval.low < 0.15, "unpaired it would be wider"


def test_items_that_the_task_does_not_have_are_not_compared(suite: Suite):
    published = right_on(items(80), ITEMS)
    others = right_on(items(10), ITEMS, name="other")
    assert flagged(suite, answered(suite, "m", {"uno": published, "shuffled_options": others})) == {}
    shared = [*right_on(items(60), ITEMS)[:19], *others[19:]]
    assert flagged(suite, answered(suite, "m", {"uno": published, "shuffled_options": shared})) == {}


def test_items_that_share_a_passage_are_one_draw(suite: Suite):
    published = right_on(range(ITEMS), ITEMS)
    lost = [number for number in range(ITEMS) if number >= 20]
    apart = answered(suite, "m", {"uno": published, "shuffled_options": right_on(lost, ITEMS)})
    assert flagged(suite, apart)
    in_passages = tuple(
        one.model_copy(update={"cluster": f"passage {number // 20}"}) for number, one in enumerate(published)
    )
    together = answered(suite, "m", {"uno": in_passages, "shuffled_options": right_on(lost, ITEMS)})
    assert flagged(suite, together) == {}


def test_all_items_lost_alike_are_a_flag_with_an_interval_of_some_width(suite: Suite):
    answers = {"uno": right_on(range(ITEMS), ITEMS), "shuffled_options": right_on((), ITEMS)}
    [flag] = flagged(suite, answered(suite, "m", answers))["m"]
    assert flag.interval is not None
    assert 0.9 < flag.interval.low < 1.0
    assert flag.interval.high == flag.difference == 1.0


def test_a_model_that_is_better_in_the_other_order_is_not_flagged(suite: Suite):
    answers = {"uno": right_on(items(60), ITEMS), "shuffled_options": right_on(items(90), ITEMS)}
    assert flagged(suite, answered(suite, "m", answers)) == {}


@pytest.mark.parametrize(("right", "is_flagged"), [(61, True), (59, False), (20, False)])
def test_a_model_that_is_right_without_the_question_is_flagged(suite: Suite, right: int, is_flagged: bool):
    found = flagged(suite, asked(suite, choices_only=some_right(right, ITEMS, "")))
    assert bool(found) is is_flagged
    if is_flagged:
        [flag] = found["m"]
        assert (flag.kind, flag.score, flag.compared_with) == (FlagKind.CHOICES_ONLY, 0.61, 0.5)
        assert flag.difference == pytest.approx(0.11)
        assert flag.interval is not None
        assert flag.interval.low == pytest.approx(0.5121 - 0.5, abs=1e-3)  # Wilson's, of 61 in 100


def test_a_model_that_is_worse_on_items_that_were_never_published_is_flagged(suite: Suite):
    [flag] = flagged(suite, asked(suite, held_out=some_right(60, ITEMS, "")))["m"]
    assert flag.kind is FlagKind.HELD_OUT
    assert (flag.score, flag.compared_with) == (pytest.approx(0.6), pytest.approx(0.2))
    assert flag.difference == pytest.approx(0.4)
    # Newcombe's method 10 for 80/100 and 60/100, twice as wide above a chance of one half.
    assert flag.interval is not None
    assert flag.interval.low / 2 == pytest.approx(0.0734, abs=1e-3)
    assert flag.interval.high / 2 == pytest.approx(0.3178, abs=1e-3)
    assert flagged(suite, asked(suite, held_out=some_right(70, ITEMS, ""))) == {}
    assert flagged(suite, asked(suite, held_out=some_right(95, ITEMS, ""))) == {}


def test_of_many_models_only_what_remains_after_the_correction_is_flagged(suite: Suite):
    honest = [asked(suite, f"m{place}", choices_only=some_right(50, ITEMS, f"{place}")) for place in range(20)]
    lucky = asked(suite, "lucky", choices_only=some_right(61, ITEMS, ""))
    telling = asked(suite, "telling", choices_only=some_right(75, ITEMS, ""))
    found = flagged(suite, *honest, lucky, telling)
    assert set(found) == {"telling"}
    [flag] = found["telling"]
    assert (flag.models, flag.usual) == (22, 0.0)
    assert flag.p is not None
    assert flag.p < 0.001


def test_what_all_models_show_is_told_beside_what_one_does(suite: Suite):
    found = flagged(
        suite, *(asked(suite, f"m{place}", choices_only=some_right(70 + place, ITEMS, "")) for place in range(5))
    )
    assert len(found) == 5
    assert [one.usual for [one] in found.values()] == [pytest.approx(0.22)] * 5


def test_a_probe_of_a_handful_of_items_shows_nothing(tmp_path: Path):
    probe = declaration("corta", items=19, probe={"of": "uno", "kind": "choices_only"})
    suite = tiny_suite(tmp_path / "suites", [declaration("uno", items=ITEMS), probe])
    assert flagged(suite, asked(suite, corta=some_right(19, 19, ""))) == {}
    assert set(flagged(suite, asked(suite, corta=some_right(20, 20, "")))) == {"m"}


def test_baselines_are_not_looked_at(suite: Suite):
    guesser: dict[str, Any] = {
        "model": model("dummy", source=ModelSource.BASELINE, revision="0.4.13"),
        "precision": Precision.NONE,
        "facts": facts(ModelType.BASELINE, parameters=None, licence=None, weights_sha256=some_sha256("weights")),
    }
    answers = {"uno": right_on(items(80), ITEMS), "choices_only": some_right(90, ITEMS, "")}
    other = answered(suite, "m", {"uno": some_right(70, ITEMS, "")}, facts=facts(weights_sha256=some_sha256("weights")))
    assert flagged(suite, answered(suite, "dummy", answers, **guesser), other) == {}


def with_weights(suite: Suite, name: str, weights: str | None, **changes: Any) -> Evaluation:
    sha256 = some_sha256(weights) if weights else None
    return answered(suite, name, {"uno": some_right(80, ITEMS, "")}, facts=facts(weights_sha256=sha256), **changes)


def test_weights_under_another_name_are_named_on_both(suite: Suite):
    found = flagged(
        suite,
        with_weights(suite, "a", "same"),
        with_weights(suite, "b", "same"),
        with_weights(suite, "c", "other"),
        with_weights(suite, "d", None),
        with_weights(suite, "e", None),
    )
    assert found == {
        "a": (Flag(FlagKind.IDENTICAL_WEIGHTS, ("b",)),),
        "b": (Flag(FlagKind.IDENTICAL_WEIGHTS, ("a",)),),
    }


def test_identities_and_revisions_of_one_model_are_no_other_names(suite: Suite):
    hub = {revision: model("org/M", source=ModelSource.HUB, revision=revision * 40) for revision in ("a", "b")}
    lower = model("org/m", source=ModelSource.HUB, revision="c" * 40)
    found = flagged(
        suite,
        with_weights(suite, "M", "same", model=hub["a"]),
        with_weights(suite, "M", "same", model=hub["b"]),
        with_weights(suite, "m", "same", model=lower),
        with_weights(suite, "M", "same", model=hub["a"], precision=Precision.FLOAT16),
    )
    assert found == {}


def test_the_weights_of_another_models_earlier_revision_count_too(suite: Suite):
    old, new = (model("org/m", source=ModelSource.HUB, revision=one * 40) for one in "ab")
    board: Board = build_board(
        [
            with_weights(suite, "m", "same", model=old),
            with_weights(suite, "m", "renewed", model=new, precision=Precision.FLOAT32),
            with_weights(suite, "copy", "same"),
        ],
        suite,
    )
    assert len(board.others) == 1
    assert by_name(flags(board, suite))["copy"] == (Flag(FlagKind.IDENTICAL_WEIGHTS, ("org/m",)),)


def test_flags_do_not_depend_on_the_order_of_models(suite: Suite):
    evaluations = [asked(suite, f"m{place}", choices_only=some_right(55 + place, ITEMS, "")) for place in range(20)]
    expected = flagged(suite, *evaluations)
    assert 0 < len(expected) < 20
    assert flagged(suite, *some_of(evaluations, 20, "order")) == expected


def test_a_flag_is_plain_data(suite: Suite):
    [flag] = flagged(suite, asked(suite, choices_only=some_right(75, ITEMS, "")))["m"]
    data = json.loads(json.dumps(flag_as_data(flag), allow_nan=False))
    assert (data["kind"], data["task"], data["probe"]) == ("choices_only", "uno", "choices_only")
    assert (data["score"], data["compared_with"], data["difference"]) == (0.75, 0.5, 0.25)
    assert data["interval"]["low"] > 0
    assert data["interval"]["method"] == "wilson"
    weights = flag_as_data(Flag(FlagKind.IDENTICAL_WEIGHTS, ("b",)))
    assert weights == {"kind": "identical_weights", "others": ["b"]}
