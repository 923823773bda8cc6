"""What stands between the network and Gradio's routes.

Gradio 5 lets every site call a Space with the visitor's cookie, redirects after login to wherever the address says,
keeps routes that write to the disk for anybody, reads a body of any length before it asks who sends it, and answers a
mistake with its traceback. Here only what this page needs gets through, and not more than it needs; only its own pages
may change something, and nobody is sent elsewhere.
"""

import logging
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leaderboard.page.authority import is_loopback_host
from leaderboard.page.markup import element, raw_element
from leaderboard.page.visit import visit_of_headers
from leaderboard.page.visiting import VISITING
from leaderboard.settings import Settings
from leaderboard.texts import Texts

_READS = {"GET", "HEAD", "OPTIONS"}
_API = "/gradio_api/"
# What the page and its public functions need of Gradio's API. The rest takes files, runs tools, fetches from elsewhere:
# a list of what is harmful would have to be made anew for each version of Gradio.
_API_READS = re.compile(
    r"queue/(data|status)|call/[^/]+/[^/]+|heartbeat/[^/]+|custom_component/.+|info|openapi\.json|startup-events|app_id"
    r"|theme\.css|user|login_check"
)
_API_CALLS = re.compile(r"queue/join|(call|run|api)/[^/]+|reset|cancel")
# Gradio's figures of how long its functions took, and a route that prints their address.
_HIDDEN = re.compile(r"/monitoring(/.*)?")
_LOGIN = re.compile(r"/login/(huggingface|callback)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_DECODINGS = 4
LARGEST_BODY_BYTES = 64 * 2**10
"""What the form sends is a few hundred bytes; Gradio would keep and parse gigabytes of anybody's."""

_META = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
_STYLE = ":root { color-scheme: light dark; font: 1rem/1.5 system-ui } body { max-width: 60ch; margin: 2rem }"

_LOG = logging.getLogger(__name__)


class Guard:
    """The ASGI middleware around Gradio's routes: `app_kwargs={"middleware": [Middleware(Guard, …)]}`."""

    def __init__(self, app: ASGIApp, settings: Settings, texts: Texts) -> None:
        self._app = app
        self._settings = settings
        self._texts = texts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is refused; hand on all others, with targets that stay on this site."""
        if scope["type"] == "websocket":  # the page has none, and a browser lets every site open one
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        scope["query_string"] = safe_query(scope["query_string"])
        headers = Headers(scope=scope)
        VISITING.set(visit_of_headers(scope["query_string"].decode("latin-1"), headers.get("cookie", "")))
        answer = self._refusal(scope["method"], path, headers)
        if answer is None and self._settings.signs_in and path == "/login/callback":
            answer = self._end_of_login(Request(scope))
        if answer is not None:
            await answer(scope, receive, send)
            return
        await self._hand_on(path, scope, receive, send)

    def _refusal(self, method: str, path: str, headers: Headers) -> Response | None:
        if not is_needed(method, path):
            return PlainTextResponse("This page has nothing there.", status_code=404)
        if not all(map(_is_taken, headers.getlist("content-length"))):
            return _too_large()
        if method not in _READS and not may_change(self._settings, headers):
            return PlainTextResponse("Only the leaderboard's own pages may do that.", status_code=403)
        return None

    def _end_of_login(self, request: Request) -> Response | None:
        """Answer what comes back from the provider where there is nothing for Gradio to check."""
        if "error" in request.query_params:
            return RedirectResponse("/")  # somebody who would rather not sign in is back where they were
        if "session" not in request.cookies:
            # Within the Hub's frame some browsers keep no cookie; Gradio would send them round in circles for ever.
            own_tab = {"href": "/login/huggingface", "target": "_blank"}
            return self._page("sign_in.no_cookie", "sign_in.own_tab", own_tab, status_code=400)
        return None

    async def _hand_on(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Gradio answer; its mistakes go to the log and not to the visitor, and a body without end ends here."""
        exchange = _Exchange(receive, send)
        answer: Response | None = None
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception:
            if not exchange.broken_off:
                if exchange.started:
                    raise
                _LOG.exception("%s %r failed", scope["method"], path)
                answer = self._failure(path)
        if exchange.broken_off:  # an answer that has begun has no end, so that the server closes the connection
            answer = _too_large()
        if answer is not None and not exchange.started:
            await answer(scope, receive, send)

    def _failure(self, path: str) -> Response:
        if _LOGIN.fullmatch(path):  # the provider does not answer, or its answer is not to be trusted
            return self._page("sign_in.failed", "sign_in.back", {"href": "/"}, status_code=502)
        return PlainTextResponse("Error", status_code=500)

    def _page(self, text: str, link_text: str, link: Mapping[str, str], *, status_code: int) -> Response:
        """Return a page of one sentence and one link, in whatever colours the visitor's browser likes."""
        texts = VISITING.get().texts
        head = element("title", texts("site.name")) + raw_element("style", _STYLE)
        body = element("p", texts(text)) + raw_element("p", element("a", texts(link_text), link))
        content = raw_element("head", _META + head) + raw_element("body", body)
        page = raw_element("html", content, {"lang": texts.language})
        return HTMLResponse(f"<!doctype html>{page}", status_code=status_code)


class _Exchange:
    """One request and its answer on their way: what was received is counted, and whether an answer began is known."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._received = 0
        self.started = False

    @property
    def broken_off(self) -> bool:
        """Whether more came than is taken: to the application the sender has gone away, whatever it may send."""
        return self._received > LARGEST_BODY_BYTES

    async def receive(self) -> Message:
        """Hand on a part of the body while it is within the limit."""
        if not self.broken_off:
            message = await self._receive()
            self._received += len(message.get("body", b""))
            if not self.broken_off:
                return message
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Hand on a part of the answer; what an application says of a body that was broken off is not heard."""
        if self.broken_off:
            return
        self.started = self.started or message["type"] == "http.response.start"
        await self._send(message)


def is_needed(method: str, path: str) -> bool:
    """Tell whether the page needs this route of Gradio's. What is no part of its API is only ever read."""
    if path.startswith(_API):
        needed = _API_READS if method in _READS else _API_CALLS
        return needed.fullmatch(path.removeprefix(_API).rstrip("/")) is not None
    return method in _READS and not _HIDDEN.fullmatch(path)


def may_change(settings: Settings, headers: Headers) -> bool:
    """Tell whether a request that changes something may come in: from a page of this site, or from no page at all.

    A browser says where a request comes from; a program says nothing, and has no cookie of somebody's to misuse. On
    loopback the Host is checked too, for a foreign name may have been made to point here.
    """
    host = headers.get("host", "")
    if settings.bound_to_loopback and not is_loopback_host(host):
        return False
    if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return False
    own = {host, *settings.space_hosts}
    return all(any(_is_of(origin, one) for one in own) for origin in headers.getlist("origin"))


def safe_query(query: bytes) -> bytes:
    """Return a query with every `_target_url` on this site and `_nb_redirects` a digit; else as it was."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)  # as Starlette reads it
    safe = [(name, _safe_value(name, value)) for name, value in pairs]
    return query if safe == pairs else urlencode(safe).encode("ascii")


def stays_here(target: str) -> bool:
    """Tell whether a redirect to `target` stays on this site, however often somebody decodes it on the way.

    What begins with one slash is a path and nothing else, once no sign is in it that browsers read as a second slash
    or drop: backslashes and control characters (WHATWG URL standard).
    """
    for _ in range(_DECODINGS):
        if _CONTROL.search(target) or not target.startswith("/") or target.startswith("//"):
            return False
        decoded = unquote(target)
        if decoded == target:
            return True
        target = decoded
    return False


def _is_taken(length: str) -> bool:
    """Tell whether a body that is announced to be so long is taken."""
    return re.fullmatch("[0-9]{1,9}", length) is not None and int(length) <= LARGEST_BODY_BYTES


def _too_large() -> Response:
    """Return the refusal of a body; the rest of it is not waited for."""
    return PlainTextResponse("That is more than this page takes.", status_code=413, headers={"connection": "close"})


def _safe_value(name: str, value: str) -> str:
    if name == "_target_url":
        return value if stays_here(value) else "/"
    if name == "_nb_redirects":
        return value if re.fullmatch("[0-9]", value) else "0"
    return value


def _is_of(origin: str, host: str) -> bool:
    """Tell whether an Origin header names this host. `null`, which hides where a request comes from, names none."""
    theirs, ours = _split(origin), _split(f"//{host}")
    if theirs is None or ours is None or not theirs.hostname or theirs.scheme not in _DEFAULT_PORTS:
        return False
    default = _DEFAULT_PORTS[theirs.scheme]
    return (theirs.hostname, theirs.port or default) == (ours.hostname, ours.port or default)


def _split(address: str) -> SplitResult | None:
    """Return the parts of an address, or None where it is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts
