"""SQL over the inventory itself: the IDE's second source, which Postgres answers.

What keeps it safe, each by itself: the guard's two readings of the text (`inventory_runner.sql.postgres`); Postgres's
own, of one statement, since the protocol's Parse takes no more; a role that may read the analysts' schema and nothing
else; a transaction that writes nothing; limits of time, memory, rows and bytes.
"""

from services.inventory_sql.engine import InventoryEngine
from services.inventory_sql.explaining import Plan, PlanStep
from services.inventory_sql.reader import InventoryReader

__all__ = ["InventoryEngine", "InventoryReader", "Plan", "PlanStep"]
