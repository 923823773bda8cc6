"""Run one task on a loaded model through lm-evaluation-harness, and turn what it returns into our record."""

import time
from collections.abc import Callable
from typing import Any

from lm_eval import simple_evaluate
from lm_eval.api.model import LM, CacheHook
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks import TaskManager

from leaderboard.evaluation.job import Job
from leaderboard.evaluation.lm_eval_tasks import build_task
from leaderboard.records import (
    ChatTemplate,
    DatasetReference,
    Engine,
    Hardware,
    ItemResult,
    LeaderboardError,
    TaskResult,
    canonical_json,
    sha256_hex,
)
from leaderboard.suite import Task, TemplatePolicy, item_id

_SEED = 1234
"""lm-eval's own default, so that its command line draws the same few-shot examples."""


class MissingMetricError(LeaderboardError):
    """lm-eval's answer lacks the metric the registry names."""


class ProgressHook(CacheHook):  # type: ignore[misc]  # lm-eval carries no types
    """Counts the requests a model has answered: lm-eval calls it once for each, as it would to cache it."""

    def __init__(self, task: ConfigurableTask, report: Callable[[int], None]) -> None:
        super().__init__(None)
        self._task = task
        self._report = report
        self._answered = 0

    def add_partial(self, attr: str, req: Any, res: Any) -> None:
        """Note one answer and report how many items that makes."""
        del attr, req, res
        self._answered += 1
        requests, items = len(self._task.instances), len(self._task.eval_docs)
        self._report(min(items, self._answered * items // max(1, requests)))


def run_task(
    job: Job, task: Task, model: LM, engine: Engine, hardware: Hardware, report: Callable[[int], None]
) -> TaskResult:
    """Evaluate `task` and return its record. `report` is told how many items are done.

    Raises:
        Exception: whatever the task, its data or the model raise; the caller names the cause and goes on.
    """
    started = time.monotonic()
    lm_eval_task = build_task(task)
    templated = _uses_chat_template(job, task, model)
    model.set_cache_hook(ProgressHook(lm_eval_task, report))
    answer = simple_evaluate(
        model=model,
        tasks=[lm_eval_task],
        task_manager=TaskManager(include_defaults=False),
        log_samples=True,
        apply_chat_template=templated,
        fewshot_as_multiturn=templated,
        # Python's generator is what the guessing baseline draws from: another seed for each task, or it would give
        # the same answers to every task of the same shape.
        random_seed=int(task.config_hash[:8], 16),
        numpy_random_seed=_SEED,
        torch_random_seed=_SEED,
        fewshot_random_seed=_SEED,
    )
    metric = f"{task.declaration.metric},{task.declaration.filter}"
    scores = answer["results"][task.id]
    if metric not in scores:
        message = (
            f"lm-eval gave no {metric!r} for {task.id}, only {sorted(scores)}; mend metric or filter in the suite."
        )
        raise MissingMetricError(message)
    samples = _samples_in_order(answer["samples"][task.id], task.declaration.filter)
    stderr = scores.get(f"{task.declaration.metric}_stderr,{task.declaration.filter}")
    return TaskResult(
        run=job.run,
        nonce=job.nonce,
        request=job.request,
        task=task.id,
        config_hash=task.config_hash,
        dataset=DatasetReference(id=f"suite:{task.declaration.files.test}", revision=task.data_sha256),
        metric=str(task.declaration.metric),
        raw=float(scores[metric]),
        stderr=float(stderr) if isinstance(stderr, int | float) else None,
        chance=task.declaration.chance,
        shots=task.declaration.shots,
        chat_template_applied=templated,
        rendered_prompts_sha256=_hash_of_prompts(samples),
        items=tuple(_item_result(task, sample) for sample in samples),
        engine=engine,
        hardware=hardware,
        seconds=round(time.monotonic() - started, 3),
    )


def _uses_chat_template(job: Job, task: Task, model: LM) -> bool:
    if job.chat_template is ChatTemplate.NONE or task.declaration.chat_template is TemplatePolicy.NEVER:
        return False
    tokenizer = getattr(model, "tokenizer", None) if job.model_folder or job.model.source == "hub" else None
    return bool(getattr(tokenizer, "chat_template", None))


def _samples_in_order(samples: list[dict[str, Any]], filter_name: str) -> list[dict[str, Any]]:
    wanted = [sample for sample in samples if sample["filter"] == filter_name]
    return sorted(wanted, key=lambda sample: int(sample["doc_id"]))


def _hash_of_prompts(samples: list[dict[str, Any]]) -> str:
    """Hash what the model was asked: contexts and options, or contexts and generation settings."""
    return sha256_hex(canonical_json([[list(map(_plain, args)) for args in one["arguments"]] for one in samples]))


def _plain(argument: Any) -> Any:
    return argument if isinstance(argument, str | int | float | bool | dict | list) else str(argument)


def _item_result(task: Task, sample: dict[str, Any]) -> ItemResult:
    row = sample["doc"]
    field = task.declaration.variety_field
    options = choice = gold = None
    if task.lm_eval_config.get("output_type") == "multiple_choice":
        likelihoods = [float(response[0]) for response in sample["filtered_resps"]]
        options, choice = len(likelihoods), likelihoods.index(max(likelihoods))
        gold = sample["target"] if isinstance(sample["target"], int) else None
    return ItemResult(
        id=item_id(row),
        variety=row.get(field) if field else task.declaration.variety,
        options=options,
        choice=choice,
        gold=gold,
        score=float(sample[str(task.declaration.metric)]),
    )
