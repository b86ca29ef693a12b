"""What Save, Save as, Rename, Duplicate and Delete mean for a saved query.

Any engineer may change any query, and a query that schedules run feeds their tables: so a text that would change what
they hold is not saved before somebody has agreed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inventory_runner.errors import NotFound
from inventory_runner.models import Query
from services.db.queries import QueryRecords
from services.models.limits import LONGEST_NAME
from services.users import limit_to_engineers

# what a copy's name needs at its end, ` (copy 12)`
COPY_SUFFIX_ROOM = 20


@dataclass(frozen=True)
class SaveQuestion:
    """What a person has to say before a query is saved: name and description, which are proposals here.

    feeds: the tables (`schema.table`) whose next run would use the new text; empty where that is not the question.
    """

    name: str
    description: str = ""
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deletion:
    """What stands in the way of deleting a query: the tables (`schema.table`) that its schedules keep up to date."""

    query: Query
    feeds: tuple[str, ...] = ()

    @property
    def possible(self) -> bool:
        return not self.feeds


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

        query: its id where it was saved before, its text and provider; the name is a proposal for a new one.
        anew: as another query. Raises InvalidInput.
        """
        known = self._records.get_query(query.id) if query.id is not None else None
        if known is None:
            return SaveQuestion(query.name)
        if anew:
            return SaveQuestion(f"{known.name} (copy)", known.description)
        feeds = self._list_fed_tables(query.id)
        if feeds and known.query_text != query.query_text:
            return SaveQuestion(known.name, known.description, feeds)
        return self.save(replace(known, query_text=query.query_text, provider=query.provider))

    @limit_to_engineers
    def save(self, query: Query) -> Query:
        """Change the query with this id, or save a new one where it has none or someone has deleted it.

        Returns it as it is kept. Raises InvalidInput, which names the field.
        """
        if query.id is not None:
            try:
                self._records.update_query(query.id, query)
            except NotFound:
                pass
            else:
                return self.get(query.id)
        return self._insert(query)

    @limit_to_engineers
    def rename(self, id: int, name: str, description: str) -> Query:
        """Change what a query is called and said to be for; raises NotFound, InvalidInput."""
        self._records.update_query(id, replace(self.get(id), name=name, description=description))
        return self.get(id)

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

    def _insert(self, query: Query) -> Query:
        # whoever saves it is its author
        return self.get(self._records.save_query(replace(query, created_by="")))

    def _list_fed_tables(self, id: int | None) -> tuple[str, ...]:
        return tuple(self._records.list_tables_by_query(id).get(id or 0, ()))
