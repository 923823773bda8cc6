"""The button with which people sign in and out, where there is anything to sign in to."""

import json
from typing import Any

import gradio as gr

from leaderboard.page.authority import visitor_of
from leaderboard.page.visit import visit_of
from leaderboard.settings import Settings
from leaderboard.texts import LANGUAGES, Texts, load_texts

# Within the Hub's frame the page around it is told to let the reader scroll, as Gradio's own button tells it.
_GO = """(label) => {
  const way = %s.includes(label) ? "login/huggingface" : "logout";
  window.parent?.postMessage({ type: "SET_SCROLLING", enabled: true }, "*");
  window.location.assign(`/${way}?_target_url=${encodeURIComponent("/" + window.location.search)}`);
}"""


def build_sign_in(settings: Settings, texts: Texts) -> gr.Button | None:
    """Lay out the button inside the present `gr.Blocks` on a Space whose queue lasts, and nothing elsewhere.

    Wherever Gradio does not see a Space, the mere presence of its button mounts routes that hand the identity of the
    server's own account to every visitor (CVE-2026-27167).
    """
    if not settings.signs_in:
        return None
    # For Gradio's own button the routes of the login are mounted; but it knows one language, takes what it says in any
    # other for the name of somebody who signed in, and asks who that is by a function that anybody may call by name.
    gr.LoginButton(visible=False).load_event_to_attach = None
    button = gr.Button(texts("sign_in.sign_in"), variant="secondary", size="md", scale=0, elem_id="sign-in")

    def name_visitor(request: gr.Request) -> dict[str, Any]:
        """Say who is signed in, in the visitor's language."""
        name, words = visitor_of(settings, request).name, visit_of(request).texts
        return gr.update(value=words("sign_in.sign_out", name=name) if name else words("sign_in.sign_in"))

    gr.on(fn=name_visitor, outputs=button, queue=False, api_name=False, show_progress="hidden")
    offers = [load_texts(language)("sign_in.sign_in") for language in LANGUAGES]
    button.click(None, inputs=button, js=_GO % json.dumps(offers), api_name=False)
    return button
