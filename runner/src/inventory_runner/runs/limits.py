"""How much a run may do at once and how long it may take: INVENTORY_* variables, with defaults that suit most."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

from inventory_runner.errors import ConfigurationError

# combinations of a schedule's values
MOST_SCOPES = 10_000


@dataclass(frozen=True)
class Limits:
    """concurrency: scopes read at once. Times in seconds: scope_timeout for one attempt at one scope, run_timeout
    for reading all of them. attempts: how often a throttled scope is tried. backoff: the longest first wait before
    it is tried again, doubled each time, up to backoff_limit. patience: how long a database that went away is
    waited for. heartbeat: between two signs of life; progress: between two looks at how far the scopes are.
    """

    concurrency: int = 4
    scope_timeout: float = 900.0
    run_timeout: float = 7200.0
    attempts: int = 4
    backoff: float = 4.0
    backoff_limit: float = 60.0
    patience: float = 60.0
    heartbeat: float = 5.0
    progress: float = 1.0

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Limits:
        """INVENTORY_CONCURRENCY, INVENTORY_SCOPE_TIMEOUT and so on; raises ConfigurationError."""
        given: dict[str, float] = {}
        for field in fields(cls):
            name = f"INVENTORY_{field.name.upper()}"
            text = environ.get(name, "").strip()
            if not text:
                continue
            whole = isinstance(field.default, int)
            try:
                value = int(text) if whole else float(text)
            except ValueError:
                value = 0
            if not 0 < value < 1e7:
                raise ConfigurationError(
                    f"{name} is {text[:40]!r}, not a positive number.",
                    hint=f"Give {'a whole number' if whole else 'seconds'} such as {field.default:g}, or unset it.",
                )
            given[field.name] = value
        return cls(**given)  # type: ignore[arg-type]
