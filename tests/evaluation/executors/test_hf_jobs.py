"""The road through a job: a Hub that runs its command for real, a worker that listens, and all that can go wrong."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from leaderboard.engine_choice import EngineChoice
from leaderboard.evaluation.executors.budget import Budget, WaitReason
from leaderboard.evaluation.executors.flavors import FLAVORS
from leaderboard.evaluation.executors.hf_jobs import COMMAND, HfJobs
from leaderboard.evaluation.executors.job_list import REQUEST_LABEL, JobList
from leaderboard.evaluation.executors.job_output import (
    FOLDER_VARIABLE,
    BucketOutput,
    LogOutput,
    NoBucketsError,
    job_output,
)
from leaderboard.evaluation.executors.order import VARIABLE, Order
from leaderboard.evaluation.executors.price_list import PriceList
from leaderboard.evaluation.worker import Worker
from leaderboard.records import Cause, EngineName, EvalRequest, Status, utc_now
from tests.builders import facts
from tests.evaluation.stage import Stage, a_request, set_stage
from tests.hub_server import HubServer
from tests.hub_server.jobs import disordered
from tests.store.places import folder_place

PAYS, TOKEN, WRITES = "somos", "hf_starts_jobs", "hf_writes_everything"
LIGHT_COURIER = Path(__file__).with_name("light_courier.py")


@pytest.fixture(autouse=True)
def quick_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often: what is waited for here is a process of this machine."""
    monkeypatch.setattr("leaderboard.evaluation.executors.hf_jobs._PATIENCE_SECONDS", 60.0)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return set_stage(folder_place(tmp_path / "queue"), folder_place(tmp_path / "results"), tmp_path / "stage")


@pytest.fixture
def asked(stage: Stage) -> EvalRequest:
    """A request for a Hub model whose size is known, in the queue."""
    request = a_request(stage.folder).replaced(facts=facts(parameters=10**9))
    stage.open_queue().submit(request)
    return request


@pytest.fixture
def jobs(hub: HubServer, stage: Stage) -> Iterator[Callable[..., HfJobs]]:
    """Make an executor for that Hub, whose jobs measure nothing and say what was made beforehand."""
    hub.add_token(TOKEN, user="espacio", may_run_jobs=[PAYS])
    hub.jobs.play.command = [sys.executable, str(LIGHT_COURIER), str(stage.folder)]

    def make(**changes: object) -> HfJobs:
        api = HfApi(endpoint=hub.url, token=TOKEN)
        usual = {
            "api": api,
            "namespace": PAYS,
            "jobs": JobList(api, PAYS, keep_seconds=0.0),
            "output": LogOutput(api, PAYS),
            "image": "registry.example/ranking600m@sha256:" + "0" * 64,
            "suite": str(stage.folder / "suite" / "mini.yaml"),
            "time_limit_seconds": 60.0,
            "batch_size": 1,
            "budget": Budget(dollars_a_day=1000.0, dollars_a_model=100.0),
            "look_every_seconds": 0.05,
        }
        return HfJobs(**{**usual, **changes})  # type: ignore[arg-type]

    yield make
    hub.jobs.close()


def worker(stage: Stage, executor: HfJobs, machine: str = "espacio") -> Worker:
    made = stage.worker(machine)
    made.executor = executor
    return made


def test_a_request_becomes_a_row_through_a_job(stage: Stage, asked: EvalRequest, jobs: Callable[..., HfJobs], hub):
    assert worker(stage, jobs(read_token="hf_reads")).work_off() == 1
    assert stage.entry(asked).state.status is Status.FINISHED
    assert stage.shown() == [(asked.id, 3)]
    (job,) = hub.jobs.by_id.values()
    assert job.spec["command"] == list(COMMAND)
    assert job.spec["flavor"] == "t4-small"
    assert job.spec["timeoutSeconds"] == 60
    assert job.spec["labels"][REQUEST_LABEL] == asked.id
    assert "@sha256:" in job.spec["dockerImage"]
    assert "secrets" not in job.spec, "nothing here is gated"
    assert TOKEN not in json.dumps(job.spec)
    assert Order.from_variable(job.spec["environment"][VARIABLE]).request == asked


def test_a_log_in_disorder_that_repeats_itself_is_heard_all_the_same(stage, asked, jobs, hub):
    hub.jobs.play.log = disordered
    assert worker(stage, jobs()).work_off() == 1
    assert stage.shown() == [(asked.id, 3)]


def test_a_log_that_comes_late_is_waited_for(stage, asked, jobs, hub):
    looks: list[int] = []

    def late(lines: list[str]) -> list[str]:
        looks.append(len(lines))
        return lines[: max(0, len(lines) - 3)] if sum(many >= 5 for many in looks) < 3 else lines

    hub.jobs.play.log = late
    assert worker(stage, jobs()).work_off() == 1
    assert stage.shown() == [(asked.id, 3)]


def test_what_never_came_of_the_output_is_a_failure_that_is_tried_again(stage, asked, jobs, hub):
    hub.jobs.play.log = lambda lines: lines[:1]
    worker(stage, jobs()).work_off()
    state = stage.entry(asked).state
    assert state.status is Status.FAILED
    assert state.failure is not None
    assert "never came" in state.failure.detail
    assert state.retry_at is not None


def test_a_job_that_was_heard_to_a_bad_end_is_not_listened_to_again(stage, asked, jobs, hub):
    hub.jobs.play = replace(hub.jobs.play, log=lambda lines: lines[:1])
    worker(stage, jobs()).work_off()
    hub.jobs.play = replace(hub.jobs.play, log=list)
    stage.open_queue().retry([asked.id], utc_now())
    assert worker(stage, jobs()).work_off() == 1
    assert len(hub.jobs.by_id) == 2
    assert stage.entry(asked).state.status is Status.FINISHED


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("Image could not be pulled", Cause.ENGINE_ERROR),
        ("Job timeout exceeded", Cause.TIME_LIMIT),
        ("OOMKilled", Cause.OUT_OF_MEMORY),
    ],
)
def test_a_job_that_ends_with_an_error_says_its_cause(stage, asked, jobs, hub, message: str, cause: Cause):
    hub.jobs.play.ends_with = message
    worker(stage, jobs()).work_off()
    failure = stage.entry(asked).state.failure
    assert failure is not None
    assert failure.cause is cause


def test_a_job_past_its_limit_is_ended_by_the_hub_and_what_was_done_is_published(stage, asked, jobs):
    stage.rewrite_script(slow={"sumas": 30})
    worker(stage, jobs(time_limit_seconds=1.0)).work_off()
    state = stage.entry(asked).state
    assert state.status is Status.INCOMPLETE
    assert state.failure is not None
    assert state.failure.cause is Cause.TIME_LIMIT
    assert stage.shown() == [(asked.id, 2)]


def test_a_lost_job_is_tried_again(stage, asked, jobs, hub):
    hub.jobs.play.lost = True
    worker(stage, jobs()).work_off()
    state = stage.entry(asked).state
    assert state.failure is not None
    assert state.failure.cause is Cause.LOST_WORKER
    assert state.retry_at is not None


def test_a_space_that_restarts_finds_its_job_again_and_starts_none_twice(stage, asked, jobs, hub):
    stage.rewrite_script(slow={"adivinas": 1.0})
    first = worker(stage, jobs(), "espacio")
    stop_when(lambda: any(job.stage == "RUNNING" for job in hub.jobs.by_id.values()), first)
    first.work_off()
    first.leave()
    assert stage.entry(asked).state.status is Status.PENDING
    (job,) = hub.jobs.by_id.values()
    assert job.stage == "RUNNING", "a worker that stops leaves the job alone"

    assert worker(stage, jobs(), "another disk").work_off() == 1
    assert len(hub.jobs.by_id) == 1
    state = stage.entry(asked).state
    assert (state.status, state.attempt) == (Status.FINISHED, 2)
    assert stage.shown() == [(asked.id, 3)]


def test_a_job_that_ended_while_nobody_listened_is_not_started_again(stage, asked, jobs, hub):
    first = worker(stage, jobs(), "espacio")
    stop_when(lambda: bool(hub.jobs.by_id), first)
    first.work_off()
    (job,) = hub.jobs.by_id.values()
    wait_for(lambda: job.stage == "COMPLETED")
    assert worker(stage, jobs(), "another disk").work_off() == 1
    assert len(hub.jobs.by_id) == 1
    assert stage.shown() == [(asked.id, 3)]


def test_a_job_whose_start_was_not_answered_is_found_and_none_is_started_twice(stage, asked, jobs, hub):
    hub.jobs.loses_answers = 1
    worker(stage, jobs()).work_off()
    failure = stage.entry(asked).state.failure
    assert failure is not None
    assert failure.cause is Cause.UNREACHABLE
    stage.open_queue().retry([asked.id], utc_now())
    assert worker(stage, jobs()).work_off() == 1
    assert len(hub.jobs.by_id) == 1
    assert stage.shown() == [(asked.id, 3)]


def test_a_request_that_a_maintainer_cancels_costs_nothing_more(stage, asked, jobs, hub):
    stage.rewrite_script(slow={"adivinas": 30})
    busy = worker(stage, jobs())
    listening = threading.Thread(target=busy.work_off)
    listening.start()
    wait_for(lambda: any(job.stage == "RUNNING" for job in hub.jobs.by_id.values()))
    stage.open_queue().cancel(asked.id, utc_now())
    listening.join(timeout=20)
    assert not listening.is_alive()
    (job,) = hub.jobs.by_id.values()
    assert job.stage == "CANCELED"


def test_lying_output_is_published_nowhere(stage, asked, jobs):
    stage.rewrite_script(lies=["score", "nonce", "file"])
    worker(stage, jobs()).work_off()
    state = stage.entry(asked).state
    assert state.status is Status.FAILED
    assert stage.shown() == []
    assert not list(stage.folder.rglob("escaped*"))


def test_output_without_end_is_cut_off_and_the_job_cancelled(stage, asked, jobs, hub, monkeypatch):
    monkeypatch.setattr("leaderboard.evaluation.executors.frames.MOST_LETTERS", 20_000)
    stage.rewrite_script(lies=["flood"])
    worker(stage, jobs()).work_off()
    failure = stage.entry(asked).state.failure
    assert failure is not None
    assert "the job's output" in failure.detail
    (job,) = hub.jobs.by_id.values()
    assert job.stage == "CANCELED"


def test_what_the_budget_has_no_room_for_waits_and_says_why(stage, asked, jobs, hub):
    dear = jobs(budget=Budget(dollars_a_day=0.001, dollars_a_model=100.0))
    assert worker(stage, dear).work_off() == 0
    entry = stage.entry(asked)
    assert entry.state.status is Status.PENDING
    assert hub.jobs.by_id == {}
    waiting = dear.why_it_waits(entry)
    assert waiting is not None
    assert waiting.reason is WaitReason.A_DAY
    assert jobs().why_it_waits(entry) is None


def test_a_model_that_no_machine_has_room_for_fails_with_that_cause(stage, asked, jobs, hub):
    worker(stage, jobs(prices=lambda: FLAVORS[:0])).work_off()
    failure = stage.entry(asked).state.failure
    assert failure is not None
    assert failure.cause is Cause.OUT_OF_MEMORY
    assert hub.jobs.by_id == {}


def test_the_hub_refusing_a_start_is_an_attempt_that_is_made_again(stage, asked, jobs, hub):
    hub.jobs.refuses_to_start = 1
    worker(stage, jobs()).work_off()
    state = stage.entry(asked).state
    assert state.failure is not None
    assert (state.failure.cause, state.retry_at is None) == (Cause.UNREACHABLE, False)


def stop_when(happened: Callable[[], bool], stopped: Worker) -> None:
    def wait() -> None:
        wait_for(happened)
        stopped.stop()

    threading.Thread(target=wait, daemon=True).start()


def wait_for(happened: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


class LocalBucket(BucketOutput):
    """A bucket whose files lie in a folder, under the client's own functions."""

    def environment(self) -> dict[str, str]:
        return {FOLDER_VARIABLE: self.bucket}


class BucketApi(HfApi):
    """The Hub's client with a folder in the place of a bucket."""

    def download_bucket_files(self, bucket_id, files, **_more):
        for name, here in files:
            if (Path(bucket_id) / name).is_file():
                Path(here).write_bytes((Path(bucket_id) / name).read_bytes())


def test_a_bucket_brings_back_what_a_log_does(stage, asked, jobs, hub, tmp_path: Path):
    folder = tmp_path / "bucket"
    folder.mkdir()
    api = BucketApi(endpoint=hub.url, token=TOKEN)
    assert worker(stage, jobs(output=LocalBucket(api, str(folder)))).work_off() == 1
    assert stage.shown() == [(asked.id, 3)]
    (job,) = hub.jobs.by_id.values()
    assert not any(line.startswith("r600m1") for line in job.lines), "nothing of it went through the log"
    assert job.spec["volumes"] == [{"type": "bucket", "source": str(folder), "mountPath": "/output", "readOnly": False}]


def test_a_bucket_without_the_file_is_a_log_that_never_came(stage, asked, jobs, hub, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "empty").mkdir()

    class Elsewhere(LocalBucket):
        def environment(self) -> dict[str, str]:
            return {FOLDER_VARIABLE: str(tmp_path / "elsewhere")}

    api = BucketApi(endpoint=hub.url, token=TOKEN)
    worker(stage, jobs(output=Elsewhere(api, str(tmp_path / "empty")))).work_off()
    state = stage.entry(asked).state
    assert state.failure is not None
    assert "never came" in state.failure.detail


def test_a_client_without_buckets_is_named():
    class Old:
        pass

    with pytest.raises(NoBucketsError, match="LEADERBOARD_JOBS_BUCKET"):
        job_output(Old(), PAYS, "somos/salida")  # type: ignore[arg-type]
    assert isinstance(job_output(HfApi(), PAYS, "somos/salida"), BucketOutput)
    assert isinstance(job_output(HfApi(), PAYS, None), LogOutput)


def test_prices_are_the_hubs_and_a_hub_that_is_silent_changes_none(hub: HubServer):
    prices = PriceList(HfApi(endpoint=hub.url, token=False), keep_seconds=0.0)
    told = {one.name: one for one in prices()}
    assert set(told) == {"t4-small", "l4x1", "a100-large", "l40sx4"}
    assert told["t4-small"].dollars_an_hour == pytest.approx(0.4002)
    assert (told["l40sx4"].cards, told["l40sx4"].memory_bytes) == (4, 192 * 10**9)
    hub.jobs.hardware = ({"name": "strange", "cpu": "1", "ram": "1", "dollars_a_minute": 0.1},)
    assert {one.name for one in prices()} == set(told)
    away = PriceList(HfApi(endpoint="http://127.0.0.1:9", token=False))
    assert away() == FLAVORS


def test_a_large_model_goes_to_several_cards_where_its_engine_uses_them(stage, jobs, hub: HubServer):
    large = a_request(stage.folder).replaced(facts=facts(parameters=70 * 10**9))
    stage.open_queue().submit(large)
    prices = PriceList(HfApi(endpoint=hub.url, token=False))
    several = EngineChoice.from_environment({"LEADERBOARD_ENGINE_FROM": "30:vllm"})
    one_card = jobs(prices=prices)
    assert one_card.largest_memory() == 80 * 10**9
    made = worker(stage, jobs(prices=prices, engines=several))
    made.engines = several
    made.work_off()
    (job,) = hub.jobs.by_id.values()
    assert job.spec["flavor"] == "l40sx4"
    assert str(Order.from_variable(job.spec["environment"][VARIABLE]).engine) == "vllm"
    assert jobs(prices=prices, engines=several).largest_memory() == 192 * 10**9


def test_a_server_of_this_network_is_no_engine_for_a_job(stage, asked, jobs, hub: HubServer):
    served = EngineChoice(EngineName.COMPLETIONS, completions_url="http://127.0.0.1:8000/v1/completions")
    made = worker(stage, jobs(engines=served))
    made.engines = served
    made.work_off()
    state = stage.entry(asked).state
    assert state.failure is not None
    assert "cannot reach it" in state.failure.detail
    assert not hub.jobs.by_id


def test_several_jobs_are_under_way_at_once_and_the_budget_holds_for_all(stage: Stage, jobs, hub: HubServer):
    small = facts(parameters=10**9)
    requests = [a_request(stage.folder, f"m-{number}").replaced(facts=small) for number in range(4)]
    stage.rewrite_script(slow={"sumas": 1.0})
    for one in requests:
        stage.open_queue().submit(one)
    # A minute of the cheapest machine costs two thirds of a cent: there is room for three.
    executor = jobs(budget=Budget(dollars_a_day=0.022, dollars_a_model=1.0))
    workers = [worker(stage, executor, "espacio") for _ in range(4)]
    most: list[int] = []

    def count() -> None:
        while any(thread.is_alive() for thread in threads):
            most.append(sum(job.stage == "RUNNING" for job in hub.jobs.by_id.values()))
            time.sleep(0.02)

    threads = [threading.Thread(target=one.work_off) for one in workers]
    for thread in threads:
        thread.start()
    count()
    states = [stage.entry(one).state.status for one in requests]
    assert max(most) > 1
    assert len(hub.jobs.by_id) <= 4
    assert states.count(Status.FINISHED) >= 3
    for one in workers:
        one.leave()
