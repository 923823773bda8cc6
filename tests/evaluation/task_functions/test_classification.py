"""F1 for multiple choice, alone and inside lm-eval."""

import random

import pytest

from leaderboard.evaluation.task_functions.classification import (
    macro_f1,
    macro_f1_over,
    macro_f1_over_first_and_last_of_three,
    micro_f1,
    micro_f1_over,
)

RESULTS = [(-3.5, False), (-0.5, True), (-2.0, False)]


@pytest.mark.parametrize("label", [2, "2"])
def test_gold_and_choice_are_kept(label: int | str):
    assert micro_f1({"label": label}, RESULTS) == {"micro_f1": (2, 1)}
    assert macro_f1({"label": label}, RESULTS) == {"macro_f1": (2, 1)}


def test_the_first_of_equally_likely_options_is_chosen():
    results = [(-2.0, False), (-1.0, False), (-1.0, False)]
    assert micro_f1({"label": 0}, results) == {"micro_f1": (0, 1)}


@pytest.mark.parametrize("label", ["positive", "", "1.0"])
def test_a_label_that_is_no_number_is_an_error(label: str):
    with pytest.raises(ValueError, match="invalid literal"):
        macro_f1({"label": label}, RESULTS)


@pytest.mark.parametrize("seed", range(5))
def test_the_sums_are_those_of_scikit_learn(seed: int):
    oracle = pytest.importorskip("sklearn.metrics", reason="evaluation is not installed: requirements-eval.txt")
    rng = random.Random(seed)  # noqa: S311 - test data
    pairs = [(rng.randrange(3), rng.randrange(3)) for _ in range(60)]
    golds, choices = zip(*pairs, strict=True)

    assert micro_f1_over(pairs) == pytest.approx(oracle.f1_score(golds, choices, average="micro"))
    assert macro_f1_over(pairs) == pytest.approx(oracle.f1_score(golds, choices, average="macro"))
    outer = oracle.f1_score(golds, choices, labels=[0, 2], average="macro")
    assert macro_f1_over_first_and_last_of_three(pairs) == pytest.approx(outer)


def test_the_class_between_is_not_averaged_but_its_confusions_count():
    assert macro_f1_over_first_and_last_of_three([(0, 0), (2, 2), (1, 1)]) == 1.0
    assert macro_f1_over_first_and_last_of_three([(0, 0), (2, 2), (1, 0)]) == pytest.approx((2 / 3 + 1) / 2)


@pytest.mark.parametrize(
    ("metric", "process", "over"),
    [
        ("micro_f1", micro_f1, micro_f1_over),
        ("macro_f1", macro_f1, macro_f1_over),
    ],
)
def test_lm_eval_takes_them(metric: str, process, over):
    pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")
    from datasets import Dataset
    from lm_eval.api.task import ConfigurableTask

    rows = Dataset.from_list([{"text": "Bien.", "label": 2}])
    task = ConfigurableTask(
        config={
            "task": "tono",
            "output_type": "multiple_choice",
            "custom_dataset": lambda **_: {"test": rows},
            "test_split": "test",
            "doc_to_text": "text",
            "doc_to_choice": ["malo", "neutro", "bueno"],
            "doc_to_target": "label",
            "process_results": process,
            "metric_list": [{"metric": metric, "aggregation": over, "higher_is_better": True}],
        }
    )
    assert task.process_results(rows[0], RESULTS) == {metric: (2, 1)}
    assert task.aggregation() == {metric: over}
    assert task.higher_is_better() == {metric: True}
