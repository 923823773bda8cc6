"""Stores on the Hub that were not used yet, where a repository holds what a claim is made on."""

from dataclasses import replace
from pathlib import Path

import pytest

from leaderboard.store import HubAccess
from leaderboard.store.hub import HubStore
from leaderboard.store.pace import Pace
from tests.hub_server import HubDatasetRepository, HubServer
from tests.store.hub_claim import FILES, SHORT_S, Clock, Sleep
from tests.store.places import DATASET, hub_place


@pytest.fixture
def access(tmp_path: Path, hub: HubServer) -> HubAccess:
    access = hub_place(tmp_path, hub).access
    hub.datasets[DATASET].commit(FILES, title="first")
    return access


@pytest.fixture
def dataset(hub: HubServer, access: HubAccess) -> HubDatasetRepository:
    assert access.endpoint == hub.url
    return hub.datasets[DATASET]


@pytest.fixture
def sleep() -> Sleep:
    return Sleep()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(access: HubAccess, sleep: Sleep, clock: Clock) -> HubStore:
    return HubStore(DATASET, replace(access, pace=Pace(clock)), sleep=sleep)


@pytest.fixture
def hasty(access: HubAccess, sleep: Sleep) -> HubStore:
    """A store that does not wait long for an answer."""
    return HubStore(DATASET, replace(access, timeout_seconds=SHORT_S), sleep=sleep)
