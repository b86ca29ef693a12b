"""Empty answers that may be no list at all.

StackQL's documents of AWS's XML services rebuild an answer by its schema, so that a sign-in page and a stranger's XML
come out as a list without entries, with status 0 and no word about it (StackQL 0.10.582, `schema_driven_xml`). The
templates of Azure's and some other documents do the same with JSON of another kind, though not with a page. Nothing
tells such an answer from an empty list; so it is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from sqlglot import exp

from inventory_runner.engines.paging import find_document

_XML = re.compile(rb"\btype: ['\"]?(?:schema_driven_xml|golang_template_mxj)")
_JSON = re.compile(rb"\btype: ['\"]?golang_template_(?:json|text)")

_NOUGHT = (None, 0, "0", "0.0", "[]", "{}")


class Doubts(NamedTuple):
    """Resources whose documents make an empty list of a page or any XML, and of JSON of another kind."""

    anything: list[str]
    other_json: list[str]

    def describe(self) -> list[str]:
        """A sentence for each resource."""
        return [
            f"No row came back, and StackQL's document of {name} makes an empty list of any answer: a sign-in page, or"
            " XML of another kind, looks the same as a list without entries."
            for name in self.anything
        ] + [
            f"No row came back, and StackQL's document of {name} makes an empty list of any JSON: an answer of another"
            " kind looks the same as a list without entries."
            for name in self.other_json
        ]


def find_doubts(src: Path, resources: Sequence[str]) -> Doubts:
    """What can be said of an answer without rows. src: the registry's folder of that name."""
    found = Doubts([], [])
    for name in dict.fromkeys(resources):
        document = find_document(src, name)
        section = _read_section(document, document.stat().st_mtime_ns, name.lower()) if document else b""
        if _XML.search(section):
            found.anything.append(name)
        elif _JSON.search(section):
            found.other_json.append(name)
    return found


def tells_nothing(table: pa.Table, query: exp.Query | None) -> bool:
    """Whether nothing was read: no row, or one row that only counts, and counts nought."""
    if not table.num_rows:
        return True
    if table.num_rows > 1 or not isinstance(query, exp.Select) or query.args.get("group"):
        return False
    counted = [one for one in query.expressions if _puts_together(one)]
    others = {one.alias_or_name.lower() for one in query.expressions if one not in counted}
    cells = [table.column(name)[0].as_py() for name in table.column_names if name.lower() not in others]
    return bool(counted) and all(cell in _NOUGHT for cell in cells)


def _puts_together(item: exp.Expr) -> bool:
    return any(not isinstance(one.parent, exp.Window) for one in item.find_all(exp.AggFunc))


@lru_cache(maxsize=1000)
def _read_section(document: Path, _changed_at: int, resource: str) -> bytes:
    """What the document says of the resource; all of it where the resource's part cannot be found.

    db_instances:
      id: aws.rds.db_instances
      methods: …
    """
    content = document.read_bytes()
    begins = re.compile(
        rb"^( +)id: ['\"]?" + re.escape(resource.encode()) + rb"['\"]? *$", re.I | re.M
    ).search(content)
    if begins is None:
        return content
    ends = re.compile(rb"^ {0,%d}\S" % (len(begins[1]) - 1), re.M).search(content, begins.end())
    return content[begins.start() : ends.start() if ends else len(content)]
