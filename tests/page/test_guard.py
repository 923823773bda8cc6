"""What the guard lets through to Gradio, refuses, and changes on the way."""

import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import quote, urlencode

import gradio as gr
import pytest
import uvicorn
from gradio.routes import App
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from leaderboard.page.guard import LARGEST_BODY_BYTES, Guard, is_needed, may_change, safe_query, stays_here
from leaderboard.settings import Settings
from leaderboard.texts import load_texts

LOCAL = Settings()
READ_ONLY = Settings(server_name="0.0.0.0")  # noqa: S104 - a value to judge, nothing is bound
SPACE = Settings(
    on_space=True, queue="hf://datasets/somos/requests", space_hosts=("somos-ranking.hf.space", "600m.example")
)
SECRET = "what a traceback would show"

ELSEWHERE = [
    "https://evil.example",
    "HTTPS://evil.example/",
    "http:evil.example",
    "https:/evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/a\\b",
    "/%2fevil.example",
    "/%5cevil.example",
    "/%252fevil.example",
    "/%25252525252fevil.example",
    "/%2525252541",  # nowhere, but nobody who means well encodes so often
    "%2f%2fevil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/%09/evil.example",
    "/%0d%0aSet-Cookie:%20a=b",
    "\x00/evil.example",
    "/\x85/evil.example",
    " /evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example/x",
    "@evil.example",
    "?x",
    "",
    "//evil.example[",
]
HERE = [
    "/",
    "/?lang=es",
    "/?q=hola mundo&x=1",
    "/?q=hola%20mundo",
    "/?q=ñandú",
    "/#a",
    "/a/b?c=https%3A%2F%2Fa.example",
    "/?next=//x",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_target_elsewhere_becomes_the_page_itself(target: str):
    assert not stays_here(target)
    assert safe_query(urlencode({"_target_url": target}).encode()) == b"_target_url=%2F"


@pytest.mark.parametrize("target", HERE)
def test_a_target_on_this_site_stays(target: str):
    query = f"code=a%2Bb&_target_url={quote(target, safe='')}&state=x".encode()
    assert stays_here(target)
    assert safe_query(query) == query


@pytest.mark.parametrize(
    ("query", "safe"),
    [
        ("_nb_redirects=3", "_nb_redirects=3"),
        ("_nb_redirects=-1", "_nb_redirects=0"),
        ("_nb_redirects=99999999999", "_nb_redirects=0"),
        ("_nb_redirects=x", "_nb_redirects=0"),
        ("_nb_redirects=%D9%A3", "_nb_redirects=0"),
        ("_target_url=/&_target_url=//evil.example", "_target_url=%2F&_target_url=%2F"),
        ("_target%5Furl=//evil.example", "_target_url=%2F"),
        ("a=&b", "a=&b"),
        ("lang=es&q=%F1", "lang=es&q=%F1"),
    ],
)
def test_a_query_is_judged_as_starlette_reads_it_and_left_alone_where_it_can_be(query: str, safe: str):
    assert safe_query(query.encode()) == safe.encode()


@pytest.mark.parametrize(
    ("settings", "host", "origin"),
    [
        (LOCAL, "127.0.0.1:7860", "http://127.0.0.1:7860"),
        (LOCAL, "localhost:7860", "http://LOCALHOST:7860"),
        (LOCAL, "[::1]:7860", "http://[::1]:7860"),
        (LOCAL, "localhost", "http://localhost"),
        (READ_ONLY, "ranking.example", "https://ranking.example"),
        (READ_ONLY, "ranking.example:443", "https://ranking.example"),
        (SPACE, "somos-ranking.hf.space", "https://somos-ranking.hf.space"),
        (SPACE, "10.0.0.7:7860", "https://somos-ranking.hf.space"),
        (SPACE, "10.0.0.7:7860", "https://600m.example"),
    ],
)
def test_a_page_of_this_site_may_change_things(settings: Settings, host: str, origin: str):
    assert may_change(settings, Headers({"host": host, "origin": origin, "sec-fetch-site": "same-origin"}))
    assert may_change(settings, Headers({"host": host, "origin": origin}))


@pytest.mark.parametrize(
    ("settings", "host", "origin"),
    [
        (LOCAL, "127.0.0.1:7860", "http://127.0.0.1:7861"),
        (LOCAL, "127.0.0.1:7860", "http://127.0.0.1"),
        (LOCAL, "127.0.0.1:7860", "http://localhost:7860"),
        (LOCAL, "127.0.0.1:7860", "null"),
        (LOCAL, "127.0.0.1:7860", ""),
        (LOCAL, "127.0.0.1:7860", "127.0.0.1:7860"),
        (LOCAL, "127.0.0.1:7860", "file://127.0.0.1:7860"),
        (LOCAL, "127.0.0.1:7860", "http://127.0.0.1:7860@evil.example"),
        (LOCAL, "127.0.0.1:7860", "http://127.0.0.1:7860.evil.example"),
        (LOCAL, "127.0.0.1:7860", "http://[evil"),
        (LOCAL, "", "http://127.0.0.1:7860"),
        (LOCAL, "evil.example:7860", "http://evil.example:7860"),
        (READ_ONLY, "ranking.example", "https://ranking.example:8443"),
        (READ_ONLY, "ranking.example", "https://somos-ranking.hf.space"),
        (SPACE, "somos-ranking.hf.space", "https://huggingface.co"),
        (SPACE, "somos-ranking.hf.space", "https://evil.hf.space"),
        (SPACE, "somos-ranking.hf.space", "https://somos-ranking.hf.space.evil.example"),
    ],
)
def test_a_page_of_another_site_may_change_nothing(settings: Settings, host: str, origin: str):
    assert not may_change(settings, Headers({"host": host, "origin": origin}))


def test_every_origin_that_is_named_must_be_this_site():
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (b"origin", b"http://evil.example")]
    assert not may_change(LOCAL, Headers(raw=headers))


@pytest.mark.parametrize(("site", "may"), [("cross-site", False), ("same-site", False), ("x", False), ("none", True)])
def test_a_browser_says_where_a_request_comes_from(site: str, may: bool):
    assert may_change(LOCAL, Headers({"host": "localhost", "sec-fetch-site": site})) is may


def test_a_program_that_is_no_browser_says_nothing_and_may_come_in():
    assert may_change(LOCAL, Headers({"host": "localhost:7860"}))
    assert may_change(SPACE, Headers({"host": "somos-ranking.hf.space"}))


def test_of_all_that_gradio_serves_only_what_the_page_needs_can_be_called():
    with gr.Blocks() as blocks:
        pass
    called = {
        path.rstrip("/")
        for path, methods in blocks.app.openapi()["paths"].items()
        for method in methods.keys() - {"get", "head"}
        if is_needed(method.upper(), path)
    }
    assert called == {
        "/gradio_api/queue/join",
        "/gradio_api/call/{api_name}",
        "/gradio_api/run/{api_name}",
        "/gradio_api/api/{api_name}",
        "/gradio_api/reset",
        "/gradio_api/cancel",
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/upload/"),
        ("GET", "/gradio_api/upload_progress"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/stream/x"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("HEAD", "/gradio_api/file=https://evil.example"),
        ("GET", "/gradio_api/file/x"),
        ("GET", "/gradio_api/proxy=https://evil.example"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/gradio_api/queue/data/../upload"),
        ("GET", "/gradio_api/"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("POST", "/"),
        ("POST", "/login"),
        ("DELETE", "/"),
        ("PUT", "/gradio_api/reset/x"),
    ],
)
def test_routes_that_nothing_here_needs_are_closed(method: str, path: str):
    assert not is_needed(method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/assets/a.js",
        "/theme.css",
        "/login/huggingface",
        "/login/callback",
        "/logout",
        "/gradio_api/queue/data",
        "/gradio_api/info/",
        "/gradio_api/call/board/0a1b",
        "/gradio_api/custom_component/0a/client/component/index.js",
        "/gradio_api/heartbeat/0a",
        "/gradio_api/startup-events",
    ],
)
def test_what_the_page_reads_stays_open(path: str):
    assert is_needed("GET", path)


def _fail(_request: Request) -> Response:
    raise RuntimeError(SECRET)


def _say(request: Request) -> Response:
    return JSONResponse(dict(request.query_params))


def _break_off(_request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"the beginning"
        raise RuntimeError(SECRET)

    return StreamingResponse(parts())


async def _listen(socket: WebSocket) -> None:
    await socket.accept()


@pytest.fixture
def client() -> Iterator[TestClient]:
    """An application with Gradio's addresses, in debug mode as Gradio's is."""
    routes = [
        Route("/", _say),
        Route("/broken", _fail),
        Route("/breaks-off", _break_off),
        Route("/login/huggingface", _fail),
        Route("/login/callback", _say),
        Route("/gradio_api/run/predict", _say, methods=["POST"]),
        Route("/gradio_api/upload", _say, methods=["POST"]),
        WebSocketRoute("/gradio_api/stream/x", _listen),
    ]
    guard = Middleware(Guard, settings=SPACE, texts=load_texts("es"))
    with TestClient(Starlette(debug=True, routes=routes, middleware=[guard]), base_url="http://600m.example") as one:
        yield one


def test_a_mistake_is_told_to_the_log_and_not_to_the_visitor(client: TestClient, caplog: pytest.LogCaptureFixture):
    answer = client.get("/broken", headers={"accept": "text/html"})
    assert answer.status_code == 500
    assert SECRET not in answer.text
    assert SECRET in caplog.text


def test_an_answer_that_has_begun_is_not_begun_again(client: TestClient):
    with pytest.raises(RuntimeError, match=SECRET):
        client.get("/breaks-off")


def test_a_login_that_fails_says_so_in_words(client: TestClient):
    answer = client.get("/login/huggingface", headers={"accept": "text/html"})
    assert answer.status_code == 502
    assert "No se ha podido iniciar sesión" in answer.text
    assert '<a href="/">' in answer.text
    assert SECRET not in answer.text


def test_who_says_no_at_the_provider_is_back_on_the_page(client: TestClient):
    answer = client.get(
        "/login/callback?error=access_denied&state=x&_target_url=//evil.example", follow_redirects=False
    )
    assert answer.is_redirect
    assert answer.headers["location"] == "/"


def test_where_the_browser_kept_no_cookie_the_way_ends_and_does_not_begin_anew(client: TestClient):
    answer = client.get("/login/callback?code=a&state=b", headers={"cookie": "other=session"})
    assert answer.status_code == 400
    assert "en su propia pestaña" in answer.text
    assert '<a href="/login/huggingface" target="_blank">' in answer.text


@pytest.mark.parametrize("asked", [{"headers": {"cookie": "lang=en"}}, {"params": {"lang": "en"}}])
def test_its_own_pages_are_in_the_language_of_the_request(asked: dict[str, dict[str, str]], client: TestClient):
    answer = client.get("/login/huggingface", **asked)
    assert load_texts("en")("sign_in.failed") in answer.text
    assert '<html lang="en">' in answer.text
    assert '<html lang="es">' in client.get("/login/huggingface").text, "and only of that one"


def test_what_is_let_through_arrives_with_a_safe_query(client: TestClient):
    client.cookies.set("session", "x")
    asked = {"_target_url": "//evil.example", "code": "a+b"}
    assert client.get("/login/callback", params=asked).json() == {"_target_url": "/", "code": "a+b"}
    assert client.post("/gradio_api/run/predict?x=1").json() == {"x": "1"}


def test_what_is_refused_does_not_arrive(client: TestClient):
    foreign = {"origin": "https://evil.example"}
    assert client.post("/gradio_api/run/predict", headers=foreign).status_code == 403
    assert client.post("/gradio_api/upload").status_code == 404
    assert client.get("/", headers=foreign).status_code == 200
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/gradio_api/stream/x"):
        pass


@contextmanager
def served(application: ASGIApp) -> Iterator[socket.socket]:
    """Serve an application on loopback and yield a connection to it."""
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, lifespan="off", log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    try:
        with socket.create_connection(server.servers[0].sockets[0].getsockname(), timeout=10) as connection:
            yield connection
    finally:
        server.should_exit = True
        thread.join(10)


def gradio_behind_the_guard() -> AbstractContextManager[socket.socket]:
    """Serve Gradio's own routes, as the page does."""
    with gr.Blocks() as blocks:
        box = gr.Textbox()
        box.submit(lambda text: text, box, box)
    guard = Middleware(Guard, settings=LOCAL, texts=load_texts("es"))
    return served(App.create_app(blocks, app_kwargs={"middleware": [guard]}))


def joining(*headers: str) -> bytes:
    """Return the head of a request that joins Gradio's queue, as somebody sends it who did not sign in."""
    lines = ("POST /gradio_api/queue/join HTTP/1.1", "host: 127.0.0.1", "content-type: application/json", *headers)
    return "\r\n".join((*lines, "", "")).encode()


def pour(connection: socket.socket, most: int) -> None:
    """Send a body piece by piece, until all of it is sent or nobody takes it any more."""
    piece = b"%x\r\n%b\r\n" % (8192, b" " * 8192)
    try:
        for _ in range(most // 8192):
            connection.sendall(piece)
    except (BrokenPipeError, ConnectionResetError):
        return


def heard(connection: socket.socket, enough: Callable[[bytes], bool] = lambda _: False) -> bytes:
    """Return what the server says until it closes the connection, or until it is enough."""
    said = b""
    try:
        while not enough(said) and (piece := connection.recv(65_536)):
            said += piece
    except ConnectionResetError:  # it closed without having read everything
        pass
    return said


@pytest.mark.parametrize("length", [str(LARGEST_BODY_BYTES + 1), str(8 * 2**30), "9" * 20])
def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(length: str):
    with gradio_behind_the_guard() as connection:
        connection.sendall(joining(f"content-length: {length}"))
        said = heard(connection)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"content-type: text/plain" in said
    assert said.endswith(b"That is more than this page takes.")


def test_a_server_is_told_not_to_wait_for_the_rest_of_a_refused_body(client: TestClient):
    answer = client.post("/gradio_api/run/predict", content=b"x" * (LARGEST_BODY_BYTES + 1))
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert client.post("/gradio_api/run/predict", content=b"x" * LARGEST_BODY_BYTES).status_code == 200


def test_a_body_that_announces_no_length_is_refused_when_it_has_become_too_large():
    with gradio_behind_the_guard() as connection:
        connection.sendall(joining("transfer-encoding: chunked"))
        pour(connection, LARGEST_BODY_BYTES + 8192)
        said = heard(connection)
    assert said.startswith(b"HTTP/1.1 413 ")


def test_what_the_page_sends_is_no_such_body():
    event = {"data": ["x" * (LARGEST_BODY_BYTES - 100)], "fn_index": 0, "session_hash": "0a"}
    body = json.dumps(event).encode()
    assert len(body) <= LARGEST_BODY_BYTES
    with gradio_behind_the_guard() as connection:
        connection.sendall(joining(f"content-length: {len(body)}") + body)
        said = heard(connection, lambda said: b"event_id" in said)
    assert said.startswith(b"HTTP/1.1 200 ")


def test_an_answer_that_has_begun_ends_where_the_body_becomes_too_large():
    """There is no telling why any more: the connection is closed, and the answer has no end."""
    received = 0

    async def swallow(_scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal received
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (message := await receive())["type"] == "http.request":
            received += len(message["body"])
            await send({"type": "http.response.body", "body": b"taken", "more_body": True})
        await send({"type": "http.response.body", "body": b"all of it"})

    with served(Guard(swallow, LOCAL, load_texts("es"))) as connection:
        connection.sendall(joining("transfer-encoding: chunked"))
        pour(connection, 8192)
        said = heard(connection, lambda said: b"taken" in said)
        pour(connection, 2**23)
        said += heard(connection)
    assert said.startswith(b"HTTP/1.1 200 ")
    assert b"413" not in said
    assert b"all of it" not in said
    assert 8192 <= received <= LARGEST_BODY_BYTES


def test_an_application_that_fails_at_a_broken_body_is_no_mistake_of_ours(caplog: pytest.LogCaptureFixture):
    async def fail(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] == "http.request":
            pass
        raise RuntimeError(SECRET)

    with served(Guard(fail, LOCAL, load_texts("es"))) as connection:
        connection.sendall(joining("transfer-encoding: chunked"))
        pour(connection, LARGEST_BODY_BYTES + 8192)
        said = heard(connection)
    assert said.startswith(b"HTTP/1.1 413 ")
    # A page of another test may still look for its store, in a thread of its own.
    assert [record for record in caplog.records if record.name != "leaderboard.page.board_feed"] == []
