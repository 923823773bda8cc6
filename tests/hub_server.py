"""A Hub on loopback for tests: public models with commits, spoken to by the unmodified huggingface_hub client.

Only what the project asks of a Hub is here, and nothing is lenient: a request for a route that this server does not
know is answered with 501 and remembered, so that a test can fail on it.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

_RANGE_PREFIX = "bytes="


@dataclass
class HubModel:
    """One repository: the files of its only commit, and what its card and configuration say."""

    model_id: str
    files: dict[str, bytes]
    gated: bool = False
    card: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def sha(self) -> str:
        """The commit: a hash over all files, 40 hexadecimal digits like git's."""
        digest = hashlib.sha1(usedforsecurity=False)
        for path, content in sorted(self.files.items()):
            digest.update(path.encode() + content)
        return digest.hexdigest()


@dataclass
class HubServer:
    """The server's state, which tests fill and read."""

    url: str = ""
    models: dict[str, HubModel] = field(default_factory=dict)
    unknown_requests: list[str] = field(default_factory=list)
    authorised_requests: list[str] = field(default_factory=list)
    """Requests that carried a token, which nothing in this project should send for a public model."""

    def add_folder(self, model_id: str, folder: Path, **about: Any) -> HubModel:
        """Publish the files of a folder as a model."""
        files = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}
        model = HubModel(model_id, files, **about)
        self.models[model_id] = model
        return model


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
    async def remember_tokens(request: Request, answer: Any) -> Any:
        if "authorization" in request.headers:
            hub.authorised_requests.append(request.url.path)
        return await answer(request)

    @app.get("/api/models/{organisation}/{name}")
    def model_info(organisation: str, name: str) -> Response:
        return _model_info(hub, f"{organisation}/{name}", "main")

    @app.get("/api/models/{organisation}/{name}/revision/{revision:path}")
    def model_info_at(organisation: str, name: str, revision: str) -> Response:
        return _model_info(hub, f"{organisation}/{name}", revision)

    @app.get("/api/models/{organisation}/{name}/tree/{revision}")
    def tree(organisation: str, name: str, revision: str) -> Response:
        model = hub.models.get(f"{organisation}/{name}")
        if model is None:
            return _error(404, "RepoNotFound", "Repository not found")
        if revision not in {"main", model.sha}:
            return _error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        entries = [
            {"type": "file", "path": path, "size": len(model.files[path]), "oid": _etag(model.files[path])}
            for path in sorted(model.files)
        ]
        return JSONResponse(entries)

    @app.api_route("/{organisation}/{name}/resolve/{revision}/{path:path}", methods=["GET", "HEAD"])
    def resolve(request: Request, organisation: str, name: str, revision: str, path: str) -> Response:
        return _file(hub, f"{organisation}/{name}", revision, path, request)

    @app.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "PUT", "DELETE"])
    def unknown(request: Request, path: str) -> Response:
        hub.unknown_requests.append(f"{request.method} /{path}")
        return _error(501, "Unknown", f"this Hub does not know {request.method} /{path}")

    return app


def _model_info(hub: HubServer, model_id: str, revision: str) -> Response:
    model = hub.models.get(model_id)
    if model is None:
        # The real Hub answers 401 to whoever is not signed in, for the repository may be private.
        return _error(401, "RepoNotFound", "Repository not found")
    if revision not in {"main", model.sha}:
        return _error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
    return JSONResponse(
        {
            "id": model.model_id,
            "sha": model.sha,
            "private": False,
            "gated": "manual" if model.gated else False,
            "disabled": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            "cardData": model.card,
            "config": model.config,
            "siblings": [
                {"rfilename": path, "size": len(content), "blobId": _etag(content)}
                for path, content in sorted(model.files.items())
            ],
        }
    )


def _file(hub: HubServer, model_id: str, revision: str, path: str, request: Request) -> Response:
    model = hub.models.get(model_id)
    if model is None:
        return _error(401, "RepoNotFound", "Repository not found")
    if model.gated:
        return _error(403, "GatedRepo", "Access to this model is restricted")
    if revision not in {"main", model.sha}:
        return _error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
    content = model.files.get(path)
    headers = {"X-Repo-Commit": model.sha, "Accept-Ranges": "bytes"}
    if content is None:
        return _error(404, "EntryNotFound", "Entry not found", headers)
    headers["ETag"] = f'"{_etag(content)}"'
    wanted = request.headers.get("range", "")
    if not wanted.startswith(_RANGE_PREFIX):
        return Response(content, headers=headers, media_type="application/octet-stream")
    first, _, last = wanted.removeprefix(_RANGE_PREFIX).partition("-")
    start, end = int(first), min(int(last) if last else len(content) - 1, len(content) - 1)
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return Response(content[start : end + 1], status_code=206, headers=headers, media_type="application/octet-stream")


def _etag(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    about = {"X-Error-Code": code, "X-Error-Message": message, **(headers or {})}
    return JSONResponse({"error": message}, status_code=status, headers=about)
