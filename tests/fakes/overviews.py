"""Random values of what the inventory's pages are drawn from, for laws about the pages. Hypothesis strategies.

Hypothesis chooses how many there are of each, and shrinks that; the values themselves come from a seeded generator,
since drawing hundreds of them one by one costs more than what is tested.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import settings
from hypothesis import strategies as st

from inventory_runner.models import INVENTORY_SCHEMA, RunStatus, Scope, WriteMode
from services.models.inventory import (
    DAY_CHOICES,
    DIMENSIONS,
    Attention,
    ChartChoice,
    ChartData,
    ColumnInfo,
    DayChanges,
    Freshness,
    InventoryFilter,
    OldestData,
    Overview,
    ScopeState,
    Share,
    TableDetail,
    TableRef,
    TablesPage,
    TableSummary,
)

AT = datetime(2026, 3, 9, 14, 30, tzinfo=UTC)
WORDS = (
    "ec2", "eu-west-1", "running", "a_long_name_of_many_words_that_is_cut", "<b>x</b>", "a&b", "a b?c=d#e%", "100%",
    "not known", "Grüße", "名前", "a'b\"c", "x/y", "(none)", "{}", "0",
)  # fmt: skip
LETTERS = "abcxyz_-.:/ <>&?#%äß名'\"\\"
PROVIDERS = (
    "aws",
    "azure",
    "google",
    "okta",
    "databricks_workspace",
    *(f"cloud{i}" for i in range(8)),
    "<i>odd</i>",
)
# by which the list of tables can be sorted
COLUMNS = ("name", "provider", "rows", "changes", "coverage", "updated")
MEASURES, KINDS = ("count", "sum", "avg"), ("bar", "column", "line", "area", "pie", "treemap")

# for laws over whole overviews: drawing one costs milliseconds, and these tests run before every commit
few = settings(max_examples=30)

seeds = st.integers(0, 2**32 - 1).map(Random)


def name_of(random: Random) -> str:
    """A value as clouds write them, or as they could: what a page must not take for its own."""
    if random.random() < 0.7:
        return random.choice(WORDS)
    return " ".join("".join(random.choices(LETTERS, k=random.randint(1, 30))).split()) or "x"


def names_of(random: Random, most: int) -> list[str]:
    return list(dict.fromkeys(name_of(random) for _ in range(random.randint(0, most))))


def count_of(random: Random) -> int:
    return random.choice((0, 1, 2, 9, 999, 1_000, random.randint(0, 5_000_000)))


def age_of(random: Random) -> timedelta:
    """From now to forty days."""
    return timedelta(
        minutes=random.choice((0, 1, 59, random.randint(0, 2000), random.randint(0, 60 * 24 * 40)))
    )


def ref_of(random: Random, number: int) -> TableRef:
    """A table's place; the number makes it another one."""
    name = random.choice(("table", name_of(random)))
    return TableRef(random.choice((INVENTORY_SCHEMA, INVENTORY_SCHEMA, "other")), f"{name}_{number}")


def table_of(
    random: Random, number: int, providers: tuple[str, ...] = PROVIDERS, *, by_region: bool = False
) -> TableSummary:
    """A table, loaded or not, as the inventory service judges it."""
    ref, provider = ref_of(random, number), random.choice(providers)
    service, resource = random.choice(("", "ec2", name_of(random))), random.choice(("", name_of(random)))
    schedule_id = random.choice((None, 7))
    status = random.choice((None, *RunStatus))
    if random.random() < 0.2:
        return TableSummary(
            ref,
            provider,
            service,
            resource,
            schedule_id=schedule_id,
            last_run_status=status,
            freshness=Freshness.NEVER,
        )
    total = random.choice((0, 1, random.randint(1, 40)))
    ok = random.choice((total, random.randint(0, total)))
    added, removed, changed = (0 if by_region else count_of(random) for _ in range(3))
    updated_at = AT - age_of(random)
    stale = ok < total and random.random() < 0.5
    return TableSummary(
        ref,
        provider,
        service,
        resource,
        count_of(random),
        added,
        removed,
        changed,
        total,
        ok,
        updated_at,
        write_mode=random.choice(list(WriteMode)),
        schedule_id=schedule_id,
        last_run_status=status,
        has_view=random.random() < 0.5,
        freshness=random.choice([state for state in Freshness if state is not Freshness.NEVER]),
        stale_rows=count_of(random) if stale else 0,
        oldest_at=updated_at - age_of(random) if stale else None,
        unread=("sa-east-1",) if ok < total else (),
    )


def day_of(random: Random, age: int, *, by_region: bool) -> DayChanges:
    """A day of all tables. Where nothing was read, nothing changed; of a region only the net change is known."""
    day = AT.date() - timedelta(days=age)
    if by_region:
        change = random.choice((-1, 1)) * count_of(random)
        return DayChanges(day, max(change, 0), max(-change, 0))
    total = random.choice((0, random.randint(1, 300)))
    if not total:
        return DayChanges(day)
    added, removed, changed = (count_of(random) for _ in range(3))
    return DayChanges(day, added, removed, changed, random.choice((total, random.randint(0, total))), total)


def shares_of(random: Random, providers: tuple[str, ...], dimension: str) -> tuple[Share, ...]:
    """How a dimension divides: its largest values first, what is not known last."""
    found = []
    for value in [*names_of(random, 12), *random.choice(([], [""]))]:
        owners = random.sample(providers, random.randint(1, len(providers)))
        rows = {provider: count_of(random) + 1 for provider in owners}
        led = random.sample(owners, random.randint(0, len(owners))) if dimension == "state" else []
        found.append(Share(value, rows, {provider: ref_of(random, 1) for provider in led}))
    return tuple(sorted(found, key=lambda one: (one.value in ("", "other"), -one.total)))


@st.composite
def overviews(draw: st.DrawFn, *, region: bool | None = None, least_tables: int = 0) -> Overview:
    """An overview whose parts fit each other, as the inventory service makes them.

    region: whether a region is chosen, None for either. least_tables: of which some may never have been loaded.
    """
    by_region = draw(st.booleans()) if region is None else region
    count, length = draw(st.integers(least_tables, 14)), draw(st.integers(1, 10))
    owners = draw(st.integers(1, len(PROVIDERS)))
    random = draw(seeds)
    providers = tuple(random.sample(PROVIDERS, owners))
    listed = tuple(table_of(random, number, providers, by_region=by_region) for number in range(count))
    newest: dict[str, int] = defaultdict(int)
    for table in listed:
        if table.rows is not None:
            newest[table.provider] += table.rows
    if not any(newest.values()):
        # before the first resource there is no day to draw
        length = 0
    ages = range(length - 1, -1, -1)
    levels = {
        provider: (*(count_of(random) for _ in ages[1:]), rows) if length else ()
        for provider, rows in sorted(newest.items(), key=lambda item: -item[1])
    }
    loaded = [table for table in listed if table.rows is not None]
    total = sum(table.scopes_total for table in loaded)
    ok = sum(table.scopes_ok for table in loaded)
    oldest = min(loaded, key=lambda table: table.updated_at or AT, default=None)
    concerned = random.sample(loaded, random.randint(0, min(4, len(loaded))))
    return Overview(
        filter=InventoryFilter(
            random.choice(("", providers[0])),
            name_of(random) if by_region else "",
            random.choice(DAY_CHOICES),
        ),
        at=AT,
        tables=listed,
        days=tuple(AT.date() - timedelta(days=age) for age in ages),
        levels=levels,
        changes=tuple(day_of(random, age, by_region=by_region) for age in ages),
        week_ago=random.choice((None, count_of(random))),
        shares={dimension: shares_of(random, providers, dimension) for dimension in DIMENSIONS},
        attention=tuple(
            Attention(
                random.choice(("danger", "warning")),
                (table.ref,),
                "fell behind",
                AT - age_of(random),
                cause=random.choice(("", "aws")),
            )
            for table in concerned
        ),
        oldest=OldestData(oldest.ref, oldest.updated_at, random.choice(("", "missed a run", "1 denied")))
        if oldest is not None and oldest.updated_at is not None
        else None,
        scopes_total=total,
        scopes_ok=ok,
        uncovered_since=AT - age_of(random) if ok < total else None,
        uncovered_words=random.choice(("", f"{total - ok} scopes denied")) if ok < total else "",
        providers=tuple(sorted(providers)),
        regions=("eu-west-1",),
    )


@st.composite
def table_pages(draw: st.DrawFn) -> TablesPage:
    """A page of the list of tables."""
    count, pages = draw(st.integers(0, 6)), draw(st.integers(1, 9))
    random = draw(seeds)
    listed = tuple(table_of(random, number) for number in range(count))
    trends = {
        table.ref: tuple(random.choice((None, count_of(random))) for _ in range(14))
        for table in listed
        if table.rows is not None
    }
    column = random.choice(COLUMNS)
    return TablesPage(
        listed,
        count + 20 * (pages - 1),
        trends,
        random.choice(("", "-")) + column,
        random.randint(1, pages),
        pages,
    )


@st.composite
def table_details(draw: st.DrawFn) -> TableDetail:
    """A table with its columns; without any before its first load."""
    random = draw(seeds)
    summary = table_of(random, 1)
    names = names_of(random, 6) if summary.rows is not None else []
    kinds = ("text", "number", "boolean", "time", "json")
    own = [ColumnInfo(name, "time", "timestamptz") for name in ("_first_seen_at", "_changed_at")]
    return TableDetail(
        summary,
        columns=tuple(
            [*(ColumnInfo(name, random.choice(kinds), "text") for name in names), *own] if names else []
        ),
        key_columns=tuple(names[:1]),
        description=random.choice(("", "Every instance.")),
        first_day=random.choice((None, AT.date())),
    )


@st.composite
def scope_states(draw: st.DrawFn) -> list[ScopeState]:
    """The newest outcome of each scope of a table."""
    random = draw(seeds)
    statuses = ("ok", "ok", "incomplete", "additive", "held", "denied", "throttled", "timeout", "error")
    return [
        ScopeState(
            Scope({"region": region}),
            random.choice(statuses),
            count_of(random),
            random.choice(("", "403")),
            AT - age_of(random),
            random.choice((None, AT - age_of(random))),
        )
        for region in names_of(random, 6)
    ]


@st.composite
def chart_data(draw: st.DrawFn) -> ChartData:
    """A table as a chart groups it: each pair of group and split has a number, none, or is not there."""
    measure, kind = draw(st.sampled_from(MEASURES)), draw(st.sampled_from(KINDS))
    split, random = draw(st.booleans()), draw(seeds)
    groups = names_of(random, 12) or ["one"]
    series = names_of(random, 5) or ["one"] if split else [""]
    if split and random.random() < 0.5:
        # what is beyond the largest
        series.append("other")

    def number() -> float | None:
        if random.random() < 0.2:
            return None
        return float(count_of(random)) if measure == "count" else round(random.uniform(-1e6, 1e6), 4)

    choice = ChartChoice(
        "state", measure, "" if measure == "count" else "size", "region" if split else "", kind
    )
    return ChartData(
        choice,
        tuple(groups),
        {name: tuple(number() for _ in groups) for name in series},
        random.choice(("", "The largest 40 of 99 values.")),
    )
