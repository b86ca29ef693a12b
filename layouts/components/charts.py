"""Plotly figures' common look: two templates, the providers' colours, and what the mode bar offers."""

from __future__ import annotations

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
CHANGE_COLOURS = {"added": "#16a34a", "removed": "#dc2626", "changed": "#94a3b8"}

# Plotly's own buttons that help here; the rest only confuse
GRAPH_CONFIG = {
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}


def provider_colour(provider: str, index: int = 0) -> str:
    """A provider's own colour, or one by its place in the chart."""
    return PROVIDER_COLOURS.get(provider, OTHER_COLOURS[index % len(OTHER_COLOURS)])


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
            "colorway": ["#2563eb", "#0d9488", "#f59e0b", "#8b5cf6", *OTHER_COLOURS],
            "xaxis": axis,
            "yaxis": axis,
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
            "hoverlabel": {"font": {"size": 12}},
        }
    )
