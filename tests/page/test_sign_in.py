"""Where there is a button to sign in: nowhere but on a Space whose queue lasts (that one in tests/browser)."""

import gradio as gr
import pytest

from leaderboard.page.sign_in import build_sign_in
from leaderboard.settings import Settings
from leaderboard.texts import load_texts


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
