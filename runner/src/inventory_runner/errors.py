"""The one family of errors that people are meant to read.

Every error that reaches a person carries a title, one sentence that says what happened, and a hint that says
what to do. Raw text from an engine or a platform goes into `details`, which a page shows folded. Anything that
is not an `InventoryError` is a defect: it is logged with its traceback and shown without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inventory_runner.wording import format_exact_time


class InventoryError(Exception):
    """An error with words for the person who caused or met it.

    code: a word for programs, which stays as it is when the class is renamed; a subclass has its own.
    title: a few words, no full stop. message: one sentence. hint: what to do next, may be empty.
    details: the raw text behind it, never a secret, may be empty.
    """

    code = "error"
    title = "Something went wrong"
    default_hint = ""

    def __init__(
        self, message: str, *, title: str | None = None, hint: str | None = None, details: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.title = title if title is not None else type(self).title
        self.hint = hint if hint is not None else type(self).default_hint
        self.details = details

    @property
    def full_message(self) -> str:
        """The sentence, and what to do about it."""
        return f"{self.message} {self.hint}".strip()

    def __str__(self) -> str:
        return f"{self.title}: {self.full_message}"


class InvalidInput(InventoryError):
    """A value that a person gave cannot be used; `field` names it as the form or the command line does."""

    code = "invalid_input"
    title = "Check what you entered"

    def __init__(
        self, message: str, *, field: str = "", hint: str | None = None, title: str | None = None
    ) -> None:
        super().__init__(message, title=title, hint=hint)
        self.field = field


class NotFound(InventoryError):
    """Something named by an id or a name does not exist (any more)."""

    code = "not_found"
    title = "Not found"


class NotAllowed(InventoryError):
    """The current user's role does not allow the action."""

    code = "not_allowed"
    title = "Not allowed"
    default_hint = "Ask an administrator to add you to the engineers' group."


class ConfigurationError(InventoryError):
    """The environment that the operator set up is incomplete or contradicts itself."""

    code = "configuration_error"
    title = "Configuration problem"


class SchemaMissing(ConfigurationError):
    """The database has not (yet) the schemas of this version."""

    code = "schema_missing"
    title = "The database is not set up"
    default_hint = (
        "Run inventory-runner init-db, which keeps what is there; a deployed app does so as it starts."
    )


class DatabaseUnavailable(InventoryError):
    """No connection to Postgres can be made now; the app goes on and recovers by itself."""

    code = "database_unavailable"
    title = "The database cannot be reached"
    default_hint = (
        "Check that Postgres runs and the connection settings are right; this page recovers by itself."
    )


class DatabaseSilent(DatabaseUnavailable):
    """The database's server takes connections, or did, and says nothing."""

    code = "database_silent"
    title = "The database does not answer"
    default_hint = (
        "It may be overloaded or stopped, or the network drops what it says; this page recovers by itself."
    )


class DatabaseSlow(InventoryError):
    """The database ended a statement at the time limit."""

    code = "database_slow"
    title = "The database took too long"
    default_hint = "It may be busy, or wait for another user of the same table: try again in a moment."


class StatementRefused(InventoryError):
    """The guard refused a statement: it is not one statement that only reads. line: 1-based, where it is known.

    form: which of `sql.refusals.Form` it is.
    """

    code = "statement_refused"
    title = "Only statements that read are run"

    def __init__(
        self, message: str, *, hint: str | None = None, line: int | None = None, form: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.form = form


class NotInStackQL(StatementRefused):
    """A form of SQL that StackQL's grammar has not, and that has no other spelling of the same meaning."""

    code = "not_in_stackql"
    title = "StackQL has no such form"


@dataclass(frozen=True)
class Difference:
    """A field in which two versions differ, in the page's words. mine: as the person who saves has it."""

    field: str
    mine: str
    theirs: str


class VersionConflict(InventoryError):
    """Optimistic lock: what a person saves began from an older version than the one that is stored.

    versions: the stored one's, which a save names to replace it knowingly; several where one save is of several rows.
    saved_by, saved_at: of the stored version, empty and None where that is not known.
    """

    code = "version_conflict"
    title = "Someone has changed it meanwhile"
    default_hint = "Nothing was saved. Compare the two, then keep yours or take theirs."

    def __init__(
        self,
        what: str,
        versions: Sequence[int],
        differences: Sequence[Difference] = (),
        *,
        saved_by: str = "",
        saved_at: datetime | None = None,
        hint: str | None = None,
    ) -> None:
        who = f" by {saved_by}" if saved_by else ""
        when = f" at {format_exact_time(saved_at)}" if saved_at else ""
        super().__init__(f"{what} was saved{who}{when}, after you opened it.", hint=hint)
        self.versions = tuple(versions)
        self.differences = tuple(differences)
        self.saved_by = saved_by
        self.saved_at = saved_at


def list_differences(mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[Difference]:
    """The fields (by their words on the page) whose values are not the same; one that is missing is empty."""
    return [
        Difference(field, mine.get(field, ""), theirs.get(field, ""))
        for field in dict.fromkeys((*mine, *theirs))
        if mine.get(field, "") != theirs.get(field, "")
    ]
