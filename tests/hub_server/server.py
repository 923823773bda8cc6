"""Everything that the Hub knows to answer, and how it is served: one table of routes, and a strict way through it."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from fastapi.responses import Response, StreamingResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.hub_server import job_calls, lfs, reading, space_calls, writing
from tests.hub_server.calls import Asked, Call, Kind, RefusedError, UnknownRequestError
from tests.hub_server.faults import AFTER_THE_WORK, Fault, Play, refusal
from tests.hub_server.hub import HubServer

_ID = "(?P<id>[^/]+/[^/]+)"
_EITHER = f"/api/(?P<type>models|datasets|spaces)/{_ID}"
_WRITABLE = f"/api/(?P<type>datasets|spaces)/{_ID}"
_SPACE = f"/api/(?P<type>spaces)/{_ID}"
_REVISION = "(?P<revision>[^/]+)"
_GIT = rf"/(?P<type>datasets|spaces)/{_ID}\.git/info/lfs/objects"
_STORED = f"/storage/{_ID}/(?P<oid>[0-9a-f]{{64}})"
_PAGES = {"limit": "[1-9][0-9]*", "cursor": ".+"}
_TREE = {"recursive": "true|false", "expand": "false", **_PAGES}

Handler = Callable[[HubServer, Asked], Response]


@dataclass(frozen=True)
class _Route:
    """One thing that can be asked, with the parameters that may follow the question mark."""

    kind: Kind
    methods: str
    pattern: str
    handler: Handler
    parameters: Mapping[str, str] = field(default_factory=dict)

    def places(self, method: str, path: str) -> dict[str, str] | None:
        """Return the parts of a path that is of this route, or None."""
        found = re.fullmatch(self.pattern, path) if method in self.methods.split() else None
        if found is None:
            return None
        return {"type": "models", **{name: value for name, value in found.groupdict().items() if value is not None}}

    def takes(self, query: list[tuple[str, str]]) -> bool:
        """Tell whether all parameters are known, and each is there only once."""
        names = [name for name, _ in query]
        known = all(name in self.parameters and re.fullmatch(self.parameters[name], value) for name, value in query)
        return known and len(names) == len(set(names))


def _stored(hub: HubServer, asked: Asked) -> Response:
    blob = lfs.stored(hub, asked)
    return reading.file_response(asked, blob, {"Accept-Ranges": "bytes", "ETag": f'"{blob.sha256}"'})


_HUB_ROUTES = (
    _Route(Kind.INFO, "GET", f"{_EITHER}(?:/revision/{_REVISION})?", reading.info, {"blobs": "true"}),
    _Route(Kind.TREE, "GET", f"{_EITHER}/tree/{_REVISION}(?:/(?P<path>.*))?", reading.tree, _TREE),
    _Route(Kind.PATHS_INFO, "POST", f"{_EITHER}/paths-info/{_REVISION}", reading.paths_info),
    _Route(
        Kind.RESOLVE,
        "GET HEAD",
        f"(?:/(?P<type>datasets|spaces))?/{_ID}/resolve/{_REVISION}/(?P<path>.+)",
        reading.resolve,
    ),
    _Route(Kind.REFS, "GET", f"{_EITHER}/refs", reading.refs),
    _Route(Kind.COMMITS, "GET", f"{_EITHER}/commits/{_REVISION}", reading.commits, _PAGES),
    _Route(Kind.PREUPLOAD, "POST", f"{_WRITABLE}/preupload/{_REVISION}", writing.preupload),
    _Route(Kind.COMMIT, "POST", f"{_WRITABLE}/commit/{_REVISION}", writing.commit),
    _Route(Kind.SQUASH, "POST", f"{_WRITABLE}/super-squash/{_REVISION}", writing.squash),
    _Route(Kind.LFS, "POST", f"{_GIT}/batch", lfs.batch),
    _Route(Kind.LFS, "POST", f"{_GIT}/verify", lfs.verify),
    _Route(Kind.SPACE, "GET POST", f"{_SPACE}/variables", space_calls.variables),
    _Route(Kind.SPACE, "GET POST", f"{_SPACE}/secrets", space_calls.secrets),
    _Route(Kind.WHOAMI, "GET", "/api/whoami-v2", writing.whoami),
    _Route(Kind.CREATE_REPO, "POST", "/api/repos/create", writing.create_repo),
    _Route(Kind.VALIDATE_CARD, "POST", "/api/validate-yaml", writing.validate_card),
)
_JOBS_OF = "/api/jobs/(?P<namespace>[^/]+)"
_JOB = f"{_JOBS_OF}/(?P<job>[0-9a-f]+)"
_SCHEDULED = "/api/scheduled-jobs/(?P<namespace>[^/]+)"
_JOB_ROUTES = (
    _Route(Kind.JOBS, "GET", "/api/jobs/hardware", job_calls.hardware),
    _Route(Kind.JOBS, "GET POST", _SCHEDULED, job_calls.scheduled, {"label": "[^=]+=.+"}),
    _Route(Kind.JOBS, "DELETE", f"{_SCHEDULED}/(?P<job>[0-9a-f]+)", job_calls.delete_scheduled),
    _Route(Kind.JOBS, "POST", _JOBS_OF, job_calls.create),
    _Route(Kind.JOBS, "GET", _JOBS_OF, job_calls.listing, {"label": "[^=]+=.+", "stage": "[A-Z]+"}),
    _Route(Kind.JOBS, "GET", _JOB, job_calls.info),
    _Route(Kind.JOBS, "POST", f"{_JOB}/cancel", job_calls.cancel),
    _Route(Kind.JOBS, "GET", f"{_JOB}/logs", job_calls.logs, {"tail": "[1-9][0-9]*"}),
)
_STORAGE_ROUTES = (
    _Route(Kind.STORAGE, "PUT", _STORED, lfs.store),
    _Route(Kind.STORAGE, "GET HEAD", _STORED, _stored),
)


@contextmanager
def running_hub(port: int = 0) -> Iterator[HubServer]:
    """Serve a Hub on a free port of the loopback interface until the block ends."""
    hub = HubServer()
    application = _Application(hub)
    config = uvicorn.Config(
        application, host="127.0.0.1", port=port, http=application.protocol(), lifespan="off", log_level="warning"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    hub.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield hub
    finally:
        hub.jobs.close()
        application.close()
        server.should_exit = True  # it ends within the fifth of a second, for which no test need wait


class _Application:
    """Answers requests: by the table, or by what a fault makes of them."""

    def __init__(self, hub: HubServer) -> None:
        self.hub = hub
        self._closing = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: dict[Any, asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """Return the server's protocol, which here remembers its connections so that one can be cut."""
        connections = self._connections

        class RememberingProtocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                connections[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                connections.pop(self.client, None)
                super().connection_lost(exc)

        return RememberingProtocol

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = await _read_body(receive)
        if body is None:
            return
        # The raw path: in refs%2Fconvert%2Fparquet/es/test.parquet only the encoding says where the revision ends.
        method, path, query = scope["method"], scope["raw_path"].decode("ascii"), scope["query_string"].decode("ascii")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.hub.requests.append(f"{method} {path}")
        if "authorization" in headers:
            self.hub.authorised_requests.append(path)
        route, places = _find(method, path, headers.get("host", ""))
        call = Call(self.hub.now(), method, path, route.kind if route else Kind.UNKNOWN, places.get("id"))
        call.user, call.range = self._user(headers), headers.get("range", "")
        self.hub.calls.append(call)
        written = f"{method} {path}" + (f"?{query}" if query else "")
        parameters = parse_qsl(query, keep_blank_values=True)
        if route is None or not route.takes(parameters):
            answer: Response | None = self._unknown(written)
        else:
            asked = Asked(method, path, route.kind, places, dict(parameters), headers, body)
            answer = await self._answer(route, asked, call, written)
        if answer is None:
            if connection := self._connections.get(scope["client"]):
                connection.abort()
            await receive()  # returns when the connection is gone
            return
        call.status = answer.status_code
        call.sent = None if isinstance(answer, StreamingResponse) else len(answer.body)
        await answer(scope, receive, send)

    async def _answer(self, route: _Route, asked: Asked, call: Call, written: str) -> Response | None:
        """Return the answer, or None where the connection is to be cut."""
        faults, hub = self.hub.faults, self.hub
        try:
            left = hub.quota.spend(call.kind, call.user, call.time) if hub.quota else {}
        except RefusedError as refused:
            return refused.answer()
        if delay := faults.take({Fault.SLOW_WORK}, call.kind, call.repository):
            await self._wait(delay.seconds)
        play = faults.take_outcome(call.kind, call.repository)
        if play and play.fault not in AFTER_THE_WORK:
            return await self._refuse(play)
        if "range" in asked.headers and faults.take({Fault.RANGE_IGNORED}, call.kind, call.repository):
            asked = replace(asked, headers={name: asked.headers[name] for name in asked.headers if name != "range"})
        answer = self._work(route, asked, written)
        answer.headers.update(left)
        succeeded = answer.status_code < HTTPStatus.BAD_REQUEST
        call.landed = succeeded and call.kind is Kind.COMMIT
        if delay := faults.take({Fault.SLOW_ANSWER}, call.kind, call.repository):
            await self._wait(delay.seconds)
        if succeeded and (endless := faults.take({Fault.ENDLESS}, call.kind, call.repository)):
            return StreamingResponse(self._drops(endless.seconds))
        if play and succeeded:
            return await self._refuse(play)
        if play:
            faults.give_back(play)
        return answer

    def _work(self, route: _Route, asked: Asked, written: str) -> Response:
        """Do what is asked, and refuse what is not understood as what is not known."""
        try:
            return route.handler(self.hub, asked)
        except RefusedError as refused:
            return refused.answer()
        except UnknownRequestError as unknown:
            return self._unknown(f"{written} {unknown}")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return self._unknown(f"{written}: {error!r}")

    async def _refuse(self, play: Play) -> Response | None:
        if play.fault is Fault.NO_ANSWER:
            await self._wait(play.seconds)
        refused = refusal(play)
        return refused.answer() if refused else None

    async def _wait(self, seconds: float) -> None:
        """Let time pass, but no more once the server is to end."""
        self._loop = asyncio.get_running_loop()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    async def _drops(self, seconds: float) -> AsyncIterator[bytes]:
        """Yield a byte every so many seconds, until the client has had enough or the server is to end."""
        while not self._closing.is_set():
            yield b" "
            await self._wait(seconds)

    def close(self) -> None:
        """Wait for nothing any more; called from another thread."""
        if self._loop:
            self._loop.call_soon_threadsafe(self._closing.set)

    def _user(self, headers: Mapping[str, str]) -> str:
        access = self.hub.tokens.get(headers.get("authorization", "").removeprefix("Bearer "))
        return access.user if access else ""

    def _unknown(self, written: str) -> Response:
        self.hub.unknown_requests.append(written)
        return RefusedError(501, f"this Hub does not know {written}", code="Unknown").answer()


def _find(method: str, path: str, host: str) -> tuple[_Route | None, dict[str, str]]:
    """Return the route of a request with the parts of its path; the storage has a name of its own."""
    for route in _STORAGE_ROUTES if host.startswith("localhost") else (*_HUB_ROUTES, *_JOB_ROUTES):
        places = route.places(method, path)
        if places is not None:
            return route, places
    return None, {}


async def _read_body(receive: Any) -> bytes | None:
    """Return all that was sent, or None if the client left before."""
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
