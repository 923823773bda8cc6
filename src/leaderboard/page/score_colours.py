"""A colour for a score, from dark blue at chance to yellow where everything is right, and ink that can be read on it.

Cividis keeps its order for the colour-blind and in grey (Nuñez, Anderton and Renslow 2018, "Optimizing colormaps with
consideration for color vision deficiency").
"""

from plotly.colors import sample_colorscale, unlabel_rgb

SCALE = "Cividis"
_LINEAR_BELOW, _READABLE_ON_DARK = 0.04045, 0.179
_SHARES = (0.2126, 0.7152, 0.0722)


def colour_of(score: float) -> str:
    """Return the colour of a normalised score as `rgb(r, g, b)`; below chance is as chance."""
    return str(sample_colorscale(SCALE, [min(1.0, max(0.0, score))])[0])


def ink_on(colour: str) -> str:
    """Return black or white, whichever has more contrast with a colour (WCAG 2.2, relative luminance)."""
    channels = [_linear(float(value) / 255) for value in unlabel_rgb(colour)]
    light = sum(share * channel for share, channel in zip(_SHARES, channels, strict=True))
    return "#000000" if light > _READABLE_ON_DARK else "#ffffff"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= _LINEAR_BELOW else ((channel + 0.055) / 1.055) ** 2.4
