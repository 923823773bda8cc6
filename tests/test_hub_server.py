"""The Hub of the tests, asked by the real client: it must be as strict as the real one where tests rely on it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi, HfFileSystem
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub_server import HubDatasetRepository, HubServer, running_hub

CONVERTED = "refs/convert/parquet"


@pytest.fixture
def tolerant_hub() -> Iterator[HubServer]:
    """A Hub whose test reads for itself what it did not know."""
    with running_hub() as server:
        yield server


@pytest.fixture
def dataset(hub: HubServer) -> HubDatasetRepository:
    """Two commits on main, one beside it."""
    files = {"README.md": "# First", "data/es/test.csv": "pregunta\nuna\n", "data/es/train.csv": "pregunta\n"}
    dataset = hub.add_dataset("somos/preguntas", files)
    dataset.commit({**files, "README.md": "# Second", "data/two words.csv": "pregunta\n"})
    dataset.commit({"es/test/0000.parquet": b"PAR1"}, branch=CONVERTED)
    return dataset


def test_a_dataset_is_described_at_branches_and_at_commits(dataset: HubDatasetRepository, hub_api: HfApi):
    first, second, converted = (commit.sha for commit in dataset.commits)

    assert hub_api.dataset_info(dataset.dataset_id).sha == second
    assert hub_api.dataset_info(dataset.dataset_id, revision="main").sha == second
    assert hub_api.dataset_info(dataset.dataset_id, revision=first).sha == first
    about = hub_api.dataset_info(dataset.dataset_id, revision=CONVERTED, files_metadata=True)
    assert about.sha == converted
    assert [(file.rfilename, file.size) for file in about.siblings or ()] == [("es/test/0000.parquet", 4)]


def test_folders_are_listed_one_level_or_all(dataset: HubDatasetRepository, hub_api: HfApi):
    def listed(folder: str | None, revision: str | None = None, *, recursive: bool = False) -> list[str]:
        tree = hub_api.list_repo_tree(
            dataset.dataset_id, folder, recursive=recursive, revision=revision, repo_type="dataset"
        )
        return [entry.path for entry in tree]

    assert listed(None) == ["README.md", "data"]
    assert listed("data") == ["data/es", "data/two words.csv"]
    assert listed("data", dataset.commits[0].sha) == ["data/es"]
    assert listed("es", CONVERTED, recursive=True) == ["es/test", "es/test/0000.parquet"]
    with pytest.raises(EntryNotFoundError):
        listed("dat")


def test_paths_are_told_apart_and_missing_ones_left_out(dataset: HubDatasetRepository, hub_api: HfApi):
    paths = ["data/two words.csv", "data/es", "nothing"]
    found = hub_api.get_paths_info(dataset.dataset_id, paths, repo_type="dataset")
    assert [(type(one).__name__, one.path) for one in found] == [
        ("RepoFile", "data/two words.csv"),
        ("RepoFolder", "data/es"),
    ]


def test_a_file_comes_from_the_commit_that_is_asked_for(dataset: HubDatasetRepository, hub_api: HfApi, tmp_path: Path):
    def text(revision: str) -> str:
        file = hub_api.hf_hub_download(
            dataset.dataset_id, "README.md", repo_type="dataset", revision=revision, cache_dir=tmp_path
        )
        return Path(file).read_text()

    assert text("main") == "# Second"
    assert text(dataset.commits[0].sha) == "# First"


def test_a_part_of_a_file_is_a_part(dataset: HubDatasetRepository, hub: HubServer):
    with HfFileSystem(endpoint=hub.url).open(f"datasets/{dataset.dataset_id}/data/es/test.csv", block_size=4) as file:
        file.seek(9)
        assert file.read(3) == b"una"


def test_what_is_not_there_is_told_apart(dataset: HubDatasetRepository, hub_api: HfApi, tmp_path: Path):
    with pytest.raises(RepositoryNotFoundError):
        hub_api.dataset_info("somos/nada")
    with pytest.raises(RepositoryNotFoundError):
        hub_api.model_info(dataset.dataset_id)
    with pytest.raises(RevisionNotFoundError):
        hub_api.dataset_info(dataset.dataset_id, revision="0" * 40)
    with pytest.raises(EntryNotFoundError):
        hub_api.hf_hub_download(dataset.dataset_id, "nothing", repo_type="dataset", cache_dir=tmp_path)


def test_a_gated_dataset_shows_itself_and_keeps_its_files(hub: HubServer, hub_api: HfApi, tmp_path: Path):
    hub.add_dataset("somos/cerrado", {"README.md": "#"}, gated=True)
    assert hub_api.dataset_info("somos/cerrado").gated == "manual"
    with pytest.raises(GatedRepoError):
        hub_api.hf_hub_download("somos/cerrado", "README.md", repo_type="dataset", cache_dir=tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        "/api/datasets/somos/preguntas/commits/main",
        "/api/datasets/somos/preguntas/revision/refs/convert/parquet",
        "/api/datasets/somos/preguntas/tree/main?expand=true",
        "/api/models/somos/tiny?expand=downloads",
    ],
)
def test_what_is_not_known_is_remembered(tolerant_hub: HubServer, path: str):
    assert httpx.get(tolerant_hub.url + path).status_code == 501
    assert tolerant_hub.unknown_requests == [f"GET {path}"]


def test_a_token_is_remembered(dataset: HubDatasetRepository, hub: HubServer):
    HfApi(endpoint=hub.url, token=False).dataset_info(dataset.dataset_id)
    assert hub.authorised_requests == []
    HfApi(endpoint=hub.url, token="hf_" + "x" * 34).dataset_info(dataset.dataset_id)
    assert hub.authorised_requests == [f"/api/datasets/{dataset.dataset_id}"]
