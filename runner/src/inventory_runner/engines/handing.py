"""What an engine is handed for a statement: it is taken apart, written in StackQL's words, or refused.

Both engines ask it, so that the sample cloud answers nothing that StackQL does not.
"""

from __future__ import annotations

from inventory_runner.engines.conditions import correct_conditions
from inventory_runner.engines.json_calls import guard_json_calls
from inventory_runner.engines.outermost import Outermost, take_out_outermost
from inventory_runner.sql.spelling import spell_for_stackql
from inventory_runner.sql.statement import Statement


def hand_over(statement: Statement) -> tuple[Statement, Outermost]:
    """The statement as StackQL gets it, and what is left to do with its rows. Raises QuerySyntaxError."""
    handed, left_to_do = take_out_outermost(statement.plain)
    return guard_json_calls(spell_for_stackql(correct_conditions(handed))), left_to_do
