"""Plotly figures' common look: two templates, the providers' colours."""

from __future__ import annotations

import functools
import json
from typing import Any
from zlib import crc32

import plotly.graph_objects as go

from layouts.components.tokens import TEXT_S, token
from services.models.wording import DAY_FORMAT

# One colour for both themes, at 3:1 or better on both surfaces (WCAG 1.4.11), and none near a state's green, amber or
# red: tests/layouts/components/test_tokens.py measures it. Where a mark stands for a provider or a value, it has the
# colour whole: mixed with the surface it would fall below.
PROVIDER_COLOURS = {
    "aws": "#2563eb",
    "azure": "#0891b2",
    "google": "#d9650b",
    "databricks_workspace": "#8b5cf6",
    "databricks_account": "#8b5cf6",
    "okta": "#c026d3",
    "cloudflare": "#db2777",
    "github": "#64748b",
}
OTHER_COLOURS = ("#856b1b", "#ed51bd", "#9f5466", "#5987ec", "#b167ab", "#825d99", "#9c8e11")
# series of a chart in turn
COLOURWAY = (*dict.fromkeys(PROVIDER_COLOURS.values()), *OTHER_COLOURS)
# what is summed up beyond the named series
REST_COLOUR = "#8b95a5"

# how an axis writes times, from seconds to years; of numbers or words it says nothing
TIME_AXIS = {
    "tickformatstops": [
        {"dtickrange": [None, 60_000], "value": "%H:%M:%S"},
        {"dtickrange": [60_000, 86_400_000], "value": f"%H:%M\n{DAY_FORMAT}"},
        {"dtickrange": [86_400_000, "M1"], "value": f"{DAY_FORMAT}\n%Y"},
        {"dtickrange": ["M1", "M12"], "value": "%b\n%Y"},
        {"dtickrange": ["M12", None], "value": "%Y"},
    ],
    "hoverformat": "%Y-%m-%d %H:%M",
}

# how an axis writes numbers: whole with their thousands apart, as the rest of the product does (10,000), and from a
# million on short (1.5M, 2B), where a tick is no number to be read off but a height. An axis has no format of its own.
NUMBER_AXIS = {"separatethousands": True, "exponentformat": "B", "minexponent": 5}

GRAPH_CONFIG = {"displayModeBar": False, "responsive": True}


def find_provider_colour(provider: str, place: int | None = None) -> str:
    """A provider's colour, the same on every page: its own, or one by its name. place: in a chart of other names."""
    other = crc32(provider.encode()) if place is None else place
    return PROVIDER_COLOURS.get(provider, OTHER_COLOURS[other % len(OTHER_COLOURS)])


def shorten_provider(provider: str) -> str:
    """A provider's name where room is short."""
    return provider.removesuffix("_workspace").removesuffix("_account") or "not known"


def escape_text(text: str) -> str:
    """A text as a chart shows it: Plotly takes tags, even links, in a value for its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def template(dark: bool) -> go.layout.Template:
    """The template of the light or the dark theme."""
    ink, quiet, line = token("ink", dark), token("ink-2", dark), token("line", dark)
    axis = {
        "gridcolor": line,
        "linecolor": line,
        "zerolinecolor": line,
        "automargin": True,
        "title": {"font": {"size": TEXT_S}},
        **NUMBER_AXIS,
    }
    return go.layout.Template(
        layout={
            "font": {
                "family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
                "size": TEXT_S,
                "color": quiet,
            },
            "title": {"font": {"color": ink}},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(COLOURWAY),
            "xaxis": axis,
            "yaxis": axis,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
            "hoverlabel": {
                "font": {"size": TEXT_S, "color": ink},
                "bgcolor": token("surface-2" if dark else "surface", dark),
                "bordercolor": quiet,
                "align": "left",
            },
        }
    )


def surface(dark: bool) -> str:
    """What charts are drawn on."""
    return token("surface", dark)


@functools.cache
def theme(dark: bool) -> dict[str, Any]:
    """The template as plain values, for figures that are written as dictionaries: they cost a tenth to make."""
    return dict(json.loads(template(dark).to_json()))


def _split_channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix_colours(colour: str, other: str, share: float) -> str:
    """`share` of the colour and the rest of the other, as #rrggbb."""
    parts = zip(_split_channels(colour), _split_channels(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in parts)


def fade_colour(colour: str, opacity: float) -> str:
    """The colour as rgba."""
    return "rgba({},{},{},{})".format(*_split_channels(colour), opacity)


def luminance(colour: str) -> float:
    """WCAG's relative luminance, 0 to 1."""

    def linear(channel: int) -> float:
        value = channel / 255
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(channel) for channel in _split_channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    lighter, darker = sorted((luminance(colour), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def find_readable_colour(colour: str) -> str:
    """The text colour that reads best on the colour."""
    return max(("#ffffff", "#101720"), key=lambda ink: contrast(ink, colour))
