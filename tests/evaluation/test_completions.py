"""The engine `completions`: the same scores as `hf`, whatever the habits of the server, or a refusal that says why."""

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from leaderboard.evaluation.completions import CompletionsError, CompletionsLM, ask_abilities
from leaderboard.evaluation.engine_offsets import engine_offsets
from leaderboard.evaluation.inspection import UnacceptableResultError, check_result
from leaderboard.evaluation.job import Job
from leaderboard.evaluation.lm_eval_models import (
    EngineMissingError,
    describe_engine,
    describe_hardware,
    load_model,
    vllm_arguments,
    why_not_scored,
)
from leaderboard.evaluation.lm_eval_runner import TaskRunner, measure
from leaderboard.evaluation.random_models import random_llama
from leaderboard.records import EngineName, ModelSource, Precision
from leaderboard.suite import Suite, load_suite
from tests.builders import job, model, request_for
from tests.completions_server import Habits, completions_server

TASKS = ("expresiones", "calculo_es")
"""One that is answered by choosing and one by writing."""
LIMIT = 6


@pytest.fixture(scope="module")
def suite() -> Suite:
    whole = load_suite("muestra")
    return whole.model_copy(update={"tasks": tuple(task for task in whole.tasks if task.id in TASKS)})


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "with a sign of the beginning"])
def byte_model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose tokens can be written out and cut again into the same, with and without a sign before a text."""
    folder = tmp_path_factory.mktemp("bytes") / "tiny-bytes"
    cutting = Tokenizer(models.BPE())
    cutting.pre_tokenizer, cutting.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    cutting.train_from_iterator([], trainers.BpeTrainer(special_tokens=["<eos>"], initial_alphabet=alphabet))
    if request.param:
        cutting.post_processor = processors.TemplateProcessing("<eos> $A", special_tokens=[("<eos>", 0)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=cutting, eos_token="<eos>", bos_token="<eos>")
    random_llama(tokenizer, 0, positions=2048).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def a_job(suite: Suite, folder: Path, engine: EngineName, url: str | None = None, name: str = "somos/servido") -> Job:
    asked = job(request_for(suite, "tiny-llama"), suite)
    return asked.replaced(
        model=model(name, source=ModelSource.LOCAL),
        model_folder=folder,
        precision=Precision.FLOAT32,
        engine=engine,
        completions_url=url,
    )


@pytest.mark.parametrize(
    "habits",
    [
        Habits(),
        Habits(tells_the_generated_token=False),
        Habits(takes_token_ids=False),
        Habits(takes_token_ids=False, tells_the_generated_token=False),
        Habits(takes_token_ids=False, tells_usage=False),
    ],
    ids=["ids", "ids, only the prompt", "texts", "texts, only the prompt", "texts, no count"],
)
def test_its_scores_are_those_of_hf(suite: Suite, byte_model: Path, habits: Habits):
    hf = load_model(a_job(suite, byte_model, EngineName.HF))
    with completions_server(byte_model, habits) as server:
        served = load_model(a_job(suite, byte_model, EngineName.COMPLETIONS, server.url))
        offsets = list(engine_offsets(suite.tasks, hf, served, limit=LIMIT))
        assert [one.task for one in offsets] == [task.id for task in suite.tasks]
        assert all(one.offset == 0 and one.changed == 0 and one.items == LIMIT for one in offsets)
        assert {"authorization", "cookie"}.isdisjoint(name for one in server.headers for name in one)
        engine = describe_engine(served)
    assert (engine.name, engine.versions["server"]) == ("completions", "uvicorn pruebas")


def test_the_last_token_of_an_option_is_counted_whether_or_not_one_more_is_told():
    def told(logprobs: list[float | None]) -> dict[str, Any]:
        best = [None, *({"a": one} for one in logprobs[1:])]
        return {"choices": [{"index": 0, "logprobs": {"token_logprobs": logprobs, "top_logprobs": best}}]}

    for logprobs in ([None, -1.0, -2.0, -4.0], [None, -1.0, -2.0, -4.0, -8.0]):
        assert CompletionsLM.parse_logprobs(told(logprobs), tokens=[[7, 7, 7, 7]], ctxlens=[2]) == [(-6.0, True)]
    with pytest.raises(CompletionsError, match="counted 5 tokens where 4"):
        CompletionsLM.parse_logprobs(
            told([None, -1.0, -2.0, -4.0, -8.0]) | {"usage": {"prompt_tokens": 5}}, tokens=[[7, 7, 7, 7]], ctxlens=[2]
        )
    with pytest.raises(CompletionsError, match="5 log-probabilities for 3 tokens"):
        CompletionsLM.parse_logprobs(told([None, -1.0, -2.0, -4.0, -8.0]), tokens=[[7, 7, 7]], ctxlens=[2])


def test_a_server_that_cuts_texts_otherwise_is_no_scorer(suite: Suite, tiny_model: Path):
    with completions_server(tiny_model, Habits(takes_token_ids=False, adds_tokens=True)) as server:
        served = load_model(a_job(suite, tiny_model, EngineName.COMPLETIONS, server.url))
        assert not served.abilities.scores_prompts


def test_tokens_that_cannot_be_written_out_and_cut_again_are_an_error_and_no_score(suite: Suite, tiny_model: Path):
    with completions_server(tiny_model, Habits(takes_token_ids=False)) as server:
        served = load_model(a_job(suite, tiny_model, EngineName.COMPLETIONS, server.url))
        with pytest.raises(CompletionsError, match="cannot be used"):
            measure(suite.tasks[0], served, limit=1)


def test_what_it_cannot_score_is_refused_before_it_starts(suite: Suite, tiny_model: Path):
    choosing, writing = suite.tasks
    with completions_server(tiny_model, Habits(tells_prompts=False)) as server:
        served = load_model(a_job(suite, tiny_model, EngineName.COMPLETIONS, server.url))
        assert "log-probabilities" in str(why_not_scored(served, choosing))
        assert why_not_scored(served, writing) is None
        assert len(measure(writing, served, limit=2).items) == 2
        hf = load_model(a_job(suite, tiny_model, EngineName.HF))
        refused, scored = engine_offsets(suite.tasks, hf, served, limit=2)
    assert (refused.second, refused.offset) == (None, None)
    assert scored.offset == 0


def test_a_result_names_the_engine_and_no_other_may_stand_in_its_place(suite: Suite, tiny_model: Path):
    with completions_server(tiny_model, Habits()) as server:
        asked = a_job(suite, tiny_model, EngineName.COMPLETIONS, server.url)
        runner = TaskRunner(asked, load_model(asked), describe_hardware(asked))
        result = runner.run(suite.tasks[1], lambda _done, _of: None)
    assert result.engine.name == "completions"
    assert result.hardware.device == "server"
    check_result(result, asked, suite.tasks[1])
    for engine in (EngineName.HF, EngineName.SHARED_PREFIX, EngineName.VLLM):
        with pytest.raises(UnacceptableResultError, match="engine"):
            check_result(result, asked.replaced(engine=engine), suite.tasks[1])
    others = result.replaced(engine=result.engine.replaced(name="hf"))
    with pytest.raises(UnacceptableResultError, match="engine"):
        check_result(others, asked, suite.tasks[1])


def test_a_server_that_is_away_or_serves_another_model_is_named(suite: Suite, tiny_model: Path):
    with pytest.raises(CompletionsError, match="Is it running"):
        ask_abilities("http://127.0.0.1:9/v1/completions", "somos/servido", [1])
    with completions_server(tiny_model, Habits()) as server:
        with pytest.raises(CompletionsError, match="serves somos/servido, and not somos/otro"):
            load_model(a_job(suite, tiny_model, EngineName.COMPLETIONS, server.url, name="somos/otro"))
        server.habits.fails = 9
        with pytest.raises(CompletionsError, match="completes nothing"):
            load_model(a_job(suite, tiny_model, EngineName.COMPLETIONS, server.url))
    with pytest.raises(CompletionsError, match="does not say where"):
        load_model(a_job(suite, tiny_model, EngineName.COMPLETIONS))


def test_an_answer_that_fails_once_is_asked_for_again(suite: Suite, tiny_model: Path):
    with completions_server(tiny_model, Habits()) as server:
        served = load_model(a_job(suite, tiny_model, EngineName.COMPLETIONS, server.url))
        server.habits.fails = 1
        assert len(measure(suite.tasks[0], served, limit=1).items) == 1


def test_vllm_is_made_with_arguments_that_lm_eval_knows(suite: Suite, tiny_model: Path):
    spec = find_spec("lm_eval.models.vllm_causallms")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))  # to import it takes vLLM itself
    (made,) = [one for one in ast.walk(tree) if isinstance(one, ast.ClassDef) and one.name == "VLLM"]
    (init,) = [one for one in made.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
    arguments = vllm_arguments(a_job(suite, tiny_model, EngineName.VLLM), tiny_model, cards=4)
    assert arguments.keys() <= {one.arg for one in init.args.args + init.args.kwonlyargs}
    assert arguments["tensor_parallel_size"] == 4
    assert arguments["trust_remote_code"] is False


def test_without_vllm_the_job_says_so(suite: Suite, tiny_model: Path):
    with pytest.raises(EngineMissingError, match="vLLM is not installed"):
        load_model(a_job(suite, tiny_model, EngineName.VLLM))
