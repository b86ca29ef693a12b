"""What every group of records shares: a session, and a database error turned into words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from inventory_runner.errors import InvalidInput
from inventory_runner.platform.database import transaction
from inventory_runner.store.sql import escape_pattern

# out of range, a NUL in JSON, half a character in JSON
UNHOLDABLE = ("22003", "22P05", "22P02")


class Records:
    """Holds the engine; the subclasses hold one noun's SQL each."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A committed transaction. A lost or refused connection raises DatabaseUnavailable, a text that Postgres
        cannot hold InvalidInput."""
        try:
            with transaction(self.engine) as connection:
                yield connection
        except sa.exc.DataError as error:
            if getattr(error.orig, "pgcode", "") not in UNHOLDABLE:
                raise
            raise InvalidInput(
                "A number is too large, or a text holds a character that no table can hold."
            ) from error
        except ValueError as error:
            # the driver's own refusals, before anything is sent: a NUL, or half of a surrogate pair
            if isinstance(error, UnicodeEncodeError) or "NUL (0x00)" in str(error):
                raise InvalidInput(
                    "The text holds a character that no table can hold.", hint="Remove it."
                ) from error
            raise


def refuse_nul(field: str, text: str) -> None:
    """Raises InvalidInput for a text with the one character that Postgres takes in no text."""
    if "\0" in text:
        raise InvalidInput(f"The {field.replace('_', ' ')} holds a NUL character.", field=field)


def make_containing_pattern(word: str) -> str:
    """The ILIKE pattern of texts that contain the word, whatever characters it has."""
    possible = word.replace("\0", "")
    return f"%{escape_pattern(possible)}%"
