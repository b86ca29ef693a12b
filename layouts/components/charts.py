"""The colours of charts: the providers', those of series in turn, and what can be read on them."""

from __future__ import annotations

from zlib import crc32

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


def find_provider_colour(provider: str, place: int | None = None) -> str:
    """A provider's colour, the same on every page: its own, or one by its name. place: in a chart of other names."""
    other = crc32(provider.encode()) if place is None else place
    return PROVIDER_COLOURS.get(provider, OTHER_COLOURS[other % len(OTHER_COLOURS)])


def shorten_provider(provider: str) -> str:
    """A provider's name where room is short."""
    return provider.removesuffix("_workspace").removesuffix("_account") or "not known"


def _split_channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix_colours(colour: str, other: str, share: float) -> str:
    """`share` of the colour and the rest of the other, as #rrggbb."""
    parts = zip(_split_channels(colour), _split_channels(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in parts)


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
