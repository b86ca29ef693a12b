"""The settings of an environment that a test writes down, whatever this process's own holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from inventory_runner.settings import Settings, read_as

Kind = TypeVar("Kind", bound=Settings)


def settings_of(environ: Mapping[str, str], kind: type[Kind] = Settings) -> Kind:
    """As `read_as` gives them where the process's environment is `environ` and nothing else."""
    given = {
        name: environ.get(name.upper(), "").strip() or field.get_default()
        for name, field in kind.model_fields.items()
    }
    return read_as(kind, **given)
