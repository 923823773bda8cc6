"""Large files: uploaded to a storage of another origin, and fetched from there.

The storage is this same server under its other name: `localhost`, where the Hub is 127.0.0.1. A client that carries
its token from one to the other is refused there, as a storage with signed addresses refuses it.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse, Response

from tests.hub_server.calls import Asked, RefusedError, UnknownRequestError, known_fields
from tests.hub_server.contents import LfsBlob
from tests.hub_server.hub import HubServer

_OPTIONAL = frozenset({"transfers", "hash_algo", "ref"})


def redirect_to_storage(hub: HubServer, repository: str, blob: LfsBlob, headers: Mapping[str, str]) -> Response:
    """Answer with where the content is, and what it is."""
    linked = {"X-Linked-Etag": f'"{blob.sha256}"', "X-Linked-Size": str(len(blob))}
    location = {"Location": _stored_at(hub, repository, blob.sha256)}
    return Response(status_code=302, headers={**headers, **linked, **location})


def batch(hub: HubServer, asked: Asked) -> Response:
    """Say where to put objects that are not there yet."""
    dataset, _ = hub.writable(asked)
    sent = asked.fields(required={"operation", "objects"}, optional=_OPTIONAL)
    if sent["operation"] != "upload" or sent.get("hash_algo", "sha256") != "sha256":
        raise UnknownRequestError(asks="with another operation than the upload of sha256")
    if "basic" not in sent.get("transfers", ["basic"]):
        raise UnknownRequestError(asks="without the basic transfer")
    objects = [known_fields(wanted, required={"oid", "size"}) for wanted in sent["objects"]]
    answer = [
        wanted if wanted["oid"] in dataset.lfs_objects else {**wanted, "actions": _actions(hub, asked, wanted["oid"])}
        for wanted in objects
    ]
    return JSONResponse({"transfer": "basic", "objects": answer})


def verify(hub: HubServer, asked: Asked) -> Response:
    """Confirm that an object arrived."""
    dataset, _ = hub.writable(asked)
    sent = asked.fields(required={"oid", "size"})
    stored = dataset.lfs_objects.get(sent["oid"])
    if stored is None or len(stored) != sent["size"]:
        raise RefusedError(404, "Object not found")
    return Response(status_code=200)


def store(hub: HubServer, asked: Asked) -> Response:
    """Take an object into the storage, if it is what its name says."""
    _check_signed(asked)
    oid = asked.places["oid"]
    if sha256(asked.body).hexdigest() != oid:
        raise RefusedError(400, f"the content is not {oid}")
    for kind in (hub.datasets, hub.spaces):  # one storage, whatever kind of repository names an object
        if asked.repository in kind:
            kind[asked.repository].lfs_objects[oid] = LfsBlob(asked.body)
    return Response(status_code=200, headers={"ETag": f'"{oid}"'})


def stored(hub: HubServer, asked: Asked) -> LfsBlob:
    """Return an object of the storage."""
    _check_signed(asked)
    repositories = (one[asked.repository] for one in (hub.datasets, hub.spaces, hub.models) if asked.repository in one)
    found = (repository.stored(asked.places["oid"]) for repository in repositories)
    blob = next((one for one in found if one is not None), None)
    if blob is None:
        raise RefusedError(404, "no such object")
    return blob


def _check_signed(asked: Asked) -> None:
    if "authorization" in asked.headers:
        raise RefusedError(400, "a signed address and a token are one too many")


def _actions(hub: HubServer, asked: Asked, oid: str) -> dict[str, Any]:
    checked_at = f"{hub.url}/{asked.places['type']}/{asked.repository}.git/info/lfs/objects/verify"
    return {"upload": {"href": _stored_at(hub, asked.repository, oid)}, "verify": {"href": checked_at}}


def _stored_at(hub: HubServer, repository: str, oid: str) -> str:
    return f"http://localhost:{urlsplit(hub.url).port}/storage/{repository}/{oid}"
