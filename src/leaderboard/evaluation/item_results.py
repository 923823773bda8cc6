"""From lm-eval's samples to our item records: ids, choices and scores, never the text of the data."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from statistics import fmean
from typing import Any

from lm_eval.api.task import ConfigurableTask

from leaderboard.evaluation.item_statistics import bleu_statistics
from leaderboard.records import ItemResult, LeaderboardError, canonical_json, sha256_hex
from leaderboard.suite import Metric, Task, item_id
from leaderboard.suite.metrics import bleu_of

Sample = Mapping[str, Any]

_MAX_ID = 80

_NOTHING = frozenset({"", "[invalid]"})
"""What a filter makes of an answer in which it finds nothing: our own say the first, lm-eval's default the second."""


class GoldNotAmongOptionsError(LeaderboardError):
    """A row of the data, or the configuration that reads it, is broken."""


class NoLikelihoodError(LeaderboardError):
    """A model's likelihoods are not numbers: nothing can be said of its choice."""


@dataclass(frozen=True)
class Choice:
    """What a model chose among options, and what would have been right."""

    options: int
    choice: int
    gold: int | None
    """None where several options are right."""


def item_results(
    task: Task, lm_eval_task: ConfigurableTask, samples: Sequence[Sample], similarities: Sequence[float] | None
) -> tuple[ItemResult, ...]:
    """Return one record for each sample, in their order.

    `similarities` are the items' scores where the metric is semantic similarity, for that is no matter of lm-eval's.
    """
    ids = unique_ids([sample["doc"] for sample in samples])
    return tuple(
        _item_result(task, lm_eval_task, sample, item, None if similarities is None else similarities[index])
        for index, (sample, item) in enumerate(zip(samples, ids, strict=True))
    )


def unparsed_share(lm_eval_task: ConfigurableTask, samples: Sequence[Sample]) -> float | None:
    """Return the share of answers that the task's filter read nothing from; None where no answer is free text."""
    if lm_eval_task.OUTPUT_TYPE != "generate_until":
        return None
    return fmean(str(sample["filtered_resps"][0]).strip() in _NOTHING for sample in samples)


def unique_ids(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return an id for each row: its own or a hash; the second of two equal ones is told apart by a number."""
    ids: dict[str, None] = {}
    for row in rows:
        own = item_id(row)
        base = own if len(own) <= _MAX_ID - 8 else sha256_hex(own.encode())[:16]
        candidates = chain([base], (f"{base}-{number}" for number in count(2)))
        ids[next(one for one in candidates if one not in ids)] = None
    return list(ids)


def _item_result(
    task: Task, lm_eval_task: ConfigurableTask, sample: Sample, item: str, similarity: float | None
) -> ItemResult:
    declared, row = task.declaration, sample["doc"]
    choice = _choice(declared.metric, lm_eval_task, sample)
    statistics = bleu_statistics(*sample["bleu"]) if declared.metric is Metric.BLEU else None
    return ItemResult(
        id=item,
        cluster=_hash_of(row[declared.cluster_field]) if declared.cluster_field else None,
        variety=row[declared.variety_field] if declared.variety_field else declared.variety,
        category=str(row[declared.category_field])[:_MAX_ID] if declared.category_field else None,
        options=choice.options if choice else None,
        choice=choice.choice if choice else None,
        gold=choice.gold if choice else None,
        score=_score(declared.metric, sample, choice, statistics) if similarity is None else similarity,
        statistics=statistics,
    )


def _hash_of(value: Any) -> str | None:
    return None if value is None else sha256_hex(canonical_json(value))[:16]


def _choice(metric: Metric, lm_eval_task: ConfigurableTask, sample: Sample) -> Choice | None:
    """Return the likeliest option; for `acc_norm` the likeliest per character, as lm-eval counts them."""
    if lm_eval_task.OUTPUT_TYPE != "multiple_choice":
        return None
    likelihoods = [float(response[0]) for response in sample["filtered_resps"]]
    if any(math.isnan(one) for one in likelihoods):
        # The first option would pass for the likeliest, and in some data sets it is always the right one.
        message = "The model gave no number as a likelihood (NaN). Try another precision, such as bfloat16 or float32."
        raise NoLikelihoodError(message)
    if metric is Metric.ACC_NORM:
        lengths = [len(option) for option in lm_eval_task.doc_to_choice(sample["doc"])]
        likelihoods = [one / length for one, length in zip(likelihoods, lengths, strict=True)]
    return Choice(len(likelihoods), likelihoods.index(max(likelihoods)), _gold(lm_eval_task, sample))


def _gold(lm_eval_task: ConfigurableTask, sample: Sample) -> int | None:
    """Return the place of the right option; None where several are right, which a metric of lm-eval's then judges."""
    target = sample["target"]
    if isinstance(target, list):
        return None
    options = lm_eval_task.doc_to_choice(sample["doc"])
    if isinstance(target, str):  # some configurations name the right option by its text
        target = options.index(target) if target in options else -1
    if not 0 <= target < len(options):
        # lm-eval would count such an item as wrong for every model, with a remark in a log that nobody reads.
        message = (
            f"The right answer of an item is none of its {len(options)} options; let `process_docs` drop or mend it."
        )
        raise GoldNotAmongOptionsError(message)
    return int(target)


def _score(metric: Metric, sample: Sample, choice: Choice | None, statistics: Sequence[float] | None) -> float:
    if statistics is not None:
        return bleu_of([statistics])
    if metric in {Metric.MICRO_F1, Metric.MACRO_F1, Metric.MCC}:
        return float(choice is not None and choice.choice == choice.gold)
    return float(sample[str(metric)])
