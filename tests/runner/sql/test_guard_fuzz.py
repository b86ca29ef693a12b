"""3,000 statements that are known by construction, others every day: no write passes, and hardly a read is refused.

`python -m benchmarks guard` does the same with 100,000.
"""

from __future__ import annotations

import os

import pytest
from fakes.statements import Generated, generate, is_leak, only_reads, seed_of_the_day

from inventory_runner.errors import InventoryError, NotInStackQL
from inventory_runner.sql import guard
from inventory_runner.sql.guard import CheckedStatement
from inventory_runner.sql.statement import Source, read

pytestmark = pytest.mark.slow
COUNT = 3000
REFUSED_AT_MOST = 0.01
# a day's failure is seen again with INVENTORY_FUZZ_SEED=…
SEED = int(os.environ.get("INVENTORY_FUZZ_SEED") or seed_of_the_day())


@pytest.fixture(scope="module")
def passed() -> list[tuple[Generated, CheckedStatement | None]]:
    """What was made, and as what it passed the guard; None where it was refused."""
    found: list[tuple[Generated, CheckedStatement | None]] = []
    for one in generate(SEED, COUNT):
        try:
            found.append((one, guard.check(read(one.text), Source.LIVE)))
        except NotInStackQL:
            # refused for a form of SQL, and not for what it does
            continue
        except InventoryError:
            found.append((one, None))
    return found


def test_no_write_passes(
    passed: list[tuple[Generated, CheckedStatement | None]], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\nThe guard's fuzz has the seed {SEED}.")  # noqa: T201 - so that a failure can be had again
    kinds = [one.kind for one, _ in passed]
    assert min(kinds.count(kind) for kind in ("read", "write", "noise")) > COUNT / 10
    leaks = [
        one.text
        for one, statement in passed
        if statement is not None and is_leak(one, statement.plain.text.replace("\n", " "))
    ]
    assert not leaks, f"seed {SEED}"


def test_reads_are_not_refused(passed: list[tuple[Generated, CheckedStatement | None]]) -> None:
    reads = [(one, statement) for one, statement in passed if one.kind == "read"]
    assert all(only_reads(one.text) for one, _ in reads), f"seed {SEED}"
    refused = [one.text for one, statement in reads if statement is None]
    assert len(refused) <= REFUSED_AT_MOST * len(reads), (f"seed {SEED}", refused[:5])


def test_what_a_read_names_is_what_it_was_made_of(
    passed: list[tuple[Generated, CheckedStatement | None]],
) -> None:
    for one, statement in passed:
        if one.kind == "read" and statement is not None:
            assert sorted(statement.resources) == sorted(one.resources), (f"seed {SEED}", one.text)
            assert statement.parameters == one.parameters, (f"seed {SEED}", one.text)
            assert statement.plain.words == statement.words, (f"seed {SEED}", one.text)


def test_the_same_seed_makes_the_same_statements() -> None:
    assert list(generate(7, 20)) == list(generate(7, 20)) != list(generate(8, 20))
