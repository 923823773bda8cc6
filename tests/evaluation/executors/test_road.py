"""The whole road, with nothing made beforehand: submit, a job whose command runs for real, results, a row."""

from pathlib import Path

import pytest

from leaderboard.board import View
from leaderboard.installation import open_installation
from leaderboard.records import Status
from leaderboard.settings import Settings
from leaderboard.submission import OPERATOR, Wish
from tests.hub_server import HubServer
from tests.small_suites import small_suite

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

TOKEN = "hf_startsjobsandnothingelse0000000000"


def test_a_hub_model_is_submitted_measured_in_a_job_and_ranked(hub: HubServer, tiny_model: Path, tmp_path: Path):
    hub.add_folder("somos/tiny", tiny_model, card={"license": "apache-2.0"})
    hub.add_token(TOKEN, user="espacio", may_run_jobs=["somos"])
    settings = Settings.from_environment(
        {
            "LEADERBOARD_QUEUE": str(tmp_path / "queue"),
            "LEADERBOARD_RESULTS": str(tmp_path / "results"),
            "LEADERBOARD_WORK": str(tmp_path / "work"),
            "LEADERBOARD_SUITE": str(small_suite(tmp_path, "expresiones", "galego", "calculo_eu", every=12)),
            "LEADERBOARD_TIME_LIMIT": "120",
            "LEADERBOARD_EXECUTOR": "hf-jobs",
            "LEADERBOARD_JOBS_NAMESPACE": "somos",
            "LEADERBOARD_JOBS_IMAGE": "registry.example/ranking600m@sha256:" + "0" * 64,
            "LEADERBOARD_JOBS_TOKEN": TOKEN,
            "LEADERBOARD_JOBS_LOOK_SECONDS": "0.2",
            "HF_ENDPOINT": hub.url,
        }
    )
    house = open_installation(settings)
    request = house.desk.submit(Wish(model="somos/tiny", precision="float32"), OPERATOR)

    assert house.new_worker().work_off() == 1

    state = house.queue.view().entries[request.id].state
    assert (state.status, state.failure) == (Status.FINISHED, None)
    (row,) = house.board().rows
    assert row.standings[View.ES].rank == 1
    assert row.is_complete
    assert all(cell.result.energy and cell.result.energy.kwh > 0 for cell in row.cells.values())
    (job,) = hub.jobs.by_id.values()
    assert job.stage == "COMPLETED"
    assert not [line for line in job.lines if TOKEN in line]
    # The model was read without any token; the one that starts jobs was used for jobs alone.
    assert {path.split("/")[2] for path in hub.authorised_requests} == {"jobs"}
    for file in (tmp_path / "results").rglob("*"):
        assert not file.is_file() or TOKEN.encode() not in file.read_bytes()
