"""The Hub of the tests, asked by the real client: it must be as strict as the real one where tests rely on it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi, HfFileSystem
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub_server import HubDatasetRepository, HubServer, Kind, running_hub

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
        "/api/datasets/somos/preguntas/discussions",
        "/api/datasets/somos/preguntas/commits/main?expand%5B%5D=formatted",
        "/api/datasets/somos/preguntas/tree/main?limit=0",
        "/api/datasets/somos/preguntas/refs?include_prs=1",
        "/storage/somos/preguntas/" + "0" * 64,
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


def test_names_are_those_that_git_gives(hub: HubServer, hub_api: HfApi):
    hub.add_dataset("somos/git", {"data/es/a.csv": "uno\n", "data/es.txt": "x", "README.md": "# Card"})
    tree = list(hub_api.list_repo_tree("somos/git", recursive=True, repo_type="dataset"))
    assert {entry.path: getattr(entry, "blob_id", "") or entry.tree_id for entry in tree} == {  # as git itself says
        "README.md": "c005597bd52b040dd8f10f174e4b451f716b2418",
        "data": "452dd4565ec272a70efae8b52593242894121a7c",
        "data/es": "7087dc3e60bc1f8e0df4ebd719647d699fd8d639",
        "data/es.txt": "c1b0730e0133447badcfd47fd144e254807b06e1",
        "data/es/a.csv": "e43848767ec2d4a55daa5e73115631ee1b651ef7",
    }
    resolved = httpx.head(f"{hub.url}/datasets/somos/git/resolve/main/data/es.txt")
    assert resolved.headers["ETag"] == '"c1b0730e0133447badcfd47fd144e254807b06e1"'


@pytest.mark.parametrize(
    ("recursive", "wanted"),
    [(True, ["a", "a.b", "a/1", "a/c", "a/c/2", "ab", "é ?&", "é ?&/3"]), (False, ["a", "a.b", "ab", "é ?&"])],
)
def test_a_tree_comes_page_by_page(hub: HubServer, hub_api: HfApi, recursive: bool, wanted: list[str]):
    hub.add_dataset("somos/paginas", {"a/1": "", "a.b": "", "a/c/2": "", "ab": "", "é ?&/3": ""})
    for hub.page_size in (1, 2, 4, 7, 8, 9):
        hub.calls.clear()
        tree = hub_api.list_repo_tree("somos/paginas", recursive=recursive, repo_type="dataset")
        assert [entry.path for entry in tree] == wanted
        assert len(hub.calls_of(Kind.TREE)) == -(-len(wanted) // hub.page_size)
        inside = hub_api.list_repo_tree("somos/paginas", "a", recursive=recursive, repo_type="dataset")
        assert [entry.path for entry in inside] == ["a/1", "a/c", "a/c/2"][: 3 if recursive else 2]


def test_a_page_is_as_short_as_it_is_asked_to_be(dataset: HubDatasetRepository, hub: HubServer):
    page = httpx.get(f"{hub.url}/api/datasets/{dataset.dataset_id}/tree/main?limit=1")
    assert [entry["path"] for entry in page.json()] == ["README.md"]
    assert [entry["path"] for entry in httpx.get(page.links["next"]["url"]).json()] == ["data"]


def test_the_pages_of_a_branch_follow_it(dataset: HubDatasetRepository, hub: HubServer, hub_api: HfApi):
    hub.page_size = 1
    tree = hub_api.list_repo_tree(dataset.dataset_id, repo_type="dataset")
    assert next(tree).path == "README.md"
    dataset.change({"A.md": "before the page", "zeta.md": "after it"})
    assert [entry.path for entry in tree] == ["data", "zeta.md"]


def test_refs_and_history_are_told(dataset: HubDatasetRepository, hub: HubServer, hub_api: HfApi):
    hub.clock, hub.page_size = (lambda: 1_790_000_000.25), 2
    dataset.change({"README.md": "# Third"}, ["data/two words.csv"], title="Third")
    third = dataset.commits[-1]
    refs = hub_api.list_repo_refs(dataset.dataset_id, repo_type="dataset")
    assert [(ref.name, ref.ref, ref.target_commit) for ref in refs.branches] == [("main", "refs/heads/main", third.sha)]
    assert [(ref.name, ref.ref) for ref in refs.converts] == [("parquet", CONVERTED)]

    told = hub_api.list_repo_commits(dataset.dataset_id, repo_type="dataset")
    assert [commit.commit_id for commit in told] == [third.sha, dataset.commits[1].sha, dataset.commits[0].sha]
    assert [commit.title for commit in told] == ["Third", "", "initial commit"]
    assert told[0].created_at == datetime.fromtimestamp(1_790_000_000.25, UTC)
    assert len(hub.calls_of(Kind.COMMITS)) == 2
    assert sorted(third.files) == ["README.md", "data/es/test.csv", "data/es/train.csv"]


def test_a_part_beyond_the_end_cannot_be_had(dataset: HubDatasetRepository, hub: HubServer):
    url = f"{hub.url}/datasets/{dataset.dataset_id}/resolve/main/README.md"
    refused = httpx.get(url, headers={"Range": "bytes=8-9"})
    assert (refused.status_code, refused.headers["Content-Range"]) == (416, "bytes */8")
    assert httpx.get(url, headers={"Range": "bytes=2-7"}).text == "Second"


def test_a_private_dataset_is_there_for_its_readers_alone(dataset: HubDatasetRepository, hub: HubServer):
    dataset.private = True
    hub.add_token("hf_reader", user="eva", may_read={dataset.dataset_id})
    hub.add_token("hf_other", user="leo")

    def refused(token: str | bool) -> tuple[str, int]:
        with pytest.raises(HfHubHTTPError) as error:
            HfApi(hub.url, token).list_repo_refs(dataset.dataset_id, repo_type="dataset")
        return type(error.value).__name__, error.value.response.status_code

    assert HfApi(hub.url, "hf_reader").dataset_info(dataset.dataset_id).private
    assert refused(False) == ("RepositoryNotFoundError", 401)
    assert refused("hf_other") == ("RepositoryNotFoundError", 404)
    assert refused("hf_nobody") == ("HfHubHTTPError", 401)


def test_a_gated_dataset_opens_to_those_who_were_let_in(hub: HubServer, tmp_path: Path):
    hub.add_dataset("somos/cerrado", {"README.md": "#"}, gated=True)
    hub.add_token("hf_reader", user="eva", may_read={"somos/cerrado"})
    hub.add_token("hf_other", user="leo")

    def download(token: str | bool) -> str:
        api = HfApi(hub.url, token)
        return api.hf_hub_download("somos/cerrado", "README.md", repo_type="dataset", cache_dir=tmp_path)

    for token, status in ((False, 401), ("hf_other", 403)):
        with pytest.raises(GatedRepoError) as error:
            download(token)
        assert error.value.response.status_code == status
    assert Path(download("hf_reader")).read_text() == "#"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small file and a weights file."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"0123456789")
    return folder


def test_the_weights_of_a_model_are_large_files_of_another_origin(
    hub: HubServer, hub_api: HfApi, folder: Path, tmp_path: Path
):
    model = hub.add_folder("somos/tiny", folder)
    siblings = {one.rfilename: one for one in hub_api.model_info("somos/tiny", files_metadata=True).siblings or ()}
    assert (siblings["config.json"].lfs, siblings["config.json"].size) == (None, 2)
    large = siblings["model.safetensors"].lfs
    assert large
    assert (large.sha256, large.size) == (sha256(b"0123456789").hexdigest(), 10)

    address = f"{hub.url}/somos/tiny/resolve/main/model.safetensors"
    answer = httpx.get(address, headers={"Range": "bytes=2-4"}, follow_redirects=True)
    assert (answer.text, answer.headers["Content-Range"], answer.url.host) == ("234", "bytes 2-4/10", "localhost")
    asked = [(call.kind, call.range, call.sent) for call in hub.calls[-2:]]
    assert asked == [(Kind.RESOLVE, "bytes=2-4", 0), (Kind.STORAGE, "bytes=2-4", 3)]
    file = hub_api.hf_hub_download("somos/tiny", "model.safetensors", revision=model.sha, cache_dir=tmp_path / "cache")
    assert Path(file).read_bytes() == b"0123456789"


def test_a_model_is_as_its_files_are_now(hub: HubServer, hub_api: HfApi, folder: Path):
    model = hub.add_folder("somos/tiny", folder)
    before = hub_api.model_info("somos/tiny").sha
    assert before == model.sha == model.sha
    model.files["model.safetensors"] = b"changed"
    assert hub_api.model_info("somos/tiny").sha == model.sha != before
    with pytest.raises(RevisionNotFoundError):
        hub_api.model_info("somos/tiny", revision=before)
    answer = httpx.get(f"{hub.url}/somos/tiny/resolve/main/model.safetensors", follow_redirects=True)
    assert answer.content == b"changed"
    del model.files["config.json"]
    assert [one.rfilename for one in hub_api.model_info("somos/tiny").siblings or ()] == ["model.safetensors"]


def test_a_card_is_the_head_of_the_readme_unless_there_is_one(hub: HubServer, hub_api: HfApi, folder: Path):
    def readme() -> str:
        return httpx.get(f"{hub.url}/somos/tiny/resolve/main/README.md").text

    hub.add_folder("somos/tiny", folder)
    assert "README.md" not in hub.models["somos/tiny"].files
    hub.add_folder("somos/tiny", folder, card={"license": "mit"})
    assert readme() == "---\nlicense: mit\n---\n"
    assert (hub_api.model_info("somos/tiny").card_data or {}).get("license") == "mit"
    (folder / "README.md").write_text("# Mine")
    hub.add_folder("somos/tiny", folder, card={"license": "mit"})
    assert readme() == "# Mine"


def test_a_disabled_model_shows_nothing(hub: HubServer, hub_api: HfApi, folder: Path):
    hub.add_folder("somos/tiny", folder, disabled=True)
    with pytest.raises(DisabledRepoError):
        hub_api.model_info("somos/tiny")
    assert httpx.get(f"{hub.url}/somos/tiny/resolve/main/config.json").status_code == 403


def test_the_hub_may_say_otherwise_than_it_is(hub: HubServer, hub_api: HfApi, folder: Path):
    model = hub.add_folder("somos/tiny", folder)
    model.said = {"siblings": [{"rfilename": "config.json", "size": 999}], "id": "somos/renamed"}
    told = hub_api.model_info("somos/tiny", files_metadata=True)
    assert [(one.rfilename, one.size) for one in told.siblings or ()] == [("config.json", 999)]
    assert (told.id, told.sha) == ("somos/renamed", model.sha)
