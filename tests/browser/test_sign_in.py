"""Signing in with a real OpenID provider, and everything else that must not pass for it: the real app as a Space."""

import json
import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from itsdangerous import TimestampSigner
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT, AppStarter, RunningApp, running_app, stores_under
from tests.hub_server import running_hub
from tests.openid_provider import OpenIdProvider, running_openid_provider

SIGN_IN = "Iniciar sesión con Hugging Face"
PLEASE_SIGN_IN = "identifícate con tu cuenta de Hugging Face"
NOT_A_NAME = "no es un nombre de modelo del Hub"
JOIN = "/gradio_api/queue/join"
REQUESTS = "somos/requests"
AS_A_SPACE = {
    "SYSTEM": "spaces",
    "SPACE_ID": "somos/ranking",
    "LEADERBOARD_QUEUE": f"hf://datasets/{REQUESTS}",
    "LEADERBOARD_POLL_SECONDS": "3600",
}


@dataclass
class Space:
    """The app as a Space, with its provider."""

    app: RunningApp
    provider: OpenIdProvider

    @property
    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.app.url, timeout=20)

    def sign_in(self, user: str) -> str:
        """Go the whole way without a browser and return the cookie of the session."""
        self.provider.signs_in = user
        with self.client as client:
            asked = client.get("/login/huggingface")
            state = cookie_of(asked)
            granted = httpx.get(asked.headers["location"])
            return cookie_of(client.get(granted.headers["location"], headers={"cookie": state}))


def cookie_of(answer: httpx.Response) -> str:
    cookie = answer.headers["set-cookie"]
    assert {"httponly", "samesite=none", "secure"} <= {part.strip().lower() for part in cookie.split(";")}
    return cookie.partition(";")[0]


def forged_cookie(space: Space, *, secret: str | None = None, user: str = "ana", expires_in: float = 3600) -> str:
    """Return a cookie such as Gradio's, signed with the key that it makes of a secret; by default of the right one."""
    secret = space.provider.client_secret if secret is None else secret
    login = {"userinfo": {"preferred_username": user}, "expires_at": int(time.time() + expires_in)}
    content = b64encode(json.dumps({"oauth_info": login}).encode())
    signer = TimestampSigner(sha256(f"{secret}-v4".encode()).hexdigest())
    return f"session={signer.sign(content).decode()}"


def submit(client: httpx.Client, session_hash: str, headers: dict[str, str], **more: Any) -> str:
    """Send what the form sends, with a name of a model that is none, and return the answer beside the form.

    Whoever may submit is told about the name; whoever may not learns nothing of it.
    """
    config = client.get("/config").json()
    ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
    values = {part["id"]: part["props"].get("value") for part in config["components"]}
    (event,) = (one for one in config["dependencies"] if [ids["send"], "click"] in one["targets"] and one["inputs"])
    fields = [values.get(one) for one in event["inputs"]]
    fields[event["inputs"].index(ids["field-model"])] = "no es un id"
    body = {"data": fields, "fn_index": event["id"], "session_hash": session_hash, **more}
    joined = client.post(JOIN, json=body, headers=headers)
    assert joined.status_code == 200, joined.text
    said = ""
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session_hash}) as messages:
        for line in messages.iter_lines():
            message = json.loads(line.removeprefix("data: ")) if line else {}
            said += json.dumps(message.get("output", {}), ensure_ascii=False)
            if message.get("msg") == "process_completed":
                return said
    pytest.fail("the event was not answered")


@pytest.fixture(scope="module")
def running_space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    root = tmp_path_factory.mktemp("space")
    with running_hub() as hub, running_openid_provider() as provider:
        hub.add_dataset(REQUESTS, {"README.md": "# requests"})
        token = hub.add_token("hf_of_the_space", user="somos", may_write=[REQUESTS])
        with running_app(
            root,
            **AS_A_SPACE,
            HF_ENDPOINT=hub.url,
            HF_TOKEN=token,
            LEADERBOARD_MAINTAINERS="Maite",
            **provider.environment(),
        ) as app:
            yield Space(app, provider)
        assert not hub.unknown_requests


@pytest.fixture
def space(running_space: Space) -> Space:
    running_space.provider.signs_in = "ana"
    running_space.provider.forges = False
    running_space.provider.lasts_seconds = 3600
    return running_space


def sign_in_button(page: Page) -> Locator:
    return page.locator("#sign-in")


def form_notice(page: Page) -> Locator:
    page.get_by_role("tab", name="Enviar y cola").click()
    return page.locator("#form-closed")


def test_a_visitor_signs_in_sees_the_name_and_signs_out(space: Space, page: Page):
    page.goto(space.app.url)
    expect(sign_in_button(page)).to_have_text(SIGN_IN)
    box = sign_in_button(page).bounding_box()
    assert box is not None
    assert box["x"] + box["width"] > 1300  # on the right of 1400
    assert box["height"] < 45  # on one line
    expect(form_notice(page)).to_contain_text(PLEASE_SIGN_IN)
    assert not page.context.cookies()

    sign_in_button(page).click()

    expect(sign_in_button(page)).to_have_text("Cerrar sesión (ana)")
    expect(form_notice(page)).to_have_count(0)
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "None")
    page.reload()
    expect(sign_in_button(page)).to_have_text("Cerrar sesión (ana)")

    sign_in_button(page).click()

    expect(sign_in_button(page)).to_have_text(SIGN_IN)
    expect(form_notice(page)).to_contain_text(PLEASE_SIGN_IN)
    assert not space.provider.refused


def test_in_a_frame_the_page_works_and_who_cannot_sign_in_there_does_so_in_a_tab_of_its_own(space: Space, page: Page):
    # As on the Hub: the page lies within a page of another site, and this browser keeps no cookie there.
    around = space.provider.url.replace("127.0.0.1", "localhost")
    page.goto(f"{around}/oauth/jwks")
    page.evaluate(
        "url => document.body.innerHTML = `<iframe src=${url} width=1300 height=900></iframe>`", space.app.url
    )
    frame = page.frame_locator("iframe")
    expect(frame.locator("#sign-in")).to_have_text(SIGN_IN)
    frame.get_by_role("tab", name="Enviar y cola").click()
    expect(frame.locator("#form-closed")).to_contain_text(PLEASE_SIGN_IN)

    frame.locator("#sign-in").click()
    with page.expect_popup() as opened:
        frame.get_by_role("link", name="Iniciar sesión en otra pestaña").click()

    expect(sign_in_button(opened.value)).to_have_text("Cerrar sesión (ana)")


def test_the_head_of_the_page_fits_a_narrow_window_also_with_a_long_name(space: Space, page: Page):
    name = "a" * 96
    cookie = {"name": "session", "value": forged_cookie(space, user=name).partition("=")[2], "url": space.app.url}
    page.set_viewport_size({"width": 390, "height": 800})
    for cookies, label in (([], SIGN_IN), ([cookie], f"Cerrar sesión ({name})")):
        page.context.add_cookies(cookies)
        page.goto(space.app.url)
        expect(sign_in_button(page)).to_have_text(label)
        box, title = sign_in_button(page).bounding_box(), page.locator(".masthead").bounding_box()
        assert box is not None
        assert title is not None
        assert box["y"] >= title["y"] + title["height"]  # under the title, which has the whole width
        assert title["width"] > 300
        assert box["x"] + box["width"] <= 390
        assert sign_in_button(page).evaluate("button => button.scrollWidth - button.clientWidth") <= 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_who_says_no_at_the_provider_is_a_visitor_on_the_page(space: Space, page: Page):
    space.provider.signs_in = None
    page.goto(space.app.url)
    with page.expect_response(lambda answer: "/login/callback" in answer.url) as back:
        sign_in_button(page).click()
    assert back.value.headers["location"] == "/"
    expect(sign_in_button(page)).to_have_text(SIGN_IN)
    expect(form_notice(page)).to_contain_text(PLEASE_SIGN_IN)


def test_an_identity_that_the_provider_did_not_sign_is_not_taken(space: Space):
    space.provider.forges = True
    with space.client as client:
        asked = client.get("/login/huggingface")
        granted = httpx.get(asked.headers["location"])
        answer = client.get(granted.headers["location"], headers={"cookie": cookie_of(asked), "accept": "text/html"})
    assert answer.status_code == 502
    assert "No se ha podido iniciar sesión" in answer.text
    assert "Traceback" not in answer.text
    assert "site-packages" not in answer.text


def test_who_signed_in_is_heard(space: Space):
    with space.client as client:
        assert NOT_A_NAME in submit(client, "signed-in", {"cookie": space.sign_in("ana")})
        # The forgeries below are well made: with the right key, one of them would be heard.
        assert NOT_A_NAME in submit(client, "right-key", {"cookie": forged_cookie(space)})


FORGERIES = {
    "no cookie": lambda _: {},
    "the key that Gradio signs with where it has no secret": lambda space: {"cookie": forged_cookie(space, secret="")},
    "a key of another Space": lambda space: {"cookie": forged_cookie(space, secret="of-another-space")},
    "no signature": lambda space: {"cookie": forged_cookie(space).partition(".")[0]},
    "a content that was changed": lambda space: {
        "cookie": forged_cookie(space, secret="", user="maite").partition(".")[0]
        + "."
        + forged_cookie(space).partition(".")[2]
    },
    "a login that is over": lambda space: {"cookie": forged_cookie(space, expires_in=-5)},
    "a name that is none": lambda space: {"cookie": forged_cookie(space, user="ana/../maite")},
    "headers of a proxy": lambda _: {
        "x-forwarded-user": "maite",
        "remote-user": "maite",
        "authorization": "Bearer maite",
    },
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_without_a_login_the_form_takes_nothing(space: Space, forgery: str):
    with space.client as client:
        answer = submit(client, "a-session", FORGERIES[forgery](space))
    assert "refused" in answer
    assert NOT_A_NAME not in answer


def test_a_name_in_the_call_or_the_session_of_somebody_else_is_no_login(space: Space):
    with space.client as client:
        assert NOT_A_NAME in submit(client, "session-of-ana", {"cookie": space.sign_in("ana")})
        for more in (
            {"username": "maite", "user": "maite"},
            {"request": {"session": {"oauth_info": {"userinfo": {"preferred_username": "maite"}}}}},
            {"oauth_info": {"userinfo": {"preferred_username": "maite"}, "expires_at": 2**40}, "session": {"a": 1}},
            {"event_data": {"_data": {"username": "maite"}}},
        ):
            assert NOT_A_NAME not in submit(client, "session-of-ana", {}, **more)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "http:evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2fevil.example",
        "/%5cevil.example",
        "/%252fevil.example",
        "%2f%2fevil.example",
        "/\t/evil.example",
        "/\r\n/evil.example",
        "/%0d%0aSet-Cookie:%20session=x",
        "\x00//evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "@evil.example",
        "evil.example",
        "",
    ],
)
def test_nobody_is_sent_elsewhere(space: Space, target: str):
    asked = {"_target_url": target}
    with space.client as client:
        assert client.get("/logout", params=asked).headers["location"] == "/"
        assert client.get("/logout", params=[("_target_url", "/"), ("_target_url", target)]).headers["location"] == "/"
        location = client.get("/login/huggingface", params=asked).headers["location"]
        back = dict(httpx.QueryParams(httpx.URL(location).params["redirect_uri"].partition("?")[2]))
        assert back == {"_target_url": "/"}
        lost = {"cookie": forged_cookie(space)}  # Gradio no longer knows this state, and begins anew
        again = client.get("/login/callback", params={**asked, "state": "x", "code": "y"}, headers=lost).headers[
            "location"
        ]
        assert dict(httpx.URL(again).params) == {"_nb_redirects": "1", "_target_url": "/"}


def test_after_signing_in_a_visitor_is_where_they_were(space: Space):
    with space.client as client:
        asked = client.get("/login/huggingface", params={"_target_url": "/?lang=es"})
        granted = httpx.get(asked.headers["location"])
        answer = client.get(granted.headers["location"], headers={"cookie": cookie_of(asked)})
    assert answer.headers["location"] == "/?lang=es"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_cannot_act_with_a_visitors_cookie(space: Space, headers: dict[str, str]):
    signed_in = {"cookie": forged_cookie(space)}
    with space.client as client:
        for path in (JOIN, "/gradio_api/run/predict", "/gradio_api/cancel", "/gradio_api/reset"):
            assert client.post(path, json={}, headers={**signed_in, **headers}).status_code == 403
            assert (
                client.post(
                    path, content="{}", headers={**signed_in, **headers, "content-type": "text/plain"}
                ).status_code
                == 403
            )
            own = {"origin": space.app.url, "sec-fetch-site": "same-origin"}
            assert client.post(path, json={}, headers={**signed_in, **own}).status_code == 422


def test_a_page_of_another_site_cannot_act_in_a_real_browser(space: Space, page: Page):
    page.goto(space.app.url)
    sign_in_button(page).click()
    expect(sign_in_button(page)).to_have_text("Cerrar sesión (ana)")
    call = "url => fetch(url, {method: 'POST', credentials: 'include', body: '{}'}).then(answer => answer.status)"
    assert page.evaluate(call, space.app.url + "/gradio_api/reset") == 422
    page.goto(space.provider.url + "/oauth/jwks")
    assert page.evaluate(call, space.app.url + "/gradio_api/reset") == 403


def test_no_file_is_taken_and_none_is_handed_out(space: Space):
    signed_in = {"cookie": forged_cookie(space)}
    with space.client as client:
        for path in ("/gradio_api/upload", "/gradio_api/process_recording"):
            assert client.post(path, files={"files": ("a.bin", b"x" * 1000)}, headers=signed_in).status_code == 404
        for path in (
            f"/gradio_api/file={ROOT}/app.py",
            "/gradio_api/file=https://evil.example",
            "/gradio_api/proxy=https://evil.example",
            "/gradio_api/deep_link?session_hash=a-session",
            "/monitoring/summary",
        ):
            assert client.get(path, headers=signed_in).status_code == 404


def test_a_space_that_could_not_tell_who_submits_does_not_start(tmp_path: Path):
    environment = {
        **os.environ,
        **stores_under(tmp_path),
        **AS_A_SPACE,
        "OAUTH_CLIENT_ID": "x",
        "OAUTH_SCOPES": "openid",
    }
    ended = subprocess.run(
        [sys.executable, "app.py"], env=environment, cwd=ROOT, capture_output=True, check=False, text=True, timeout=60
    )
    assert ended.returncode != 0
    assert "OAUTH_CLIENT_SECRET, OPENID_PROVIDER_URL is not set" in ended.stderr
    assert "`hf_oauth: true`" in ended.stderr


def test_a_local_copy_has_no_login_and_hears_only_its_own_pages(start_app: AppStarter):
    app = start_app()
    with httpx.Client(base_url=app.url) as client:
        for path in ("/login/huggingface", "/login/callback"):
            assert client.get(path).status_code == 404
        assert NOT_A_NAME in submit(client, "operator", {})
        for name in ("x-forwarded-for", "forwarded", "x-real-ip"):  # a proxy in front: it might be anybody
            assert NOT_A_NAME not in submit(client, "operator", {name: "127.0.0.1"})
        rebound = {"host": "evil.example", "origin": "http://evil.example", "sec-fetch-site": "same-origin"}
        assert client.get("/", headers=rebound).status_code == 200
        assert client.post(JOIN, json={}, headers=rebound).status_code == 403
        assert client.post(JOIN, json={}, headers={"origin": "https://evil.example"}).status_code == 403


def test_who_reads_in_another_language_signs_in_and_is_where_they_were(space: Space, page: Page):
    page.goto(f"{space.app.url}/?lang=en&tab=submit&model=somos/meiga")
    expect(sign_in_button(page)).to_have_text("Sign in with Hugging Face")

    sign_in_button(page).click()

    expect(sign_in_button(page)).to_have_text("Sign out (ana)")
    assert dict(httpx.URL(page.url).params) == {"lang": "en", "tab": "submit", "model": "somos/meiga"}
    expect(page.locator("#field-model input, #field-model textarea")).to_have_value("somos/meiga")
    sign_in_button(page).click()
    expect(sign_in_button(page)).to_have_text("Sign in with Hugging Face")
