"""Schedules: what may be saved, keeping the job in step with the row, previews, and what a deletion costs.

The row is written first and names the job. A job that cannot be made or changed leaves its reason in the row
(`job_error`), where the page shows it with a retry: every step is safe to repeat.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from inventory_runner.contract import Engine
from inventory_runner.errors import InvalidInput, InventoryError, NotFound
from inventory_runner.models import (
    INVENTORY_SCHEMA,
    Notifications,
    Query,
    RunStatus,
    Schedule,
    Scope,
    TableKind,
)
from inventory_runner.runs.limits import Limits
from inventory_runner.sql.statement import Source, Statement, read
from inventory_runner.sql.table_kind import find_table_kind
from inventory_runner.times import cron
from services.db.history import HistoryRecords
from services.db.queries import QueryRecords, make_query_not_found
from services.db.runs import RunRecords
from services.db.schedules import RunUnderWay, ScheduleRecords, TableBusy, make_schedule_not_found
from services.job_service import JobService
from services.models.core import ListedSchedule, NotificationChoices
from services.query_service import QueryService, QueryState, QueryStatus
from services.query_service.checking import examine
from services.schedule_service import form as schedule_form
from services.schedule_service import presets as parameter_presets
from services.schedule_service.cron_words import describe_cron, shorten_cron_words
from services.schedule_service.form import Checked, ScheduleForm
from services.schedule_service.notifications import (
    CheckedNotifications,
    TypedNotifications,
    check_notifications,
)
from services.users import current_user, limit_to_engineers

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)

PREVIEW_ROWS = 1_000
# runs that bulk work lets be under way at once: each is a process, or compute of the workspace
MOST_RUNNING = 4
# a second press of the save button finds what the first one made
SAME_SAVE = timedelta(seconds=30)


@dataclass(frozen=True)
class QueryFacts:
    """What the form needs of a query. parameters: name → groups of values to offer.

    remembered: name → values used before. table: a free name for its table. feeds: tables that it keeps already.
    keepers: tables that keep its `resource` as an inventory, whatever their query. kind: what its rows are by its text.
    warnings: what pre-flight found, which would fail every run.
    """

    query: Query
    parameters: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    remembered: dict[str, list[str]] = field(default_factory=dict)
    table: str = ""
    feeds: tuple[str, ...] = ()
    keepers: tuple[str, ...] = ()
    resource: str = ""
    kind: TableKind = TableKind.INVENTORY
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PreviewColumn:
    """distinct, nulls: among the preview's rows; sample: one of its values."""

    name: str
    distinct: int
    nulls: int
    sample: str = ""


@dataclass(frozen=True)
class Preview:
    """A query run for one scope. keys: columns that tell its rows apart, the best first; error once it failed.

    complete: False where there are more rows than the preview read.
    """

    id: str
    scope: str = ""
    running: bool = False
    elapsed: float = 0.0
    rows: int = 0
    complete: bool = True
    columns: tuple[PreviewColumn, ...] = ()
    keys: tuple[tuple[str, ...], ...] = ()
    error: InventoryError | None = None


@dataclass(frozen=True)
class Losses:
    """What deleting a schedule and its table would take: rows, recorded changes, views over the table.

    watches: people's, of the table and its resources; they stay and tell nothing.
    """

    schedule: ListedSchedule
    exists: bool = False
    rows: int = 0
    changes: int = 0
    views: tuple[str, ...] = ()
    watches: int = 0


class ScheduleService:
    """See the module's docstring. schemas: those that the operator allows beside stackql_inventory."""

    def __init__(
        self,
        schedules: ScheduleRecords,
        saved: QueryRecords,
        runs: RunRecords,
        history: HistoryRecords,
        jobs: JobService,
        queries: QueryService,
        engine: Callable[[], Engine],
        schemas: Sequence[str] = (),
        run_days: int = Limits.run_days,
    ) -> None:
        self._schedules = schedules
        self._saved = saved
        self._runs = runs
        self._history = history
        self.jobs = jobs
        self.queries = queries
        self.engine = engine
        self.schemas = tuple(schemas)
        # for how many days the record of a run is kept
        self.run_days = run_days

    # what there is

    @limit_to_engineers
    def list_schedules(self) -> list[ListedSchedule]:
        """Every schedule with its cron in words and its next time."""
        self.jobs.settle_runs()
        now = datetime.now(UTC)
        return [_add_words(schedule, now) for schedule in self._schedules.get_schedules()]

    @limit_to_engineers
    def explain_standstill(self) -> str:
        """Why no schedule starts by itself at present, and what to do; empty where nothing is known to stop them."""
        return self.jobs.explain_standstill()

    @limit_to_engineers
    def get(self, id: int) -> ListedSchedule:
        """One schedule as `list_schedules` gives it; raises NotFound."""
        schedule = self._schedules.get_schedule(id) if 0 < id <= schedule_form.LARGEST_ID else None
        if schedule is None:
            raise make_schedule_not_found(id)
        return _add_words(schedule, datetime.now(UTC))

    # the form

    @limit_to_engineers
    def find_query_facts(self, query_id: int, schedule_id: int | None = None) -> QueryFacts:
        """What the form needs of a query; schedule_id: of the schedule that is edited. Raises NotFound."""
        query = self._saved.get_query(query_id) if 0 < query_id <= schedule_form.LARGEST_ID else None
        if query is None:
            raise make_query_not_found(query_id)
        if query.source != Source.LIVE:
            raise InvalidInput(
                schedule_form.OF_INVENTORY, field="query_id", hint="Choose a query of the live cloud."
            )
        statement = read(query.query_text)
        names, resources = statement.parameters, statement.resources
        provider = (resources[0].split(".")[0] if resources else query.provider).lower()
        edited = self._schedules.get_schedule(schedule_id) if schedule_id else None
        own = f"{edited.target_schema}.{edited.target_table}" if edited else ""
        resource = resources[0] if resources else ""
        kind = find_table_kind(statement)
        keepers = self._saved.list_keepers(resource) if resource and kind is TableKind.INVENTORY else []
        return QueryFacts(
            query,
            {name: parameter_presets.list_groups(provider, name) for name in names},
            self._history.list_remembered_values(names, [provider] if provider else ()),
            self._find_free_table(resources[0].replace(".", "_").lower() if resources else ""),
            tuple(
                table
                for table in self._saved.list_tables_by_query(query_id).get(query_id, [])
                if table != own
            ),
            tuple(table for table in keepers if table != own),
            resource,
            kind,
            self._list_warnings(statement),
        )

    @limit_to_engineers
    def check(self, form: ScheduleForm) -> Checked:
        """Everything that can be said about the form as typed; nothing is written."""
        return schedule_form.check(
            form,
            self._saved,
            self._schedules,
            self.schemas,
            read_choices=self.jobs.read_notification_choices,
        )

    @limit_to_engineers
    def read_notification_choices(self, *, fresh: bool = False) -> NotificationChoices:
        """Whom schedules can tell, as far as the platform says; fresh: look again, not at the last answer."""
        return self.jobs.read_notification_choices(fresh=fresh)

    @limit_to_engineers
    def check_notifications(self, typed: TypedNotifications, ids: Sequence[int]) -> CheckedNotifications:
        """Everything that can be said of notifications that these schedules are to have."""
        named = {
            id: name
            for one in self._schedules.get_schedules()
            if one.id in ids
            for id, name in one.notifications.destinations.items()
        }
        return check_notifications(
            typed,
            Notifications(destinations=named),
            schedule_form.parse_values,
            self.jobs.read_notification_choices,
        )

    @limit_to_engineers
    def create(self, form: ScheduleForm) -> ListedSchedule:
        """Save a new schedule, then make its job. Raises the first problem.

        Saved twice at once, it is still one schedule. Without a job it stays, with the reason in `job_error`.
        """
        if (twin := self._find_twin(form)) is not None:
            return twin
        schedule = self._check_form(form)
        try:
            id = self._schedules.save_schedule(schedule)
        except InvalidInput:
            if (twin := self._find_twin(form)) is not None:
                return twin
            raise
        return self._ensure_job(id)

    @limit_to_engineers
    def update(self, form: ScheduleForm) -> ListedSchedule:
        """Save an edited schedule, then change its job. Raises the first problem, NotFound, VersionConflict."""
        if form.schedule_id is None:
            raise InvalidInput("The form names no schedule to change.", field="schedule_id")
        schedule = self._check_form(form)
        self._schedules.update_schedule(form.schedule_id, schedule)
        self._apply_kind(schedule)
        return self._ensure_job(form.schedule_id)

    @limit_to_engineers
    def ignore_column(self, id: int, column: str) -> ListedSchedule:
        """Let runs take a row in which only this column differs for unchanged. Raises NotFound, InvalidInput."""
        form = ScheduleForm.from_schedule(self.get(id))
        ignored = [*schedule_form.parse_values(form.ignored_columns), column]
        return self.update(replace(form, ignored_columns=schedule_form.format_values(ignored)))

    @limit_to_engineers
    def set_notifications(self, id: int, typed: TypedNotifications) -> ListedSchedule:
        """Let a schedule tell these and nobody else. Raises the first problem, NotFound, VersionConflict."""
        return self.update(replace(ScheduleForm.from_schedule(self.get(id)), notify=typed))

    # what can be done with one

    @limit_to_engineers
    def retry_job(self, id: int) -> ListedSchedule:
        """Make or change the job of a schedule whose job does not match it; safe to repeat."""
        return self._ensure_job(id)

    @limit_to_engineers
    def pause(self, id: int) -> None:
        """Stop the schedule from firing; a run under way goes on."""
        self._set_active(id, False)

    @limit_to_engineers
    def resume(self, id: int) -> None:
        """Let the schedule fire again, from its next time on."""
        self._set_active(id, True)

    @limit_to_engineers
    def run_now(self, id: int) -> None:
        """Start a run and return at once; raises where one is under way."""
        self.jobs.run_now(self.get(id))

    @limit_to_engineers
    def run_unless_busy(self, id: int) -> bool:
        """Start a run, unless MOST_RUNNING others are under way; whether it began. For many in a row."""
        if sum(one.running is not None for one in self._schedules.get_schedules()) >= MOST_RUNNING:
            return False
        self.run_now(id)
        return True

    @limit_to_engineers
    def cancel(self, run_id: int) -> None:
        """Ask a run to stop; raises where it has ended."""
        run = self._runs.get_run(run_id)
        if run is None:
            raise NotFound(f"There is no run {run_id}.")
        if run.status is not RunStatus.RUNNING:
            raise InvalidInput(
                f"The run has already ended as {run.status.value.lower()}.",
                title="Nothing to cancel",
                field="run",
            )
        self.jobs.cancel_run(run)

    @limit_to_engineers
    def find_losses(self, id: int) -> Losses:
        """What deleting the schedule with its table would take; raises NotFound."""
        schedule = self.get(id)
        at = (schedule.target_schema, schedule.target_table)
        target = self._schedules.get_target(*at)
        return Losses(
            schedule,
            target.kind == "r" and target.recorded,
            target.rows,
            self._schedules.count_changes(*at),
            tuple(self._schedules.get_dependent_views(*at)),
            self._schedules.count_watches(*at),
        )

    @limit_to_engineers
    def delete(self, id: int, drop_table: bool = False) -> None:
        """Remove the schedule and its job, and its table if asked: all or nothing. Raises RunUnderWay, NotFound."""
        schedule = self.get(id)
        if schedule.running is not None:
            raise RunUnderWay(
                f"{schedule.target_schema}.{schedule.target_table} is being read at the moment."
            )
        self._schedules.delete_schedule(id, drop_table, self.jobs.delete_inventory_job)

    # previews

    @limit_to_engineers
    def start_preview(self, form: ScheduleForm) -> Preview:
        """Run the form's query for its first scope, a few rows of it; poll with `preview`. Raises InvalidInput."""
        checked = self.check(form)
        if checked.query is None:
            raise checked.problems["query_id"]
        names = read(checked.query.query_text).parameters
        first: dict[str, str] = {}
        for name in names:
            given = schedule_form.parse_values(form.parameters.get(name, ""))
            if not given:
                raise checked.problems[f"{schedule_form.PARAMETER}{name}"]
            first[name] = given[0]
        state = self.queries.runner.start(
            checked.query.query_text,
            provider=checked.query.provider,
            parameter_values=first,
            row_limit=PREVIEW_ROWS,
        )
        return Preview(state.id, Scope(first).label, running=True)

    @limit_to_engineers
    def preview(self, id: str) -> Preview:
        """How far a preview is, or what it found; raises NotFound."""
        state = self.queries.runner.poll(id)
        base = Preview(id, Scope(state.parameters).label, elapsed=state.elapsed)
        if not state.status.final:
            return replace(base, running=True)
        if state.status is not QueryStatus.SUCCEEDED:
            return replace(base, error=_find_error(state))
        table = self._read_rows(state)
        return replace(
            base,
            rows=state.rows,
            complete=state.complete,
            columns=tuple(_describe_columns(table)),
            keys=_suggest_keys(table),
        )

    @limit_to_engineers
    def cancel_preview(self, id: str) -> None:
        """Stop a preview."""
        self.queries.runner.cancel(id)

    def _check_form(self, form: ScheduleForm) -> Schedule:
        checked = self.check(form)
        if checked.schedule is None:
            raise next(iter(checked.problems.values()))
        return checked.schedule

    def _find_twin(self, form: ScheduleForm) -> ListedSchedule | None:
        """The schedule that the same user made of the same form a moment ago."""
        now = datetime.now(UTC)
        for schedule in self._schedules.get_schedules():
            if (schedule.target_schema, schedule.target_table) != (form.target_schema, form.target_table):
                continue
            recent = schedule.created_at is not None and now - schedule.created_at < SAME_SAVE
            if recent and schedule.created_by == current_user().name:
                same = replace(ScheduleForm.from_schedule(schedule), version=None)
                checked = self.check(replace(form, schedule_id=schedule.id, version=None))
                mine = checked.schedule and ScheduleForm.from_schedule(checked.schedule)
                return _add_words(schedule, now) if mine == same else None
        return None

    def _ensure_job(self, id: int) -> ListedSchedule:
        """Let the schedule have the job that fits it, or the reason why not."""
        schedule = self.get(id)
        query = self._saved.get_query(schedule.query_id)
        if query is None:
            raise NotFound(f"The query of schedule {id} was deleted.")
        job_id, error = schedule.job_id, ""
        try:
            if job_id is None:
                job_id = self.jobs.create_inventory_job(query, schedule)
                self._schedules.set_schedule_job(id, job_id)
            else:
                self.jobs.update_inventory_job(job_id, schedule)
        except NotFound:
            # someone removed the job on the platform
            job_id, error = self._create_another_job(query, schedule)
        except InventoryError as refused:
            error = refused.full_message
        if error:
            log.warning("the job of schedule %s does not match it: %s", id, error)
        if error != schedule.job_error or job_id != schedule.job_id:
            self._schedules.set_schedule_job(id, job_id, error)
        return self.get(id)

    def _apply_kind(self, schedule: Schedule) -> None:
        """Let the table be counted as it is meant now; while runs are written, the table's next run does it."""
        query = self._saved.get_query(schedule.query_id)
        kind = schedule.table_kind or (find_table_kind(read(query.query_text)) if query else None)
        if kind is None:
            return
        try:
            self._schedules.set_table_kind(schedule.target_schema, schedule.target_table, kind)
        except TableBusy as busy:
            log.info("%s", busy.message)

    def _create_another_job(self, query: Query, schedule: Schedule) -> tuple[str | None, str]:
        try:
            return self.jobs.create_inventory_job(query, schedule), ""
        except InventoryError as refused:
            return None, refused.full_message

    def _set_active(self, id: int, active: bool) -> None:
        schedule = self.get(id)
        # the job first: a row that says "paused" over a job that fires would be a false picture
        if schedule.job_id is not None:
            change = self.jobs.resume_inventory_job if active else self.jobs.pause_inventory_job
            change(schedule.job_id)
        self._schedules.set_schedule_active(id, active)

    def _find_free_table(self, name: str) -> str:
        """The name, or the first with a number that no table has; shortened to fit."""
        if not name:
            return ""
        base = name[:58]
        for number in range(1, 100):
            candidate = base if number == 1 else f"{base}_{number}"
            target = self._schedules.get_target(INVENTORY_SCHEMA, candidate)
            if not target.kind and target.owner_id is None:
                return candidate
        return ""

    def _list_warnings(self, statement: Statement) -> tuple[str, ...]:
        return tuple(
            problem.message + (f" Add WHERE {problem.clause} in the IDE." if problem.clause else "")
            for problem in examine(statement, self.engine()).problems
        )

    def _read_rows(self, state: QueryState) -> pa.Table:
        import pyarrow as pa

        names = [column["name"] for column in state.columns]
        rows = self.queries.results.list_whole_rows(state.id, PREVIEW_ROWS)
        # values of one column may differ in type once they are plain; as text they stay as equal as they were
        return pa.table(
            {
                name: pa.array(
                    [None if row.get(name) is None else str(row[name]) for row in rows], pa.string()
                )
                for name in names
            }
        )


def _add_words(schedule: ListedSchedule, now: datetime) -> ListedSchedule:
    minute = now.replace(second=0, microsecond=0)
    words, short, following = _describe_times(schedule.cron_expression, schedule.timezone, minute)
    return replace(
        schedule, words=words, short_words=short, next_at=following if schedule.is_active else None
    )


# thousands of schedules have few times between them
@functools.lru_cache(maxsize=8192)
def _describe_times(expression: str, timezone: str, minute: datetime) -> tuple[str, str, datetime | None]:
    """A cron expression in words, long and short, and its next time after a minute.

    One that another tool wrote stands as it is.
    """
    try:
        words = describe_cron(cron.check(expression)) or expression
        following = cron.list_next_times(expression, timezone, minute, 1)
    except InvalidInput:
        return expression, expression, None
    return words, shorten_cron_words(words), following[0] if following else None


def _find_error(state: QueryState) -> InventoryError:
    from services import errors

    if state.error is None:
        return InventoryError("The preview ended without an answer.", hint="Try again.")
    return errors.rebuild_error(state.error)


def _describe_columns(table: pa.Table) -> list[PreviewColumn]:
    import pyarrow.compute as pc

    found = []
    for name in table.column_names:
        column = table.column(name)
        distinct = int(pc.count_distinct(column, mode="only_valid").as_py())
        sample: Any = next((value for value in column.to_pylist() if value not in (None, "")), "")
        found.append(PreviewColumn(name, distinct, column.null_count, str(sample)[:80]))
    return found


def _suggest_keys(table: pa.Table) -> tuple[tuple[str, ...], ...]:
    from inventory_runner.store import suggest_keys

    return tuple(tuple(suggestion.columns) for suggestion in suggest_keys(table))
