"""Runs the IDE's queries (`QueryService.runner`), reads their results (`.results`), and saves texts (`.saved`).

A query's run is a folder on disk: a state file that is renamed into place, an uncompressed Arrow file that is read
through memory mapping, a lease that polling renews and a flag that cancels. So any process of the app can serve any
query, a killed process loses no more than the queries it ran itself, and nothing but an id is ever in the browser.
Handing results over in memory (or by background callbacks) would tie a user to one process.
"""

from services.query_service.folders import Limits
from services.query_service.service import QueryService
from services.query_service.state import QueryState, QueryStatus

__all__ = ["Limits", "QueryService", "QueryState", "QueryStatus"]
