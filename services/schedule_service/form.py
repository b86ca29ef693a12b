"""A schedule as it is typed: checked field by field, so that every message stands where its cause is.

Nothing here writes, and nothing reaches a cloud: `check` reads what the database knows of the query and the target.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from inventory_runner.errors import InvalidInput, InventoryError
from inventory_runner.models import (
    INVENTORY_SCHEMA,
    Notifications,
    Query,
    Schedule,
    Scope,
    TableKind,
    WriteMode,
)
from inventory_runner.sql import guard, parameters
from inventory_runner.sql.statement import Source, read
from inventory_runner.store.names import check_target
from inventory_runner.times import cron, quartz
from services.db.queries import QueryRecords
from services.db.schedules import ScheduleRecords, make_table_taken
from services.models.core import ListedSchedule, NotificationChoices, TargetTable
from services.models.wording import format_count
from services.schedule_service.cron_words import describe_clock_changes, describe_cron
from services.schedule_service.notifications import TypedNotifications, check_notifications, describe_gone

MOST_SCOPES = 1_000
MOST_RETENTION_DAYS = 36_500
OF_INVENTORY = "The query reads the inventory, and schedules keep tables of the live cloud."
LONGEST_OWNER = 100
LONGEST_DESCRIPTION = 300
LARGEST_ID = 2**31 - 1
PARAMETER = "parameter:"


@dataclass(frozen=True)
class ScheduleForm:
    """The fields as typed. parameters, and all columns: values separated by commas or lines.

    table_kind: what its rows are, empty: as the query says.
    columns: of the query's result, where a preview told them. adopt: the user agrees that an unmanaged table is
    taken over. schedule_id: of the schedule that is edited; version: that it was opened at.
    """

    query_id: object = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    cron_expression: str = ""
    timezone: str = "UTC"
    target_schema: str = INVENTORY_SCHEMA
    target_table: str = ""
    write_mode: str = WriteMode.REPLACE
    key_columns: str = ""
    ignored_columns: str = ""
    unordered_columns: str = ""
    ordered_columns: str = ""
    allow_empty: bool = False
    adds_only: bool = False
    retention_days: str = ""
    table_kind: str = ""
    owner: str = ""
    description: str = ""
    notify: TypedNotifications = field(default_factory=TypedNotifications)
    adopt: bool = False
    schedule_id: int | None = None
    version: int | None = None
    columns: tuple[str, ...] = ()

    @classmethod
    def from_schedule(cls, schedule: Schedule) -> ScheduleForm:
        """The form that gives this schedule."""
        return cls(
            query_id=schedule.query_id,
            parameters={name: format_values(values) for name, values in schedule.parameter_values.items()},
            cron_expression=schedule.cron_expression,
            timezone=schedule.timezone,
            target_schema=schedule.target_schema,
            target_table=schedule.target_table,
            write_mode=schedule.write_mode.value,
            key_columns=format_values(schedule.key_columns),
            ignored_columns=format_values(schedule.ignored_columns),
            unordered_columns=format_values(schedule.unordered_columns),
            ordered_columns=format_values(schedule.ordered_columns),
            allow_empty=schedule.allow_empty,
            adds_only=schedule.adds_only,
            retention_days="" if schedule.retention_days is None else str(schedule.retention_days),
            table_kind=schedule.table_kind.value if schedule.table_kind else "",
            owner=schedule.owner,
            description=schedule.description,
            notify=TypedNotifications.from_notifications(schedule.notifications),
            schedule_id=schedule.id,
            version=schedule.version,
        )

    def without(self, scope: Scope) -> ScheduleForm:
        """The form that reads all but this scope; raises InvalidInput where a value cannot be taken out by itself."""
        left = {name: parse_values(text) for name, text in self.parameters.items()}
        if len(scope.values) != 1:
            raise InvalidInput(
                "Only a scope of one value can be taken out.",
                hint="Change the values by hand.",
                field="parameters",
            )
        ((name, value),) = scope.values.items()
        if value not in left.get(name, []):
            raise InvalidInput(
                f"The schedule does not read {value!r} any more.",
                hint="There is nothing to take out.",
                field="parameters",
            )
        left[name].remove(value)
        return replace(self, parameters={**self.parameters, name: format_values(left[name])})


@dataclass(frozen=True)
class Checked:
    """What is to be said about a form. schedule: None while a field has a problem.

    problems: field → why it cannot be used (`parameter:region` for a parameter). notes: field → what will happen.
    scopes: how many combinations, None while they cannot be counted. adoptable: the form must agree to take over the
    table. words, next_times: of the cron expression, the times in the zone.
    """

    schedule: Schedule | None = None
    query: Query | None = None
    problems: Mapping[str, InvalidInput] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    scopes: int | None = None
    adoptable: bool = False
    words: str = ""
    next_times: Sequence[datetime] = ()


def parse_values(text: str) -> list[str]:
    """The values in a text, separated by commas or lines, each once; one in double quotes may hold a comma."""
    found = []
    for line in str(text or "").splitlines():
        for row in csv.reader([line], skipinitialspace=True):
            found += [value.strip() for value in row]
    return list(dict.fromkeys(value for value in found if value))


def format_values(listed: Sequence[str]) -> str:
    """The text that `parse_values` reads back."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(listed)
    return out.getvalue().replace(",", ", ") if not any("," in value for value in listed) else out.getvalue()


def check(
    form: ScheduleForm,
    queries: QueryRecords,
    schedules: ScheduleRecords,
    schemas: Sequence[str] = (),
    now: datetime | None = None,
    read_choices: Callable[[], NotificationChoices] = NotificationChoices,
) -> Checked:
    """Everything that can be said about the form as typed; schemas: those allowed beside stackql_inventory.

    read_choices: what notifications can be; asked only where somebody is to be told.
    """
    return _Check(form, queries, schedules, schemas, now or datetime.now(UTC), read_choices).result()


class _Check:
    def __init__(
        self,
        form: ScheduleForm,
        queries: QueryRecords,
        schedules: ScheduleRecords,
        schemas: Sequence[str],
        now: datetime,
        read_choices: Callable[[], NotificationChoices],
    ) -> None:
        self.form = form
        self.queries = queries
        self.schedules = schedules
        self.schemas = schemas
        self.now = now
        self.read_choices = read_choices
        self.problems: dict[str, InvalidInput] = {}
        self.notes: dict[str, str] = {}
        self.edited: ListedSchedule | None = None

    def result(self) -> Checked:
        form = self.form
        if form.schedule_id is not None:
            self.edited = self.schedules.get_schedule(form.schedule_id)
            if self.edited is None:
                self._note_problem(
                    "query_id", "The schedule was deleted while this form was open.", "Close the form."
                )
        query = self._check_query()
        listed = self._check_parameters(query)
        expression, next_times = self._check_times()
        target = self._check_target()
        keys = self._check_columns("key_columns", "key", target)
        ignored = self._check_columns("ignored_columns", "ignored", target)
        for name in ignored:
            if name in keys:
                self._note_problem(
                    "ignored_columns",
                    f"{name!r} is a key column, so it cannot be ignored.",
                    "Name it in one of the two.",
                )
        unordered = self._check_columns("unordered_columns", "JSON", target)
        ordered = self._check_columns("ordered_columns", "JSON", target)
        for name in ordered:
            if name in unordered:
                self._note_problem(
                    "ordered_columns",
                    f"The order in {name!r} cannot both count and mean nothing.",
                    "Name it in one of the two.",
                )
        mode = self._check_mode(target)
        retention = self._check_retention()
        kind = self._check_kind()
        owner = self._check_line("owner", LONGEST_OWNER)
        description = self._check_line("description", LONGEST_DESCRIPTION)
        notifications = self._check_notifications()
        scopes = self._count(query, listed)
        checked = Checked(
            query=query,
            problems=self.problems,
            scopes=scopes,
            words=describe_cron(expression) if expression else "",
            next_times=next_times,
            adoptable=self._is_adoptable(target),
        )
        if not self.problems and query is not None and query.id is not None:
            schedule = Schedule(
                query.id,
                expression,
                form.target_table,
                form.target_schema,
                timezone=form.timezone,
                write_mode=mode,
                key_columns=tuple(keys),
                ignored_columns=tuple(ignored),
                unordered_columns=tuple(unordered),
                ordered_columns=tuple(ordered),
                parameter_values=listed,
                allow_empty=bool(form.allow_empty),
                adds_only=bool(form.adds_only),
                retention_days=retention,
                table_kind=kind,
                owner=owner,
                description=description,
                notifications=notifications,
                query_name=query.name,
            )
            if self.edited is not None:
                schedule = replace(
                    schedule,
                    id=self.edited.id,
                    is_active=self.edited.is_active,
                    job_id=self.edited.job_id,
                    created_by=self.edited.created_by,
                    version=form.version,
                )
                self._say_what_changes(schedule)
            checked = replace(checked, schedule=schedule)
        return replace(checked, notes=self.notes)

    def _note_problem(self, field: str, message: str, hint: str = "") -> None:
        self.problems.setdefault(field, InvalidInput(message, field=field, hint=hint))

    def _check_query(self) -> Query | None:
        given = self.form.query_id
        if given in (None, ""):
            self._note_problem("query_id", "Choose the query to run.", "Queries are saved in the IDE.")
            return None
        text = str(given)
        query = None
        if text.isascii() and text.isdigit() and int(text) <= LARGEST_ID:
            query = self.queries.get_query(int(text))
        if query is None:
            self._note_problem("query_id", f"There is no saved query {text[:40]!r}.", "Choose another one.")
            return None
        if query.source != Source.LIVE:
            self._note_problem("query_id", OF_INVENTORY, "Choose a query of the live cloud.")
            return None
        try:
            guard.check(read(query.query_text), Source.LIVE)
        except InventoryError as error:
            self._note_problem("query_id", error.full_message, "Edit the query in the IDE.")
            return None
        return query

    def _check_parameters(self, query: Query | None) -> dict[str, list[str]]:
        if query is None:
            return {}
        found = {}
        for name in read(query.query_text).parameters:
            field = f"{PARAMETER}{name}"
            try:
                found[name] = parse_values(self.form.parameters.get(name, ""))
            except csv.Error:
                self._note_problem(
                    field, "The quotes do not match.", 'Write "a, b" for one value with a comma in it.'
                )
                continue
            if not found[name]:
                self._note_problem(
                    field, f"Give :{name} one or more values.", "Separate them by commas or lines."
                )
            for value in found[name]:
                try:
                    parameters.format_literal(name, value)
                except InvalidInput as error:
                    self._note_problem(field, error.message, error.hint)
        return found

    def _count(self, query: Query | None, listed: Mapping[str, Sequence[str]]) -> int | None:
        if query is None or not all(listed.values()):
            return None
        count = math.prod(len(one) for one in listed.values())
        if count > MOST_SCOPES:
            largest = max(listed, key=lambda name: len(listed[name]))
            self._note_problem(
                f"{PARAMETER}{largest}",
                f"The values make {count:,} combinations, and a schedule reads at most {MOST_SCOPES:,}.",
                "Give fewer values, or split them over several schedules.",
            )
        return count

    def _check_times(self) -> tuple[str, list[datetime]]:
        form, expression = self.form, ""
        if not form.cron_expression.strip():
            self._note_problem(
                "cron_expression",
                "Say when it runs.",
                f"Choose a time above, or write five fields: {cron.EXAMPLE}",
            )
        else:
            try:
                expression = cron.check(form.cron_expression)
                quartz.convert_from_unix(expression)
            except InvalidInput as error:
                self.problems["cron_expression"] = error
        try:
            quartz.check_java_zone(form.timezone.strip() or "?")
        except InvalidInput as error:
            self.problems["timezone"] = error
            return expression, []
        if not expression:
            return "", []
        try:
            times = cron.list_wall_times(expression, form.timezone, self.now)
        except InvalidInput as error:
            self.problems["cron_expression"] = error
            return "", []
        self.notes["cron_expression"] = describe_clock_changes(times, self.now.date())
        return expression, [one.fires_at for one in times if one.fires_at is not None]

    def _check_target(self) -> TargetTable | None:
        form = self.form
        try:
            check_target(form.target_schema, form.target_table, schemas=self.schemas)
        except InvalidInput as error:
            self.problems[error.field] = error
            return None
        target = self.schedules.get_target(form.target_schema, form.target_table)
        if not target.schema_exists:
            self._note_problem(
                "target_schema",
                f"There is no schema {form.target_schema} in this database.",
                f"Use {INVENTORY_SCHEMA}.",
            )
        elif target.owner_id is not None and target.owner_id != form.schedule_id:
            self.problems["target_table"] = make_table_taken(
                form.target_schema, form.target_table, target.owner_id, target.owner_name
            )
        elif target.kind and not (target.recorded and target.kind == "r"):
            self._note_problem(
                "target_table",
                f"{form.target_schema}.{form.target_table} exists, and no schedule made it.",
                "Choose another name: a schedule would overwrite what is in it.",
            )
        elif self._is_adoptable(target) and not form.adopt:
            self._note_problem(
                "adopt",
                f"{form.target_table} is a table that a deleted schedule left behind, with {target.rows:,} rows.",
                "Agree that this schedule takes it over, or choose another name.",
            )
        return target

    def _is_adoptable(self, target: TargetTable | None) -> bool:
        return target is not None and target.recorded and target.kind == "r" and target.owner_id is None

    def _check_mode(self, target: TargetTable | None) -> WriteMode:
        try:
            mode = WriteMode(self.form.write_mode)
        except ValueError:
            self._note_problem("write_mode", "Choose how rows are written: replace or append.")
            return WriteMode.REPLACE
        if target is not None and target.recorded and target.kind and target.write_mode is not mode:
            self._note_problem(
                "write_mode",
                f"{self.form.target_table} was written in {target.write_mode.value} mode, and that cannot change.",
                f"Choose {target.write_mode.value}, or another table.",
            )
        return mode

    def _check_kind(self) -> TableKind | None:
        try:
            return TableKind(self.form.table_kind) if self.form.table_kind else None
        except ValueError:
            kinds = ", ".join(TableKind)
            self._note_problem("table_kind", f"Choose what the rows are: {kinds}, or nothing.")
            return None

    def _check_columns(self, field: str, word: str, target: TargetTable | None) -> list[str]:
        try:
            listed = parse_values(getattr(self.form, field))
        except csv.Error:
            self._note_problem(field, "The quotes do not match.", "Separate the columns' names by commas.")
            return []
        known = self.form.columns or (target.columns if target is not None else ())
        unknown = [name for name in listed if known and name not in known]
        if unknown:
            near = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
            self._note_problem(field, f"The result has no column {unknown[0]!r}.", f"It has {near}.")
        if any("\0" in name or len(name) > 200 for name in listed):
            self._note_problem(
                field, f"A {word} column's name is too long.", "Separate the columns' names by commas."
            )
        return listed

    def _check_retention(self) -> int | None:
        text = str(self.form.retention_days if self.form.retention_days is not None else "").strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= MOST_RETENTION_DAYS:
            self._note_problem(
                "retention_days",
                f"{text[:40]!r} is not a number of days.",
                f"Give a whole number from 1 to {MOST_RETENTION_DAYS:,}, or leave it empty to keep everything.",
            )
            return None
        return int(text)

    def _check_line(self, field: str, longest: int) -> str:
        """A text of one line."""
        text = str(getattr(self.form, field) or "").strip()
        if len(text) > longest:
            self._note_problem(field, f"It has {len(text):,} characters.", f"Use at most {longest}.")
        elif not text.isprintable():
            self._note_problem(
                field, "It has more than one line, or a character that cannot be seen.", "Type it anew."
            )
        return text

    def _check_notifications(self) -> Notifications:
        before = self.edited.notifications if self.edited is not None else Notifications()
        checked = check_notifications(self.form.notify, before, parse_values, self.read_choices)
        self.problems.update(checked.problems)
        self.notes["notifications"] = checked.said
        self.notes["notify_gone"] = describe_gone(checked.gone) if checked.gone else ""
        return checked.told

    def _say_what_changes(self, schedule: Schedule) -> None:
        before = self.edited
        assert before is not None  # noqa: S101 - only called for an edit
        same = (before.target_schema, before.target_table) == (schedule.target_schema, schedule.target_table)
        if not same:
            self.notes["target_table"] = (
                f"{before.target_table} stays as it is, and nothing keeps it up to date any more."
                if before.rows is not None
                else ""
            )
            return
        if schedule.write_mode is WriteMode.APPEND:
            return
        held = self.schedules.get_table_scopes(schedule.target_schema, schedule.target_table)
        kept = {scope.key for scope in Scope.combinations(schedule.parameter_values)}
        retired = {key: rows for key, rows in held.items() if key not in kept}
        if retired:
            rows = sum(retired.values())
            names = [Scope.from_key(key).label for key in sorted(retired, key=lambda key: -retired[key])]
            listed = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
            self.notes["parameters"] = (
                f"{listed}: no longer read. The next run in which everything succeeds removes"
                f" {format_count(rows, 'row')} of {'it' if len(names) == 1 else 'them'}."
            )
