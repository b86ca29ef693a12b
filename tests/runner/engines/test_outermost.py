"""What is applied to StackQL's rows after it printed them never makes rows that were not there."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.command import options, output
from inventory_runner.contract import EngineError, QueryResult
from inventory_runner.engines import stackql_backend
from inventory_runner.engines.outermost import Outermost, take_out_outermost
from inventory_runner.engines.values import cut
from inventory_runner.sql.statement import read
from services.query_service import export, results

COUNTS = st.none() | st.integers(0, 12)
ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from(["p", "q", "null", "1"])), max_size=8)
SQL = "SELECT a, b, c FROM x.y.z"


def printed(rows: list[dict[str, Any]], outermost: Outermost, row_limit: int | None = None) -> pa.Table:
    """The table that the engine makes of what the program printed."""
    text = io.BytesIO(json.dumps(rows).encode() if rows else b"null")
    return stackql_backend.read(text, "", SQL, row_limit, 20, {}, outermost).table


@given(
    rows=ROWS,
    distinct=st.booleans(),
    offset=st.integers(0, 9),
    count=COUNTS,
    row_limit=COUNTS,
    start=st.integers(0, 9),
    size=st.integers(0, 9),
)
def test_filtering_ordering_and_cutting_never_give_more_rows(
    rows: list[dict[str, Any]],
    distinct: bool,
    offset: int,
    count: int | None,
    row_limit: int | None,
    start: int,
    size: int,
) -> None:
    whole = printed(rows, Outermost())
    assert whole.num_rows <= len(rows)
    outermost = Outermost(distinct, offset, count)
    assert outermost.apply_to(whole).num_rows <= whole.num_rows
    answer = printed(rows, outermost, row_limit)
    assert answer.num_rows <= min([whole.num_rows, *(n for n in (count,) if n is not None)])
    # what pages and files show of it
    assert cut(answer, start, size).num_rows <= answer.num_rows
    assert len(results.list_rows(answer, None, start, start + size)) <= answer.num_rows
    search = results.find_matching_rows(
        answer, [{"column": name} for name in answer.column_names[:1]], {}, "p"
    )
    assert (answer.num_rows if search is None else len(search)) <= answer.num_rows
    exported = json.loads(b"".join(export.write_json(answer, frozenset(), lambda _: None)))
    assert len(exported) == answer.num_rows
    assert (
        len(b"".join(export.write_csv(answer, frozenset(), lambda _: None, exact=True)).splitlines())
        <= 1 + answer.num_rows
    )
    for form in options.FORMATS:
        output.write(QueryResult(answer), form, io.BytesIO())


@pytest.mark.parametrize(
    "clauses",
    ["ORDER BY a LIMIT 18", "ORDER BY a LIMIT 18 OFFSET 2", "ORDER BY a LIMIT 2, 18"],
)
@pytest.mark.parametrize("distinct", ["", "DISTINCT "])
def test_an_empty_answer_with_a_limit_has_no_rows(clauses: str, distinct: str) -> None:
    _, outermost = take_out_outermost(read(f"SELECT {distinct}a FROM x.y.z {clauses}"))
    assert outermost.count == 18
    assert printed([], outermost).num_rows == 0


def test_rows_without_columns_are_refused() -> None:
    with pytest.raises(EngineError, match="18 rows that have no columns"):
        QueryResult(pa.table({}).slice(0, 18))
    assert QueryResult(pa.table({})).table.num_rows == 0
