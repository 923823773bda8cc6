"""The environment, checked at start."""

from pathlib import Path

import pytest

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
            "LEADERBOARD_BATCH_SIZE": "32",
            "LEADERBOARD_TIME_LIMIT": "60",
            "GRADIO_SERVER_PORT": "7861",
            "GRADIO_SERVER_NAME": "0.0.0.0",  # noqa: S104 - a value to read, nothing is bound
            "GRADIO_SHARE": "True",
            "SPACE_ID": "org/space",
        }
    )
    assert settings == Settings(
        queue="q",
        results="r",
        suite="s",
        work_dir=Path("w"),
        poll_seconds=0.5,
        device="cuda:1",
        batch_size=32,
        time_limit_seconds=60.0,
        port=7861,
        server_name="0.0.0.0",  # noqa: S104 - likewise
        share=True,
        on_space=True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEADERBOARD_DEVICE", "gpu"),
        ("LEADERBOARD_DEVICE", "cuda:x"),
        ("LEADERBOARD_DEVICE", "cpu\n"),
        ("LEADERBOARD_POLL_SECONDS", "soon"),
        ("LEADERBOARD_POLL_SECONDS", "0"),
        ("LEADERBOARD_POLL_SECONDS", "nan"),
        ("LEADERBOARD_BATCH_SIZE", "0"),
        ("LEADERBOARD_BATCH_SIZE", "-8"),
        ("LEADERBOARD_BATCH_SIZE", "2.5"),
        ("LEADERBOARD_TIME_LIMIT", "inf"),
        ("GRADIO_SERVER_PORT", "65536"),
        ("GRADIO_SERVER_PORT", "7860.5"),
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
        Settings(share=True),
    ],
)
def test_what_others_can_reach_is_not_loopback(settings: Settings):
    assert not settings.bound_to_loopback


def test_a_queue_on_the_disk_of_a_space_does_not_last():
    assert Settings().queue_lasts
    assert not Settings(on_space=True).queue_lasts
    assert Settings(on_space=True, queue="hf://datasets/org/queue").queue_lasts
