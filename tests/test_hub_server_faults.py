"""The faults of the Hub of the tests, as the real client meets them: what it is told, and whether the commit landed."""

import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from huggingface_hub import CommitInfo, CommitOperationAdd, HfApi, set_client_factory
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import parse_ratelimit_headers
from huggingface_hub.utils._http import default_client_factory

from tests.hub_server import (
    READS,
    Fault,
    HubDatasetRepository,
    HubModel,
    HubServer,
    Kind,
    Quota,
    most_within,
    running_hub,
)

REQUESTS = "somos/requests"
TOKEN = "hf_w"
PATIENCE_S = 0.4
SLOW_S = 3 * PATIENCE_S


@pytest.fixture
def dataset(hub: HubServer) -> HubDatasetRepository:
    """A dataset with one commit, and a token that may write to it."""
    hub.add_token(TOKEN, user="ana", may_write={REQUESTS})
    return hub.add_dataset(REQUESTS, {"first": "1"})


@pytest.fixture
def api(dataset: HubDatasetRepository, hub: HubServer) -> HfApi:
    """Whoever may write to the dataset."""
    assert hub.datasets[REQUESTS] is dataset
    return HfApi(hub.url, TOKEN)


@pytest.fixture
def _impatient() -> Iterator[None]:
    """Clients that wait only for a moment; by itself this one waits for ever."""
    set_client_factory(lambda: httpx.Client(timeout=PATIENCE_S))
    yield
    set_client_factory(default_client_factory)


def commit(api: HfApi, path: str = "new", parent: str | None = None, content: bytes = b"1") -> CommitInfo:
    added = [CommitOperationAdd(path, content)]
    return api.create_commit(REQUESTS, added, commit_message="Add", repo_type="dataset", parent_commit=parent)


def head_by_refs(api: HfApi) -> str:
    return api.list_repo_refs(REQUESTS, repo_type="dataset").branches[0].target_commit


@pytest.mark.parametrize(
    ("fault", "status", "text", "lands"),
    [
        (Fault.REPOSITORY_LOCKED, 409, "Another commit operation is in progress", False),
        (Fault.PARENT_REFUSED, 412, "The branch was updated", False),
        (Fault.RATE_LIMITED, 429, "You can retry this action in", False),
        (Fault.RATE_LIMITED_SILENTLY, 429, "Too Many Requests", False),
        (Fault.FAILED_BEFORE, 500, "Internal Error", False),
        (Fault.FAILED_AFTER, 500, "Internal Error", True),
    ],
)
def test_a_commit_is_answered_with_a_fault(
    dataset: HubDatasetRepository, hub: HubServer, api: HfApi, fault: Fault, status: int, text: str, lands: bool
):
    head = dataset.branches["main"]
    play = hub.faults.play(fault)
    with pytest.raises(HfHubHTTPError, match=text) as error:
        commit(api, parent=head)
    assert error.value.response.status_code == status
    assert ("new" in dataset.commits[-1].files) is lands
    assert (dataset.branches["main"] != head) is lands
    assert [(call.status, call.landed) for call in hub.calls_of(Kind.COMMIT)] == [(status, lands)]

    commit(api, "newer")
    assert play.played == 1
    assert len(dataset.commits) == 2 + lands


@pytest.mark.parametrize(("fault", "lands"), [(Fault.CUT_BEFORE, False), (Fault.CUT_AFTER, True)])
def test_a_connection_ends_in_the_middle_of_a_commit(
    dataset: HubDatasetRepository, hub: HubServer, api: HfApi, fault: Fault, lands: bool
):
    hub.faults.play(fault)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        commit(api)
    assert ("new" in dataset.commits[-1].files) is lands
    assert [(call.status, call.landed) for call in hub.calls_of(Kind.COMMIT)] == [(None, lands)]
    commit(api, "newer")
    assert "newer" in dataset.commits[-1].files


@pytest.mark.parametrize(("headers", "fault"), [(True, Fault.RATE_LIMITED), (False, Fault.RATE_LIMITED_SILENTLY)])
def test_only_one_rate_limit_says_when_to_come_back(hub: HubServer, api: HfApi, headers: bool, fault: Fault):
    hub.faults.play(fault, on=Kind.REFS, seconds=41.5)
    with pytest.raises(HfHubHTTPError) as error:
        head_by_refs(api)
    told = parse_ratelimit_headers(error.value.response.headers)
    assert (told is not None) is headers
    if told:
        assert (told.resource_type, told.remaining, told.reset_in_seconds) == ("api", 0, 42)
        assert (told.limit, told.window_seconds) == (1000, 300)


def test_a_fault_waits_for_a_commit_that_would_land(dataset: HubDatasetRepository, hub: HubServer, api: HfApi):
    play = hub.faults.play(Fault.FAILED_AFTER)
    with pytest.raises(HfHubHTTPError) as error:
        commit(api, parent="0" * 40)
    assert (error.value.response.status_code, play.played) == (412, 0)
    with pytest.raises(HfHubHTTPError) as error:
        commit(api)
    assert (error.value.response.status_code, play.played) == (500, 1)
    assert [call.landed for call in hub.calls_of(Kind.COMMIT)] == [False, True]
    assert len(dataset.commits) == 2


def test_faults_are_played_in_their_order_and_number(hub: HubServer, api: HfApi):
    hub.faults.play(Fault.REPOSITORY_LOCKED, times=2, skip=1)
    hub.faults.play(Fault.FAILED_BEFORE, dataset="somos/results")
    last = hub.faults.play(Fault.PARENT_REFUSED, times=None)

    def statuses(number: int) -> list[int | None]:
        for path in range(number):
            try:
                commit(api, str(path))
            except HfHubHTTPError:
                continue
        return [call.status for call in hub.calls_of(Kind.COMMIT)][-number:]

    assert statuses(5) == [412, 409, 409, 412, 412]
    last.stop()
    assert statuses(1) == [200]
    hub.faults.play(Fault.REPOSITORY_LOCKED)
    hub.faults.stop()
    assert statuses(2) == [200, 200]


def test_a_fault_that_cannot_be_is_not_played(hub: HubServer):
    with pytest.raises(ValueError, match="only commits"):
        hub.faults.play(Fault.REPOSITORY_LOCKED, on=Kind.TREE)
    with pytest.raises(ValueError, match="how many seconds"):
        hub.faults.play(Fault.SLOW_WORK)


def test_a_description_is_behind_and_refs_are_not(dataset: HubDatasetRepository, hub: HubServer, api: HfApi):
    first = dataset.commits[0].sha
    play = hub.faults.play(Fault.STALE_HEAD, times=2)
    assert api.dataset_info(REQUESTS).sha == first  # nothing came before it
    assert play.played == 0
    newest = commit(api).oid
    assert api.dataset_info(REQUESTS, revision=newest).sha == newest  # a commit is what it is
    assert [api.dataset_info(REQUESTS).sha for _ in range(3)] == [first, first, newest]
    assert head_by_refs(api) == newest


def test_refs_and_trees_may_be_behind_too(dataset: HubDatasetRepository, hub: HubServer, api: HfApi):
    newest = commit(api).oid
    hub.faults.play(Fault.STALE_HEAD, times=None, on=READS)
    assert head_by_refs(api) == dataset.commits[0].sha
    assert [entry.path for entry in api.list_repo_tree(REQUESTS, repo_type="dataset")] == ["first"]
    assert len(api.list_repo_commits(REQUESTS, repo_type="dataset")) == 1
    commit(api, "newer", parent=newest)
    assert len(dataset.commits) == 3


@pytest.mark.usefixtures("_impatient")
def test_a_slow_commit_lands_after_the_client_left(dataset: HubDatasetRepository, hub: HubServer, api: HfApi):
    hub.faults.play(Fault.SLOW_WORK, seconds=SLOW_S)
    with pytest.raises(httpx.ReadTimeout):
        commit(api)
    assert len(dataset.commits) == 1
    deadline = time.monotonic() + 10
    while len(dataset.commits) == 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "new" in dataset.commits[-1].files


@pytest.mark.usefixtures("_impatient")
def test_a_slow_answer_is_of_a_commit_that_landed(dataset: HubDatasetRepository, hub: HubServer, api: HfApi):
    hub.faults.play(Fault.SLOW_ANSWER, seconds=SLOW_S)
    with pytest.raises(httpx.ReadTimeout):
        commit(api)
    assert "new" in dataset.commits[-1].files


@pytest.mark.parametrize("fault", [Fault.SLOW_WORK, Fault.SLOW_ANSWER])
def test_a_slow_read_is_answered(dataset: HubDatasetRepository, hub: HubServer, api: HfApi, fault: Fault):
    hub.faults.play(fault, on=Kind.REFS, seconds=0.2)
    started = time.monotonic()
    assert head_by_refs(api) == dataset.branches["main"]
    assert time.monotonic() - started >= 0.2


def test_a_read_gets_no_answer(hub: HubServer, api: HfApi):
    play = hub.faults.play(Fault.NO_ANSWER, seconds=0.2)
    started = time.monotonic()
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        head_by_refs(api)
    assert time.monotonic() - started >= 0.2
    assert play.played == 1


@pytest.mark.usefixtures("_impatient")
def test_a_held_connection_does_not_hold_up_the_end():
    with running_hub() as other:
        other.add_dataset(REQUESTS, {})
        other.faults.play(Fault.NO_ANSWER, seconds=600)
        with pytest.raises(httpx.ReadTimeout):
            head_by_refs(HfApi(other.url))
        started = time.monotonic()
    assert time.monotonic() - started < 5


def large_file(hub: HubServer) -> str:
    """Publish a model; return where its weights are."""
    hub.models["somos/tiny"] = HubModel("somos/tiny", {"model.safetensors": b"0123456789"})
    return f"{hub.url}/somos/tiny/resolve/main/model.safetensors"


def test_the_whole_is_sent_where_a_part_was_asked_for(hub: HubServer):
    address = large_file(hub)
    play = hub.faults.play(Fault.RANGE_IGNORED)
    ranged = {"headers": {"Range": "bytes=0-2"}, "follow_redirects": True}
    answers = [httpx.get(address, **ranged) for _ in range(2)]
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "0123456789"), (206, "012")]
    assert play.played == 1


def test_an_answer_drips_until_the_client_has_had_enough(hub: HubServer):
    address = large_file(hub)
    hub.faults.play(Fault.ENDLESS, on=Kind.STORAGE, seconds=0.01)
    with httpx.stream("GET", address, follow_redirects=True) as answer:
        drops = [piece for piece, _ in zip(answer.iter_raw(), range(3), strict=False)]
    assert (answer.status_code, b"".join(drops).strip(), len(drops)) == (200, b"", 3)
    assert "content-length" not in answer.headers
    assert httpx.get(address, follow_redirects=True).text == "0123456789"


def test_quotas_are_kept_by_the_clock_of_the_test(dataset: HubDatasetRepository, hub: HubServer, api: HfApi):
    now = 1_000.0
    hub.clock = lambda: now
    hub.quota = Quota(commits_per_hour=2, calls_per_five_minutes=10, resolves_per_five_minutes=1)

    def refused() -> tuple[str, int]:
        with pytest.raises(HfHubHTTPError) as error:
            commit(api)
        assert error.value.response.status_code == 429
        told = parse_ratelimit_headers(error.value.response.headers)
        assert told
        return told.resource_type, told.reset_in_seconds

    commit(api, "a")
    now = 1_010.5
    commit(api, "b")
    assert refused() == ("commits", 3590)
    now = 4_599.5
    assert refused() == ("commits", 1)
    now = 4_600.0
    commit(api, "c")
    assert [commit.date for commit in dataset.commits[1:]] == [1_000.0, 1_010.5, 4_600.0]
    assert [call.time for call in hub.calls_of(Kind.COMMIT) if call.landed] == [1_000.0, 1_010.5, 4_600.0]


def test_calls_and_downloads_have_limits_of_their_own(dataset: HubDatasetRepository, hub: HubServer, api: HfApi):
    hub.clock = lambda: 50.0
    hub.quota = Quota(calls_per_five_minutes=3, resolves_per_five_minutes=1)
    file = f"{hub.url}/datasets/{dataset.dataset_id}/resolve/main/first"
    sent = {"Authorization": f"Bearer {TOKEN}"}
    assert [httpx.get(file, headers=sent).status_code for _ in range(2)] == [200, 429]
    for _ in range(3):
        head_by_refs(api)
    with pytest.raises(HfHubHTTPError) as error:
        head_by_refs(api)
    told = parse_ratelimit_headers(error.value.response.headers)
    assert told
    assert (told.resource_type, told.limit, told.reset_in_seconds) == ("api", 3, 300)
    left = httpx.get(file.replace("/datasets/", "/api/datasets/").partition("/resolve")[0]).headers["RateLimit"]
    assert left == '"api";r=2;t=300'  # of whoever has no token


def test_the_fullest_window_is_found(hub: HubServer, api: HfApi):
    for now in (0.0, 299.0, 299.5, 300.0, 599.4, 10_000.0):
        hub.clock = lambda now=now: now
        head_by_refs(api)
    calls = hub.calls_of(Kind.REFS)
    assert [most_within(calls, seconds) for seconds in (1, 300, 301, 20_000)] == [2, 3, 4, 6]
    assert most_within([], 1) == 0
    assert {call.user for call in calls} == {"ana"}


def race(url: str, parent: str, name: str) -> str | None:
    """Commit on a parent; return the commit if it is this racer's."""
    try:
        return commit(HfApi(url, TOKEN), name, parent, name.encode()).oid
    except HfHubHTTPError as error:
        if error.response.status_code != 412:
            raise
        return None


def test_of_many_threads_exactly_one_wins_each_head(dataset: HubDatasetRepository, hub: HubServer):
    start = Barrier(4)

    def racer(number: int) -> list[str | None]:
        wins = []
        for turn in range(10):
            start.wait()
            parent = dataset.branches["main"]
            start.wait()
            wins.append(race(hub.url, parent, f"{turn}-{number}"))
        return wins

    with ThreadPoolExecutor(4) as pool:
        turns = list(zip(*pool.map(racer, range(4)), strict=True))
    winners = [[oid for oid in turn if oid] for turn in turns]
    assert winners == [[commit.sha] for commit in dataset.commits[1:]]
    assert all(after.parent is before for before, after in pairwise(dataset.commits))


def test_processes_race_as_threads_do(dataset: HubDatasetRepository, hub: HubServer):
    parent = dataset.branches["main"]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        won = list(pool.map(race, [hub.url] * 8, [parent] * 8, map(str, range(8))))
    assert [oid for oid in won if oid] == [dataset.commits[-1].sha]
    assert len(dataset.commits) == 2


def test_the_hub_runs_as_a_process_of_its_own():
    command = [sys.executable, "-m", "tests.hub_server", "--dataset", REQUESTS, "--token", TOKEN, "--page-size", "1"]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        url = process.stdout.readline().strip()
        commit(HfApi(url, TOKEN))
        commit(HfApi(url, TOKEN), "newer")
        assert len(httpx.get(f"{url}/api/datasets/{REQUESTS}/tree/main").json()) == 1
        assert httpx.get(f"{url}/nothing").status_code == 501
        process.terminate()
        assert process.wait(10) == 1
        assert "GET /nothing" in process.stderr.read()
