"""The command that says what speaks against tasks, as a maintainer types it."""

import shlex

import pytest

from leaderboard.board.health import Finding, Health, HealthState
from leaderboard.cli.health_commands import exclusion_command
from leaderboard.records import ExclusionReason
from tests.builders import facts, some_sha256
from tests.cli.conftest import Place


def eight_models(place: Place) -> None:
    for number in range(8):
        place.finished(f"model-{number}")


def test_a_board_of_few_models_is_not_assessed(place: Place):
    place.finished()
    said = place.run("health")
    assert said.status == 0
    lines = said.out.splitlines()
    assert lines[0].split() == ["task", "in", "the", "means", "state", "models", "owners", "evidence"]
    assert lines[1].split() == ["refranes", "yes", "not_yet_assessed", "1", "1"]
    assert "rule exclude" not in said.out


def test_a_dead_task_is_told_with_the_command_that_leaves_it_out(place: Place):
    eight_models(place)
    said = place.run("health")
    assert said.status == 0
    assert "dead: all score 0.25" in said.out
    assert "To leave refranes out of the means:" in said.out
    [command] = [line for line in said.out.splitlines() if "rule exclude refranes" in line]
    assert shlex.split(command) == [
        *("python", "-m", "leaderboard", "rule", "exclude", "refranes", "--reason", "dead"),
        *("--detail", "all score 0.25 (8 models of 8 owners)"),
    ]


def test_the_command_that_is_proposed_leaves_the_task_out(place: Place):
    place.enlarge_the_suite()
    eight_models(place)
    command = next(one["command"] for one in place.json("health")["tasks"] if one["task"] == "refranes")
    assert place.run(*shlex.split(command)[3:]).status == 0
    [line] = [line for line in place.run("health").out.splitlines() if line.startswith("refranes")]
    assert "left out: dead (mini-1.1)" in line
    [after, other, *_] = place.json("health")["tasks"]
    assert (after["counted"], after["advised_against"], after["command"]) == (False, False, None)
    assert after["left_out"] == {"reason": "dead", "detail": "all score 0.25 (8 models of 8 owners)"}
    assert other["counted"] is True


def test_health_is_printed_as_json(place: Place):
    eight_models(place)
    data = place.json("health")
    assert data["rule"] == "mini-1.0"
    assert [one["task"] for one in data["tasks"]] == ["refranes", "sumas"]
    assert data["tasks"][0]["state"] == "questionable"
    assert data["tasks"][0]["findings"][0] == {"reason": "dead", "figures": {"score": 0.25}, "models": []}
    assert "rule exclude refranes --reason dead" in data["tasks"][0]["command"]
    assert data["flags"] == []


def test_what_stands_out_of_models_is_told_as_evidence(place: Place):
    for name in ("original", "copy"):
        place.finished(name, facts=facts(weights_sha256=some_sha256("weights")))
    said = place.run("health")
    assert "What stands out of models; evidence, no accusation:" in said.out
    assert said.out.splitlines()[-2].split() == ["copy", "identical_weights", "the", "weights", "of", "original"]
    [first, second] = sorted(place.json("health")["flags"], key=lambda one: str(one["model"]))
    assert (first["model"], first["kind"], first["others"]) == ("copy", "identical_weights", ["original"])
    assert (second["model"], second["others"]) == ("original", ["copy"])


FIGURES = {
    ExclusionReason.DEAD: {"score": 0.5},
    ExclusionReason.DEGENERATE: {
        "constant_models": 5.0,
        "constant_options": 1.0,
        "constant_share": 0.97,
        "gold_share": 0.5,
        "sharing_models": 3.0,
        "shared_score": 0.5,
        "item_by_item": 1.0,
    },
    ExclusionReason.UNPARSEABLE: {"failing_models": 5.0, "median_share": 0.8},
    ExclusionReason.AT_CHANCE: {"best": 0.52, "chance": 0.5, "floor": 0.51},
    ExclusionReason.SATURATED: {"lower_quarter": 0.96, "median": 0.98, "human": 0.97},
    ExclusionReason.TOO_SMALL: {"items": 30.0, "best": 0.6, "worst": 0.5},
    ExclusionReason.CONTRADICTING: {"correlation": -0.91, "p": 0.0002, "other_tasks": 5.0, "models": 9.0},
}


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (ExclusionReason.DEAD, "all score 0.5"),
        (
            ExclusionReason.DEGENERATE,
            "5 models give one option to 0.97 or more of the items, 3 models score exactly 0.5",
        ),
        (ExclusionReason.UNPARSEABLE, "5 models left most answers unreadable, median 0.8"),
        (ExclusionReason.AT_CHANCE, "the best score is 0.52, guessing gets 0.5, random weights reach 0.51"),
        (ExclusionReason.SATURATED, "three quarters score 0.96 or more, the median is 0.98, people reach 0.97"),
        (ExclusionReason.TOO_SMALL, "30 items tell no two models apart, scores go from 0.5 to 0.6"),
        (
            ExclusionReason.CONTRADICTING,
            "rank correlation -0.91 with the 5 other tasks of its language, p = 0.0002",
        ),
    ],
)
def test_every_finding_has_words_for_its_figures(reason: ExclusionReason, words: str):
    finding = Finding(reason, FIGURES[reason])
    health = Health("uno", HealthState.QUESTIONABLE, 9, 5, is_counted=True, left_out=None, findings=(finding,))
    command = shlex.split(exclusion_command(health))
    assert command[-4:] == ["--reason", str(reason), "--detail", f"{words} (9 models of 5 owners)"]


def test_a_figure_that_is_not_known_is_left_unsaid():
    finding = Finding(ExclusionReason.AT_CHANCE, {"best": 0.52, "chance": 0.5})
    health = Health("uno", HealthState.QUESTIONABLE, 9, 5, is_counted=True, left_out=None, findings=(finding,))
    assert "the best score is 0.52, guessing gets 0.5 (9 models" in exclusion_command(health)
