"""From what lm-eval brings back to our records of items, on tasks and answers of lm-eval's own making."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.evaluator import evaluate

from leaderboard.evaluation.item_results import (
    GoldNotAmongOptionsError,
    NoLikelihoodError,
    item_results,
    unique_ids,
    unparsed_share,
)
from leaderboard.evaluation.lm_eval_tasks import build_task
from leaderboard.records import ItemResult
from leaderboard.suite import Metric
from leaderboard.suite.metrics import aggregate
from tests.builders import declaration, tiny_suite

Row = dict[str, Any]

CHOICE = {"output_type": "multiple_choice", "doc_to_text": "{{q}}", "doc_to_choice": "options"}
FREE = {"output_type": "generate_until", "doc_to_text": "{{q}}", "doc_to_target": "answer"}
FREE |= {"generation_kwargs": {"until": ["\n"], "do_sample": False}}


class Oracle(LM):
    """A model that finds each text as likely as it is told, and answers each question as it is told."""

    def __init__(self, likelihoods: Mapping[str, float], answers: Mapping[str, str]) -> None:
        super().__init__()
        self._likelihoods, self._answers = likelihoods, answers

    def loglikelihood(self, requests: Sequence[Instance]) -> list[tuple[float, bool]]:
        return [(self._likelihoods[request.args[1].strip()], False) for request in requests]

    def generate_until(self, requests: Sequence[Instance]) -> list[str]:
        return [self._answers[request.args[0]] for request in requests]

    def loglikelihood_rolling(self, requests: Sequence[Instance]) -> list[float]:
        message = f"no task here asks for perplexity, and {len(requests)} requests did"
        raise AssertionError(message)


def evaluated(
    folder: Path,
    rows: Sequence[Row],
    config: Mapping[str, Any],
    *,
    likelihoods: Mapping[str, float] | None = None,
    answers: Mapping[str, str] | None = None,
    similarities: Sequence[float] | None = None,
    **declared: Any,
) -> tuple[tuple[ItemResult, ...], dict[str, float]]:
    """Return the records of a task with `rows`, and lm-eval's own figures."""
    metric = declared.setdefault("metric", "acc")
    fields = declaration("uno", items=len(rows), **declared)
    config = {"metric_list": [{"metric": metric}], **config}
    [task] = tiny_suite(folder, [fields], configs={"uno": config}, rows={"uno": rows}).tasks
    lm_eval_task = build_task(task).lm_eval_task
    lm_eval_task.set_fewshot_seed(seed=1234)
    model = Oracle(likelihoods or {}, answers or {})
    answer = evaluate(model, {"uno": lm_eval_task}, log_samples=True, bootstrap_iters=0)
    items = item_results(task, lm_eval_task, answer["samples"]["uno"], similarities)
    figures = {key.partition(",")[0]: value for key, value in answer["results"]["uno"].items()}
    return items, figures


def question(number: int, answer: Any = 0, options: Sequence[str] = ("sí", "no"), **more: Any) -> Row:
    return {"id": f"q-{number}", "q": f"¿{number}?", "options": list(options), "answer": answer, **more}


CLOZE = {**CHOICE, "doc_to_target": "answer"}
YES = {"sí": -1.0, "no": -2.0}


# --- Multiple choice


def test_the_likeliest_option_is_the_choice(tmp_path: Path):
    items, figures = evaluated(tmp_path, [question(1, 0), question(2, 1)], CLOZE, likelihoods=YES)
    assert [(item.options, item.choice, item.gold, item.score) for item in items] == [(2, 0, 0, 1.0), (2, 0, 1, 0.0)]
    assert figures["acc"] == 0.5


def test_the_first_of_two_equally_likely_options_is_the_choice(tmp_path: Path):
    items, figures = evaluated(tmp_path, [question(1, 1)], CLOZE, likelihoods={"sí": -1.0, "no": -1.0})
    assert (items[0].choice, items[0].score) == (0, figures["acc"]) == (0, 0.0)


def test_length_counts_in_characters_where_the_metric_says_so(tmp_path: Path):
    """`éé` has four bytes and two characters: by bytes it would be likelier."""
    options = {"éé": -2.5, "abc": -3.0}
    row = question(1, 1, options=list(options))
    for metric, choice in (("acc", 0), ("acc_norm", 1)):
        [item], figures = evaluated(tmp_path / metric, [row], CLOZE, likelihoods=options, metric=metric)
        assert (item.choice, item.score) == (choice, figures[metric])


def test_a_right_option_named_by_its_text_is_found(tmp_path: Path):
    items, figures = evaluated(tmp_path, [question(1, "sí"), question(2, "no")], CLOZE, likelihoods=YES)
    assert [(item.gold, item.score) for item in items] == [(0, 1.0), (1, 0.0)]
    assert figures["acc"] == 0.5


def test_of_several_right_options_none_is_the_gold(tmp_path: Path):
    rows = [question(1, [0, 2], "abc"), question(2, [1, 2], "abc")]
    items, figures = evaluated(tmp_path, rows, CLOZE, likelihoods={"a": -1.0, "b": -2.0, "c": -3.0}, chance=1 / 3)
    assert [(item.choice, item.gold, item.score) for item in items] == [(0, None, 1.0), (0, None, 0.0)]
    assert figures["acc"] == 0.5


def test_items_differ_in_their_options(tmp_path: Path):
    rows = [question(1, 0, "ab"), question(2, 0, "abcd")]
    items, _ = evaluated(tmp_path, rows, CLOZE, likelihoods=dict.fromkeys("abcd", -1.0), chance=0.375)
    assert [item.options for item in items] == [2, 4]


def test_a_metric_of_all_items_together_says_of_each_whether_it_is_right(tmp_path: Path):
    rows = [question(1, 0, "ab"), question(2, 1, "ab"), question(3, 1, "ba")]
    items, figures = evaluated(tmp_path, rows, CLOZE, likelihoods={"a": -1.0, "b": -2.0}, metric="mcc")
    assert [(item.gold, item.choice) for item in items] == [(0, 0), (1, 0), (1, 1)]
    assert [item.score for item in items] == [1.0, 0.0, 1.0]
    assert aggregate(Metric.MCC, items) == pytest.approx(figures["mcc"])
    assert figures["mcc"] == pytest.approx(0.5)


def test_a_likelihood_that_is_no_number_is_no_choice(tmp_path: Path):
    with pytest.raises(NoLikelihoodError, match="NaN"):
        evaluated(tmp_path, [question(1)], CLOZE, likelihoods={"sí": math.nan, "no": -1.0})


@pytest.mark.parametrize(("right", "wrong"), [(0, 2), (0, -1), ("sí", "quizá")])
def test_an_item_whose_answer_is_no_option_is_no_item(tmp_path: Path, right: int | str, wrong: int | str):
    with pytest.raises(GoldNotAmongOptionsError, match="none of its 2 options"):
        evaluated(tmp_path, [question(1, right), question(2, wrong)], CLOZE, likelihoods=YES)


# --- Free answers


def test_a_free_answer_has_its_score_and_no_options(tmp_path: Path):
    rows = [{"id": f"q-{number}", "q": f"{number}", "answer": "dos"} for number in (1, 2)]
    items, figures = evaluated(tmp_path, rows, FREE, answers={"1": "dos", "2": "tres"}, metric="exact_match", chance=0)
    assert [item.score for item in items] == [1.0, 0.0]
    assert figures["exact_match"] == 0.5
    assert {(item.options, item.choice, item.gold, item.statistics) for item in items} == {(None,) * 4}


def test_bleu_keeps_the_counts_that_recompute_it(tmp_path: Path):
    golds = ["el gato come pan de centeno", "la casa tiene tres puertas azules"]
    rows = [{"id": f"q-{number}", "q": f"{number}", "answer": gold} for number, gold in enumerate(golds)]
    answers = {"0": "el gato come pan blanco hoy", "1": "la casa tiene tres puertas"}
    items, figures = evaluated(tmp_path, rows, FREE, answers=answers, metric="bleu", chance=0)
    assert aggregate(Metric.BLEU, items) == pytest.approx(figures["bleu"] / 100)
    assert items[1].statistics == (5, 6, 5, 4, 3, 2, 5, 4, 3, 2)
    assert 0 < items[0].score < items[1].score < 1


def test_a_similarity_is_the_score_of_its_item(tmp_path: Path):
    rows = [{"id": f"q-{number}", "q": f"{number}", "answer": "dos"} for number in (1, 2)]
    config = {**FREE, "metric_list": [{"metric": "exact_match"}]}
    items, _ = evaluated(
        tmp_path,
        rows,
        config,
        answers={"1": "dos", "2": "tres"},
        similarities=[0.25, -0.5],
        metric="exact_match",
        chance=0,
    )
    assert [item.score for item in items] == [0.25, -0.5]


# --- What items say of themselves


def test_items_name_their_cluster_category_and_country(tmp_path: Path):
    rows = [
        question(1, passage="p", exam="A2", country="MX"),
        question(2, passage="p", exam="x" * 100, country="AR"),
        question(3, passage="q", exam=7, country=None),
    ]
    items, _ = evaluated(
        tmp_path,
        [{**row, "exam": str(row["exam"])} for row in rows],
        CLOZE,
        likelihoods=YES,
        cluster_field="passage",
        category_field="exam",
        variety_field="country",
    )
    assert [item.id for item in items] == ["q-1", "q-2", "q-3"]
    assert [item.variety for item in items] == ["MX", "AR", None]
    assert [item.category for item in items] == ["A2", "x" * 80, "7"]
    assert items[0].cluster == items[1].cluster != items[2].cluster


def test_a_cluster_is_named_without_the_text_it_stands_for(tmp_path: Path):
    items, _ = evaluated(tmp_path, [question(1, passage="un texto")], CLOZE, likelihoods=YES, cluster_field="passage")
    assert "texto" not in items[0].to_json().decode()


def test_a_row_of_no_cluster_shares_nothing(tmp_path: Path):
    """A column that only some rows have is null in the others."""
    rows = [question(1, passage=None), question(2, passage=None), question(3, passage="p")]
    items, _ = evaluated(tmp_path, rows, CLOZE, likelihoods=YES, cluster_field="passage")
    assert [item.cluster for item in items[:2]] == [None, None]
    assert items[2].cluster is not None


def test_the_country_of_a_task_is_that_of_its_items(tmp_path: Path):
    items, _ = evaluated(tmp_path, [question(1)], CLOZE, likelihoods=YES, variety="PE")
    assert (items[0].variety, items[0].cluster, items[0].category) == ("PE", None, None)


@pytest.mark.parametrize("field", ["cluster_field", "category_field", "variety_field"])
def test_a_column_that_is_not_there_is_an_error_and_no_silence(tmp_path: Path, field: str):
    with pytest.raises(Exception, match="passage"):
        evaluated(tmp_path, [question(1)], CLOZE, likelihoods=YES, **{field: "passage"})


# --- Ids


def test_an_item_keeps_its_id_and_one_without_has_a_hash():
    own, hashed = unique_ids([{"id": "a"}, {"q": "b"}])
    assert own == "a"
    assert len(hashed) == 16
    assert unique_ids([{"q": "b"}]) == [hashed] != unique_ids([{"q": "c"}])


def test_equal_ids_are_told_apart_by_a_number():
    assert unique_ids([{"id": "a"}, {"id": "b"}, {"id": "a"}, {"id": "a"}]) == ["a", "b", "a-2", "a-3"]
    first, second = unique_ids([{"q": "b"}, {"q": "b"}])
    assert second == f"{first}-2"


@pytest.mark.parametrize("own", [["a", "a", "a-2"], ["a-2", "a", "a"]])
def test_an_id_that_looks_like_another_with_a_number_is_told_apart_too(own: list[str]):
    ids = unique_ids([{"id": one} for one in own])
    assert len(set(ids)) == 3


def test_long_ids_fit_in_a_record_and_stay_apart():
    long = "x" * 100
    ids = unique_ids([{"id": long}, {"id": long}, {"id": f"{long}y"}, {"id": "x" * 72}])
    assert len(set(ids)) == 4
    assert all(ItemResult(id=one, score=0.0) for one in ids)
    assert ids[3] == "x" * 72
    almost = unique_ids([{"id": "x" * 79}, {"id": "x" * 79}])
    assert almost[1] == f"{almost[0]}-2"
    assert all(ItemResult(id=one, score=0.0) for one in almost)


def test_a_record_for_every_sample_in_their_order(tmp_path: Path):
    rows = [question(number) for number in (3, 1, 2)]
    items, _ = evaluated(tmp_path, rows, CLOZE, likelihoods=YES)
    assert [item.id for item in items] == ["q-3", "q-1", "q-2"]


# --- Answers that nothing could be read from

NUMBER = {
    "filter_list": [
        {
            "name": "number",
            "filter": [
                {"function": "regex", "regex_pattern": "-?[0-9]+", "group_select": -1},
                {"function": "take_first"},
            ],
        }
    ]
}
EXACT = {"metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}]}


def unparsed(folder: Path, config: Mapping[str, Any], replies: Sequence[str], filter_name: str) -> float | None:
    rows = [{"id": f"q-{number}", "q": f"¿{number}?", "answer": "7"} for number in range(len(replies))]
    fields = declaration("uno", items=len(rows), metric="exact_match", chance=0.0, filter=filter_name)
    [task] = tiny_suite(folder, [fields], configs={"uno": {**FREE, **EXACT, **config}}, rows={"uno": rows}).tasks
    lm_eval_task = build_task(task).lm_eval_task
    lm_eval_task.set_fewshot_seed(seed=1234)
    answers = {f"¿{number}?": reply for number, reply in enumerate(replies)}
    samples = evaluate(Oracle({}, answers), {"uno": lm_eval_task}, log_samples=True, bootstrap_iters=0)["samples"]
    return unparsed_share(lm_eval_task, samples["uno"])


def test_an_answer_without_what_the_filter_looks_for_is_unparsed(tmp_path: Path):
    assert unparsed(tmp_path, NUMBER, ["son 7", "siete", "", "8"], "number") == 0.5


def test_without_a_filter_only_an_empty_answer_is_unparsed(tmp_path: Path):
    assert unparsed(tmp_path, {}, ["siete", " ", "8", "7"], "none") == 0.25


def test_a_choice_among_options_is_always_read(tmp_path: Path):
    config = {"metric_list": [{"metric": "acc"}], **CLOZE}
    [task] = tiny_suite(tmp_path, [declaration("uno")], configs={"uno": {**config, "doc_to_text": ""}}).tasks
    assert unparsed_share(build_task(task).lm_eval_task, [{"filtered_resps": [""]}]) is None
