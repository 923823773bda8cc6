"""The state of the Hub, which tests fill and read."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.hub_server.access import Access, account, check_read, check_write
from tests.hub_server.calls import Asked, Call, Kind, RefusedError
from tests.hub_server.contents import Commit
from tests.hub_server.faults import Faults
from tests.hub_server.jobs import Jobs
from tests.hub_server.quotas import Quota
from tests.hub_server.repositories import HubDatasetRepository, HubModel, HubSpace, Repository


@dataclass
class HubServer:
    """What there is on the Hub, what it is told to do wrong, and what it was asked."""

    url: str = ""
    models: dict[str, HubModel] = field(default_factory=dict)
    datasets: dict[str, HubDatasetRepository] = field(default_factory=dict)
    spaces: dict[str, HubSpace] = field(default_factory=dict)

    jobs: Jobs = field(default_factory=Jobs)
    tokens: dict[str, Access] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    quota: Quota | None = None
    page_size: int = 1000
    """How much a page of a tree or of a history holds, unless fewer are asked for."""
    lfs_above: int = 10_000_000
    """Files of more bytes than these go to the large file storage."""
    clock: Callable[[], float] = time.time
    """What dates commits, times calls and fills the windows of the quota; a simulation puts its own here."""

    requests: list[str] = field(default_factory=list)
    """Method and raw path of every request, in order."""
    unknown_requests: list[str] = field(default_factory=list)
    authorised_requests: list[str] = field(default_factory=list)
    """Requests that carried a token, which nothing in this project should send for what is public."""
    calls: list[Call] = field(default_factory=list)
    """Every request with its time, kind and answer, in the order of arrival."""

    def now(self) -> float:
        """Return the time by whatever clock the Hub has by now."""
        return self.clock()

    def add_folder(self, model_id: str, folder: Path, **about: Any) -> HubModel:
        """Publish the files of a folder as a model."""
        files = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}
        model = HubModel(model_id, files, **about)
        self.models[model_id] = model
        return model

    def add_dataset(
        self, dataset_id: str, files: Mapping[str, bytes | str], *, branch: str = "main", **about: Any
    ) -> HubDatasetRepository:
        """Publish a dataset whose first commit holds these files."""
        dataset = HubDatasetRepository(dataset_id, clock=self.now, **about)
        dataset.commit(files, branch, title="initial commit")
        self.datasets[dataset_id] = dataset
        return dataset

    def add_space(self, space_id: str, files: Mapping[str, bytes | str], **about: Any) -> HubSpace:
        """Make a Space whose first commit holds these files."""
        space = HubSpace(space_id, clock=self.now, **about)
        space.commit(files, title="initial commit")
        self.spaces[space_id] = space
        return space

    def add_token(
        self,
        token: str,
        *,
        user: str,
        may_write: Iterable[str] = (),
        may_read: Iterable[str] = (),
        may_run_jobs: Iterable[str] = (),
    ) -> str:
        """Give out a token: for writing to, or only for reading, these repositories, and for jobs these names pay."""
        self.tokens[token] = Access(user, frozenset(may_write), frozenset(may_read), frozenset(may_run_jobs))
        return token

    def calls_of(self, *kinds: Kind) -> list[Call]:
        """Return the calls of these kinds, in the order of arrival."""
        return [call for call in self.calls if call.kind in kinds]

    def readable(self, asked: Asked) -> Repository:
        """Return the repository of a request, if whoever asks may know of it."""
        kinds: Mapping[str, Mapping[str, Repository]] = {
            "models": self.models,
            "datasets": self.datasets,
            "spaces": self.spaces,
        }
        found = kinds[asked.places["type"]].get(asked.repository)
        return check_read(found, account(self.tokens, asked), asked.repository)

    def writable(self, asked: Asked) -> tuple[HubDatasetRepository, Access]:
        """Return the dataset or Space of a request and who asks, if they may write to it."""
        self.readable(asked)
        kind: Mapping[str, HubDatasetRepository] = self.spaces if asked.places["type"] == "spaces" else self.datasets
        return kind[asked.repository], check_write(account(self.tokens, asked), asked.repository)

    def at(self, asked: Asked) -> tuple[Repository, Commit]:
        """Return the repository and the commit of a request; a branch may be read as it was."""
        repository = self.readable(asked)
        commit = repository.at(asked.revision)
        if commit is None:
            raise RefusedError(404, f"Invalid rev id: {asked.revision}", code="RevisionNotFound")
        return repository, self.seen(asked, commit) if repository.is_branch(asked.revision) else commit

    def seen(self, asked: Asked, head: Commit) -> Commit:
        """Return the head of a branch, or the one before it while reads are behind."""
        if head.parent and self.faults.take_stale_head(asked.kind, asked.repository):
            return head.parent
        return head
