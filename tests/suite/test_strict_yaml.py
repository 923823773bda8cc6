"""YAML read strictly."""

from pathlib import Path

import pytest

from leaderboard.suite import SuiteError
from leaderboard.suite.strict_yaml import line_of, read_yaml


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_values_come_with_their_lines(tmp_path: Path):
    document, lines = read_yaml(
        written(tmp_path, "# a comment\nname: ñ\ntasks:\n  - id: one\n\n  - id: two\n    n: 3\n")
    )
    assert document == {"name": "ñ", "tasks": [{"id": "one"}, {"id": "two", "n": 3}]}
    assert lines["name",] == 2
    assert lines["tasks", 0] == 4
    assert lines["tasks", 1, "n"] == 7


def test_what_is_not_there_has_the_line_of_what_is_around_it(tmp_path: Path):
    _, lines = read_yaml(written(tmp_path, "name: x\ntasks:\n  - id: one\n"))
    assert line_of(("tasks", 0, "shots"), lines) == 3
    assert line_of(("nothing",), lines) == 1


@pytest.mark.parametrize(
    "text",
    ["shots: 2\nother: 1\nshots: 5\n", "{shots: 2, other: 1,\n\n shots: 5}\n"],
    ids=["block", "flow"],
)
def test_incident_14_a_duplicate_key_is_refused_with_both_lines(tmp_path: Path, text: str):
    with pytest.raises(SuiteError, match=r"^a\.yaml, line 3: the key `shots` stands here and on line 1") as refused:
        read_yaml(written(tmp_path, text))
    assert refused.value.line == 3


def test_incident_14_a_duplicate_key_deep_inside_is_refused(tmp_path: Path):
    with pytest.raises(SuiteError, match="line 5: the key `test`"):
        read_yaml(written(tmp_path, "tasks:\n- files:\n    test: a\n    fewshot: b\n    test: c\n"))


def test_the_same_key_in_two_mappings_is_no_duplicate(tmp_path: Path):
    document, _ = read_yaml(written(tmp_path, "- id: a\n- id: b\n"))
    assert document == [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: a\n  bad: indentation\n", 2),
        ("a: [1, 2\n", 2),
        ("a: 1\nb: \tx: y\n", 2),
        ("a: !!python/object:os.system x\n", 1),
        ("a: *nowhere\n", 1),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_line(tmp_path: Path, text: str, line: int):
    with pytest.raises(SuiteError, match=r"^a\.yaml, line \d: this is not YAML") as refused:
        read_yaml(written(tmp_path, text))
    assert refused.value.line == line


@pytest.mark.parametrize("text", ["", "# only a comment\n"])
def test_an_empty_file_is_named(tmp_path: Path, text: str):
    with pytest.raises(SuiteError, match=r"a\.yaml: the file is empty"):
        read_yaml(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(SuiteError, match=r"a\.yaml: there is no such file"):
        read_yaml(tmp_path / "a.yaml")


def test_a_file_in_another_encoding_is_named(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_bytes("title: Gramática\n".encode("latin-1"))
    with pytest.raises(SuiteError, match=r"^a\.yaml"):
        read_yaml(path)
