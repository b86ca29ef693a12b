"""Addresses of the plain HTTP routes that the browser's scripts ask.

`app/api` serves them; `scripts/ids_js.py` writes them into `app/assets/ids.js`, so that an address stands here alone. A
part in angle brackets is filled in: by Flask when it reads an address, by `fill_route` and by ids.js when they write
one.
"""

from __future__ import annotations

import re
from urllib.parse import quote

DOCUMENT = "/api/openapi.json"
# platforms know these as they are, so they stand outside /api
HEALTH = "/healthz"
READY = "/readyz"

QUERIES = "/api/ide/queries"
QUERY = "/api/ide/queries/<id>"
QUERY_CANCEL = "/api/ide/queries/<id>/cancel"
QUERY_RELEASE = "/api/ide/queries/<id>/release"
QUERY_ROWS = "/api/ide/queries/<id>/rows"
QUERY_EXPORT = "/api/ide/queries/<id>/export"
QUERY_EXPORTS = "/api/ide/queries/<id>/exports"
EXPORT_PROGRESS = "/api/ide/queries/<id>/exports/<token>"

# behind the address of a grid's rows: how often the values of one of its columns occur
VALUES = "/values"
QUERY_VALUES = QUERY_ROWS + VALUES

DRAFTS = "/api/ide/drafts"
DRAFT = "/api/ide/drafts/<tab_id>"
FORMAT = "/api/ide/format"
RESOURCES = "/api/ide/resources"
RESOURCE_TEMPLATE = "/api/ide/resources/template"
RESOURCE_SEARCH = "/api/ide/resources/search"
INVENTORY_TABLES = "/api/ide/tables"
INVENTORY_KEYS = "/api/ide/tables/keys"
CHAT = "/api/ide/chat"

TABLE_ROWS = "/api/inventory/tables/<schema>/<name>/rows"
TABLE_EXPORT = "/api/inventory/tables/<schema>/<name>/export"
TABLE_EXPORTS = "/api/inventory/tables/<schema>/<name>/exports"
TABLE_CHART = "/api/inventory/tables/<schema>/<name>/chart.csv"
TABLE_VALUES = TABLE_ROWS + VALUES
ALL_RESOURCES = "/api/inventory/resources"
RESOURCE_EXPORT = ALL_RESOURCES + "/export"
RESOURCE_EXPORTS = ALL_RESOURCES + "/exports"
RESOURCE_VALUES = ALL_RESOURCES + VALUES
OVERVIEW_CHART = "/api/inventory/charts/<name>"


def fill_route(route: str, **parts: str) -> str:
    """The route's address with its parts filled in: `fill_route(QUERY_ROWS, id="a1")` is `/api/ide/queries/a1/rows`."""
    for name, value in parts.items():
        route = re.sub(f"<([a-z]+:)?{name}>", quote(value, safe=""), route)
    return route
