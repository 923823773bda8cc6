"""Samples of lm-eval: ids and scores, no text, and nothing that contradicts the result they belong to."""

import math
from typing import Any

import pytest

from leaderboard.exchange.lm_eval_samples import date_of_result, read_samples, task_and_date
from leaderboard.exchange.template_files import NotTakenError
from leaderboard.exchange.template_results import read_result
from leaderboard.records import ImportedEvaluation, ImportedSamples
from leaderboard.records import imported as imported_records
from tests.exchange.samples_builders import DATE, as_lines, doc_hash, logged_result, sample
from tests.exchange.template_builders import as_bytes

SCORES = (1.0, 0.0, 1.0, 1.0)


def evaluation(**changes: Any) -> ImportedEvaluation:
    return read_result(as_bytes(logged_result(SCORES, **changes)), "results.json")


def read(samples: list[dict[str, Any]], **changes: Any) -> tuple[ImportedSamples, ...]:
    return read_samples(as_lines(samples).splitlines(), evaluation(**changes), "copa_es")


def four(*changed: dict[str, Any]) -> list[dict[str, Any]]:
    """Return four good samples, the last of them in the place of what is given."""
    good = [sample(number, score) for number, score in enumerate(SCORES)]
    return [*good[: 4 - len(changed)], *changed]


def test_ids_and_scores_are_kept_and_no_text():
    (found,) = read(four())
    assert found == ImportedSamples(
        task="copa_es", filter="none", ids=tuple(map(doc_hash, range(4))), scores={"acc": SCORES}
    )
    assert b"secret" not in found.to_json()


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (sample(2, 1.0), "line 4: the item 2 stands twice under one filter"),
        (sample(3, math.nan), "line 4: its 'acc' is no finite number"),
        (sample(3, -math.inf), "is no finite number"),
        (sample(3, 10**400), "is no finite number"),
        (sample(3, 0.0), "the mean 'acc' of its items is 0.5; its result says 0.75"),
        (sample(3, "1.0"), "1 of its 4 items have no 'acc'"),
        (sample(3, None), "1 of its 4 items have no 'acc'"),
        (sample(3, 1.0, filter="strict"), "line 4: its result has no filter 'strict'"),
        (sample(3, 1.0, filter=["none"]), "line 4: its result has no filter"),
        (sample(3, 1.0, doc_id="3"), "line 4: its `doc_id` '3' is not a whole number"),
        (sample(3, 1.0, doc_id=True), "`doc_id` True"),
        (sample(3, 1.0, doc_hash="the text"), "line 4: its `doc_hash` 'the text' is not one"),
        (sample(3, 1.0, doc_hash=None), "its `doc_hash` None is not one"),
    ],
)
def test_samples_that_contradict_themselves_or_their_result_are_refused(last: dict[str, Any], reason: str):
    with pytest.raises(NotTakenError, match=reason):
        read(four(last))


@pytest.mark.parametrize(
    ("line", "reason"),
    [(b"{", "line 1: it is not JSON"), (b"[1]", "not a JSON object"), (b"\xff", "not UTF-8"), (b"[" * 99_999, "deep")],
)
def test_a_line_that_is_no_sample_is_named(line: bytes, reason: str):
    with pytest.raises(NotTakenError, match=reason):
        read_samples([line], evaluation(), "copa_es")


def test_a_number_of_items_that_the_result_does_not_say_is_refused():
    with pytest.raises(NotTakenError, match="it holds 3 items of 'copa_es'; its result says 4"):
        read(four()[:3])
    with pytest.raises(NotTakenError, match="it holds no item"):
        read([])


def test_samples_of_a_task_that_the_result_lacks_are_refused():
    with pytest.raises(NotTakenError, match="its result holds no task 'bhtc'"):
        read_samples([], evaluation(), "bhtc")


def test_too_many_items_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leaderboard.exchange.lm_eval_samples.MAX_ITEMS", 3)
    with pytest.raises(NotTakenError, match="there are more than 3 items"):
        read(four())
    assert imported_records.MAX_ITEMS == 100_000


def test_equal_rows_of_the_data_are_told_apart():
    (found,) = read(four(sample(3, 1.0, doc_hash=doc_hash(0))))
    assert found.ids == (doc_hash(0), doc_hash(1), doc_hash(2), f"{doc_hash(0)}-2")


def test_a_figure_that_is_no_mean_has_no_items():
    """Nor is its mean compared: a sum of scores is not wrong for being none."""
    metrics = [{"metric": "acc", "aggregation": "sum"}]
    assert read(four(), configs={"copa_es": {"metric_list": metrics}}) == ()
    (found,) = read(four(*(sample(number, 0.0, mcc=0.5) for number in range(4))), results=_only_mcc()) or (None,)
    assert found is None


def _only_mcc() -> dict[str, Any]:
    return {"copa_es": {"mcc,none": 0.25}}


def test_without_the_tasks_configuration_the_mean_decides():
    (found,) = read(four(), configs={})
    assert found.scores == {"acc": SCORES}


def test_each_filter_has_its_own_items():
    document = {"copa_es": {"acc,strict": 0.75, "acc,flexible": 0.25}}
    samples = [
        sample(number, score, filter=name)
        for name, scores in (("strict", SCORES), ("flexible", (0, True, 0, False)))
        for number, score in enumerate(scores)
    ]
    strict, flexible = read(samples, results=document)
    assert (strict.filter, flexible.filter) == ("strict", "flexible")
    assert (strict.scores["acc"], flexible.scores["acc"]) == (SCORES, (0.0, 1.0, 0.0, 0.0))
    assert strict.ids == flexible.ids


def test_samples_of_before_lm_eval_named_filters_belong_to_the_only_one():
    (found,) = read([{key: value for key, value in one.items() if key != "filter"} for one in four()])
    assert found.filter == "none"


@pytest.mark.parametrize("rounded", [0.333333333, 1 / 3])
def test_a_figure_may_be_rounded(rounded: float):
    samples = [sample(number, number == 0) for number in range(3)]
    document = logged_result((1, 0, 0), results={"copa_es": {"acc,none": rounded}})
    (found,) = read_samples(as_lines(samples).splitlines(), read_result(as_bytes(document), "r.json"), "copa_es")
    assert found.scores["acc"] == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (f"samples_copa_es_{DATE}.jsonl", ("copa_es", DATE)),
        ("samples_a_b-c_2024-05-01T10-00-00.jsonl", ("a_b-c", "2024-05-01T10-00-00")),
        ("samples_copa_es.jsonl", None),
        (f"samples_{DATE}.jsonl", None),
    ],
)
def test_the_name_of_samples_says_task_and_moment(name: str, found: tuple[str, str] | None):
    assert task_and_date(name) == found


@pytest.mark.parametrize(
    ("name", "found"), [(f"results_{DATE}.json", DATE), (f"mine_{DATE}.json", DATE), ("results.json", None)]
)
def test_the_name_of_a_result_says_its_moment(name: str, found: str | None):
    assert date_of_result(name) == found


@pytest.mark.parametrize("last", [sample(3, 1.0, f1=0.5), sample(3, 1.0, f1="1")])
def test_without_the_tasks_configuration_a_metric_that_is_no_mean_takes_no_other_with_it(last: dict[str, Any]):
    samples = [sample(number, score, f1=1.0) for number, score in enumerate(SCORES[:3])]
    results = {"copa_es": {"acc,none": 0.75, "f1,none": 0.5}}
    (found,) = read([*samples, last], results=results, configs={})
    assert found.scores == {"acc": SCORES}
    means = {"copa_es": {"metric_list": [{"metric": "f1", "aggregation": "mean"}]}}
    with pytest.raises(NotTakenError, match="'f1'"):
        read([*samples, last], results=results, configs=means)
