"""Engines execute StackQL: the real one, and the sample cloud that needs no account."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from inventory_runner.contract import Engine
from inventory_runner.errors import ConfigurationError

if TYPE_CHECKING:
    # workers import this package too, and need no settings
    from inventory_runner.settings import Settings


def create(settings: Settings, *, at: datetime | None = None) -> Engine:
    """The engine that the settings name. at: the sample cloud's day. Raises ConfigurationError."""
    if settings.sample:
        if settings.on_databricks:
            raise ConfigurationError(
                "The sample cloud is refused on Databricks.", hint="Use INVENTORY_ENGINE=stackql."
            )
        from inventory_runner.engines.sample import SampleEngine

        return SampleEngine(at)
    from inventory_runner.engines.stackql import StackQLEngine

    if at is not None:
        raise ConfigurationError("Only the sample cloud can be seen at another time.", hint="Leave --at out.")
    return StackQLEngine(settings)
