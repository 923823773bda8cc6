"""What a child process may know."""

from pathlib import Path

from leaderboard.evaluation.process import child_environment

SECRETS = {
    "HF_TOKEN": "hf_secretsecretsecret",
    "HUGGING_FACE_HUB_TOKEN": "hf_secretsecretsecret",
    "OAUTH_CLIENT_SECRET": "oauth-secret",
    "AWS_SECRET_ACCESS_KEY": "aws-secret",
    "ANYTHING_ELSE": "hidden",
}


def test_a_childs_environment_is_built_from_nothing(tmp_path: Path) -> None:
    environment = child_environment(
        {"PATH": "/usr/bin", "HOME": "/home/somebody", **SECRETS}, tmp_path / "home", tmp_path / "hub", offline=True
    )

    assert environment["PATH"] == "/usr/bin"
    assert environment["HOME"] == str(tmp_path / "home")
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert not SECRETS.keys() & environment.keys()
    assert not set(SECRETS.values()) & set(environment.values())


def test_only_a_model_of_the_hub_may_reach_the_hub(tmp_path: Path) -> None:
    environment = child_environment({"HF_ENDPOINT": "http://127.0.0.1:1"}, tmp_path, tmp_path, offline=False)

    assert "HF_HUB_OFFLINE" not in environment
    assert environment["HF_ENDPOINT"] == "http://127.0.0.1:1"
