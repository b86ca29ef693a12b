"""Addresses of the plain HTTP routes that the browser's scripts ask.

`app/api` serves them; `scripts/ids_js.py` writes them into `app/assets/ids.js`, so that an address stands here alone. A
part in angle brackets is filled in: by Flask when it reads an address, by `filled` and by ids.js when they write one.
"""

from __future__ import annotations

import re
from urllib.parse import quote

HEALTH = "/healthz"

QUERIES = "/ide/query"
QUERY = "/ide/query/<id>"
QUERY_CANCEL = "/ide/query/<id>/cancel"
QUERY_RELEASE = "/ide/query/<id>/release"
QUERY_ROWS = "/ide/query/<id>/rows"
QUERY_EXPORT = "/ide/query/<id>/export"
QUERY_EXPORT_PROGRESS = "/ide/query/<id>/export/<token>"

DRAFTS = "/ide/drafts"
DRAFTS_DELETE = "/ide/drafts/delete"
FORMAT = "/ide/format"
METADATA = "/ide/metadata"
METADATA_TEMPLATE = "/ide/metadata/template"
METADATA_SEARCH = "/ide/metadata/search"
CHAT = "/ide/chat"


def filled(route: str, **parts: str) -> str:
    """The route's address with its parts filled in: `filled(QUERY_ROWS, id="a1")` is `/ide/query/a1/rows`."""
    for name, value in parts.items():
        route = re.sub(f"<([a-z]+:)?{name}>", quote(value, safe=""), route)
    return route
