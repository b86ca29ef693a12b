"""Plotly figures' common look: two templates, the providers' colours."""

from __future__ import annotations

import functools
import json
from typing import Any
from zlib import crc32

import plotly.graph_objects as go

PROVIDER_COLOURS = {
    "aws": "#2563eb",
    "azure": "#0d9488",
    "google": "#f59e0b",
    "github": "#64748b",
    "databricks_workspace": "#8b5cf6",
    "databricks_account": "#8b5cf6",
    "okta": "#d946ef",
    "cloudflare": "#10b981",
}
OTHER_COLOURS = ["#0ea5e9", "#ef4444", "#84cc16", "#ec4899", "#14b8a6", "#a855f7", "#eab308", "#6366f1"]
# series of a chart in turn
COLOURWAY = ("#2563eb", "#0d9488", "#f59e0b", "#8b5cf6", *OTHER_COLOURS)
CHANGE_COLOURS = {"added": "#16a34a", "removed": "#dc2626", "changed": "#94a3b8"}

GRAPH_CONFIG = {"displayModeBar": False, "responsive": True}


def provider_colour(provider: str, place: int | None = None) -> str:
    """A provider's colour, the same on every page: its own, or one by its name. place: in a chart of other names."""
    other = crc32(provider.encode()) if place is None else place
    return PROVIDER_COLOURS.get(provider, OTHER_COLOURS[other % len(OTHER_COLOURS)])


def provider_label(provider: str) -> str:
    """A provider's name where room is short, as a chart may write it."""
    return drawn(provider.removesuffix("_workspace").removesuffix("_account")) or "not known"


def drawn(text: str) -> str:
    """A text as a chart shows it: Plotly takes tags, even links, in a value for its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def template(dark: bool) -> go.layout.Template:
    """The template of the light or the dark theme; colours match assets/style.css."""
    ink, quiet, line = ("#e6edf3", "#9aa7b5", "#2b333d") if dark else ("#1b2430", "#5b6677", "#e6e9ee")
    axis = {
        "gridcolor": line,
        "linecolor": line,
        "zerolinecolor": line,
        "automargin": True,
        "title": {"font": {"size": 12}},
    }
    return go.layout.Template(
        layout={
            "font": {
                "family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
                "size": 12,
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
                "font": {"size": 12, "color": ink},
                "bgcolor": "#1d242d" if dark else "#ffffff",
                "bordercolor": quiet,
                "align": "left",
            },
        }
    )


def surface(dark: bool) -> str:
    """What charts are drawn on, as in assets/style.css."""
    return "#161b22" if dark else "#ffffff"


@functools.cache
def theme(dark: bool) -> dict[str, Any]:
    """The template as plain values, for figures that are written as dictionaries: they cost a tenth to make."""
    return dict(json.loads(template(dark).to_json()))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, other: str, share: float) -> str:
    """`share` of the colour and the rest of the other, as #rrggbb."""
    parts = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in parts)


def faded(colour: str, opacity: float) -> str:
    """The colour as rgba."""
    return "rgba({},{},{},{})".format(*_channels(colour), opacity)


def luminance(colour: str) -> float:
    """WCAG's relative luminance, 0 to 1."""

    def linear(channel: int) -> float:
        value = channel / 255
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    lighter, darker = sorted((luminance(colour), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(colour: str) -> str:
    """The text colour that reads best on the colour."""
    return max(("#ffffff", "#101720"), key=lambda ink: contrast(ink, colour))
