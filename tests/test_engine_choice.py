"""The engine of each model by its size."""

import pytest

from leaderboard.engine_choice import EngineChoice
from leaderboard.records import EngineName
from leaderboard.variables import SettingsError

URL = "http://127.0.0.1:8000/v1/completions"


def test_one_engine_for_all_is_the_default():
    assert EngineChoice.from_environment({}).of(10**12) is EngineName.SHARED_PREFIX
    assert EngineChoice.from_environment({"LEADERBOARD_ENGINE": "hf"}).of(None) is EngineName.HF


def test_from_a_size_on_another():
    told = {"LEADERBOARD_ENGINE_FROM": "100:completions, 14:vllm", "LEADERBOARD_COMPLETIONS_URL": URL}
    chosen = EngineChoice.from_environment(told)
    sizes = {7: "hf-shared-prefix", 13.9: "hf-shared-prefix", 14: "vllm", 70: "vllm", 100: "completions"}
    assert {size: str(chosen.of(int(size * 10**9))) for size in sizes} == sizes
    assert chosen.of(None) is EngineName.SHARED_PREFIX
    assert chosen.all == {EngineName.SHARED_PREFIX, EngineName.VLLM, EngineName.COMPLETIONS}


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"LEADERBOARD_ENGINE": "dummy"}, "LEADERBOARD_ENGINE is"),
        ({"LEADERBOARD_ENGINE": "completions"}, "LEADERBOARD_COMPLETIONS_URL"),
        ({"LEADERBOARD_ENGINE_FROM": "vllm"}, "LEADERBOARD_ENGINE_FROM"),
        ({"LEADERBOARD_ENGINE_FROM": "14:dummy"}, "LEADERBOARD_ENGINE_FROM"),
        ({"LEADERBOARD_ENGINE_FROM": "-1:vllm"}, "LEADERBOARD_ENGINE_FROM"),
        ({"LEADERBOARD_COMPLETIONS_URL": "http://ana:secret@host/v1/completions"}, "no password"),
        ({"LEADERBOARD_COMPLETIONS_URL": "file:///etc/passwd"}, "LEADERBOARD_COMPLETIONS_URL"),
        ({"LEADERBOARD_COMPLETIONS_URL": "http://host/v1/chat"}, "LEADERBOARD_COMPLETIONS_URL"),
    ],
)
def test_what_cannot_be_is_refused_by_the_variables_name(told: dict[str, str], named: str):
    with pytest.raises(SettingsError, match=named) as refused:
        EngineChoice.from_environment(told)
    assert "secret" not in str(refused.value)
