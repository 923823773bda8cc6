"""Every text that the code asks for is there, in every language, with the same places to fill in."""

import ast
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from string import Formatter

import pytest
import yaml

import leaderboard
from leaderboard.board.health import HealthState
from leaderboard.evaluation.executors.budget import WaitReason
from leaderboard.records import Cause, ExclusionReason, ModelType, Status, WithdrawalReason
from leaderboard.submission import CheckName, Outcome, ProblemCode
from leaderboard.submission.problems import Problem
from leaderboard.suite import Area, Language
from leaderboard.suite.vocabulary import Origin
from leaderboard.texts import LANGUAGES, load_texts, problem_in_words
from leaderboard.texts.texts import MissingTextError

PACKAGE = Path(leaderboard.__file__).parent
FAMILIES: list[tuple[str, type[StrEnum]]] = [
    ("problems", ProblemCode),
    ("statuses", Status),
    ("causes", Cause),
    ("types", ModelType),
    ("languages", Language),
    ("checks", CheckName),
    ("outcomes", Outcome),
    ("withdrawals", WithdrawalReason),
    ("areas", Area),
    ("origins", Origin),
    ("tasks.states", HealthState),
    ("tasks.about_state", HealthState),
    ("tasks.reasons", ExclusionReason),
    ("money.waits", WaitReason),
]


def places(text: str) -> set[str]:
    """Return the names in braces; a stray brace is an error."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def calls(function: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call of `function` in the package, with the place where it stands."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function:
                yield f"{path.name}:{node.lineno}", node


def test_there_is_a_file_for_every_language_and_no_other():
    assert {path.parent.name for path in (PACKAGE / "texts").glob("*/*.yaml")} == set(LANGUAGES)
    assert LANGUAGES[0] == "es"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys(language: str):
    assert set(load_texts(language).by_key) == set(load_texts("es").by_key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_places_to_fill_in(language: str):
    spanish = load_texts("es").by_key
    assert {key: places(text) for key, text in load_texts(language).by_key.items()} == {
        key: places(text) for key, text in spanish.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_and_every_place_has_a_name(language: str):
    for key, text in load_texts(language).by_key.items():
        assert text, key
        assert all(name.isidentifier() for name in places(text)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_incident_14_no_key_stands_twice(language: str):
    def check(node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert len(set(keys)) == len(keys), keys
            for _, value in node.value:
                check(value)

    for file in sorted((PACKAGE / "texts" / language).iterdir()):
        check(yaml.compose(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("family", "kinds"), FAMILIES)
def test_every_word_of_the_code_has_its_text_and_no_text_is_left_over(family: str, kinds: type[StrEnum], language: str):
    keys = {key for key in load_texts(language).by_key if key.startswith(f"{family}.")}
    assert keys == {f"{family}.{kind}" for kind in kinds}


def test_what_the_code_asks_for_is_there_and_is_filled_in():
    spanish = load_texts("es").by_key
    asked = list(calls("texts"))
    assert len(asked) > 40
    for place, call in asked:
        key = call.args[0]
        if isinstance(key, ast.Constant):
            assert key.value in spanish, place
            assert {keyword.arg for keyword in call.keywords} == places(spanish[key.value]), place


def test_every_refusal_carries_what_its_sentence_needs():
    spanish = load_texts("es").by_key
    raised = [*calls("SubmissionRefusedError"), *calls("_RefusedError")]
    assert len(raised) > 40
    for place, call in raised:
        code = call.args[0]
        if isinstance(code, ast.Attribute) and all(keyword.arg for keyword in call.keywords):
            # An examination gives every finding the model's name.
            needed = places(spanish[f"problems.{ProblemCode[code.attr]}"]) - {"model"}
            assert needed <= {keyword.arg for keyword in call.keywords}, place


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_stays_text(language: str):
    hostile = "{id} {0} {model.__class__} %s \\1 <b>"
    sentence = problem_in_words(Problem(ProblemCode.MODEL_NOT_FOUND, {"model": hostile}), load_texts(language))
    assert hostile in sentence


@pytest.mark.parametrize(("key", "values"), [("nothing.here", {}), ("form.accepted", {"model": "x"})])
def test_a_missing_text_or_value_is_an_error_that_names_it(key: str, values: dict[str, str]):
    with pytest.raises(MissingTextError, match=key):
        load_texts("es")(key, **values)


def test_a_language_without_texts_is_refused():
    with pytest.raises(MissingTextError, match="'fr'"):
        load_texts("fr")
