"""The guard against statements that are known by construction: what changes anything must not pass, what reads must.

Reads come in every form that StackQL's users write; writes are hidden in comments, literals, common table expressions,
behind semicolons and reading words, in odd letters, cases and spaces; noise is either with marks put in between. What
a statement is follows from how it was made, never from the product's own reading (tests/fakes/statements.py).
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from inventory_runner.errors import InventoryError, StatementRefused
from inventory_runner.sql import guard
from inventory_runner.sql.statement import Source, read

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fakes import statements


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The benchmark's own flags."""
    parser.add_argument("--statements", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=statements.seed_of_the_day(), help="by default the day's")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """leaks: statements that pass and change something; refused_reads_share: of the reads, those that do not pass."""
    # the parser warns of what is no SQL
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    made: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    leaks = noise_passed = 0
    began = time.monotonic()
    for one in statements.generate(options.seed, options.statements):
        made[one.kind] += 1
        try:
            passed = guard.check(read(one.text), Source.LIVE)
        except InventoryError as error:
            if one.kind == "read":
                refused[error.form if isinstance(error, StatementRefused) else error.code] += 1
            continue
        # as it travels: without comments, on one line
        if one.kind != "read" and statements.is_leak(one, passed.plain.text.replace("\n", " ")):
            leaks += 1
            sys.stderr.write(f"leak ({one.form}): {one.text!r}\n")
        noise_passed += one.kind == "noise"
    return {
        "seed": options.seed,
        "statements": made.total(),
        "reads": made["read"],
        "writes": made["write"],
        "noise": made["noise"],
        "noise_passed": noise_passed,
        "leaks": leaks,
        "refused_reads": refused.total(),
        "refused_reads_share": round(refused.total() / max(1, made["read"]), 4),
        "refused_forms": dict(refused.most_common()),
        "statements_a_second": round(made.total() / (time.monotonic() - began)),
    }
