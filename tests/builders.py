"""Valid records, and a tiny suite on disk: every test says only what it is about."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from leaderboard.evaluation.job import Job
from leaderboard.queue import Finished, Queue, QueueEntry, QueueView, Report, Turn, TurnPlan, WorkerIdentity
from leaderboard.records import (
    Cause,
    ChatTemplate,
    Checkpoint,
    Claim,
    Engine,
    EvalRequest,
    Evaluation,
    Failure,
    Hardware,
    ItemResult,
    ModelFacts,
    ModelReference,
    ModelSource,
    ModelType,
    Precision,
    RequestState,
    RunManifest,
    RunReference,
    Status,
    SuiteLabel,
    TaskFailure,
    TaskResult,
    WantedTask,
    Withdrawal,
    WithdrawalReason,
    new_request,
    run_id,
    sha256_hex,
)
from leaderboard.results import checkpoint_of
from leaderboard.store import Version
from leaderboard.suite import Floor, HubRows, Suite, Task, load_suite

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
NONCE = "a" * 32
OTHER_NONCE = "b" * 32
LEASE = timedelta(minutes=2)


def some_sha256(label: str) -> str:
    """Return a hash that differs from that of every other label."""
    return sha256_hex(label.encode())


def model(name: str = "meiga-1b", *, source: ModelSource = ModelSource.LOCAL, revision: str = "") -> ModelReference:
    """Return a model; its revision follows from its name unless one is given. On the Hub it has an owner."""
    if source is ModelSource.HUB:
        name = name if "/" in name else f"somos/{name}"
        return ModelReference(source=source, name=name, revision=revision or some_sha256(name)[:40])
    return ModelReference(source=source, name=name, revision=revision or some_sha256(name))


def facts(kind: ModelType = ModelType.BASE, **changes: Any) -> ModelFacts:
    """Return what the files of a model of seven thousand million parameters say."""
    return ModelFacts(type=kind, **{"parameters": 7_000_000_000, "licence": "apache-2.0", **changes})


def wanted(*tasks: str) -> tuple[WantedTask, ...]:
    """Return wishes for tasks that need not exist."""
    return tuple(WantedTask(task=task, config_hash=some_sha256(task)) for task in tasks)


def request(name: str = "meiga-1b", **changes: Any) -> EvalRequest:
    """Return a request for two tasks of a local model."""
    fields: dict[str, Any] = {
        "model": model(name),
        "precision": Precision.BFLOAT16,
        "chat_template": ChatTemplate.AUTO,
        "tasks": wanted("refranes", "sumas"),
        "suite": SuiteLabel(name="mini", version=1),
        "facts": facts(),
        "submitted_at": NOW,
    }
    return new_request(**{**fields, **changes})


def request_for(suite: Suite, name: str = "meiga-1b", **changes: Any) -> EvalRequest:
    """Return a request for every task of `suite` as it is now."""
    return request(name, **{"tasks": suite.wanted(), "suite": suite.label, **changes})


def claim(worker: str = "worker-1", nonce: str = NONCE, lease_until: datetime = NOW + LEASE) -> Claim:
    """Return a claim that holds for two minutes from NOW."""
    return Claim(worker=worker, nonce=nonce, lease_until=lease_until)


def failure(detail: str = "it broke", cause: Cause = Cause.ENGINE_ERROR, **changes: Any) -> Failure:
    """Return a cause with a detail."""
    return Failure(cause=cause, detail=detail, **changes)


def run_reference(request_id: str, attempt: int = 1) -> RunReference:
    """Return a reference to a run that need not exist."""
    return RunReference(id=run_id(request_id, attempt), manifest_sha256=some_sha256("manifest"))


def checkpoint(request_id: str = "0" * 32, attempt: int = 1) -> Checkpoint:
    """Return a reference to finished tasks that need not exist."""
    return Checkpoint(run=run_id(request_id, attempt), sha256=some_sha256("results"))


def state(status: Status = Status.PENDING, **changes: Any) -> RequestState:
    """Return a state as the queue would have made it: what runs is held, what ended names its run or its failure."""
    held = {"attempt": 1, "claim": claim()}
    fields: dict[Status, dict[str, Any]] = {
        Status.PENDING: {},
        Status.RUNNING: held,
        Status.FINISHED: {"attempt": 1, "run": run_reference("0" * 32)},
        Status.INCOMPLETE: {"attempt": 1, "run": run_reference("0" * 32), "failure": failure()},
        Status.FAILED: {"attempt": 1, "failure": failure()},
        Status.CANCELLED: {},
        Status.WITHDRAWN: {"withdrawal": Withdrawal(reason=WithdrawalReason.TAKEDOWN, at=NOW)},
    }
    return RequestState(status=status, **{**fields[status], **changes})


def worker(name: str = "worker-1", secret: str = "") -> WorkerIdentity:
    """Return a worker, the same for the same name; its secret follows from its name unless one is given."""
    return WorkerIdentity(name=name, secret=(secret or some_sha256(name)).encode())


def held_by(who: WorkerIdentity, asked: EvalRequest, attempt: int = 1, **changes: Any) -> RequestState:
    """Return the state of a request that a worker holds for two minutes from NOW."""
    held = claim(worker=who.name, nonce=who.nonce(asked.id, attempt))
    return state(Status.RUNNING, **{"attempt": attempt, "claim": held, **changes})


def queue_view(*entries: tuple[EvalRequest, RequestState]) -> QueueView:
    """Return a queue as it may be seen, in the order given."""
    return QueueView(Version("1"), {asked.id: QueueEntry(asked, one) for asked, one in entries}, ())


def turn_plan(*reports: Report, who: WorkerIdentity | None = None, **changes: Any) -> TurnPlan:
    """Return what worker-1, unless told otherwise, brings to a turn at NOW; it wants nothing."""
    return TurnPlan(**{"worker": who or worker(), "now": NOW, "lease": LEASE, "reports": reports, **changes})


def take(queue: Queue, **changes: Any) -> Turn:
    """Let worker-1, unless told otherwise, take a turn at NOW at which it wants one request."""
    return queue.turn(turn_plan(**{"hold": 1, **changes}))


def tell(queue: Queue, *reports: Report, **changes: Any) -> Turn:
    """Let worker-1, unless told otherwise, take a turn at NOW at which it only reports."""
    return queue.turn(turn_plan(*reports, **changes))


def finish(queue: Queue, asked: EvalRequest, run: RunReference, missing: Failure | None = None) -> None:
    """Submit a request and let worker-1 evaluate it: FINISHED with `run`, or INCOMPLETE where something is missing."""
    queue.submit(asked)
    take(queue, wanted=lambda entry: entry.id == asked.id)
    tell(queue, Finished(asked.id, 1, run, missing))


def item_results(task: Task, right: int) -> tuple[ItemResult, ...]:
    """Return one result for each item, the first `right` of them right, the others wrong."""
    return tuple(
        ItemResult(
            id=f"{task.id}-{number}", options=2, choice=0, gold=int(number >= right), score=float(number < right)
        )
        for number in range(task.declaration.items or 4)
    )


def task_result(asked: EvalRequest, task: Task, *, right: int = 1, attempt: int = 1, **changes: Any) -> TaskResult:
    """Return a result with `right` right items of `task`, of an attempt at `asked`."""
    items = item_results(task, right)
    fields: dict[str, Any] = {
        "run": run_id(asked.id, attempt),
        "nonce": NONCE,
        "request": asked.id,
        "task": task.id,
        "config_hash": task.config_hash,
        "dataset": task.dataset_reference(_revision(task)),
        "metric": str(task.declaration.metric),
        "raw": sum(item.score for item in items) / len(items),
        "stderr": 0.1,
        "encoder": task.encoder.id if task.encoder else None,
        "chance": task.declaration.chance,
        "shots": task.declaration.shots,
        "chat_template_applied": False,
        "rendered_prompts_sha256": some_sha256("prompts"),
        "items": items,
        "engine": Engine(name="hf", version="0.4.13", versions={"lm_eval": "0.4.13"}),
        "hardware": Hardware(device="cpu", name="a processor", threads=2),
        "seconds": 1.5,
    }
    return TaskResult(**{**fields, **changes})


def _revision(task: Task) -> str:
    """Return the hash of the files, the locked commit, or any commit where none is locked."""
    if isinstance(task.rows, HubRows):
        return task.rows.revision or "0" * 40
    return task.rows.sha256


def manifest(
    asked: EvalRequest,
    results: Sequence[TaskResult],
    *,
    attempt: int = 1,
    failed: Sequence[str] = (),
    finished_at: datetime = NOW,
) -> RunManifest:
    """Return the manifest of an attempt that brought `results` and lost the tasks `failed`."""
    return RunManifest(
        run=run_id(asked.id, attempt),
        nonce=NONCE,
        request=asked.id,
        worker="worker-1",
        started_at=finished_at - timedelta(minutes=1),
        finished_at=finished_at,
        tasks=tuple(result.task for result in results),
        results_sha256=checkpoint_of(run_id(asked.id, attempt), results).sha256,
        failures=tuple(TaskFailure(task=task, failure=failure(cause=Cause.TASK_ERROR)) for task in failed),
    )


def evaluation(asked: EvalRequest, suite: Suite, right: Mapping[str, int], **changes: Any) -> Evaluation:
    """Return a published run with a result for each task in `right`; the other tasks of `suite` failed."""
    results = [task_result(asked, task, right=right[task.id]) for task in suite.tasks if task.id in right]
    failed = [task.id for task in suite.tasks if task.id not in right]
    return Evaluation(
        request=asked, manifest=manifest(asked, results, **{"failed": failed, **changes}), results=tuple(results)
    )


def job(asked: EvalRequest, suite: Suite) -> Job:
    """Return the job of the first attempt at `asked`."""
    return Job(
        run=run_id(asked.id, 1),
        nonce=NONCE,
        request=asked.id,
        model=asked.model,
        model_folder=None,
        precision=asked.precision,
        chat_template=asked.chat_template,
        tasks=suite.tasks,
        device="cpu",
        batch_size=1,
    )


def declaration(task_id: str, **changes: Any) -> dict[str, Any]:
    """Return a task as a suite file declares it: four questions with two options each."""
    fields: dict[str, Any] = {
        "id": task_id,
        "title": {"es": task_id.capitalize()},
        "language": "es",
        "variety": None,
        "area": "language",
        "construct": "grammar",
        "config": f"{task_id}.yaml",
        "metric": "acc",
        "direction": "higher",
        "shots": 0,
        "chance": 0.5,
        "items": 4,
        "chat_template": "never",
        "files": {"test": f"{task_id}.jsonl"},
        "licence": "CC-BY-4.0",
        "origin": "native",
        "source": {"title": "Ours", "citation": "Ours, 2026"},
        "version": 1,
    }
    return {**fields, **changes}


TWO_TASKS = (declaration("refranes"), declaration("sumas", language="gl", area="mathematics", construct="arithmetic"))


def foreign_declaration(task_id: str, **changes: Any) -> dict[str, Any]:
    """Return a task on a dataset of the Hub, of a size that nobody knows."""
    own = declaration(task_id)
    del own["files"]
    dataset = {"id": f"org/{task_id}", "split": "test", "columns": ["options", "answer"]}
    return {**own, "items": None, "dataset": dataset, **changes}


def bias_declaration(task_id: str, **changes: Any) -> dict[str, Any]:
    """Return a task whose best score is half, beside the ranking: four pairs of sentences."""
    bias = {"area": "bias", "construct": "bias", "metric": "stereotype_preference", "direction": "target(0.5)"}
    return declaration(task_id, **{**bias, **changes})


def floor(mean: float = 0.3) -> Floor:
    """Return what five models of random weights reached."""
    return Floor(mean=mean, low=mean - 0.02, high=mean + 0.01, models=5, items=100, data_sha256=some_sha256("items"))


def write_rows(file: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows as JSON Lines."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def choice_rows(task_id: str, count: int, options: int = 2) -> list[dict[str, Any]]:
    """Return questions whose first option is right."""
    return [
        {"id": f"{task_id}-{number}", "options": [f"frase {letter}" for letter in range(options)], "answer": 0}
        for number in range(count)
    ]


def write_suite(
    folder: Path,
    declarations: Sequence[Mapping[str, Any]] = TWO_TASKS,
    *,
    configs: Mapping[str, Mapping[str, Any]] | None = None,
    rows: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    **top: Any,
) -> Path:
    """Write a suite with its configurations and items into `folder`; return the suite file.

    `configs` and `rows` have what tasks of those ids have in the place of the ordinary; `top` is what the suite file
    says beside its tasks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for one in declarations:
        if "files" in one:
            ordinary = choice_rows(one["id"], one["items"], round(1 / one["chance"])) if one["chance"] else []
            write_rows(folder / one["files"]["test"], (rows or {}).get(one["id"], ordinary))
        if not one["config"].startswith("lm_eval:"):
            config = {
                "output_type": "multiple_choice",
                "doc_to_text": "",
                "doc_to_choice": "options",
                "doc_to_target": "answer",
            }
            config = {"task": one["id"], **(configs or {}).get(one["id"], config)}
            (folder / one["config"]).write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    suite_file = folder / "mini.yaml"
    document = {"name": "mini", "version": 1, **top, "tasks": [dict(one) for one in declarations]}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    suite_file.write_text(text, encoding="utf-8")
    return suite_file


def tiny_suite(folder: Path, declarations: Sequence[Mapping[str, Any]] = TWO_TASKS, **more: Any) -> Suite:
    """Return a suite of two tasks, one in Spanish and one in Galician, written into `folder`; see `write_suite`."""
    return load_suite(str(write_suite(folder, declarations, **more)))
