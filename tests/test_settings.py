"""The environment, checked at start."""

from pathlib import Path

import pytest

from leaderboard.engine_choice import EngineChoice
from leaderboard.records import EngineName
from leaderboard.settings import Settings, SettingsError


def test_an_empty_environment_gives_the_defaults():
    assert Settings.from_environment({}) == Settings()


def test_empty_variables_count_as_unset():
    names = ("LEADERBOARD_QUEUE", "LEADERBOARD_DEVICE", "LEADERBOARD_POLL_SECONDS", "GRADIO_SERVER_PORT", "SPACE_ID")
    assert Settings.from_environment(dict.fromkeys(names, "")) == Settings()


def test_every_variable_is_read():
    settings = Settings.from_environment(
        {
            "LEADERBOARD_QUEUE": "q",
            "LEADERBOARD_RESULTS": "r",
            "LEADERBOARD_SUITE": "s",
            "LEADERBOARD_WORK": "w",
            "LEADERBOARD_POLL_SECONDS": "0.5",
            "LEADERBOARD_DEVICE": "cuda:1",
            "LEADERBOARD_ENGINE": "hf",
            "LEADERBOARD_BATCH_SIZE": "32",
            "LEADERBOARD_TIME_LIMIT": "60",
            "LEADERBOARD_MEMORY_GB": "1.5",
            "LEADERBOARD_READ_TOKEN": "reader",
            "GRADIO_SERVER_PORT": "7861",
            "GRADIO_SERVER_NAME": "0.0.0.0",  # noqa: S104 - a value to read, nothing is bound
            "GRADIO_SHARE": "True",
            "SYSTEM": "spaces",
            "SPACE_ID": "org/space",
            "SPACE_HOST": "org-space.hf.space,600m.example",
            "LEADERBOARD_MAINTAINERS": " Maite, ana-b,,",
        }
    )
    assert settings == Settings(
        queue="q",
        results="r",
        suite="s",
        work_dir=Path("w"),
        poll_seconds=0.5,
        device="cuda:1",
        engines=EngineChoice(EngineName.HF),
        batch_size=32,
        time_limit_seconds=60.0,
        memory_limit_bytes=1_500_000_000,
        read_token="reader",
        port=7861,
        server_name="0.0.0.0",  # noqa: S104 - likewise
        share=True,
        on_space=True,
        space_id="org/space",
        space_hosts=("org-space.hf.space", "600m.example"),
        maintainers=frozenset({"maite", "ana-b"}),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEADERBOARD_DEVICE", "gpu"),
        ("LEADERBOARD_DEVICE", "cuda:x"),
        ("LEADERBOARD_DEVICE", "cpu\n"),
        ("LEADERBOARD_ENGINE", "none"),
        ("LEADERBOARD_ENERGY", "perhaps"),
        ("LEADERBOARD_ENGINE", "dummy"),
        ("LEADERBOARD_POLL_SECONDS", "soon"),
        ("LEADERBOARD_POLL_SECONDS", "0"),
        ("LEADERBOARD_POLL_SECONDS", "nan"),
        ("LEADERBOARD_BATCH_SIZE", "0"),
        ("LEADERBOARD_BATCH_SIZE", "-8"),
        ("LEADERBOARD_BATCH_SIZE", "2.5"),
        ("LEADERBOARD_TIME_LIMIT", "inf"),
        ("GRADIO_SERVER_PORT", "65536"),
        ("GRADIO_SERVER_PORT", "7860.5"),
        ("LEADERBOARD_MAINTAINERS", "@ana"),
        ("LEADERBOARD_MAINTAINERS", "ana b"),
        ("LEADERBOARD_MAINTAINERS", "ana\nb"),
        ("LEADERBOARD_MAINTAINERS", "mаite"),  # noqa: RUF001 - the second letter is Cyrillic
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(name: str, value: str):
    with pytest.raises(SettingsError, match=name) as refused:
        Settings.from_environment({name: value})
    assert repr(value) in str(refused.value)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "::1"])
def test_loopback_is_loopback(name: str):
    assert Settings(server_name=name).bound_to_loopback


@pytest.mark.parametrize(
    "settings",
    [
        Settings(server_name="0.0.0.0"),  # noqa: S104 - a value to judge, nothing is bound
        Settings(server_name="192.0.2.1"),
        Settings(on_space=True),
        Settings(half_a_space=True),
        Settings(share=True),
    ],
)
def test_what_others_can_reach_is_not_loopback(settings: Settings):
    assert not settings.bound_to_loopback


def test_a_queue_on_the_disk_of_a_space_does_not_last():
    assert Settings().queue_lasts
    assert not Settings(on_space=True).queue_lasts
    assert not Settings(half_a_space=True).queue_lasts
    assert Settings(on_space=True, queue="hf://datasets/org/queue").queue_lasts


SPACE = {"SYSTEM": "spaces", "SPACE_ID": "org/space", "LEADERBOARD_QUEUE": "hf://datasets/org/queue"}
LOGIN = {
    "OAUTH_CLIENT_ID": "id",
    "OAUTH_CLIENT_SECRET": "a-secret-of-the-space",
    "OAUTH_SCOPES": "openid profile",
    "OPENID_PROVIDER_URL": "https://huggingface.co",
}


def test_a_space_is_what_gradio_takes_for_one():
    assert Settings.from_environment({**SPACE, **LOGIN}).on_space
    for half in ({"SPACE_ID": "org/space"}, {"SYSTEM": "spaces"}):
        settings = Settings.from_environment({**half, "SPACE_HOST": "org-space.hf.space"})
        assert settings.half_a_space
        assert not settings.on_space
        assert not settings.bound_to_loopback
        assert settings.space_hosts == ()


def test_people_sign_in_on_a_space_whose_queue_lasts_and_nowhere_else():
    queue = "hf://datasets/org/queue"
    assert Settings(on_space=True, queue=queue).signs_in
    assert not Settings(queue=queue).signs_in
    assert not Settings(half_a_space=True, queue=queue).signs_in
    assert not Settings(on_space=True).signs_in


@pytest.mark.parametrize("missing", LOGIN)
@pytest.mark.parametrize("how", ["unset", "empty"])
def test_a_space_that_could_not_tell_who_submits_does_not_start(missing: str, how: str):
    login = {name: value for name, value in LOGIN.items() if name != missing}
    if how == "empty":
        login[missing] = ""
    with pytest.raises(SettingsError, match=rf"{missing} is not set.*hf_oauth: true"):
        Settings.from_environment({**SPACE, **login})


@pytest.mark.parametrize("more", ["email", "inference-api", "manage-repos"])
def test_a_space_that_asks_for_more_than_a_name_does_not_start(more: str):
    with pytest.raises(SettingsError, match=rf"OAUTH_SCOPES .*: {more}\."):
        Settings.from_environment({**SPACE, **LOGIN, "OAUTH_SCOPES": f"openid {more} profile"})


def test_a_copy_elsewhere_that_shares_the_queue_of_the_space_starts_without_a_login():
    settings = Settings.from_environment({"LEADERBOARD_QUEUE": SPACE["LEADERBOARD_QUEUE"]})
    assert settings.bound_to_loopback
    assert not settings.signs_in


@pytest.mark.parametrize("queue", ["", "eval_queue"])
def test_a_space_that_takes_no_submissions_starts_without_a_login(queue: str):
    settings = Settings.from_environment({**SPACE, "LEADERBOARD_QUEUE": queue})
    assert settings.on_space
    assert not settings.signs_in


def test_no_secret_is_shown_with_the_settings():
    settings = Settings.from_environment({**SPACE, **LOGIN, "HF_TOKEN": "hf_a_token"})
    assert "a-secret-of-the-space" not in repr(settings)
    assert "hf_a_token" not in repr(settings)


def test_what_may_only_read_is_not_what_writes():
    with pytest.raises(SettingsError, match="LEADERBOARD_READ_TOKEN is the same as HF_TOKEN") as refused:
        Settings.from_environment({"HF_TOKEN": "hf_same", "LEADERBOARD_READ_TOKEN": "hf_same"})
    assert "hf_same" not in str(refused.value)


def test_settings_that_are_shown_show_no_token():
    shown = repr(Settings.from_environment({"HF_TOKEN": "hf_writer", "LEADERBOARD_READ_TOKEN": "hf_reader"}))
    assert "hf_writer" not in shown
    assert "hf_reader" not in shown


OF_JOBS = {
    "LEADERBOARD_EXECUTOR": "hf-jobs",
    "LEADERBOARD_JOBS_NAMESPACE": "somos",
    "LEADERBOARD_JOBS_IMAGE": "registry.example/ranking600m@sha256:" + "a" * 64,
}


def test_jobs_need_who_pays_and_an_image_that_cannot_change_unseen():
    told = Settings.from_environment({**OF_JOBS, "HF_TOKEN": "hf_stores", "LEADERBOARD_JOBS_DOLLARS_A_DAY": "25"}).jobs
    assert told is not None
    assert (told.namespace, told.token, told.dollars_a_day) == ("somos", "hf_stores", 25.0)
    assert "hf_stores" not in repr(told)
    own = Settings.from_environment({**OF_JOBS, "HF_TOKEN": "hf_stores", "LEADERBOARD_JOBS_TOKEN": "hf_jobs"}).jobs
    assert own is not None
    assert own.token == "hf_jobs"
    assert Settings.from_environment({"LEADERBOARD_EXECUTOR": "here"}).jobs is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEADERBOARD_EXECUTOR", "slurm"),
        ("LEADERBOARD_JOBS_NAMESPACE", ""),
        ("LEADERBOARD_JOBS_NAMESPACE", "a/b"),
        ("LEADERBOARD_JOBS_IMAGE", "python:3.11"),
        ("LEADERBOARD_JOBS_IMAGE", "name@sha256:abc"),
        ("LEADERBOARD_JOBS_DOLLARS_A_DAY", "-1"),
        ("LEADERBOARD_JOBS_DOLLARS_A_MODEL", "0"),
    ],
)
def test_what_jobs_cannot_be_told_is_refused_by_name(name: str, value: str):
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({**OF_JOBS, name: value})
