"""What the Hub answers to those who read."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode

from fastapi.responses import JSONResponse, Response

from tests.hub_server.access import account, check_download
from tests.hub_server.calls import Asked, RefusedError, UnknownRequestError
from tests.hub_server.contents import Blob, Commit, LfsBlob, list_commit
from tests.hub_server.hub import HubServer
from tests.hub_server.lfs import redirect_to_storage
from tests.hub_server.repositories import history

_Item = TypeVar("_Item")
_RANGE_PREFIX = "bytes="


def info(hub: HubServer, asked: Asked) -> Response:
    """Describe a repository at one commit."""
    repository, commit = hub.at(asked)
    about = {
        "sha": commit.sha,
        "private": repository.private,
        "gated": "manual" if repository.gated else False,
        "disabled": False,
        "tags": [],
        "downloads": 0,
        "likes": 0,
        "siblings": [_sibling(*file, detailed="blobs" in asked.query) for file in sorted(commit.files.items())],
        **repository.about(),
    }
    return JSONResponse(about)


def refs(hub: HubServer, asked: Asked) -> Response:
    """List the branches and the refs beside them."""
    repository = hub.readable(asked)
    listed: dict[str, list[dict[str, str]]] = {"branches": [], "converts": [], "tags": []}
    for name, sha in sorted(repository.branches.items()):
        head = repository.at(sha)
        seen = hub.seen(asked, head).sha if head else sha
        kind, ref = ("converts", name) if name.startswith("refs/") else ("branches", f"refs/heads/{name}")
        listed[kind].append({"name": name.removeprefix("refs/convert/"), "ref": ref, "targetCommit": seen})
    return JSONResponse(listed)


def commits(hub: HubServer, asked: Asked) -> Response:
    """List the history of a branch, newest first, page by page."""
    _, head = hub.at(asked)
    past = history(head)
    after = asked.query.get("cursor")
    if after and not any(commit.sha == after for commit in past):  # which leaves only what is older
        raise RefusedError(400, f"{after} is not of this history")
    return _page(hub, asked, past, lambda commit: commit.sha, _commit_entry)


def tree(hub: HubServer, asked: Asked) -> Response:
    """List a folder, page by page.

    A page begins after the last path of the one before, at whatever the revision stands for by then: the pages of a
    branch that moves are not of one commit.
    """
    _, commit = hub.at(asked)
    inside = list_commit(commit).inside(asked.inner_path, recursive=asked.query.get("recursive") == "true")
    if inside is None:
        raise _no_entry(commit, asked.inner_path)
    after = asked.query.get("cursor", "")
    return _page(hub, asked, (entry for entry in inside if entry["path"] > after), lambda entry: entry["path"], dict)


def paths_info(hub: HubServer, asked: Asked) -> Response:
    """Describe some paths, and leave out those that are not there."""
    form = parse_qs(asked.body.decode("ascii"))
    if not {"paths"} <= set(form) <= {"paths", "expand"} or form.get("expand", ["false"]) != ["false"]:
        raise UnknownRequestError(asks=f"with {sorted(form)}")
    _, commit = hub.at(asked)
    entries = list_commit(commit).entries
    return JSONResponse([entries[path] for path in form["paths"] if path in entries])


def resolve(hub: HubServer, asked: Asked) -> Response:
    """Answer with a file, or with where it is."""
    repository, commit = hub.at(asked)
    check_download(repository, account(hub.tokens, asked), asked.repository)
    blob = commit.files.get(asked.inner_path)
    if blob is None:
        raise _no_entry(commit, asked.inner_path)
    headers = {"X-Repo-Commit": commit.sha, "Accept-Ranges": "bytes", "ETag": f'"{blob.oid}"'}
    if isinstance(blob, LfsBlob):
        return redirect_to_storage(hub, asked.repository, blob, headers)
    return file_response(asked, blob, headers)


def file_response(asked: Asked, content: bytes, headers: dict[str, str]) -> Response:
    """Answer with a content, or with the part of it that is asked for."""
    wanted = asked.headers.get("range")
    if wanted is None:
        return Response(content, headers=headers, media_type="application/octet-stream")
    first, _, last = wanted.removeprefix(_RANGE_PREFIX).partition("-")
    if not (wanted.startswith(_RANGE_PREFIX) and first.isdigit() and last.isdigit() | (last == "")):
        raise UnknownRequestError(asks=f"with the range {wanted}")
    if int(first) >= len(content):
        raise RefusedError(416, "Range Not Satisfiable", headers={"Content-Range": f"bytes */{len(content)}"})
    start, end = int(first), min(int(last) if last else len(content) - 1, len(content) - 1)
    about = {**headers, "Content-Range": f"bytes {start}-{end}/{len(content)}"}
    return Response(content[start : end + 1], status_code=206, headers=about, media_type="application/octet-stream")


def _page(
    hub: HubServer,
    asked: Asked,
    items: Iterable[_Item],
    cursor: Callable[[_Item], str],
    describe: Callable[[_Item], dict[str, Any]],
) -> Response:
    """Answer with the first of these items, and with where the next ones are if there are any."""
    size = min(int(asked.query.get("limit", hub.page_size)), hub.page_size)
    page = list(islice(items, size + 1))
    shown, more = page[:size], page[size:]
    headers = {}
    if more:
        parameters = urlencode({**asked.query, "cursor": cursor(shown[-1])})
        headers["Link"] = f'<{hub.url}{asked.path}?{parameters}>; rel="next"'
    return JSONResponse([describe(item) for item in shown], headers=headers)


def _sibling(path: str, blob: Blob, *, detailed: bool) -> dict[str, Any]:
    if not detailed:
        return {"rfilename": path}
    about = {"rfilename": path, "size": len(blob), "blobId": blob.oid}
    if isinstance(blob, LfsBlob):
        about["lfs"] = {"sha256": blob.sha256, "size": len(blob), "pointerSize": len(blob.pointer)}
    return about


def _commit_entry(commit: Commit) -> dict[str, Any]:
    date = datetime.fromtimestamp(commit.date, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    authors = [{"user": commit.author}]
    return {"id": commit.sha, "title": commit.title, "message": commit.message, "date": date, "authors": authors}


def _no_entry(commit: Commit, path: str) -> RefusedError:
    headers = {"X-Repo-Commit": commit.sha}
    return RefusedError(404, f"{path} does not exist", code="EntryNotFound", headers=headers)
