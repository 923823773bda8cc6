"""Who may do what: by the bind, the client, the Host and the session, and by nothing else."""

import time
from typing import Any

import gradio as gr
import pytest
from fastapi import Request

from leaderboard.page.authority import Role, Visitor, is_loopback_host, visitor_of, why_closed
from leaderboard.settings import Settings

LOCAL = Settings()
SPACE = Settings(on_space=True, queue="hf://datasets/somos/requests", maintainers=frozenset({"maite"}))
OPERATOR = Visitor(None, Role.MAINTAINER, may_submit_folders=True)
NOBODY = Visitor()


def asking(
    host: str = "127.0.0.1:7860", client: str = "127.0.0.1", session: dict[str, Any] | None = None, **headers: str
) -> gr.Request:
    named = {name.replace("_", "-"): value for name, value in {"host": host, **headers}.items()}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
    scope: dict[str, Any] = {"type": "http", "headers": raw, "client": (client, 50000), "query_string": b""}
    if session is not None:
        scope["session"] = session
    return gr.Request(Request(scope))


def signed_in(name: object = "ana", expires_in: float | None = 3600, **more: Any) -> dict[str, Any]:
    login: dict[str, Any] = {"userinfo": {"preferred_username": name}, **more}
    if expires_in is not None:
        login["expires_at"] = time.time() + expires_in
    return {"oauth_info": login}


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "LOCALHOST", "127.0.0.1", "[::1]:7860"])
def test_who_sits_at_the_machine_is_its_operator(host: str):
    visitor = visitor_of(LOCAL, asking(host))
    assert visitor == OPERATOR
    assert visitor.may_submit
    assert visitor.may_maintain
    assert visitor.may_sign_items


@pytest.mark.parametrize(
    "host",
    [
        "",
        "ranking.example:7860",
        "localhost.ranking.example",
        "127.0.0.1.ranking.example",
        "localhost.",
        "127.0.0.2",
        "127.1",
        "0.0.0.0",  # noqa: S104 - a Host header, nothing is bound
        "user@localhost",
        "localhost:",
        "localhost:7860:1",
        "localhost:²",
        "localhost/x",
    ],
)
def test_another_host_is_a_foreign_page_or_a_proxy(host: str):
    assert not is_loopback_host(host)
    assert visitor_of(LOCAL, asking(host)) == NOBODY


@pytest.mark.parametrize("header", ["x_forwarded_for", "x_forwarded_host", "forwarded", "x_real_ip", "via"])
def test_behind_a_proxy_nobody_is_the_operator(header: str):
    assert visitor_of(LOCAL, asking(**{header: "127.0.0.1"})) == NOBODY


@pytest.mark.parametrize("client", ["192.0.2.7", "::ffff:192.0.2.7", "testclient"])
def test_another_client_is_not_the_operator(client: str):
    assert visitor_of(LOCAL, asking(client=client)) == NOBODY


@pytest.mark.parametrize(
    "settings",
    [
        Settings(server_name="0.0.0.0"),  # noqa: S104 - a value to judge, nothing is bound
        Settings(share=True),
        Settings(half_a_space=True),
        Settings(on_space=True),
        Settings(half_a_space=True, queue="hf://datasets/somos/requests", maintainers=frozenset({"ana"})),
    ],
)
def test_any_other_bind_is_for_reading_whatever_the_session_says(settings: Settings):
    assert visitor_of(settings, asking(session=signed_in())) == NOBODY


def test_a_session_makes_nobody_somebody_on_a_local_copy():
    assert visitor_of(LOCAL, asking("ranking.example", session=signed_in("maite"))) == NOBODY
    assert visitor_of(LOCAL, asking(session=signed_in())).name is None


def test_a_request_that_was_put_away_is_nobodys():
    assert visitor_of(SPACE, gr.Request(None)) == NOBODY


def test_who_signed_in_on_a_space_may_submit_but_no_folders():
    visitor = visitor_of(SPACE, asking("somos-ranking.hf.space", session=signed_in("Ana-B")))
    assert visitor == Visitor("Ana-B", Role.SUBMITTER)
    assert visitor.may_submit
    assert not visitor.may_maintain
    assert not visitor.may_sign_items


def test_maintainers_are_known_in_any_case_of_letters():
    visitor = visitor_of(SPACE, asking(session=signed_in("MAITE")))
    assert visitor == Visitor("MAITE", Role.MAINTAINER)
    assert visitor.may_maintain
    assert not visitor.may_submit_folders
    assert visitor_of(SPACE, asking(session=signed_in("maite2"))).role is Role.SUBMITTER


@pytest.mark.parametrize(
    "session",
    [
        None,
        {},
        {"oauth_info": None},
        {"oauth_info": "ana"},
        {"oauth_info": {}},
        {"oauth_info": {"userinfo": "ana", "expires_at": 2**40}},
        {"userinfo": {"preferred_username": "ana"}, "expires_at": 2**40},
        signed_in(expires_in=-1),
        signed_in(expires_in=None),
        signed_in(expires_in=None, expires_at="never"),
        signed_in(expires_in=None, expires_at=None),
        signed_in(None),
        signed_in(""),
        signed_in(["ana"]),
        signed_in("ana\n"),
        signed_in("ana/../maite"),
        signed_in("mаite"),  # noqa: RUF001 - the second letter is Cyrillic
        signed_in("<b>ana</b>"),
        signed_in("a" * 97),
    ],
)
def test_a_session_without_a_login_that_holds_is_a_visitors(session: dict[str, Any] | None):
    assert visitor_of(SPACE, asking(session=session)) == NOBODY


@pytest.mark.parametrize(("left", "role"), [(60, Role.SUBMITTER), (-60, Role.VISITOR)])
def test_where_the_provider_names_no_end_that_of_the_id_token_counts(left: int, role: Role):
    session = {"oauth_info": {"userinfo": {"preferred_username": "ana", "exp": time.time() + left}}}
    assert visitor_of(SPACE, asking(session=session)).role is role


def test_being_at_loopback_is_nothing_on_a_space():
    assert visitor_of(SPACE, asking()) == NOBODY


@pytest.mark.parametrize(
    ("settings", "visitor", "reason"),
    [
        (LOCAL, OPERATOR, None),
        (LOCAL, NOBODY, "form.read_only_bind"),
        (Settings(half_a_space=True, queue="hf://datasets/somos/requests"), NOBODY, "form.read_only_bind"),
        (SPACE, NOBODY, "form.sign_in"),
        (SPACE, Visitor("ana", Role.SUBMITTER), None),
        (SPACE, Visitor("maite", Role.MAINTAINER), None),
        (Settings(on_space=True), NOBODY, "form.closed"),
        (Settings(on_space=True), Visitor("ana", Role.SUBMITTER), "form.closed"),
    ],
)
def test_a_closed_form_says_why(settings: Settings, visitor: Visitor, reason: str | None):
    assert why_closed(settings, visitor) == reason
