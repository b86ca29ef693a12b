"""Numbers behind a chart, as a table: what its CSV file and its panel's table are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple


class Numbers(NamedTuple):
    """What a chart is drawn from, as a table: the names of its columns, and its rows.

    of: what each row tells of, for a page that leads there.
    """

    head: list[str]
    rows: Iterable[Iterable[Any]]
    of: Iterable[Any] = ()
