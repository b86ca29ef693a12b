"""What Save, Save as, Rename, Duplicate and Delete mean for a saved query.

Any engineer may change any query, and a query that schedules run feeds their tables: so a text that would change what
they hold is not saved before somebody has agreed. A save that began from an older version than the stored one is
refused (VersionConflict), unless the two changed different things: a text does not undo a new name, nor a name a text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inventory_runner.errors import NotFound
from inventory_runner.models import Query
from services.db.queries import QueryRecords
from services.models.core import QueryRevision
from services.models.limits import LONGEST_NAME
from services.users import limit_to_engineers

# what a copy's name needs at its end, ` (copy 12)`
COPY_SUFFIX_ROOM = 20


@dataclass(frozen=True)
class SaveQuestion:
    """What a person has to say before a query is saved: name, description and folder, which are proposals here.

    feeds: the tables (`schema.table`) whose next run would use the new text; empty where that is not the question.
    version: that the save begins from, None of a new query.
    """

    name: str
    description: str = ""
    feeds: tuple[str, ...] = ()
    version: int | None = None
    folder: str = ""


@dataclass(frozen=True)
class Deletion:
    """What stands in the way of deleting a query: the tables (`schema.table`) that its schedules keep up to date."""

    query: Query
    feeds: tuple[str, ...] = ()

    @property
    def possible(self) -> bool:
        return not self.feeds


@dataclass(frozen=True)
class QueryVersions:
    """A query, what it was before, the newest first, and the tables (`schema.table`) that it keeps up to date."""

    query: Query
    former: tuple[QueryRevision, ...] = ()
    feeds: tuple[str, ...] = ()


class SavedQueries:
    """Saves queries, and knows what is asked before."""

    def __init__(self, records: QueryRecords) -> None:
        self._records = records

    @limit_to_engineers
    def get(self, id: int) -> Query:
        """The saved query; raises NotFound."""
        query = self._records.get_query(id)
        if query is None:
            raise NotFound("Someone has deleted it.", title="The query is gone", hint="Reload the list.")
        return query

    @limit_to_engineers
    def save_or_ask(self, query: Query, *, anew: bool = False) -> Query | SaveQuestion:
        """Save a text under the name that its query has; where that needs a word first, nothing but the question.

        query: its id and version where it was saved before, its text and provider; the name is a proposal for a new
        one. anew: as another query. Raises InvalidInput, VersionConflict.
        """
        known = self._records.get_query(query.id) if query.id is not None else None
        if known is None:
            return SaveQuestion(query.name)
        if anew:
            return SaveQuestion(f"{known.name} (copy)", known.description, folder=known.folder)
        began = self._find_version(known, query.version)
        untouched = began is not None and (began.query_text, began.provider, began.source) == (
            known.query_text,
            known.provider,
            known.source,
        )
        version = known.version if untouched else query.version
        feeds = self._list_fed_tables(query.id)
        if feeds and known.query_text != query.query_text:
            return SaveQuestion(known.name, known.description, feeds, version, known.folder)
        return self.save(
            replace(
                known,
                query_text=query.query_text,
                provider=query.provider,
                source=query.source,
                version=version,
            )
        )

    @limit_to_engineers
    def save(self, query: Query, request: str = "") -> Query:
        """Change the query with this id, or save a new one where it has none or someone has deleted it.

        request: where a new one comes from; the same from there again is one query. Returns it as it is kept. Raises
        InvalidInput, which names the field, and VersionConflict.
        """
        if query.id is not None:
            try:
                self._records.update_query(query.id, query)
            except NotFound:
                pass
            else:
                return self.get(query.id)
        return self._insert(query, request)

    @limit_to_engineers
    def rename(
        self, id: int, name: str, description: str, version: int | None, folder: str | None = None
    ) -> Query:
        """Change what a query is called and said to be for, and its folder; version: that the change began from.

        folder: None leaves the query where it is.

        Raises NotFound, InvalidInput, VersionConflict.
        """
        known = self.get(id)
        folder = known.folder if folder is None else folder
        began = self._find_version(known, version)
        untouched = began is not None and (began.name, began.description, began.folder) == (
            known.name,
            known.description,
            known.folder,
        )
        self._records.update_query(
            id,
            replace(
                known,
                name=name,
                description=description,
                folder=folder,
                version=known.version if untouched else version,
            ),
        )
        return self.get(id)

    @limit_to_engineers
    def list_versions(self, id: int) -> QueryVersions:
        """The query as it is, and what it was before; raises NotFound."""
        return QueryVersions(self.get(id), tuple(self._records.list_revisions(id)), self._list_fed_tables(id))

    @limit_to_engineers
    def restore(self, id: int, revision: int, version: int | None) -> Query:
        """Save what the query was at `revision` as its newest version; version: that the person has seen as the newest.

        Raises NotFound, VersionConflict.
        """
        known = self.get(id)
        former = self._find_version(known, revision)
        if former is None:
            raise NotFound("This version is no longer kept.", hint="Reload the list.")
        self._records.update_query(
            id,
            replace(
                known,
                name=former.name,
                description=former.description,
                query_text=former.query_text,
                provider=former.provider,
                source=former.source,
                folder=former.folder,
                version=version,
            ),
        )
        return self.get(id)

    @limit_to_engineers
    def turn_favourite(self, id: int) -> bool:
        """Star a query for the user, or take their star away where it has one; returns which. Raises NotFound."""
        favourite = id not in self._records.list_favourites()
        self._records.set_favourite(id, favourite)
        return favourite

    @limit_to_engineers
    def duplicate(self, id: int) -> Query:
        """Save a copy under a name that no query has; raises NotFound."""
        query = self.get(id)
        taken = {other.name for other in self._records.get_queries()}
        base = query.name[: LONGEST_NAME - COPY_SUFFIX_ROOM]
        name, number = f"{base} (copy)", 2
        while name in taken:
            name, number = f"{base} (copy {number})", number + 1
        return self._insert(replace(query, name=name))

    @limit_to_engineers
    def ask_to_delete(self, id: int) -> Deletion:
        """What a person should know before; raises NotFound."""
        return Deletion(self.get(id), self._list_fed_tables(id))

    @limit_to_engineers
    def delete(self, id: int) -> None:
        """Delete a query for everyone; raises QueryInUse while schedules run it, NotFound."""
        self._records.delete_query(id)

    def _insert(self, query: Query, request: str = "") -> Query:
        # whoever saves it is its author
        return self.get(self._records.save_query(replace(query, created_by=""), request))

    def _find_version(self, known: Query, version: int | None) -> Query | QueryRevision | None:
        """What the query was at a version, None where that is not kept."""
        if version == known.version:
            return known
        return next(
            (one for one in self._records.list_revisions(known.id or 0) if one.version == version), None
        )

    def _list_fed_tables(self, id: int | None) -> tuple[str, ...]:
        return tuple(self._records.list_tables_by_query(id).get(id or 0, ()))
