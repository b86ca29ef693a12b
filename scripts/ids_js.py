"""app/assets/ids.js, made from what Python and the browser's scripts both need: ids, addresses, defaults.

    python scripts/ids_js.py            write it
    python scripts/ids_js.py --check    exit 1 where the file has something else

Run with the project's Python (`.venv/bin/python`): it imports the modules that say what the file says. A constant keeps
its name; a function of an `ids` module, and an address with parts to fill in, become functions of the same name.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "app" / "assets" / "ids.js"
HEAD = """\
/* What Python and the scripts both need. Made by scripts/ids_js.py: change what it reads, then `dev.py fix`.
   Owns: nothing that changes.
   Ids: all that the modules layouts.….ids name, by their folder.
   Offers: `ids`, also with routes, pages (their addresses), url (names in addresses) and values (sizes, defaults).
   Needs: nothing. */
"""


def list_groups() -> dict[str, Mapping[str, str]]:
    """Each part of `ids`, as name → JavaScript."""
    sys.path.insert(0, str(ROOT))
    from app.workspaces import WORKSPACES
    from layouts.pages import PAGES
    from services.models import routes, url_words

    folders = ("shell", *(workspace.name for workspace in WORKSPACES), "components")
    return {
        **{folder: write_ids(_load_module(f"layouts.{folder}.ids")) for folder in folders},
        "routes": {name: write_route(value) for name, value in _list_constants(routes).items()},
        "pages": {page.name.upper(): json.dumps(page.path) for page in PAGES if not page.path_template},
        "url": {name: json.dumps(value) for name, value in _list_constants(url_words).items()},
        "values": {
            name: json.dumps(value, ensure_ascii=True) for name, value in list_shared_values().items()
        },
    }


def list_shared_values() -> dict[str, Any]:
    """Sizes and defaults that scripts have to know as the pages do."""
    from inventory_runner.sql.postgres_words import FUNCTIONS
    from layouts.components import builder, exports, grid, keys, markup
    from layouts.ide import page as ide
    from layouts.inventory import addresses
    from layouts.inventory import page as inventory
    from layouts.inventory.table import page as table
    from layouts.schedules import cells, run
    from layouts.schedules import page as schedules
    from services.models.core import INVENTORY_SCHEMA, Source
    from services.models.grid_view import LONGEST_ADDRESS, NUMBER_CONDITIONS, TEXT_CONDITIONS
    from services.models.inventory import READ_AT, ChartChoice, InventoryFilter
    from services.models.limits import (
        LONGEST_COMPARED,
        MOST_BLOCK_ROWS,
        MOST_CONDITIONS,
        MOST_SORTED_ROWS,
        MOST_VALUES,
    )

    return {
        "BLOCK_ROWS": grid.BLOCK_ROWS,
        "MOST_BLOCK_ROWS": MOST_BLOCK_ROWS,
        "LONGEST_COMPARED": LONGEST_COMPARED,
        "MOST_CONDITIONS": MOST_CONDITIONS,
        # how a column is compared, and in which words
        "TEXT_CONDITIONS": [list(one) for one in TEXT_CONDITIONS.items()],
        "NUMBER_CONDITIONS": [list(one) for one in NUMBER_CONDITIONS.items()],
        "MOST_SORTED_ROWS": MOST_SORTED_ROWS,
        "LONGEST_ADDRESS": LONGEST_ADDRESS,
        "MOST_VALUES": MOST_VALUES,
        "READ_AT": READ_AT,
        "ROW_LIMIT": ide.DEFAULT_ROW_LIMIT,
        "EXPORTS": list(exports.FORMATS),
        # after g: where each key leads
        "GO": {key: place.href for key, place in keys.GO.items()},
        # what a select says for all, and for no column
        "ALL": inventory.ALL,
        "ALL_PROVIDERS": ide.ALL_PROVIDERS,
        "LIVE": Source.LIVE,
        "INVENTORY_FUNCTIONS": sorted(FUNCTIONS),
        "NO_COLUMN": builder.NONE,
        # what an address leaves out
        "INVENTORY_SCHEMA": INVENTORY_SCHEMA,
        "DAYS": str(InventoryFilter().days),
        # the filters that go along with every link
        "TRAVELLING": list(addresses.TRAVELLING),
        "TABLE_TAB": table.TAB_NAMES[0][0],
        "BEHIND": markup.TABLE,
        "MEASURE": ChartChoice().measure,
        "CHART_KIND": ChartChoice().kind,
        "RUN_TAB": next(iter(run.TABS)),
        # the parts of the Schedules page's address
        "SCHEDULES_NUMBERS": schedules.NUMBERS,
        "SCHEDULES_WORDS": schedules.WORDS,
        "BAR_SEPARATOR": cells.BAR_SEPARATOR,
    }


def write_ids(module: ModuleType) -> dict[str, str]:
    """An ids module's constants and functions."""
    made = {name: json.dumps(value) for name, value in _list_constants(module).items()}
    for name, function in inspect.getmembers(module, inspect.isfunction):
        made[name] = write_id_function(function)
    return made


def write_id_function(function: Callable[..., str | dict[str, str]]) -> str:
    """`(name) => ({ type: "ide_parameter", name: name })`, as the function makes it of its parameters."""
    parameters = list(inspect.signature(function).parameters)
    made = function(*(f"<{name}>" for name in parameters))
    if isinstance(made, str):
        return _write_arrow(parameters, _fill_template(made, "{}"))
    pairs = ", ".join(
        f"{key}: {value[1:-1] if value[1:-1] in parameters else json.dumps(value)}"
        for key, value in made.items()
    )
    return _write_arrow(parameters, f"({{ {pairs} }})")


def write_route(address: str) -> str:
    """The address as a text, or as a function of its parts."""
    # Flask may be told a part's type: <int:id>
    address = re.sub("<[a-z]+:", "<", address)
    parts = re.findall("<(.+?)>", address)
    return (
        _write_arrow(parts, _fill_template(address, "encodeURIComponent({})"))
        if parts
        else json.dumps(address)
    )


def _write_arrow(parameters: list[str], body: str) -> str:
    return f"({', '.join(parameters)}) => {body}"


def _fill_template(text: str, written: str) -> str:
    """A template literal with `<name>` replaced by how that value is written."""
    return "`" + re.sub("<(.+?)>", lambda part: "${" + written.format(part[1]) + "}", text) + "`"


def _list_constants(module: ModuleType) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if name.isupper()}


def _load_module(name: str) -> ModuleType:
    __import__(name)
    return sys.modules[name]


def write_text() -> str:
    """The whole file."""
    parts = []
    for group, members in list_groups().items():
        lines = "".join(f"        {name}: {value},\n" for name, value in members.items())
        parts.append(f"    {group}: {{\n{lines}    }},\n")
    return f"{HEAD}const ids = {{\n{''.join(parts)}}};\n"


def main() -> int:
    # tests import the other functions from the root, where this module is not found
    from generated import write_or_check

    return write_or_check({FILE: write_text()})


if __name__ == "__main__":
    sys.exit(main())
