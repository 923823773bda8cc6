"""Datasets of the Hub of the tests, changed by the real client: all of a commit lands, or nothing does."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RevisionNotFoundError

from tests.hub_server import HubDatasetRepository, HubServer, Kind

CONVERTED = "refs/convert/parquet"
LARGE = b"0123456789"
LARGE_SHA256 = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882"
HEADER = {"key": "header", "value": {"summary": "x"}}

Committer = Callable[..., CommitInfo]


@pytest.fixture
def dataset(hub: HubServer) -> HubDatasetRepository:
    """Two commits on main, one beside it."""
    files = {"README.md": "# First", "data/es/test.csv": "pregunta\nuna\n", "data/es/train.csv": "pregunta\n"}
    dataset = hub.add_dataset("somos/preguntas", files)
    dataset.commit({**files, "README.md": "# Second", "data/two words.csv": "pregunta\n"})
    dataset.commit({"es/test/0000.parquet": b"PAR1"}, branch=CONVERTED)
    return dataset


@pytest.fixture
def writer(dataset: HubDatasetRepository, hub: HubServer) -> HfApi:
    """A client that may write to the dataset, and to one that is not there yet."""
    return HfApi(hub.url, hub.add_token("hf_w", user="ana", may_write={dataset.dataset_id, "somos/nuevo"}))


@pytest.fixture
def commit(dataset: HubDatasetRepository, writer: HfApi) -> Committer:
    """Commits operations, or files by their paths, to the dataset."""

    def commit(*operations: object, parent: str | None = None, message: str = "Change", **files: bytes) -> CommitInfo:
        added = [CommitOperationAdd(path, content) for path, content in files.items()]
        return writer.create_commit(
            dataset.dataset_id, [*operations, *added], commit_message=message, repo_type="dataset", parent_commit=parent
        )

    return commit


def test_a_commit_moves_the_branch(dataset: HubDatasetRepository, hub_api: HfApi, commit: Committer):
    parent = dataset.branches["main"]
    made = commit(CommitOperationDelete("data/es/train.csv"), parent=parent, message="Title\n\nAnd more", new=b"1")

    landed = dataset.commits[-1]
    assert made.oid == landed.sha == hub_api.dataset_info(dataset.dataset_id).sha
    assert made.commit_url.endswith(f"/datasets/{dataset.dataset_id}/commit/{landed.sha}")
    assert landed.parent
    assert landed.parent.sha == parent
    assert landed.files == {
        "README.md": b"# Second",
        "data/es/test.csv": b"pregunta\nuna\n",
        "data/two words.csv": b"pregunta\n",
        "new": b"1",
    }
    assert (landed.title, landed.message, landed.author) == ("Title\n\nAnd more", "", "ana")
    assert "new" not in landed.parent.files


def test_a_description_is_the_message_of_a_commit(dataset: HubDatasetRepository, writer: HfApi):
    writer.upload_file(
        path_or_fileobj=b"#",
        path_in_repo="README.md",
        repo_id=dataset.dataset_id,
        repo_type="dataset",
        commit_message="Card",
        commit_description="nonce 1",
    )
    newest = writer.list_repo_commits(dataset.dataset_id, repo_type="dataset")[0]
    assert (newest.title, newest.message, newest.authors) == ("Card", "nonce 1", ["ana"])


def test_a_commit_on_an_old_head_is_refused(dataset: HubDatasetRepository, commit: Committer):
    before = list(dataset.commits)
    with pytest.raises(HfHubHTTPError) as error:
        commit(parent=before[0].sha, new=b"1")
    assert error.value.response.status_code == 412
    assert dataset.commits == before

    commit(parent=dataset.branches["main"][:7], new=b"1")
    assert dataset.commits[-1].files["new"] == b"1"


def test_other_branches_are_not_moved(dataset: HubDatasetRepository, writer: HfApi):
    main = dataset.branches["main"]
    added = [CommitOperationAdd("es/x", b"1")]
    writer.create_commit(dataset.dataset_id, added, commit_message="x", repo_type="dataset", revision=CONVERTED)
    assert sorted(dataset.commits[-1].files) == ["es/test/0000.parquet", "es/x"]
    assert dataset.branches == {"main": main, CONVERTED: dataset.commits[-1].sha}
    more = [CommitOperationAdd("es/y", b"1")]
    with pytest.raises(RevisionNotFoundError):
        writer.create_commit(dataset.dataset_id, more, commit_message="x", repo_type="dataset", revision="nada")


def test_deletes_take_what_is_there_and_nothing_else(dataset: HubDatasetRepository, commit: Committer):
    commit(CommitOperationDelete("data/es/"))
    assert sorted(dataset.commits[-1].files) == ["README.md", "data/two words.csv"]
    before = list(dataset.commits)
    for path in ("data/es/", "data", "dat/", "README.md/", "nothing"):
        with pytest.raises(EntryNotFoundError):
            commit(CommitOperationDelete(path), new=b"1")
    assert dataset.commits == before


def test_what_is_there_already_is_not_sent_again(dataset: HubDatasetRepository, hub: HubServer, commit: Committer):
    hub.lfs_above = 9
    commit(same=b"regular", large=LARGE)
    before = list(dataset.commits)
    assert commit(same=b"regular", large=LARGE).oid == before[-1].sha
    assert dataset.commits == before


def test_a_commit_that_changes_nothing_is_a_commit(dataset: HubDatasetRepository, hub: HubServer, commit: Committer):
    head = dataset.at("main")
    assert head
    commit(CommitOperationAdd("x", b"1"), CommitOperationDelete("x"))
    commit(CommitOperationAdd("x", b"1"), CommitOperationDelete("x"))
    assert dataset.commits[-1].files == dataset.commits[-2].files == head.files
    assert len({one.sha for one in dataset.commits}) == len(dataset.commits) == 5
    again = hub.add_dataset(dataset.dataset_id, dataset.commits[0].files)
    assert again.commits[0].sha != dataset.commits[0].sha


def test_a_large_file_goes_to_another_origin(
    dataset: HubDatasetRepository, hub: HubServer, hub_api: HfApi, commit: Committer, tmp_path: Path
):
    hub.lfs_above = 9
    commit(large=LARGE, small=b"012345678")

    assert dataset.commits[-1].files["large"] == LARGE
    assert list(dataset.lfs_objects) == [LARGE_SHA256]
    large, small = hub_api.get_paths_info(dataset.dataset_id, ["large", "small"], repo_type="dataset")
    assert small.lfs is None
    assert (large.lfs.sha256, large.lfs.size, large.lfs.pointer_size) == (LARGE_SHA256, 10, 127)
    assert large.blob_id == "936e1b4672d9b9eae2dbee72f68e5f344411832b"  # git's name of the pointer
    about = hub_api.dataset_info(dataset.dataset_id, files_metadata=True)
    assert [file.rfilename for file in about.siblings or () if file.lfs] == ["large"]

    resolved = httpx.get(f"{hub.url}/datasets/{dataset.dataset_id}/resolve/main/large")
    assert resolved.status_code == 302
    assert resolved.headers["Location"].startswith("http://localhost:")
    assert resolved.headers["X-Linked-Etag"] == f'"{LARGE_SHA256}"'
    file = hub_api.hf_hub_download(dataset.dataset_id, "large", repo_type="dataset", cache_dir=tmp_path)
    assert Path(file).read_bytes() == LARGE
    assert [call.status for call in hub.calls_of(Kind.STORAGE)] == [200, 200]


def test_the_storage_takes_what_it_was_promised(dataset: HubDatasetRepository, hub: HubServer):
    port = httpx.URL(hub.url).port
    url = f"http://localhost:{port}/storage/{dataset.dataset_id}/{LARGE_SHA256}"
    assert httpx.put(url, content=b"other").status_code == 400
    assert httpx.put(url, content=LARGE, headers={"Authorization": "Bearer hf_w"}).status_code == 400
    assert httpx.get(url).status_code == 404
    assert httpx.put(url, content=LARGE).status_code == 200
    assert httpx.get(url, headers={"Range": "bytes=0-2"}).content == b"012"


def test_only_those_write_who_may(dataset: HubDatasetRepository, hub: HubServer):
    added = [CommitOperationAdd("new", b"1")]

    def refused(token: str | bool) -> tuple[str, int]:
        api = HfApi(hub.url, token)
        with pytest.raises(HfHubHTTPError) as error:
            api.create_commit(dataset.dataset_id, added, commit_message="x", repo_type="dataset")
        return type(error.value).__name__, error.value.response.status_code

    before = list(dataset.commits)
    assert refused("hf_unknown") == ("RepositoryNotFoundError", 401)  # this Hub gave out no tokens at all
    hub.add_token("hf_reader", user="eva", may_read={dataset.dataset_id}, may_write={"somos/otro"})
    assert refused(False) == ("RepositoryNotFoundError", 401)
    assert refused("hf_unknown") == ("HfHubHTTPError", 401)
    assert refused("hf_reader") == ("HfHubHTTPError", 403)
    url = f"{hub.url}/api/datasets/{dataset.dataset_id}/commit/main"  # itself, without the question before it
    sent = json.dumps(HEADER)
    assert httpx.post(url, content=sent).status_code == 401
    assert httpx.post(url, content=sent, headers={"Authorization": "Bearer hf_reader"}).status_code == 403
    assert dataset.commits == before


def test_a_token_says_whose_it_is(hub: HubServer, writer: HfApi):
    about = writer.whoami()
    assert (about["name"], about["auth"]["accessToken"]["role"]) == ("ana", "write")
    with pytest.raises(HfHubHTTPError):
        HfApi(hub.url, "hf_unknown").whoami()


def test_a_dataset_is_made_once(hub: HubServer, writer: HfApi):
    made = writer.create_repo("somos/nuevo", repo_type="dataset", private=True)
    assert made.repo_id == "somos/nuevo"
    assert hub.datasets["somos/nuevo"].private
    assert writer.create_repo("somos/nuevo", repo_type="dataset", exist_ok=True) == made
    with pytest.raises(HfHubHTTPError) as error:
        writer.create_repo("somos/nuevo", repo_type="dataset")
    assert error.value.response.status_code == 409
    with pytest.raises(HfHubHTTPError) as error:
        writer.create_repo("ajeno/nuevo", repo_type="dataset")
    assert error.value.response.status_code == 403
    assert len(hub.datasets["somos/nuevo"].commits) == 1


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [{"key": "file", "value": {"path": "x", "content": "", "encoding": "base64"}}],
        [{"key": "header", "value": {"summary": ""}}],
        [{"key": "header", "value": {"summary": "x", "parentCommit": "abc"}}],
        [HEADER, {"key": "copyFile", "value": {}}],
        [HEADER, {"key": "file"}],
        [HEADER, {"key": "file", "value": {"path": "x", "content": "!", "encoding": "base64"}}],
        [HEADER, {"key": "file", "value": {"path": "x", "content": "", "encoding": "utf-8"}}],
        [HEADER, {"key": "file", "value": {"path": "../x", "content": "", "encoding": "base64"}}],
        [HEADER, {"key": "file", "value": {"path": "data", "content": "", "encoding": "base64"}}],
        [HEADER, {"key": "file", "value": {"path": "README.md/x", "content": "", "encoding": "base64"}}],
        [HEADER, {"key": "lfsFile", "value": {"path": "x", "algo": "sha256", "oid": "0" * 64, "size": 1}}],
    ],
)
def test_a_malformed_commit_is_refused(dataset: HubDatasetRepository, hub: HubServer, lines: list[object]):
    hub.add_token("hf_w", user="ana", may_write={dataset.dataset_id})
    before = list(dataset.commits)
    sent = "".join(json.dumps(line) + "\n" for line in lines)
    url = f"{hub.url}/api/datasets/{dataset.dataset_id}/commit/main"
    assert httpx.post(url, content=sent, headers={"Authorization": "Bearer hf_w"}).status_code == 400
    assert dataset.commits == before
