"""docs/statements.md tells of every form that is refused: its examples are refused for it, what to write is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inventory_runner.contract import QuerySyntaxError
from inventory_runner.engines import conditions
from inventory_runner.engines.json_calls import guard_json_calls
from inventory_runner.engines.outermost import take_out_outermost
from inventory_runner.errors import StatementRefused
from inventory_runner.sql import guard, refusals
from inventory_runner.sql.guard import CheckedStatement
from inventory_runner.sql.refusals import Form
from inventory_runner.sql.statement import Source, read

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "statements.md").read_text("utf-8")
# what cannot stand in a table
SIGNS = {"⏎": "\n", "␀": "\0", "◌": "\ud800", "x…x": "x" * guard.LONGEST}


def read_rows(title: str) -> list[tuple[str, str, str, str]]:
    """The rows of the table under a title: form, example, why, write."""
    section = PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in section.splitlines() if line.startswith("|")]
    form, example, why, write = zip(*([cell.strip() for cell in row] for row in rows[2:]), strict=True)
    return list(
        zip(
            form,
            map(read_code, example),
            (w.replace(r"\|", "|") for w in why),
            map(read_code, write),
            strict=True,
        )
    )


def read_code(cell: str) -> str:
    code = cell.replace(r"\|", "|").strip("`")
    # two backticks and a space surround what holds one
    code = code.strip() if cell.startswith("``") else code
    for sign, meant in SIGNS.items():
        code = code.replace(sign, meant)
    return code


GUARD = read_rows("What the guard refuses")
ENGINE = read_rows("What StackQL would compute wrongly")


def check(sql: str) -> CheckedStatement:
    return guard.check(read(sql), Source.LIVE)


def test_every_form_has_its_row_and_only_one() -> None:
    assert sorted(form for form, *_ in GUARD) == sorted([*Form, "syntax"])


@pytest.mark.parametrize(("form", "example", "why", "write"), GUARD, ids=[row[0] for row in GUARD])
def test_a_form_is_refused_for_its_reason_and_what_to_write_is_not(
    form: str, example: str, why: str, write: str
) -> None:
    if form == "syntax":
        with pytest.raises(QuerySyntaxError, match="it cannot be read near"):
            check(example)
    else:
        with pytest.raises(StatementRefused) as refused:
            check(example)
        assert refused.value.form == form
        assert refusals.describe_form(Form(form))[0] == why
        pattern = re.escape(why).replace("…", ".+")
        assert re.fullmatch(rf"(?:Line \d+: )?{pattern}", refused.value.message)
        assert refused.value.hint
    check(write)


@pytest.mark.parametrize(("form", "example", "why", "write"), ENGINE, ids=[row[0] for row in ENGINE])
def test_what_stackql_would_compute_wrongly_is_refused(form: str, example: str, why: str, write: str) -> None:
    def hand_over(sql: str) -> None:
        statement = check(sql)
        assert statement.query is not None
        conditions.check(statement.query, {"encrypted": "boolean"}, {"region"})
        handed, _ = take_out_outermost(statement.plain)
        guard_json_calls(conditions.correct_conditions(handed))

    with pytest.raises(QuerySyntaxError) as refused:
        hand_over(example)
    assert re.fullmatch(rf"(?:Line \d+: )?{re.escape(why).replace('…', '.+')}", refused.value.message)
    hand_over(write)


def test_the_statements_that_run_do() -> None:
    section = PAGE.split("## What the guard refuses", 1)[0]
    for verb, forms in re.findall(r"^\| `(SHOW|DESCRIBE)`[^|]*\| (.*) \|$", section, re.MULTILINE):
        for form in re.findall(r"`([A-Za-z][^`/…]*)`", forms):
            if form not in ("EXTENDED", "LIKE '…'", "WHERE name = '…'"):
                check(f"{verb} {form}")
