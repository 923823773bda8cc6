"""What a suite asks of a model, as it was counted."""

import json
from pathlib import Path

import pytest

from leaderboard.suite import SuiteError, load_suite
from leaderboard.suite.costs import costs_path, read_costs
from tests.builders import write_suite


@pytest.fixture
def suite_file(tmp_path: Path) -> Path:
    return write_suite(tmp_path / "suite")


def counted(task: str, tokens: int, generated: int) -> dict[str, object]:
    return {"task": task, "tokens": tokens, "generated_tokens": generated, "items": 4}


def test_nobody_has_counted(suite_file: Path):
    assert read_costs(suite_file) == {}
    assert load_suite(str(suite_file)).tokens == {}


def test_what_is_read_and_what_is_written_count_together(suite_file: Path):
    path = costs_path(suite_file)
    assert (path.parent, path.name) == (suite_file.parent, "mini.counts.json")
    path.write_text(json.dumps([counted("refranes", 100, 0), counted("sumas", 20, 5)]))
    assert read_costs(suite_file) == {"refranes": 100, "sumas": 25}
    assert load_suite(str(suite_file)).tokens == {"refranes": 100, "sumas": 25}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not JSON",
        "3",
        "null",
        "{}x",
        '{"refranes": 3}',
        "[3]",
        '[{"task": "refranes", "tokens": 3}]',
        '[{"task": "refranes", "tokens": "many", "generated_tokens": 0}]',
        '[{"task": "refranes", "tokens": NaN, "generated_tokens": 0}]',
        '[{"task": "refranes", "tokens": null, "generated_tokens": 0}]',
        '[{"task": "refranes", "tokens": -1, "generated_tokens": 0}]',
        '[{"task": "refranes", "tokens": 1.5, "generated_tokens": 0}]',
        '[{"task": "<b>", "tokens": 3, "generated_tokens": 0}]',
        "\udcff",
        "[" * 100_000,
    ],
)
def test_what_was_not_counted_so_is_refused_by_its_name_and_with_what_to_do(suite_file: Path, content: str):
    costs_path(suite_file).write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(SuiteError, match=r"mini\.counts\.json.*Make it anew, or delete it"):
        read_costs(suite_file)
