"""How datasets come to be and change: repositories, the question before an upload, and the commit itself."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

import pathspec
from fastapi.responses import JSONResponse, Response

from tests.hub_server.access import account, check_write
from tests.hub_server.calls import Asked, RefusedError, UnknownRequestError, known_fields
from tests.hub_server.contents import Blob, Files, LfsBlob
from tests.hub_server.faults import parent_refused
from tests.hub_server.hub import HubServer
from tests.hub_server.repositories import HubDatasetRepository, StaleParentError

_NEW_REPOSITORY = frozenset({"organization", "private", "visibility", "sdk"})
_FIRST_FILES = {".gitattributes": "# what is large goes to LFS by its size\n"}
_SHORTEST_SHA = 7


def whoami(hub: HubServer, asked: Asked) -> Response:
    """Say whose token came along."""
    access = account(hub.tokens, asked)
    if access is None:
        raise RefusedError(401, "Invalid username or password.")
    role = {"accessToken": {"displayName": "test", "role": "write" if access.may_write else "read"}}
    return JSONResponse({"type": "user", "name": access.user, "fullname": access.user, "orgs": [], "auth": role})


def create_repo(hub: HubServer, asked: Asked) -> Response:
    """Make a dataset or a Space with a first commit, if it is one that the token may write to."""
    sent = asked.fields(required={"name", "type"}, optional=_NEW_REPOSITORY)
    kind = sent["type"]
    if kind not in {"dataset", "space"} or ("sdk" in sent) != (kind == "space"):
        raise UnknownRequestError(asks="for another kind of repository than datasets and Spaces")
    access = account(hub.tokens, asked)
    owner = sent.get("organization") or (access.user if access else "")
    name = f"{owner}/{sent['name']}"
    access = check_write(access, name)
    url = f"{hub.url}/{kind}s/{name}"
    if name in (hub.spaces if kind == "space" else hub.datasets):
        raise RefusedError(409, f"You already created this {kind} repo", also={"url": url})
    is_private = bool(sent.get("private")) or sent.get("visibility") == "private"
    if kind == "space":
        hub.add_space(name, _FIRST_FILES, sdk=sent["sdk"], private=is_private)
    else:
        hub.add_dataset(name, _FIRST_FILES, private=is_private)
    return JSONResponse({"url": url, "name": name})


def validate_card(_hub: HubServer, asked: Asked) -> Response:
    """Find nothing wrong with a card: without this answer the client commits no README.md."""
    asked.fields(required={"content", "repoType"})
    return JSONResponse({"errors": [], "warnings": []})


def preupload(hub: HubServer, asked: Asked) -> Response:
    """Say how each file is to be sent, and what is at its path so far."""
    hub.writable(asked)
    _, head = hub.at(asked)
    sent = asked.fields(required={"files"}, optional=frozenset({"gitIgnore"}))
    ignored = pathspec.GitIgnoreSpec.from_lines(sent.get("gitIgnore", "").splitlines())
    answer = []
    for one in sent["files"]:
        file = known_fields(one, required={"path", "sample", "size"})
        mode = "lfs" if file["size"] > hub.lfs_above else "regular"
        told = {
            "path": _checked_path(file["path"]),
            "uploadMode": mode,
            "shouldIgnore": ignored.match_file(file["path"]),
        }
        there = head.files.get(file["path"])
        if there is not None:
            told["oid"] = there.sha256 if isinstance(there, LfsBlob) else there.oid
        answer.append(told)
    return JSONResponse({"files": answer})


def commit(hub: HubServer, asked: Asked) -> Response:
    """Make a commit of the lines that were sent, all of them or none.

    A commit that changes nothing is made all the same; what the real Hub does with one is not known.
    """
    dataset, access = hub.writable(asked)
    if not dataset.is_branch(asked.revision):
        raise RefusedError(404, f"Invalid rev id: {asked.revision}", code="RevisionNotFound")
    header, operations = _read(asked.body)

    def change(files: Files) -> None:
        written = [_OPERATIONS[key](dataset, files, value) for key, value in operations]
        _check_layout(files, [path for path in written if path])

    try:
        landed = dataset.land(
            change,
            asked.revision,
            title=header["summary"],
            message=header.get("description", ""),
            author=access.user,
            parent=header.get("parentCommit"),
        )
    except StaleParentError as error:
        raise parent_refused() from error
    url = f"{hub.url}/{asked.places['type']}/{asked.repository}/commit/{landed.sha}"
    return JSONResponse({"success": True, "commitOid": landed.sha, "commitUrl": url})


def squash(hub: HubServer, asked: Asked) -> Response:
    """Make one commit without a parent of all that a branch holds."""
    repository, access = hub.writable(asked)
    sent = asked.fields(required={"message"})
    if not repository.is_branch(asked.revision):
        raise RefusedError(404, f"Invalid rev id: {asked.revision}", code="RevisionNotFound")
    repository.squash(asked.revision, title=sent["message"], author=access.user)
    return JSONResponse({})


def _read(body: bytes) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """Return the header and the operations of a commit, which must all be of a known form."""
    try:
        lines = [json.loads(line) for line in body.splitlines() if line.strip()]
        pairs = [(line["key"], line["value"]) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(400, f"not lines of JSON with a key and a value: {error}") from error
    if not pairs or pairs[0][0] != "header":
        raise RefusedError(400, "the first line is not the header")
    header = known_fields(pairs[0][1], required={"summary"}, optional=frozenset({"description", "parentCommit"}))
    parent = header.get("parentCommit")
    if not header["summary"]:
        raise RefusedError(400, "a commit needs a summary")
    if parent is not None and len(parent) < _SHORTEST_SHA:
        raise RefusedError(400, f"{parent} is not the name of a commit")
    for key, _ in pairs[1:]:
        if key not in _OPERATIONS:
            raise RefusedError(400, f"unknown key {key}")
    return header, pairs[1:]


def _file(_dataset: HubDatasetRepository, files: Files, sent: dict[str, Any]) -> str:
    value = known_fields(sent, required={"path", "content", "encoding"})
    if value["encoding"] != "base64":
        raise RefusedError(400, f"unknown encoding {value['encoding']}")
    path = _checked_path(value["path"])
    try:
        files[path] = Blob(base64.b64decode(value["content"], validate=True))
    except binascii.Error as error:
        raise RefusedError(400, f"{path} is not base64: {error}") from error
    return path


def _lfs_file(dataset: HubDatasetRepository, files: Files, sent: dict[str, Any]) -> str:
    value = known_fields(sent, required={"path", "algo", "oid", "size"})
    blob = dataset.lfs_objects.get(value["oid"])
    if value["algo"] != "sha256" or blob is None or len(blob) != value["size"]:
        raise RefusedError(400, f"the LFS pointer of {value['path']} points to an object that was not uploaded")
    path = _checked_path(value["path"])
    files[path] = blob
    return path


def _delete_file(_dataset: HubDatasetRepository, files: Files, sent: dict[str, Any]) -> None:
    path = _checked_path(known_fields(sent, required={"path"})["path"])
    if path not in files:
        raise _nothing_to_delete()
    del files[path]


def _delete_folder(_dataset: HubDatasetRepository, files: Files, sent: dict[str, Any]) -> None:
    folder = _checked_path(known_fields(sent, required={"path"})["path"].removesuffix("/"))
    inside = [path for path in files if path.startswith(f"{folder}/")]
    if not inside:
        raise _nothing_to_delete()
    for path in inside:
        del files[path]


_OPERATIONS: dict[str, Callable[[HubDatasetRepository, Files, dict[str, Any]], str | None]] = {
    "file": _file,
    "lfsFile": _lfs_file,
    "deletedFile": _delete_file,
    "deletedFolder": _delete_folder,
}


def _nothing_to_delete() -> RefusedError:
    """Return the refusal whose text the client knows."""
    return RefusedError(404, "A file with this name doesn't exist", code="EntryNotFound")


def _checked_path(path: str) -> str:
    if not path or {"", ".", ".."} & set(path.split("/")):
        raise RefusedError(400, f"not a path inside a repository: {path!r}")
    return path


def _check_layout(files: Files, written: list[str]) -> None:
    """Refuse a path that would be a file and a folder at once, as no tree of git can hold it."""
    above = {path[:end] for path in written for end, character in enumerate(path) if character == "/"}
    below = tuple(f"{path}/" for path in written)
    if above & set(files) or (below and any(path.startswith(below) for path in files)):
        raise RefusedError(400, "a path is a file and a folder at once")
