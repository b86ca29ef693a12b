"""What the product does; knows nothing of Dash or Flask.

Built once by `build` and handed to the app. Clients and connections are made inside calls, never at import.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from services.db import DatabaseService


@dataclass(frozen=True)
class Services:
    """The services that callbacks and routes use."""

    db: DatabaseService


def build(engine: sa.Engine) -> Services:
    """Wire the services onto one database engine."""
    return Services(db=DatabaseService(engine))
