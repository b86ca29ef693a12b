"""Engines execute StackQL: the real one, and the sample cloud that needs no account."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime

from inventory_runner.contract import Engine
from inventory_runner.errors import ConfigurationError

NAMES = ("stackql", "sample")


def create(name: str, *, at: datetime | None = None, environ: Mapping[str, str] = os.environ) -> Engine:
    """The engine of that name. at: the sample cloud's day. Raises ConfigurationError."""
    if name == "sample":
        # workers import this package too, and need no database
        from inventory_runner.platform.database import on_databricks

        if on_databricks(environ):
            raise ConfigurationError(
                "The sample cloud is refused on Databricks.", hint="Use INVENTORY_ENGINE=stackql."
            )
        from inventory_runner.engines.sample import SampleEngine

        return SampleEngine(at)
    if name == "stackql":
        from inventory_runner.engines.stackql import StackQLEngine

        if at is not None:
            raise ConfigurationError(
                "Only the sample cloud can be seen at another time.", hint="Leave --at out."
            )
        return StackQLEngine(environ)
    raise ConfigurationError(f"There is no engine named {name!r}.", hint=f"Choose one of {', '.join(NAMES)}.")
