"""The starter library: queries worth having, and the schedules that keep the sample estate's tables.

A query is a file: in `inventory/` those that list one resource each and are scheduled, in `findings/` questions of
exposure, age, ownership, cost and sprawl; both are written for StackQL itself and name no account, `:region` and the
like are asked for. In `questions/` stands what is asked of the inventory itself. The schedules' values are the sample
cloud's: they are of use with the sample engine only.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from inventory_runner.engines.sample_cloud import sample_values
from services.starter.files import Library, StarterFileError, StarterSchedule, read_library

__all__ = ["Library", "StarterFileError", "StarterSchedule", "list_example_values", "load_library"]


@cache
def load_library() -> Library:
    """The queries and schedules; raises StarterFileError."""
    return read_library(Path(__file__).parent, sample_values())


def list_example_values(provider: str) -> dict[str, str]:
    """A value for each parameter of a provider's resources, all of which the sample cloud knows; empty for others."""
    return {name: values[0] for name, values in sample_values().get(provider, {}).items()}
