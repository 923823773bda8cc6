"""Scores: figures that others published, and the means."""

from pathlib import Path

import pytest

from leaderboard.board import language_scores, normalised, overall_average
from leaderboard.suite import Language, Suite, Weights
from tests.builders import bias_declaration, declaration, tiny_suite


@pytest.mark.parametrize(
    ("raw", "chance", "published"),
    [
        pytest.param(30 / 51, 1 / 4, 45.10, id="HumorQA"),
        pytest.param(47 / 119, 1 / 4, 19.33, id="SpaLawEx"),
        pytest.param(0.81, 1 / 2, 62.00, id="COPA"),
    ],
)
def test_la_leaderboards_published_figures_come_out(raw: float, chance: float, published: float):
    assert round(100 * normalised(raw, chance), 2) == published


@pytest.mark.parametrize("chance", [0.0, 0.25, 1 / 3, 0.5])
def test_guessing_gets_nothing_and_everything_right_gets_all(chance: float):
    assert normalised(chance, chance) == 0.0
    assert normalised(1.0, chance) == 1.0


def test_worse_than_guessing_is_below_zero():
    assert normalised(0.0, 0.5) == -1.0
    assert normalised(0.2, 0.25) == pytest.approx(-1 / 15)


def test_without_chance_a_score_is_what_it_was():
    assert normalised(0.37, 0.0) == 0.37


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Three tasks of one area and one of another in Spanish, one in Galician, one in Catalan."""
    grammar = [declaration(name) for name in ("uno", "dos", "tres")]
    sums = declaration("sumas", area="mathematics")
    others = [declaration("galego", language="gl"), declaration("catala", language="ca")]
    return tiny_suite(tmp_path / "suites", [*others, *grammar, sums])


SCORES = {"uno": 0.1, "dos": 0.2, "tres": 0.6, "sumas": 0.9, "galego": 0.4, "catala": -0.2}


def test_many_tasks_of_one_area_weigh_as_one(suite: Suite):
    languages = language_scores(SCORES, suite)
    assert languages[Language.ES] == pytest.approx((0.3 + 0.9) / 2)


def test_the_average_is_that_of_the_languages_and_not_of_the_tasks(suite: Suite):
    assert overall_average(language_scores(SCORES, suite), Weights()) == pytest.approx((0.6 + 0.4 - 0.2) / 3)


def test_languages_stand_in_their_order_and_only_those_of_the_suite(suite: Suite):
    assert list(language_scores(SCORES, suite)) == [Language.ES, Language.CA, Language.GL]


@pytest.mark.parametrize("missing", ["uno", "sumas"])
def test_incident_18_a_missing_task_leaves_its_language_and_the_average_without_a_score(missing: str, suite: Suite):
    scores = {task: score for task, score in SCORES.items() if task != missing}
    languages = language_scores(scores, suite)
    assert languages[Language.ES] is None
    assert languages[Language.GL] == pytest.approx(0.4)
    assert overall_average(languages, Weights()) is None


def test_a_task_of_another_suite_counts_nowhere(suite: Suite):
    assert language_scores({**SCORES, "stranger": 1.0}, suite) == language_scores(SCORES, suite)


def test_there_is_no_average_of_nothing():
    assert overall_average({}, Weights()) is None


# --- Weights


def weighed(folder: Path, *declarations: dict[str, object], **weights: dict[str, float]) -> Suite:
    return tiny_suite(folder, declarations, weights=weights)


def test_a_task_weighs_within_its_area(tmp_path: Path):
    tasks = [declaration("uno", weight=3), declaration("dos"), declaration("sumas", area="mathematics", weight=100)]
    suite = weighed(tmp_path, *tasks)
    scores = {"uno": 0.4, "dos": 0.8, "sumas": 0.1}
    assert language_scores(scores, suite)[Language.ES] == pytest.approx(((3 * 0.4 + 0.8) / 4 + 0.1) / 2)


def test_an_area_weighs_within_its_language(tmp_path: Path):
    tasks = [declaration("uno"), declaration("dos"), declaration("sumas", area="mathematics")]
    suite = weighed(tmp_path, *tasks, areas={"mathematics": 3})
    scores = {"uno": 0.4, "dos": 0.8, "sumas": 0.2}
    assert language_scores(scores, suite)[Language.ES] == pytest.approx((0.6 + 3 * 0.2) / 4)


def test_a_language_weighs_in_the_average_alone(tmp_path: Path):
    tasks = [declaration("uno"), declaration("galego", language="gl"), declaration("catala", language="ca")]
    suite = weighed(tmp_path, *tasks, languages={"es": 2, "gl": 0.5})
    languages = language_scores({"uno": 0.9, "galego": 0.1, "catala": 0.4}, suite)
    assert languages == pytest.approx({Language.ES: 0.9, Language.CA: 0.4, Language.GL: 0.1})
    assert overall_average(languages, suite.weights) == pytest.approx((2 * 0.9 + 0.4 + 0.5 * 0.1) / 3.5)


def test_equal_weights_are_no_weights(tmp_path: Path):
    tasks = [declaration(name, weight=7, language=language) for name, language in (("uno", "es"), ("galego", "gl"))]
    suite = weighed(tmp_path, *tasks, areas={"language": 7}, languages={"es": 7, "gl": 7})
    assert overall_average(language_scores({"uno": 0.9, "galego": 0.1}, suite), suite.weights) == pytest.approx(0.5)


def test_bias_enters_no_mean_and_its_lack_leaves_no_gap(tmp_path: Path):
    suite = weighed(tmp_path, declaration("uno"), bias_declaration("sesgo"), bias_declaration("nesgo", language="gl"))
    languages = language_scores({"uno": 0.9}, suite)
    assert languages == {Language.ES: 0.9}
    assert language_scores({"uno": 0.9, "sesgo": -1.0, "nesgo": 1.0}, suite) == languages
