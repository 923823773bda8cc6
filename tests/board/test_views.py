"""What each view is a mean of: fixed by the suite and the rule."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.board import Means, Rule, View, means_of, rule_in_force
from leaderboard.board.views import weighted
from leaderboard.records import Exclusion, ExclusionReason, RuleHistory
from leaderboard.suite import Area, Language, Suite
from tests.builders import bias_declaration, declaration, some_sha256, tiny_suite

SCORES = {"uno": 0.1, "dos": 0.2, "tres": 0.6, "sumas": 0.9, "galego": 0.4, "catala": -0.2}


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Three tasks of one area and one of another in Spanish, one in Galician, one in Catalan."""
    grammar = [declaration(name) for name in ("uno", "dos", "tres")]
    sums = declaration("sumas", area="mathematics")
    others = [declaration("galego", language="gl"), declaration("catala", language="ca")]
    return tiny_suite(tmp_path / "suites", [*others, *grammar, sums])


def rule_without(suite: Suite, *tasks: str) -> Rule:
    """Return the rule under which a maintainer left these tasks out."""
    excluded = {
        task: Exclusion(task=task, config_hash=some_sha256(task), reason=ExclusionReason.DEAD) for task in tasks
    }
    plain = rule_in_force(suite, RuleHistory())
    return Rule(version=1, suite=plain.suite, configs=plain.configs, excluded=excluded)


def means(suite: Suite, *without: str) -> Means:
    return means_of(suite, rule_without(suite, *without))


def scored(suite: Suite, scores: Mapping[str, float], *without: str) -> dict[View, float | None]:
    """Return the mean of each view."""
    return {view: weighted(shares, scores) for view, shares in means(suite, *without).views.items()}


# --- What a view is the mean of


def test_many_tasks_of_one_area_weigh_as_one(suite: Suite):
    assert scored(suite, SCORES)[View.ES] == pytest.approx((0.3 + 0.9) / 2)
    third = pytest.approx(1 / 6)
    assert means(suite).views[View.ES] == {"uno": third, "dos": third, "tres": third, "sumas": 0.5}


def test_all_languages_are_the_mean_of_languages_and_not_of_tasks(suite: Suite):
    assert scored(suite, SCORES)[View.ALL] == pytest.approx((0.6 + 0.4 - 0.2) / 3)


def test_an_area_of_a_language_is_the_mean_of_its_tasks(suite: Suite):
    areas = means(suite).areas
    assert set(areas) == {
        (Language.ES, Area.LANGUAGE),
        (Language.ES, Area.MATHEMATICS),
        (Language.GL, Area.LANGUAGE),
        (Language.CA, Area.LANGUAGE),
    }
    assert weighted(areas[Language.ES, Area.LANGUAGE], SCORES) == pytest.approx(0.3)
    assert weighted(areas[Language.CA, Area.LANGUAGE], SCORES) == pytest.approx(-0.2)


def test_views_stand_in_their_order_and_only_those_that_have_tasks(suite: Suite):
    assert list(means(suite).views) == [View.ES, View.CA, View.GL, View.ALL]


def test_spanish_is_the_default_view_or_what_there_is_in_its_place(suite: Suite, tmp_path: Path):
    assert means(suite).default_view is View.ES
    galician = tiny_suite(tmp_path / "gl", [declaration("galego", language="gl")])
    assert means(galician).default_view is View.GL


def test_with_one_language_there_is_no_other_view_than_its_own(tmp_path: Path):
    suite = tiny_suite(tmp_path, [declaration("uno"), declaration("sumas", area="mathematics")])
    assert list(means(suite).views) == [View.ES]


def test_every_task_that_enters_a_mean_is_named_once(suite: Suite):
    assert sorted(means(suite).tasks) == sorted(SCORES)
    assert sorted(means(suite, "dos").tasks) == sorted(SCORES.keys() - {"dos"})


@pytest.mark.parametrize("missing", ["uno", "sumas"])
def test_incident_18_a_missing_task_leaves_its_language_and_the_whole_without_a_score(missing: str, suite: Suite):
    scores = scored(suite, {task: score for task, score in SCORES.items() if task != missing})
    assert scores[View.ES] is None
    assert scores[View.GL] == pytest.approx(0.4)
    assert scores[View.ALL] is None


def test_a_task_of_another_suite_counts_nowhere(suite: Suite):
    assert scored(suite, {**SCORES, "stranger": 1.0}) == scored(suite, SCORES)


@pytest.mark.parametrize("order", [(0.1, 0.2, 0.7), (0.7, 0.1, 0.2), (0.2, 0.7, 0.1)])
def test_equal_scores_in_another_order_of_tasks_are_equal_to_the_last_digit(order: tuple[float, ...], suite: Suite):
    """Else two models with the same scores would not share a rank."""
    found = scored(suite, {**SCORES, **dict(zip(("uno", "dos", "tres"), order, strict=True))})
    assert found[View.ES] == scored(suite, {**SCORES, "uno": 0.1, "dos": 0.2, "tres": 0.7})[View.ES]


# --- What is left out


def test_incident_19_a_task_that_was_left_out_is_in_no_mean(suite: Suite):
    found = scored(suite, {**SCORES, "tres": -0.99}, "tres")
    assert found[View.ES] == pytest.approx((0.15 + 0.9) / 2)
    assert found[View.GL] == scored(suite, SCORES)[View.GL]
    without = {task: score for task, score in SCORES.items() if task != "tres"}
    assert scored(suite, without, "tres")[View.ES] == pytest.approx((0.15 + 0.9) / 2)


def test_an_area_or_a_language_of_which_all_is_left_out_is_no_part_of_a_mean(suite: Suite):
    without_sums = means(suite, "sumas")
    assert (Language.ES, Area.MATHEMATICS) not in without_sums.areas
    assert scored(suite, SCORES, "sumas")[View.ES] == pytest.approx(0.3)
    assert list(means(suite, "catala").views) == [View.ES, View.GL, View.ALL]
    assert scored(suite, SCORES, "catala")[View.ALL] == pytest.approx((0.6 + 0.4) / 2)


def test_where_all_is_left_out_there_is_no_view(suite: Suite):
    nothing = means(suite, *SCORES)
    assert (dict(nothing.views), dict(nothing.areas), nothing.default_view, nothing.tasks) == ({}, {}, None, ())


def test_bias_enters_no_mean_and_its_lack_leaves_no_gap(tmp_path: Path):
    suite = tiny_suite(tmp_path, [declaration("uno"), bias_declaration("sesgo"), bias_declaration("no", language="gl")])
    assert scored(suite, {"uno": 0.9}) == {View.ES: 0.9}
    assert scored(suite, {"uno": 0.9, "sesgo": -1.0, "no": 1.0}) == {View.ES: 0.9}


# --- Weights


def weighed(folder: Path, *declarations: dict[str, object], **weights: dict[str, float]) -> Suite:
    return tiny_suite(folder, declarations, weights=weights)


def test_a_task_weighs_within_its_area(tmp_path: Path):
    tasks = [declaration("uno", weight=3), declaration("dos"), declaration("sumas", area="mathematics", weight=100)]
    found = scored(weighed(tmp_path, *tasks), {"uno": 0.4, "dos": 0.8, "sumas": 0.1})
    assert found[View.ES] == pytest.approx(((3 * 0.4 + 0.8) / 4 + 0.1) / 2)


def test_an_area_weighs_within_its_language(tmp_path: Path):
    tasks = [declaration("uno"), declaration("dos"), declaration("sumas", area="mathematics")]
    found = scored(weighed(tmp_path, *tasks, areas={"mathematics": 3}), {"uno": 0.4, "dos": 0.8, "sumas": 0.2})
    assert found[View.ES] == pytest.approx((0.6 + 3 * 0.2) / 4)


def test_a_language_weighs_in_the_mean_of_all_alone(tmp_path: Path):
    tasks = [declaration("uno"), declaration("galego", language="gl"), declaration("catala", language="ca")]
    suite = weighed(tmp_path, *tasks, languages={"es": 2, "gl": 0.5})
    found = scored(suite, {"uno": 0.9, "galego": 0.1, "catala": 0.4})
    whole = (2 * 0.9 + 0.4 + 0.5 * 0.1) / 3.5
    assert found == pytest.approx({View.ES: 0.9, View.CA: 0.4, View.GL: 0.1, View.ALL: whole})


def test_equal_weights_are_no_weights(tmp_path: Path):
    tasks = [declaration(name, weight=7, language=language) for name, language in (("uno", "es"), ("galego", "gl"))]
    suite = weighed(tmp_path, *tasks, areas={"language": 7}, languages={"es": 7, "gl": 7})
    assert scored(suite, {"uno": 0.9, "galego": 0.1})[View.ALL] == pytest.approx(0.5)


WEIGHTS = st.floats(min_value=0.01, max_value=100)


@st.composite
def any_tasks(draw: st.DrawFn) -> list[dict[str, object]]:
    """Return up to eight tasks of any languages, areas and weights."""
    kinds = st.tuples(st.sampled_from(["es", "ca", "eu", "gl"]), st.sampled_from(["language", "mathematics"]), WEIGHTS)
    return [
        declaration(f"task{number}", language=language, area=area, weight=weight)
        for number, (language, area, weight) in enumerate(draw(st.lists(kinds, min_size=1, max_size=8)))
    ]


@settings(deadline=None, derandomize=True, database=None, max_examples=25)
@given(
    tasks=any_tasks(),
    areas=st.dictionaries(st.sampled_from(["language", "mathematics"]), WEIGHTS),
    languages=st.dictionaries(st.sampled_from(["es", "gl"]), WEIGHTS),
    data=st.data(),
)
def test_the_shares_of_every_mean_add_up_to_one(
    tasks: list[dict[str, object]], areas: dict[str, float], languages: dict[str, float], data: st.DataObject
):
    with TemporaryDirectory() as folder:
        suite = weighed(Path(folder), *tasks, areas=areas, languages=languages)
    left_out = data.draw(st.sets(st.sampled_from([task.id for task in suite.tasks])))
    found = means(suite, *left_out)
    for shares in (*found.views.values(), *found.areas.values()):
        assert sum(shares.values()) == pytest.approx(1)
        assert all(share > 0 for share in shares.values())
    assert set(found.tasks) == {task.id for task in suite.tasks} - left_out
