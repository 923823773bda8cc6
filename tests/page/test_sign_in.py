"""Where there is a button to sign in: nowhere but on a Space whose queue lasts (that one in tests/browser)."""

import json
from collections.abc import Callable
from typing import Any, cast

import gradio as gr
import pytest

from leaderboard.page.sign_in import build_sign_in
from leaderboard.settings import Settings
from leaderboard.texts import LANGUAGES, load_texts
from tests.page.test_authority import asking, signed_in


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(server_name="0.0.0.0"),  # noqa: S104 - a value to judge, nothing is bound
        Settings(share=True),
        Settings(on_space=True),
        Settings(half_a_space=True, queue="hf://datasets/somos/requests"),
    ],
)
def test_where_nobody_can_sign_in_gradio_mounts_no_route_of_a_login(settings: Settings):
    with gr.Blocks() as blocks:
        assert build_sign_in(settings, load_texts("es")) is None
    paths = blocks.app.openapi()["paths"]
    assert "/config" in paths
    assert not [path for path in paths if path.startswith("/login/h")]


SPACE = Settings(on_space=True, queue="hf://datasets/somos/requests")


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> gr.Blocks:
    """A page in Spanish with the button of a Space, which this process is not."""
    monkeypatch.setattr("gradio.oauth._get_mocked_oauth_info", dict)
    with pytest.warns(UserWarning, match="outside of a Space"), gr.Blocks() as blocks:
        build_sign_in(SPACE, load_texts("es"))
    return blocks


@pytest.fixture
def handler(blocks: gr.Blocks) -> Callable[[gr.Request], dict[str, Any]]:
    """What the Spanish page calls at the beginning of a visit, in whatever language it is."""
    (found,) = (one.fn for one in blocks.fns.values() if one.fn and one.fn.__name__ == "name_visitor")
    return cast("Callable[[gr.Request], dict[str, Any]]", found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_speaks_the_visitors_language(handler: Callable[[gr.Request], dict[str, Any]], language: str):
    texts, cookie = load_texts(language), f"lang={language}"
    assert handler(asking(cookie=cookie))["value"] == texts("sign_in.sign_in")
    ana = handler(asking(session=signed_in("ana"), cookie=cookie))
    assert ana["value"] == texts("sign_in.sign_out", name="ana")
    gone = handler(asking(session=signed_in("ana", expires_in=-1), cookie=cookie))
    assert gone["value"] == texts("sign_in.sign_in")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_button_knows_the_offer_to_sign_in_in_every_language(blocks: gr.Blocks, language: str):
    """Whatever else stands on it is the way out."""
    (script,) = (one.js for one in blocks.fns.values() if isinstance(one.js, str) and "encodeURIComponent" in one.js)
    assert json.dumps(load_texts(language)("sign_in.sign_in")) in script
