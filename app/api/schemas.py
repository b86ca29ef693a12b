"""What goes over the wire: the shapes of bodies, arguments and answers, from which the OpenAPI document is made.

A body has exactly the named fields, of exactly the named types: what another client misspells is refused, not ignored.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.models.limits import (
    LONGEST_FILTER,
    LONGEST_SEARCH,
    LONGEST_TEXT,
    MOST_BLOCK_ROWS,
    MOST_VALUES,
)
from services.models.selection import Selection
from services.query_service.state import QueryStatus

LONGEST_WORD = 200
# of `inventory_runner.sql.statement.Source`
SourceName = Literal["live", "inventory"]
MOST_MESSAGES = 200


class Body(BaseModel):
    """A JSON body."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Arguments(BaseModel):
    """The arguments behind an address's `?`, which come as text."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """A JSON answer."""

    model_config = ConfigDict(extra="forbid")


# errors


class ErrorWords(Answer):
    """What went wrong, for a person (title, message, hint) and for a program (code, field)."""

    code: str = Field(description="A promised word, from the list of error codes.")
    title: str = Field(description="A few words.")
    message: str = Field(description="One sentence.")
    hint: str = Field(description="What to do; may be empty.")
    field: str = Field(description="The body's field or the argument that it is about; may be empty.")
    details: str = Field(description="Raw text behind it; may be empty.")
    line: int | None = Field(None, description="Line of the statement, from 1.")
    column: int | None = Field(None, description="Column of the statement, from 1.")
    resource: str | None = Field(None, description="The StackQL resource that it is about.")
    parameters: list[str] | None = Field(None, description="Parameters that are missing.")
    near: list[str] | None = Field(None, description="Resources of similar names.")


class ErrorAnswer(Answer):
    """Every answer of status 400 and above."""

    error: ErrorWords


# blocks of rows


class Sort(Body):
    """One column of the order."""

    column: str = Field(max_length=LONGEST_WORD)
    descending: bool = False


class Condition(BaseModel):
    """One comparison, as AG Grid writes it."""

    model_config = ConfigDict(extra="allow", strict=True)
    filter_type: Literal["text", "number", "values"] | None = Field(None, alias="filterType")
    type: str | None = None
    filter: str | int | float | None = None
    filter_to: str | int | float | None = Field(None, alias="filterTo")


class Filter(Condition):
    """A column's filter: one comparison, or several joined by `operator`, as AG Grid writes them; or values.

    With `filterType` values, `type` is `in` or `notIn`: rows that have, or do not have, one of `values` exactly, one of
    those longer values whose MD5 is in `digests`, or, where `empty`, no value.
    """

    values: list[str] | None = Field(None, max_length=MOST_VALUES)
    digests: list[str] | None = Field(None, max_length=MOST_VALUES)
    empty: bool = False

    operator: str | None = None
    conditions: list[Condition] | None = Field(None, max_length=20)
    condition1: Condition | None = None
    condition2: Condition | None = None


class Block(Body):
    """The rows `start` (included) to `end` (excluded) of what the sort, the filters and the search leave."""

    start: int = Field(ge=0, lt=2**53)
    end: int = Field(ge=0, lt=2**53, description=f"At most {MOST_BLOCK_ROWS:,} behind `start`.")
    sort: list[Sort] = Field(default=[], max_length=50)
    filters: dict[str, Filter] = Field(default={}, max_length=200)
    search: str = Field(
        "",
        max_length=LONGEST_FILTER,
        description="Words that a row has to hold; of all resources also filters, as `region:eu-*`.",
    )
    whole: str = Field(
        "",
        max_length=LONGEST_WORD,
        description="A column whose cell is given whole; the block is of its first row then.",
    )

    def window(self) -> tuple[int, int, list[dict[str, Any]], dict[str, Any], str]:
        """start, end, sort, filters, search, as the services take them."""
        sort = [one.model_dump() for one in self.sort]
        return self.start, self.end, sort, _dump_filters(self.filters), self.search


def _dump_filters(filters: dict[str, Filter]) -> dict[str, Any]:
    return {
        name: one.model_dump(exclude_none=True, exclude_defaults=True, by_alias=True)
        for name, one in filters.items()
    }


class ColumnChoice(Body):
    """A column, and what leaves the rows in which it is looked at."""

    column: str = Field(max_length=LONGEST_WORD)
    filters: dict[str, Filter] = Field(default={}, max_length=200)
    search: str = Field("", max_length=LONGEST_FILTER, description="As of a block of rows.")

    def selection(self) -> tuple[str, dict[str, Any], str]:
        """column, filters, search, as the services take them."""
        return self.column, _dump_filters(self.filters), self.search


class CountedValue(Answer):
    """value: null for no value; of a long one its first characters, and `digest`, its MD5, names it in a filter."""

    value: str | None
    rows: int
    digest: str | None


class ColumnValues(Answer):
    """A column in the rows that match. rows: how many these are. filled: those with a value that is not "".

    values: the most frequent first, with null and ""; null where there are more than 1,000. distinct: how many, without
    null and "". least, most: the ends of the column's order, where it has one.
    """

    rows: int
    filled: int
    distinct: int | None
    values: list[CountedValue] | None
    least: str | None
    most: str | None


class CutCell(Answer):
    """A cell that is too long for a block: it ends with `…`. Ask for its row with `whole`. row: in `rows`, from 0."""

    row: int
    column: str


class Rows(Answer):
    """rows: column → value. total: how many rows there are without the window. cut: the cells that are not whole.

    Long rows fill a block sooner: it has fewer of them then, and at least one; ask for the rest.
    """

    rows: list[dict[str, Any]]
    total: int
    cut: list[CutCell]


# the IDE: queries


class NewQuery(Body):
    """A statement to run, and the values of its `:parameters`. source: in StackQL's SQL for the live cloud, or in
    Postgres's for the inventory."""

    sql: str = Field(max_length=LONGEST_TEXT)
    provider: str = Field("", max_length=100)
    parameters: dict[str, str] = Field(default={}, max_length=200)
    row_limit: int = Field(10_000, lt=2**53, description="The most rows that the result may have.")
    source: SourceName = "live"


class Column(Answer):
    """A column of a result. kind: text, number, boolean, time or json."""

    name: str
    kind: str


class QueryState(Answer):
    """What is known of a query. progress: pass it as `seen` to wait for news. elapsed: seconds since it was started."""

    id: str
    status: QueryStatus
    final: bool
    stage: str
    progress: str
    position: int | None = Field(description="Place in the line of waiting queries; 1 is next.")
    pause: float = Field(description="Seconds after which to ask again; 0 is at once.")
    elapsed: float
    rows: int
    columns: list[Column]
    complete: bool = Field(description="False where a limit may have cut the result.")
    warnings: list[str]
    error: ErrorWords | None


class QueryAnswer(Answer):
    """A query."""

    query: QueryState


class Seen(Arguments):
    """seen: the `progress` that is known; the answer is then held back for up to two seconds, until there is news."""

    seen: str = Field("", max_length=LONGEST_WORD)


class Nothing(Answer):
    """Done; there is nothing to say."""


class Shown(Body):
    """What of a grid's rows is shown: empty for all of them, as they come."""

    filters: dict[str, Filter] = Field(default={}, max_length=200)
    sort: list[Sort] = Field(default=[], max_length=50)
    search: str = Field("", max_length=LONGEST_FILTER, description="As of a block of rows.")

    def selection(self) -> Selection:
        """As the services take it."""
        return Selection(_dump_filters(self.filters), [one.model_dump() for one in self.sort], self.search)


class NewFile(Shown):
    """A file to be made of what is shown."""

    format: str = Field(max_length=20)


class NewExport(NewFile):
    """A file to be made of a result. token: names its progress."""

    token: str = Field(max_length=64)


class Export(Answer):
    """url: the address of the file. name: what to save it as. note: what the format will lose, empty where nothing."""

    url: str
    name: str
    note: str


class ExportArguments(Arguments):
    """format: csv (for spreadsheets: an apostrophe before what would run as a formula), csv-exact (every cell as it
    is), xlsx or json. token: names the download's progress. selection: names what is shown, as `prepareExport` answers
    it; without it all rows are given.
    """

    format: str = Field(max_length=20)
    token: str = Field("", max_length=64)
    selection: str = Field("", max_length=64)


class ExportProgress(Answer):
    """Rows that are written, of how many."""

    done: int
    total: int


# the IDE: drafts, metadata, the assistant


Version = Annotated[int, Field(ge=0, lt=2**63)]


class Draft(Body):
    """A tab of the editor. bases: the versions that the window knows; saved only over one of these.

    query_version: of the saved query, when the tab took its text.
    """

    tab_id: str = Field(max_length=64)
    content: str = Field(max_length=LONGEST_TEXT)
    title: str = Field(max_length=LONGEST_WORD)
    provider: str = Field(max_length=100)
    position: int = Field(ge=0, lt=2**31)
    version: Version
    query_id: int | None = Field(None, ge=1, lt=2**31)
    query_version: Version | None = None
    parameters: dict[str, str] = Field(default={}, max_length=200)
    bases: list[Version] = Field(max_length=10)
    source: SourceName = "live"


class StoredDraft(Answer):
    """A tab as it is stored. saved_text: the saved query's text, where the tab came from one.

    query_version: of the saved query, when the tab took its text.
    """

    tab_id: str
    content: str
    title: str
    provider: str
    position: int
    version: int
    query_id: int | None
    query_version: int | None
    parameters: dict[str, str]
    saved_text: str | None
    source: str


class Drafts(Answer):
    """user: whose they are."""

    user: str
    drafts: list[StoredDraft]


class DraftSaved(Answer):
    """draft: what is stored instead, where another window has changed it since."""

    saved: bool
    draft: StoredDraft | None


class Sql(Body):
    """A statement. source: what it is for, whose rules of writing it follows."""

    sql: str = Field(max_length=LONGEST_TEXT)
    source: SourceName = "live"


class SqlAnswer(Answer):
    """A statement."""

    sql: str


class ResourcePath(Arguments):
    """path: empty for the providers; else provider, provider.service or provider.service.resource."""

    path: str = Field("", max_length=LONGEST_WORD)


class ResourceName(Arguments):
    """resource: provider.service.resource."""

    resource: str = Field(max_length=LONGEST_WORD)


class SearchWords(Arguments):
    """q: words that names have to hold."""

    q: str = Field(max_length=LONGEST_SEARCH)


class Child(Answer):
    """required: the parameters that a SELECT needs, where that is known."""

    name: str
    required: list[str] | None = None


class ResourceColumn(Answer):
    """A column of a resource. written: its name as a statement holds it, in quotes where it is no plain word.

    key: by its name it tells one from another.
    """

    name: str
    written: str
    type: str
    key: bool


class ResourceMethod(Answer):
    """What can be done with a resource."""

    name: str
    verb: str
    required: list[str]


class ResourceNode(Answer):
    """children: of a provider or a service. columns, methods, required: of a resource.

    tests: for each required parameter what WHERE has to hold, such as `region = :region`.
    """

    children: list[Child] | None = None
    columns: list[ResourceColumn] | None = None
    methods: list[ResourceMethod] | None = None
    required: list[str] | None = None
    tests: list[str] | None = None


class TableColumn(Answer):
    """A column of a table of the inventory, its type in Postgres's words. written: its name as a statement has it.

    key: it tells one row from another.
    """

    name: str
    written: str
    type: str
    key: bool
    comment: str


class QueryableTable(Answer):
    """A table or view of the inventory. rows: null where nobody has counted; counted: they are no guess of Postgres's.

    coverage, age: of the rows, in words. written: its name as a statement has it. template: a SELECT of it.
    """

    name: str
    written: str
    comment: str
    rows: int | None
    counted: bool
    coverage: str
    age: str
    columns: list[TableColumn]
    template: str


class QueryableTables(Answer):
    """What SQL over the inventory can read."""

    tables: list[QueryableTable]


class JsonColumn(Arguments):
    """table: its name as a statement has it. path: the keys in the column under which to look, one a line."""

    table: str = Field(max_length=LONGEST_WORD)
    column: str = Field(max_length=LONGEST_WORD)
    path: str = Field("", max_length=LONGEST_SEARCH)


class JsonKeys(Answer):
    """At most 50 keys."""

    keys: list[str]


class FoundResources(Answer):
    """progress: how much of the names is known yet, from 0 to 1. unsearched: what was not looked through, in words."""

    found: list[str]
    progress: float
    unsearched: str


class Message(Body):
    """One turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str


class Conversation(Body):
    """messages: the last one is the question. mode: about the query or its results. provider: the selected one.

    source: for which the answer's statements are written.

    result: in the mode `results`, the id of the query whose first rows go with the question; "" where no result is
    shown; left out where the question has them itself.
    """

    messages: list[Message] = Field(max_length=MOST_MESSAGES)
    mode: Literal["query", "results"]
    provider: str = Field("", max_length=60, pattern="^[A-Za-z0-9_]*$")
    source: SourceName = "live"
    result: str | None = Field(None, max_length=60)


# the inventory


class AsOf(Arguments):
    """asof: a UTC day or minute, for the table as it was at its end. only: JSON object, column → value."""

    asof: str = Field("", max_length=20)
    only: str = Field("", max_length=2_000)


class TableExport(AsOf):
    """format: csv (for spreadsheets: an apostrophe before what would run as a formula), csv-exact (every cell as it
    is), xlsx or json. selection: names what is shown, as `prepareTableExport` answers it; without it all rows are
    given.
    """

    format: str = Field(max_length=20)
    selection: str = Field("", max_length=64)


class ResourceFilter(Arguments):
    """Values that the resources have to have."""

    provider: str | None = Field(None, max_length=LONGEST_WORD)
    region: str | None = Field(None, max_length=LONGEST_WORD)
    account: str | None = Field(None, max_length=LONGEST_WORD)
    owner: str | None = Field(None, max_length=LONGEST_WORD)
    state: str | None = Field(None, max_length=LONGEST_WORD)
    type: str | None = Field(None, max_length=LONGEST_WORD)
    service: str | None = Field(None, max_length=LONGEST_WORD)
    table_name: str | None = Field(None, max_length=LONGEST_WORD)


class ResourceExport(ResourceFilter):
    """format, selection: as of a table's export."""

    format: str = Field(max_length=20)
    selection: str = Field("", max_length=64)


class TableChart(Arguments):
    """by: the column that groups. measure: what is shown of each group. of: the column that is summed or averaged.

    asof: a UTC day or minute, for the table as it was at its end.
    """

    asof: str = Field("", max_length=20)
    by: str = Field("", max_length=LONGEST_WORD)
    measure: str = Field("count", max_length=20)
    of: str = Field("", max_length=LONGEST_WORD)
    split: str = Field("", max_length=LONGEST_WORD)
    filter: str = Field("", max_length=LONGEST_WORD)
    kind: str = Field("bar", max_length=20)


class OverviewFilter(Arguments):
    """What the overview is narrowed to; days: how far back."""

    provider: str = Field("", max_length=LONGEST_WORD)
    region: str = Field("", max_length=LONGEST_WORD)
    days: int = Field(14, ge=1, le=9999)
