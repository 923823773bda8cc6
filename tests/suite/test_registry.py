"""What a suite file may say of a task, and what a suite makes of its tasks."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from leaderboard.suite import FolderRows, HubRows, Language, Suite, TaskDeclaration
from leaderboard.suite.item_forms import CANARY
from leaderboard.suite.registry import SuiteDeclaration
from leaderboard.suite.vocabulary import target_of
from tests.builders import bias_declaration, declaration, foreign_declaration, some_sha256, tiny_suite

TEXT = {"show_items": "text"}
WITH_EXAMPLES = {"test": "uno.jsonl", "fewshot": "ejemplos.jsonl"}


def parsed(fields: Mapping[str, Any]) -> TaskDeclaration:
    return TaskDeclaration.model_validate_json(json.dumps(fields))


def refusal(fields: Mapping[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        parsed(fields)
    return str(refused.value)


def dataset(**changes: Any) -> dict[str, Any]:
    return {**foreign_declaration("uno")["dataset"], **changes}


def test_own_files_and_a_dataset_are_both_declared_well():
    assert parsed(declaration("uno")).dataset is None
    assert parsed(foreign_declaration("uno")).files is None


def test_the_items_are_in_one_place():
    both = declaration("uno", dataset=dataset())
    neither = {key: value for key, value in declaration("uno").items() if key != "files"}
    for fields in (both, neither):
        assert "exactly one of `files` and `dataset`" in refusal(fields)


@pytest.mark.parametrize("fields", [declaration("uno", shots=2), foreign_declaration("uno", shots=2)])
def test_shots_need_examples_that_are_not_scored(fields: dict[str, Any]):
    assert "2 shots need `files.fewshot` or `dataset.examples`" in refusal(fields)


@pytest.mark.parametrize("examples", [{}, {"split": "train"}, {"balance": "answer"}])
def test_examples_may_be_held_out_or_of_another_split(examples: dict[str, str]):
    assert parsed(foreign_declaration("uno", shots=2, dataset=dataset(examples=examples))).shots == 2
    assert parsed(declaration("uno", shots=2, files=WITH_EXAMPLES)).shots == 2


def test_own_files_say_how_many_items_they_have_and_others_need_not():
    assert "`items` must be known for the suite's own files" in refusal(declaration("uno", items=None))
    assert parsed(foreign_declaration("uno", items=None)).items is None


def test_one_country_or_a_column_of_countries():
    assert "`variety` and `variety_field` exclude each other" in refusal(
        declaration("uno", variety="MX", variety_field="country")
    )
    assert parsed(declaration("uno", variety_field="country")).variety_field == "country"


def test_classes_are_those_of_a_macro_f1():
    assert "`classes` is for macro_f1 only" in refusal(declaration("uno", classes=[0, 2]))
    assert parsed(declaration("uno", metric="macro_f1", classes=[0, 2])).classes == (0, 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"licence": "CC-BY-NC-4.0"},
        {"licence": "CC-BY-NC-SA-4.0  and Twitter's terms"},
        {"licence": "cc-by-nc-4.0"},
        {"licence": "unknown"},
        {"access": "gated"},
    ],
    ids=["NC", "NC with more", "NC as the Hub spells it", "unknown", "gated"],
)
def test_text_is_shown_only_where_its_licence_allows(fields: dict[str, str]):
    assert "`show_items: text` needs open data under a licence" in refusal(declaration("uno", **TEXT, **fields))
    assert parsed(declaration("uno", show_items="ids", **fields)).show_items == "ids"


@pytest.mark.parametrize("licence", ["CC-BY-4.0", "CC-BY-SA-4.0", "MIT", "CC0-1.0"])
def test_text_under_an_open_licence_may_be_shown(licence: str):
    assert parsed(declaration("uno", **TEXT, licence=licence)).show_items == "text"


@pytest.mark.parametrize("changes", [{"area": "language"}, {"direction": "higher"}])
def test_a_target_and_the_area_of_bias_go_together(changes: dict[str, str]):
    assert "area `bias` and a direction `target(…)` go together" in refusal(bias_declaration("uno", **changes))


@pytest.mark.parametrize(
    ("direction", "target"), [("target(0.5)", 0.5), ("target(0)", 0.0), ("target(1)", 1.0), ("target(0.25)", 0.25)]
)
def test_a_target_is_read_from_the_direction(direction: str, target: float):
    assert parsed(bias_declaration("uno", direction=direction)).target == target
    assert target_of("higher") is None


@pytest.mark.parametrize(
    "direction", ["up", "target", "target()", "target(2)", "target(-0.5)", "target(50)", "target(0.5) ", "target(.5)"]
)
def test_a_direction_that_cannot_be_is_refused(direction: str):
    assert "direction" in refusal(bias_declaration("uno", direction=direction))


def test_a_scale_on_which_less_is_better_is_turned_or_refused():
    """Means take more for better: a task that says otherwise would be ranked upside down."""
    assert "better the lower" in refusal(declaration("uno", direction="lower"))


@pytest.mark.parametrize("identifier", ["data", "org/", "../data", "org/data/more", "org/da ta"])
def test_a_dataset_is_named_as_the_hub_names_it(identifier: str):
    assert "dataset.id" in refusal(foreign_declaration("uno", dataset=dataset(id=identifier)))


def test_a_dataset_says_which_columns_it_needs():
    assert "dataset.columns" in refusal(foreign_declaration("uno", dataset=dataset(columns=[])))


@pytest.mark.parametrize("weight", [0, -1])
def test_a_weight_is_above_zero(weight: float):
    assert "weight" in refusal(declaration("uno", weight=weight))


def test_semantic_similarity_needs_an_encoder():
    free = declaration("uno", metric="semantic_similarity", chance=0)
    encoder = {"id": "org/encoder", "max_tokens": 256}
    fields = {"name": "mini", "version": 1, "tasks": [free]}
    with pytest.raises(ValidationError, match="`encoder` must name the sentence encoder"):
        SuiteDeclaration.model_validate_json(json.dumps(fields))
    named = SuiteDeclaration.model_validate_json(json.dumps({**fields, "encoder": encoder}))
    assert named.encoder.revision is None


# --- What a suite makes of its tasks

ITEM = {
    "phenomenon": "diminutive",
    "register": "colloquial",
    "evidence": "a dictionary",
    "canary": CANARY,
    "variety": "norma",
    "options": ["a", "b", "c"],
    "answer": 0,
}


def sentence(number: int, reviewer: str | None) -> dict[str, Any]:
    return {**ITEM, "id": f"item-{number}", "status": "reviewed" if reviewer else "draft", "reviewer": reviewer}


def signed_suite(folder: Path, *, uno: int, dos: int) -> Suite:
    """Return a suite of two tasks of two items each, of which so many are signed, and one on bias."""
    tasks = [declaration(name, chance=1 / 3, items=2, item_form="sentence") for name in ("uno", "dos")]
    rows = {
        name: [sentence(number, "Ana" if number < signed else None) for number in range(2)]
        for name, signed in (("uno", uno), ("dos", dos))
    }
    return tiny_suite(folder, [*tasks, bias_declaration("sesgo", language="gl")], rows=rows)


def ids(tasks: tuple[Any, ...]) -> list[str]:
    return [task.id for task in tasks]


def test_what_has_a_target_is_counted_nowhere(tmp_path: Path):
    suite = signed_suite(tmp_path, uno=2, dos=2)
    assert ids(suite.counted) == ["uno", "dos"]
    assert ids(suite.with_target) == ["sesgo"]
    assert suite.languages == (Language.ES,)
    assert [wanted.task for wanted in suite.wanted()] == ["uno", "dos", "sesgo"]


def test_drafts_are_counted_only_where_there_is_nothing_else(tmp_path: Path):
    one, none = signed_suite(tmp_path / "one", uno=2, dos=1), signed_suite(tmp_path / "none", uno=1, dos=0)
    assert (ids(one.counted), one.is_provisional) == (["uno"], False)
    assert (ids(none.counted), none.is_provisional) == (["uno", "dos"], True)
    assert [task.is_draft for task in one.tasks] == [False, True, False]


def test_a_result_says_which_data_it_is_of(tmp_path: Path):
    own = tiny_suite(tmp_path, [declaration("uno")]).tasks[0]
    foreign = own.replaced(
        declaration=parsed(foreign_declaration("uno")), rows=HubRows(revision=None), reviewed_items=None
    )
    local = foreign.replaced(rows=FolderRows(folder=tmp_path, sha256=some_sha256("files")))
    names = [task.dataset_reference("x").id for task in (own, foreign, local)]
    assert names == ["suite:uno.jsonl", "org/uno", "file:uno"]
    assert own.dataset_reference("x").revision == "x"


def test_data_of_others_are_no_draft(tmp_path: Path):
    own = tiny_suite(tmp_path, [declaration("uno")]).tasks[0]
    assert not own.replaced(declaration=parsed(foreign_declaration("uno", items=None)), reviewed_items=None).is_draft
