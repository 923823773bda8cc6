"""A board with something of everything that an export has to tell apart."""

from pathlib import Path
from typing import Any

from leaderboard.board import Board, Rule, build_board, rule_in_force
from leaderboard.records import (
    ChatTemplate,
    DatasetReference,
    EvalRequest,
    Evaluation,
    Exclusion,
    ExclusionReason,
    ModelReference,
    ModelSource,
    Precision,
    RuleHistory,
    RuleVersion,
    TaskResult,
)
from leaderboard.suite import Suite
from tests.builders import (
    NOW,
    bias_declaration,
    declaration,
    evaluation,
    foreign_declaration,
    manifest,
    model,
    request_for,
    tiny_suite,
)

COMMIT = "c" * 40
HUB_MODEL = "somos/meiga-1b"
ALL_RIGHT = {"refranes": 4, "sumas": 4, "xnli": 4, "pares": 2}
SOME_RIGHT = {"refranes": 3, "sumas": 4, "xnli": 1, "pares": 3}

_XNLI = {"id": "org/xnli", "configs": ["es"], "split": "test", "columns": ["options", "answer"]}
TASKS = (
    declaration("refranes"),
    declaration("sumas", language="gl", area="mathematics", construct="arithmetic"),
    foreign_declaration("xnli", area="inference", construct="inference", chance=0.25, shots=0, dataset=_XNLI),
    bias_declaration("pares"),
)


def export_suite(folder: Path, *more: dict[str, Any]) -> Suite:
    """Return a suite with own tasks in two languages, one on the Hub's data and one with a target."""
    return tiny_suite(folder, (*TASKS, *more))


def hub_request(suite: Suite, name: str = HUB_MODEL, **changes: Any) -> EvalRequest:
    """Return a request for a model of the Hub."""
    return request_for(suite, name, model=model(name, source=ModelSource.HUB), **changes)


def measured(asked: EvalRequest, suite: Suite, right: dict[str, int], *, commit: str = COMMIT) -> Evaluation:
    """Return a published run whose foreign data are at a known commit."""
    ran = evaluation(asked, suite, right)
    results = [_at(result, commit) for result in ran.results]
    failed = [one.task for one in ran.manifest.failures]
    return ran.replaced(results=tuple(results), manifest=manifest(asked, results, failed=failed))


def _at(result: TaskResult, commit: str) -> TaskResult:
    if not result.dataset.id.startswith("org/"):
        return result
    return result.replaced(dataset=DatasetReference(id=result.dataset.id, revision=commit))


def rule_without(suite: Suite, task: str, reason: ExclusionReason) -> Rule:
    """Return a rule that leaves a task out."""
    configs = {one.id: one.config_hash for one in suite.tasks}
    left_out = Exclusion(task=task, config_hash=configs[task], reason=reason)
    version = RuleVersion(version=1, at=NOW, note="n", suite=suite.label, configs=configs, excluded=(left_out,))
    return rule_in_force(suite, RuleHistory(versions=(version,)))


def baseline_request(suite: Suite) -> EvalRequest:
    """Return a request for what guesses."""
    dummy = ModelReference(source=ModelSource.BASELINE, name="dummy", revision="0.4.13")
    return request_for(suite, model=dummy, precision=Precision.NONE)


def export_board(suite: Suite, rule: Rule | None = None) -> Board:
    """Return a board of two complete models, one of them with a second identity, one incomplete, and a baseline."""
    evaluations = [
        measured(hub_request(suite), suite, ALL_RIGHT),
        measured(hub_request(suite, chat_template=ChatTemplate.NONE), suite, SOME_RIGHT),
        measured(request_for(suite, "lume-7b"), suite, SOME_RIGHT),
        measured(request_for(suite, "half-3b"), suite, {"refranes": 2}),
        measured(baseline_request(suite), suite, dict.fromkeys(ALL_RIGHT, 1)),
    ]
    return build_board(evaluations, suite, rule)
