"""Values of the cloud as labels of a chart: cut where they are long, so that they still differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

UNKNOWN = "not known"
LONGEST_LABEL = 22
# where a value may be cut for what others have too, and how much less is worth it
SEPARATORS = "@./:-_"
LEAST_CUT = 3


def cut_value(text: str) -> str:
    """A value as a label that stands alone."""
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def cut_values(texts: Sequence[str]) -> list[str]:
    """Values that stand in one list as labels: what long ones have in common is cut first, so that they differ.

    `web-oncall@example.org` and `data-team@example.org` are `web-oncall@…` and `data-team@…`.
    """
    ends = Counter(end for text in set(texts) for end in _list_ends(text))
    starts = Counter(start for text in set(texts) for start in _list_starts(text))
    shortened = {text: _cut_common(text, ends, starts) for text in set(texts)}
    alike = Counter(shortened.values())
    # two that would look the same are cut as they would be alone
    return [
        cut_value(
            text
            if alike[shortened[text]] > 1 or shortened[text] in shortened.keys() - {text}
            else shortened[text]
        )
        for text in texts
    ]


def _cut_common(text: str, ends: Counter[str], starts: Counter[str]) -> str:
    """The text without as much of an end, or else of a start, that another has too, as lets it fit."""
    if len(text) <= LONGEST_LABEL:
        return text
    cut = [f"{text[: -len(end)]}{end[0]}…" for end in _list_ends(text) if ends[end] > 1]
    cut = cut or [f"…{start[-1]}{text[len(start) :]}" for start in _list_starts(text) if starts[start] > 1]
    fitting = [one for one in cut if len(one) <= LONGEST_LABEL]
    return max(fitting, key=len) if fitting else min(cut, key=len, default=text)


def _list_ends(text: str) -> list[str]:
    """Its parts from a separator on, where something stands before it."""
    return [
        text[i:] for i, letter in enumerate(text) if letter in SEPARATORS and 0 < i < len(text) - LEAST_CUT
    ]


def _list_starts(text: str) -> list[str]:
    """Its parts up to a separator, where something stands behind it."""
    return [
        text[: i + 1]
        for i, letter in enumerate(text)
        if letter in SEPARATORS and LEAST_CUT < i < len(text) - 1
    ]
