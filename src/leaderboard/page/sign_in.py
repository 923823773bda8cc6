"""The button with which people sign in and out, where there is anything to sign in to."""

import gradio as gr

from leaderboard.settings import Settings
from leaderboard.texts import Texts


def build_sign_in(settings: Settings, texts: Texts) -> gr.LoginButton | None:
    """Lay out the button inside the present `gr.Blocks` on a Space whose queue lasts, and nothing elsewhere.

    Wherever Gradio does not see a Space, the mere presence of its button mounts routes that hand the identity of the
    server's own account to every visitor (CVE-2026-27167).
    """
    if not settings.signs_in:
        return None
    return gr.LoginButton(
        texts("sign_in.sign_in"),
        texts("sign_in.sign_out", name="{}"),  # Gradio puts the name there
        variant="secondary",
        size="md",
        icon=None,  # its own comes from a route for files, which the guard keeps closed
        scale=0,
        elem_id="sign-in",
    )
