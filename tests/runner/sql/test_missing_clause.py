"""The clause that a button adds: each table's own, under its own name, once, and nothing else of the text changes."""

from __future__ import annotations

import pytest
from fakes.engine import ScriptedEngine
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from inventory_runner.contract import Method
from inventory_runner.sql import guard, preflight
from inventory_runner.sql.statement import Source, read

ASKED = {
    "aws.ec2.instances": ("region",),
    "aws.ec2.volumes": ("region",),
    "google.compute.disks": ("project", "zone"),
}


class Metadata(ScriptedEngine):
    def methods(self, resource: str) -> list[Method]:
        return [Method("list", "SELECT", ASKED[resource])]


def mended(sql: str, backwards: bool = False) -> str:
    """The text after every button was pressed, each found anew as the page does, the first one or the last one."""
    for _ in range(9):
        problems = preflight.check(read(sql), Metadata())
        changed = [text for one in problems if (text := preflight.add_clause(read(sql), one)) != sql]
        assert bool(changed) == bool(problems)
        if not changed:
            return sql
        sql = changed[-1 if backwards else 0]
    raise AssertionError(f"it does not end: {sql}")


@pytest.mark.parametrize(
    ("sql", "clause"),
    [
        # several tables that need it: each under its alias, as it was typed
        ("SELECT * FROM aws.ec2.instances i, aws.ec2.volumes v", "v.region = :region AND i.region = :region"),
        (
            "SELECT * FROM aws.ec2.instances i, aws.ec2.instances AS j",
            "j.region = :region AND i.region = :region",
        ),
        (
            'SELECT * FROM aws.ec2.volumes "my vol", google.compute.disks D',
            'D.project = :project AND D.zone = :zone AND "my vol".region = :region',
        ),
        (
            "SELECT * FROM aws.ec2.instances i CROSS JOIN aws.ec2.volumes v",
            "v.region = :region AND i.region = :region",
        ),
        (
            "SELECT * FROM (aws.ec2.instances i, aws.ec2.volumes v)",
            "v.region = :region AND i.region = :region",
        ),
        ("SELECT * FROM aws.ec2.instances i, (SELECT 1 AS n) AS o", "i.region = :region"),
        ("SELECT * FROM aws.ec2.instances i, json_each(i.tags) t", "i.region = :region"),
        # without an alias there is no name to write before it, and what follows the table is none
        ("SELECT * FROM aws.ec2.instances, aws.ec2.volumes", "region = :region"),
        ("SELECT * FROM aws.ec2.instances CROSS JOIN aws.ec2.volumes", "region = :region"),
        ("SELECT * FROM aws.ec2.instances NATURAL JOIN aws.ec2.volumes", "region = :region"),
        ("SELECT * FROM aws.ec2.instances FULL OUTER JOIN aws.ec2.volumes USING (id)", "region = :region"),
        ("SELECT * FROM aws.ec2.instances NATURAL LEFT JOIN (SELECT 1 AS n) o", "region = :region"),
        # a table alone needs no name
        ("SELECT * FROM aws.ec2.instances AS i", "region = :region"),
    ],
)
def test_each_table_gets_its_own_clause(sql: str, clause: str) -> None:
    assert mended(sql) == f"{sql} WHERE {clause}"


@pytest.mark.parametrize("end", [";", ";;", "; -- end", "\n/* a;\nb */ ;\n-- end", " -- end"])
def test_what_stands_behind_the_statement_stays_there(end: str) -> None:
    fixed = mended(f"SELECT * FROM aws.ec2.instances{end}")
    assert fixed in (
        f"SELECT * FROM aws.ec2.instances{gap}WHERE region = :region{end}" for gap in (" ", "\n")
    )


def test_a_column_named_like_a_keyword_ends_nothing() -> None:
    assert mended("SELECT * FROM aws.ec2.instances i WHERE i.limit = 1 OR i.where = 2") == (
        "SELECT * FROM aws.ec2.instances i WHERE region = :region AND (i.limit = 1 OR i.where = 2)"
    )


@pytest.mark.parametrize("name", ["offset", "window"])
def test_a_bare_column_named_like_a_clause_ends_nothing(name: str) -> None:
    condition = f"{name} = 1 OR a < {name} AND b = 2"
    assert mended(f"SELECT * FROM aws.ec2.instances WHERE {condition} GROUP BY {name} LIMIT 5") == (
        f"SELECT * FROM aws.ec2.instances WHERE region = :region AND ({condition}) GROUP BY {name} LIMIT 5"
    )
    assert mended("SELECT * FROM aws.ec2.instances LIMIT 5 OFFSET 2") == (
        "SELECT * FROM aws.ec2.instances WHERE region = :region LIMIT 5 OFFSET 2"
    )


def test_a_clause_that_is_there_already_is_not_added_again() -> None:
    sql = "SELECT * FROM aws.ec2.instances i, aws.ec2.volumes"
    problems = preflight.check(read(sql), Metadata())
    for problem in [*problems, *problems]:
        sql = preflight.add_clause(read(sql), problem)
    assert sql.endswith(" WHERE region = :region AND i.region = :region")
    other = "SELECT * FROM google.compute.disks WHERE ZONE = 'a'"
    (problem,) = preflight.check(read("SELECT * FROM google.compute.disks"), Metadata())
    assert preflight.add_clause(read(other), problem) == other.replace(
        "WHERE", "WHERE project = :project AND"
    )


def test_the_line_is_the_tables_own() -> None:
    sql = "WITH a AS (\nSELECT 'aws.ec2.volumes' FROM aws.ec2.instances)\n-- aws.ec2.volumes\nSELECT * FROM a,\nAws.ec2.volumes,\naws.ec2.volumes"  # noqa: E501
    asked = ASKED | {"Aws.ec2.volumes": ("region",)}

    class Typed(ScriptedEngine):
        def methods(self, resource: str) -> list[Method]:
            return [Method("list", "SELECT", asked[resource])]

    found = {one.resource: one.line for one in preflight.check(read(sql), Typed())}
    assert found == {"aws.ec2.instances": 2, "Aws.ec2.volumes": 5, "aws.ec2.volumes": 6}


tables = st.tuples(st.sampled_from(sorted(ASKED)), st.sampled_from(["", " {}", " AS {}", ' "{} x"', "\n{}"]))
joins = st.sampled_from(
    [
        ", {}",
        " CROSS JOIN {}",
        " JOIN {} ON 1 = 1 OR 2 = 2",
        " LEFT JOIN {} ON (1 = 0)",
        "\nINNER JOIN {} ON 1 = 1",
        " RIGHT JOIN {} ON 1 = 1",
    ]
)
wheres = st.sampled_from(
    ["", " WHERE a = 1", " WHERE a = 1 OR b IN (1, 2)", "\nWHERE a = (SELECT 1 FROM x WHERE 1 = 1)"]
)
rests = st.sampled_from(["", " GROUP BY a", " ORDER BY a LIMIT 5", " UNION ALL SELECT 1"])
homes = st.sampled_from(["{}", "SELECT 1 FROM (\n{}\n) u", "WITH w AS ({}\n) SELECT * FROM w"])
ends = st.sampled_from(["", ";", ";;", " -- end", "; -- end"])


@st.composite
def queries(draw: st.DrawFn) -> str:
    parts = []
    for index, (name, alias) in enumerate(draw(st.lists(tables, min_size=1, max_size=3))):
        table = name + alias.format(f"t{index}")
        parts.append(draw(joins).format(table) if index else table)
    source = "".join(parts)
    source = f"({source})" if len(parts) > 1 and draw(st.booleans()) else source
    sql = f"SELECT * FROM {source}{draw(wheres)}{draw(rests)}"
    return draw(homes).format(sql) + draw(ends)


def without_conditions(query: exp.Query) -> exp.Query:
    """The tree without what `add_clause` adds: terms that compare a parameter, and a WHERE of nothing else."""
    copy = query.copy()
    for where in list(copy.find_all(exp.Where)):
        condition = where.this.unnest()
        terms = (
            [term.unnest() for term in condition.flatten()] if isinstance(condition, exp.And) else [condition]
        )
        if kept := [term for term in terms if not isinstance(term.args.get("expression"), exp.Placeholder)]:
            where.set("this", exp.and_(*kept, copy=False))
        else:
            where.pop()
    return copy


@settings(deadline=None, max_examples=80)
@given(queries(), st.booleans())
def test_buttons_give_every_table_what_it_needs_and_change_nothing_else(sql: str, backwards: bool) -> None:
    statement = guard.check(read(sql), Source.LIVE)
    after = guard.check(read(mended(sql, backwards)), Source.LIVE)
    assert preflight.check(after, Metadata()) == []
    assert statement.query is not None and after.query is not None
    assert without_conditions(after.query) == without_conditions(statement.query)
    added = [one.sql() for one in after.query.find_all(exp.EQ) if isinstance(one.expression, exp.Placeholder)]
    assert len(added) == len(set(added))
