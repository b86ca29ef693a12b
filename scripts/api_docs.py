"""docs/openapi.json and docs/api.md, made from the routes themselves.

    python scripts/api_docs.py            write both
    python scripts/api_docs.py --check    exit 1 where one of them says something else than the routes

Run with the project's Python (`.venv/bin/python`): it builds the app's routes, without a database.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT, PAGE = ROOT / "docs" / "openapi.json", ROOT / "docs" / "api.md"
HEAD = """# The HTTP interface

Made by `scripts/api_docs.py` from the routes; the whole contract, with every field, is [openapi.json](openapi.json),
which the app serves at `/api/openapi.json`. Operation ids and error codes are promised: they stay when addresses move.

A body is JSON with the named fields and no others. Whoever is no engineer is answered 403 by the engineers' operations.
Writes from other sites are refused (CSRF), as are unknown hosts (DNS rebinding).

A cell that a browser would round comes as text: JSON, and numbers that no double holds. A file's `format` is `csv` (for
spreadsheets: an apostrophe before what would run as a formula), `csv-exact` (every cell as it is), `xlsx` or `json`.

An answer of status 400 and above is `{"error": {"code", "title", "message", "hint", "field", "details"}}`; where a
statement is at fault also `line`, `column`, `resource`, `parameters` or `near`. 400: the request has not the
document's shape. 422: it has, and what it asks for cannot be done.
"""


def document() -> dict[str, Any]:
    """The OpenAPI document of the app's routes."""
    sys.path.insert(0, str(ROOT))
    import flask

    from app import api
    from app.settings import read_settings
    from app.start import build_services

    settings = read_settings(database_url="postgresql://localhost/none")
    return api.install(flask.Flask("documented"), build_services(settings)).document()


def list_error_codes() -> dict[str, str]:
    """Every promised code and the first sentence of its class, of all modules of the product."""
    import app
    import inventory_runner
    import services
    from inventory_runner.errors import InventoryError

    for package in (inventory_runner, services, app):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            # the servers' entry points start something when they are imported
            if found.name.rsplit(".", 1)[-1] not in ("__main__", "wsgi"):
                importlib.import_module(found.name)
    said, kinds = {}, [InventoryError]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        said[kind.code] = (kind.__doc__ or "").split("\n\n")[0].strip().replace("\n   ", "")
    return dict(sorted(said.items()))


def write_page(described: dict[str, Any]) -> str:
    """docs/api.md."""
    lines = [HEAD, "## Operations", "", "| operation | | who | does |", "|---|---|---|---|"]
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            lines.append(
                f"| `{one['operationId']}` | `{method.upper()} {path}` | {one['x-role']} | {one['summary']} |"
            )
    lines += ["", "## Error codes", "", "| code | says |", "|---|---|"]
    lines += [f"| `{code}` | {said} |" for code, said in list_error_codes().items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    from generated import write_or_check

    described = document()
    return write_or_check(
        {DOCUMENT: json.dumps(described, indent=1, ensure_ascii=False) + "\n", PAGE: write_page(described)}
    )


if __name__ == "__main__":
    sys.exit(main())
