"""`python -m leaderboard submit | check`: what the form on the page does, on this machine's own authority."""

import argparse
import sys
from typing import Any

from leaderboard.cli.output import add_command, print_json
from leaderboard.installation import Installation
from leaderboard.records import ChatTemplate
from leaderboard.submission import (
    AUTO_PRECISION,
    BASELINES,
    MODEL_PRECISIONS,
    OPERATOR,
    Candidate,
    Finding,
    Outcome,
    SubmissionRefusedError,
    Wish,
)
from leaderboard.texts import Texts, in_words, load_texts, problem_in_words

OK, REFUSED = 0, 1

_MARKS = {Outcome.PASSED: "+", Outcome.WARNED: "!", Outcome.REFUSED: "x", Outcome.SKIPPED: "-"}


def add_submission_commands(commands: Any) -> None:
    """Describe the commands."""
    submit = add_command(commands, "submit", _submit, "put a model into the queue")
    _add_wish(submit)
    submit.add_argument(
        "--baseline", action="store_true", help=f"MODEL is an lm-eval model without weights: {', '.join(BASELINES)}"
    )
    check = add_command(commands, "check", _check, "make every check of a submission, and queue nothing")
    _add_wish(check)
    check.add_argument("--no-smoke", action="store_true", help="leave out the trial with a few questions")
    check.set_defaults(baseline=False)


def _add_wish(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="id on the Hub (organisation/name), or a local model folder")
    parser.add_argument("--revision", default="", help="branch, tag or commit on the Hub (default: main)")
    parser.add_argument(
        "--precision",
        choices=[AUTO_PRECISION, *map(str, MODEL_PRECISIONS)],
        default=AUTO_PRECISION,
        help="number format to compute in (default: auto, that of the weights)",
    )
    parser.add_argument(
        "--chat-template",
        choices=[str(one) for one in ChatTemplate],
        default=str(ChatTemplate.AUTO),
        help="auto: the model's own template where a task allows one (default); none: never",
    )


def _wish(options: argparse.Namespace) -> Wish:
    return Wish(
        model=options.model,
        revision=options.revision,
        precision=options.precision,
        chat_template=options.chat_template,
        baseline=options.baseline,
    )


def _submit(house: Installation, options: argparse.Namespace) -> int:
    try:
        request = house.desk.submit(_wish(options), OPERATOR)
    except SubmissionRefusedError as refused:
        message = problem_in_words(refused.problem, _texts())
        if options.json:
            print_json({"refused": str(refused.problem.code), "message": message})
        else:
            sys.stderr.write(f"{message}\n")
        return REFUSED
    if options.json:
        print_json({"id": request.id, "model": request.model.name, "revision": request.model.revision})
    else:
        print(f"Queued {request.model.name} as {request.id}.")
    return OK


def _check(house: Installation, options: argparse.Namespace) -> int:
    """Tell each finding as it comes; with --json all of them at the end."""
    texts, findings = _texts(), []
    examination = house.desk.examine(_wish(options), OPERATOR)
    for finding in examination.findings():
        findings.append(finding)
        _tell(finding, texts, options)
    if examination.candidate is not None and not options.no_smoke:
        smoke = house.smoke_test(examination.candidate)
        findings.append(smoke)
        _tell(smoke, texts, options)
    acceptable = all(finding.outcome is not Outcome.REFUSED for finding in findings)
    if options.json:
        print_json(_as_data(findings, examination.candidate, texts, acceptable=acceptable))
    return OK if acceptable else REFUSED


def _tell(finding: Finding, texts: Texts, options: argparse.Namespace) -> None:
    if options.json:
        return
    words = in_words(finding, texts)
    print(f"{_MARKS[finding.outcome]} {words.label:<24} {words.sentence or words.outcome}", flush=True)
    if words.remedy is not None:
        print(f"  {'':<24} → {words.remedy.command or words.remedy.link}", flush=True)


def _as_data(findings: list[Finding], candidate: Candidate | None, texts: Texts, *, acceptable: bool) -> dict[str, Any]:
    checks = []
    for finding in findings:
        words = in_words(finding, texts)
        checks.append(
            {
                "check": str(finding.check),
                "outcome": str(finding.outcome),
                "problem": str(finding.problem) if finding.problem else None,
                "message": words.sentence,
                "remedy": (words.remedy.command or words.remedy.link) if words.remedy else None,
            }
        )
    estimate = None
    if candidate is not None:
        estimate = {
            "memory_bytes": candidate.memory_bytes,
            "seconds": round(candidate.time.seconds, 1),
            "tasks": candidate.time.tasks,
            "tasks_without_a_time": candidate.time.unknown,
            "place": candidate.place,
            "wait_seconds": round(candidate.wait_seconds, 1),
        }
    return {"acceptable": acceptable, "checks": checks, "estimate": estimate}


def _texts() -> Texts:
    return load_texts("en")
