"""A Hub on loopback for tests: public models and datasets, spoken to by unmodified huggingface_hub and datasets.

Only what the project asks of a Hub is here, and nothing is lenient: a request for a route, or with a parameter, that
this server does not know is answered with 501 and remembered, so that a test can fail on it. Every file is served by
the Hub itself, as small ones are: there is neither LFS nor Xet.
"""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

Files = dict[str, bytes]

_RANGE_PREFIX = "bytes="

_PARAMETERS = {("blobs", "true"), ("recursive", "true"), ("recursive", "false"), ("expand", "false")}
"""What may follow the question mark; what a file's last commit was (`expand=true`) nobody asks here."""


@dataclass(frozen=True)
class Commit:
    """The files of a repository at one moment."""

    sha: str
    files: Files


class _Repository(Protocol):
    """What models and datasets have in common."""

    gated: bool

    def at(self, revision: str) -> Commit | None:
        """Return what a branch or a commit's own name stands for, or None."""

    def about(self) -> dict[str, Any]:
        """Return what the Hub says of this kind of repository alone."""


@dataclass
class HubModel:
    """One model: the files of its only commit, and what its card and configuration say."""

    model_id: str
    files: Files
    gated: bool = False
    card: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def sha(self) -> str:
        """The commit: a hash over all files."""
        return _hash(*(path.encode() + content for path, content in sorted(self.files.items())))

    def at(self, revision: str) -> Commit | None:
        """Return the only commit, asked for by its branch or by its name."""
        return Commit(self.sha, self.files) if revision in {"main", self.sha} else None

    def about(self) -> dict[str, Any]:
        """Return what the Hub says of models alone."""
        return {"id": self.model_id, "cardData": self.card, "config": self.config}


@dataclass
class HubDatasetRepository:
    """One dataset: every commit that was made, and the one each branch is at."""

    dataset_id: str
    gated: bool = False
    commits: list[Commit] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    """Branch, or another name such as refs/convert/parquet, to its newest commit."""

    def commit(self, files: Mapping[str, bytes | str], branch: str = "main") -> str:
        """Move a branch on to a new commit that holds these files and no others; return the commit's name."""
        sha = _hash(f"{self.dataset_id} {branch} {len(self.commits)}".encode())
        content = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
        self.commits.append(Commit(sha, content))
        self.branches[branch] = sha
        return sha

    def at(self, revision: str) -> Commit | None:
        """Return the newest commit of a branch, or the one of that name."""
        sha = self.branches.get(revision, revision)
        return next((commit for commit in self.commits if commit.sha == sha), None)

    def about(self) -> dict[str, Any]:
        """Return what the Hub says of datasets alone."""
        return {"id": self.dataset_id}


@dataclass
class HubServer:
    """The server's state, which tests fill and read."""

    url: str = ""
    models: dict[str, HubModel] = field(default_factory=dict)
    datasets: dict[str, HubDatasetRepository] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    """Method and raw path of every request, in order."""
    unknown_requests: list[str] = field(default_factory=list)
    authorised_requests: list[str] = field(default_factory=list)
    """Requests that carried a token, which nothing in this project should send for what is public."""

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
        dataset = HubDatasetRepository(dataset_id, **about)
        dataset.commit(files, branch)
        self.datasets[dataset_id] = dataset
        return dataset


@contextmanager
def running_hub() -> Iterator[HubServer]:
    """Serve a Hub on a free port of the loopback interface until the block ends."""
    hub = HubServer()
    server = uvicorn.Server(uvicorn.Config(_application(hub), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    hub.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield hub
    finally:
        server.should_exit = True
        thread.join()


def _application(hub: HubServer) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.middleware("http")
    async def remember(request: Request, answer: Any) -> Any:
        # The raw path: in refs%2Fconvert%2Fparquet/es/test.parquet only the encoding says where the revision ends.
        path = request.scope["path"] = request.scope["raw_path"].decode("ascii")
        hub.requests.append(f"{request.method} {path}")
        if "authorization" in request.headers:
            hub.authorised_requests.append(path)
        if not set(request.query_params.multi_items()) <= _PARAMETERS:
            return unknown(request)
        return await answer(request)

    @app.exception_handler(_RefusedError)
    async def refuse(_request: Request, refused: _RefusedError) -> Response:
        return _error(refused.status, refused.code, refused.message, refused.headers)

    def unknown(request: Request) -> Response:
        parameters = f"?{request.url.query}" if request.url.query else ""
        asked = f"{request.method} {request.scope['path']}{parameters}"
        hub.unknown_requests.append(asked)
        return _error(501, "Unknown", f"this Hub does not know {asked}")

    _add_repositories(app, hub.models, api="/api/models", files="")
    _add_repositories(app, hub.datasets, api="/api/datasets", files="/datasets")
    app.add_route("/{path:path}", unknown, methods=["GET", "HEAD", "POST", "PUT", "DELETE"])
    return app


def _add_repositories(app: FastAPI, repositories: Mapping[str, _Repository], *, api: str, files: str) -> None:
    """Add the routes of one kind of repository: `api` is where it is asked about, `files` where its files are."""
    api += "/{organisation}/{name}"
    files += "/{organisation}/{name}"

    def found(organisation: str, name: str, revision: str) -> tuple[_Repository, Commit]:
        repository = repositories.get(f"{organisation}/{name}")
        if repository is None:
            # The real Hub answers 401 to whoever is not signed in, for the repository may be private.
            raise _RefusedError(401, "RepoNotFound", "Repository not found")
        commit = repository.at(unquote(revision))
        if commit is None:
            raise _RefusedError(404, "RevisionNotFound", f"Invalid rev id: {unquote(revision)}")
        return repository, commit

    @app.get(api)
    @app.get(api + "/revision/{revision}")
    def info(organisation: str, name: str, revision: str = "main") -> Response:
        repository, commit = found(organisation, name, revision)
        return JSONResponse(_info(repository, commit))

    @app.get(api + "/tree/{revision}")
    @app.get(api + "/tree/{revision}/{path:path}")
    def tree(organisation: str, name: str, revision: str, path: str = "", *, recursive: bool = False) -> Response:
        _, commit = found(organisation, name, revision)
        folder = PurePosixPath(unquote(path))
        inside = [entry for place, entry in _entries(commit.files).items() if folder in PurePosixPath(place).parents]
        if not inside and path:
            raise _RefusedError(404, "EntryNotFound", f"{unquote(path)} does not exist", commit)
        return JSONResponse([entry for entry in inside if recursive or PurePosixPath(entry["path"]).parent == folder])

    @app.post(api + "/paths-info/{revision}")
    async def paths_info(request: Request, organisation: str, name: str, revision: str) -> Response:
        _, commit = found(organisation, name, revision)
        asked = parse_qs((await request.body()).decode("ascii"))
        entries = _entries(commit.files)
        return JSONResponse([entries[path] for path in asked["paths"] if path in entries])

    @app.api_route(files + "/resolve/{revision}/{path:path}", methods=["GET", "HEAD"])
    def resolve(request: Request, organisation: str, name: str, revision: str, path: str) -> Response:
        repository, commit = found(organisation, name, revision)
        if repository.gated:
            raise _RefusedError(403, "GatedRepo", "Access to this repository is restricted")
        return _file(commit, unquote(path), request)


class _RefusedError(Exception):
    """What was asked for cannot be had."""

    def __init__(self, status: int, code: str, message: str, commit: Commit | None = None) -> None:
        self.status, self.code, self.message = status, code, message
        self.headers = {"X-Repo-Commit": commit.sha} if commit else {}


def _info(repository: _Repository, commit: Commit) -> dict[str, Any]:
    return {
        "sha": commit.sha,
        "private": False,
        "gated": "manual" if repository.gated else False,
        "disabled": False,
        "tags": [],
        "downloads": 0,
        "likes": 0,
        "siblings": [
            {"rfilename": path, "size": len(content), "blobId": _hash(content)}
            for path, content in sorted(commit.files.items())
        ],
        **repository.about(),
    }


def _entries(files: Files) -> dict[str, dict[str, Any]]:
    """Return what the Hub says of every file and every folder, by path."""
    folders = {str(parent) for path in files for parent in PurePosixPath(path).parents} - {"."}
    entries = {
        **{path: {"type": "directory", "path": path, "size": 0, "oid": _hash(path.encode())} for path in folders},
        **{path: {"type": "file", "path": path, "size": len(files[path]), "oid": _hash(files[path])} for path in files},
    }
    return dict(sorted(entries.items()))


def _file(commit: Commit, path: str, request: Request) -> Response:
    content = commit.files.get(path)
    if content is None:
        raise _RefusedError(404, "EntryNotFound", "Entry not found", commit)
    headers = {"X-Repo-Commit": commit.sha, "Accept-Ranges": "bytes", "ETag": f'"{_hash(content)}"'}
    wanted = request.headers.get("range", "")
    if not wanted.startswith(_RANGE_PREFIX):
        return Response(content, headers=headers, media_type="application/octet-stream")
    first, _, last = wanted.removeprefix(_RANGE_PREFIX).partition("-")
    start, end = int(first), min(int(last) if last else len(content) - 1, len(content) - 1)
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return Response(content[start : end + 1], status_code=206, headers=headers, media_type="application/octet-stream")


def _hash(*parts: bytes) -> str:
    """Return 40 hexadecimal digits, like git's."""
    return hashlib.sha1(b"".join(parts), usedforsecurity=False).hexdigest()


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    about = {"X-Error-Code": code, "X-Error-Message": message, **(headers or {})}
    return JSONResponse({"error": message}, status_code=status, headers=about)
