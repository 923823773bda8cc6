"""The look of the page: system fonts, one accent, nothing fetched from elsewhere."""

from importlib.resources import files

import gradio as gr


def theme() -> gr.themes.Base:
    """Return the theme.

    Its fonts are the system's, for Gradio's own are fetched from elsewhere; its darker accent and greys give text the
    contrast that WCAG asks for at level AA.
    """
    return gr.themes.Default(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.stone,
        font=["system-ui", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ).set(
        color_accent="*primary_700",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        checkbox_background_color_selected="*primary_700",
        checkbox_border_color_selected="*primary_700",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
    )


def css() -> str:
    """Return the style sheet: what holds everywhere, then that of each part of the page."""
    sheets = sorted((files(__package__) / "styles").iterdir(), key=lambda one: (one.name != "base.css", one.name))
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
