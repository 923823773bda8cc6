"""What a child process may know."""

from pathlib import Path

import pytest

from leaderboard.confinement import child_environment, given_read_token

SECRETS = {
    "HF_TOKEN": "hf_secretsecretsecret",
    "HUGGING_FACE_HUB_TOKEN": "hf_secretsecretsecret",
    "LEADERBOARD_READ_TOKEN": "hf_secretsecretreader",
    "OAUTH_CLIENT_SECRET": "oauth-secret",
    "AWS_SECRET_ACCESS_KEY": "aws-secret",
    "ANYTHING_ELSE": "hidden",
}


def test_a_childs_environment_is_built_from_nothing(tmp_path: Path) -> None:
    environment = child_environment(
        {"PATH": "/usr/bin", "HOME": "/home/somebody", "TMPDIR": "/tmp/somebody", **SECRETS},  # noqa: S108 - a value
        tmp_path / "home",
        tmp_path / "hub",
        offline=True,
    )

    assert environment["PATH"] == "/usr/bin"
    assert environment["HOME"] == environment["TMPDIR"] == str(tmp_path / "home")
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["HF_HUB_DISABLE_IMPLICIT_TOKEN"] == "1"
    assert not SECRETS.keys() & environment.keys()
    assert not set(SECRETS.values()) & set(environment.values())


def test_only_a_model_of_the_hub_may_reach_the_hub(tmp_path: Path) -> None:
    environment = child_environment({"HF_ENDPOINT": "http://127.0.0.1:1"}, tmp_path, tmp_path, offline=False)

    assert "HF_HUB_OFFLINE" not in environment
    assert environment["HF_ENDPOINT"] == "http://127.0.0.1:1"


PROXY = {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "localhost"}


def test_only_a_child_that_may_reach_the_hub_knows_of_a_proxy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    online = child_environment(PROXY, tmp_path, tmp_path, offline=False)
    assert {name: online[name] for name in PROXY} == PROXY

    assert not PROXY.keys() & child_environment(PROXY, tmp_path, tmp_path, offline=True).keys()
    assert caplog.text == ""


@pytest.mark.parametrize("address", ["http://user:password@proxy.example:3128", "user:password@proxy.example", "//u@p"])
@pytest.mark.parametrize("offline", [False, True])
def test_no_child_gets_the_credentials_of_a_proxy(
    address: str, offline: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environment = child_environment({**PROXY, "HTTPS_PROXY": address}, tmp_path, tmp_path, offline=offline)

    assert "HTTPS_PROXY" not in environment
    assert "password" not in str(environment) + caplog.text
    assert len(caplog.records) == (0 if offline else 1)


def test_a_child_gets_the_token_that_only_reads_and_no_other(tmp_path: Path) -> None:
    environment = child_environment(SECRETS, tmp_path, tmp_path, offline=False, read_token="hf_reader")

    assert environment["HF_TOKEN"] == given_read_token(environment) == "hf_reader"
    assert "HF_HUB_DISABLE_IMPLICIT_TOKEN" not in environment
    assert not set(SECRETS.values()) & set(environment.values())


def test_without_a_token_to_read_with_no_users_own_is_taken() -> None:
    assert given_read_token({"HF_TOKEN": "hf_secretsecretsecret"}) is False
