"""What an engine is handed for a statement: it is taken apart, written in StackQL's words, or refused.

Both engines ask it, so that the sample cloud answers nothing that StackQL does not.
"""

from __future__ import annotations

from typing import NamedTuple

from inventory_runner.engines.answers import JsonReads
from inventory_runner.engines.conditions import correct_conditions
from inventory_runner.engines.json_calls import guard_json_calls
from inventory_runner.engines.json_counts import count_what_is_no_json
from inventory_runner.engines.outermost import Outermost, take_out_outermost
from inventory_runner.sql.spelling import spell_for_stackql
from inventory_runner.sql.statement import Statement


class Handed(NamedTuple):
    """The statement as StackQL gets it; what is left to do with its rows; columns of it that count what is no JSON."""

    statement: Statement
    left_to_do: Outermost
    json_reads: JsonReads


def hand_over(statement: Statement) -> Handed:
    """What the engine gets. Raises QuerySyntaxError."""
    handed, left_to_do = take_out_outermost(statement.plain)
    handed, json_reads = count_what_is_no_json(correct_conditions(handed))
    return Handed(guard_json_calls(spell_for_stackql(handed)), left_to_do, json_reads)
