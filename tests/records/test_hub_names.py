"""What names on the Hub look like: the same as for the Hub's own client, or stricter."""

import pytest
from huggingface_hub.utils import validate_repo_id

from leaderboard.records import is_commit, is_model_id, is_revision, is_user, owner_of

IDS = ["org/model", "BSC-LT/salamandra-2b", "a/b", "Org1/Model_1.5-instruct", f"{'o' * 96}/{'m' * 96}", "0/0", "a_/b_"]
NO_IDS = [
    "", "/", "model", "org/", "/model", "org/model/extra", "org//model", "org/../etc", "org/a..b", "org/a--b",
    "org/.hidden", "org/-model", "org/_model", "org/model.git", "org/model.ipynb", "org/model.", "org/model-",
    "org-/model", "org./model", "org/mod el", " org/model", "org/model ", "org/model\n", "org/modelo-ñ",
    "org/\uff4dodel", "org/m\u202eodel", "org/m\u200bodel", "org/<b>", "org/model?x=1", "org/model#x", "org/model%2e",
    "org\\model", "https://huggingface.co/org/model", f"{'o' * 97}/m", f"o/{'m' * 97}", "x" * 10_000,
    "\u043erg/model", "org/\u0663",
]  # fmt: skip


@pytest.mark.parametrize("name", IDS)
def test_a_models_id_is_one_for_us_and_for_the_hubs_client(name: str):
    assert is_model_id(name)
    validate_repo_id(name)


@pytest.mark.parametrize("name", NO_IDS)
def test_what_cannot_be_an_id_is_none(name: str):
    assert not is_model_id(name)


@pytest.mark.parametrize("name", ["main", "v1.0", "feature/x_y", "0" * 40, "a" * 100, "1"])
def test_a_branch_a_tag_and_a_commit_can_be_revisions(name: str):
    assert is_revision(name)


@pytest.mark.parametrize(
    "name",
    ["", "-x", ".x", "/x", "x/", "a b", "a..b", "a//b", "a\n", "a?b", "a%2e", "ñ", "a" * 101, "a\\b", "a:b", "@"],
)
def test_what_cannot_be_a_revision_is_none(name: str):
    assert not is_revision(name)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("ana", True), ("Ana-1_x.y", True), ("a" * 96, True), ("", False), ("-a", False), ("a" * 97, False),
     ("a/b", False), ("@ana", False), ("ana\n", False), ("\u0430na", False), ("a b", False)],
)  # fmt: skip
def test_accounts(name: str, is_one: bool):
    assert is_user(name) is is_one


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("0" * 40, True), ("abcdef0123" * 4, True), ("0" * 39, False), ("0" * 41, False), ("A" * 40, False), ("", False),
     ("g" * 40, False), ("0" * 40 + "\n", False), ("\u0660" * 40, False), ("main", False)],
)  # fmt: skip
def test_commits(name: str, is_one: bool):
    assert is_commit(name) is is_one


def test_the_owner_of_a_model_is_the_same_in_any_capitals():
    assert owner_of("BSC-LT/salamandra-2b") == owner_of("bsc-lt/Other") == "bsc-lt"
