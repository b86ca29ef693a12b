"""Opening an address of the inventory as the browser and Dash do: what a link or a mark of a chart leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from dash import dcc
from dash._pages import _parse_path_variables, _parse_query_string
from fakes.components import walk

from layouts.inventory import ids
from layouts.pages import PAGES
from services.models.inventory import TableRef
from services.models.url_values import parse_only


@dataclass(frozen=True)
class Opened:
    """The page that an address opens. stores: id → what the page begins with."""

    arguments: dict[str, Any]
    layout: Any
    stores: dict[str, Any]

    @property
    def table(self) -> TableRef:
        from layouts.inventory.table.page import read_ref

        return read_ref(self.stores[ids.TABLE_ARGUMENTS])

    @property
    def tab(self) -> str:
        return str(self.stores[ids.TABLE_ARGUMENTS]["tab"])

    @property
    def only(self) -> dict[str, str]:
        return parse_only(self.stores[ids.TABLE_ARGUMENTS].get("only", ""))

    def value(self, id: str) -> Any:
        """What a control of the page begins with."""
        (found,) = [one for one in walk(self.layout) if getattr(one, "id", None) == id]
        return found.value


def opened(address: str) -> Opened:
    """Raises AssertionError where no page of the inventory has the address."""
    parts = urlsplit(address)
    assert not parts.scheme and not parts.netloc, address
    arguments = _parse_query_string(f"?{parts.query}" if parts.query else "")
    for page in PAGES:
        if page.path_template and parts.path != "/inventory":
            found = _parse_path_variables(parts.path, page.path_template)
            if found:
                arguments |= found
                break
        elif page.path == parts.path and not page.engineers_only:
            break
    else:
        raise AssertionError(f"no page has the address {address}")
    layout = page.layout(**arguments)
    stores = {one.id: one.data for one in walk(layout) if isinstance(one, dcc.Store) and hasattr(one, "data")}
    return Opened(arguments, layout, stores)
