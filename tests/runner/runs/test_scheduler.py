"""The local scheduler: the right time in the right zone, once, never over itself, and gone without a trace."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from fakes.clock import Clock
from fakes.waiting import join, wait_until

from inventory_runner.errors import InvalidInput
from inventory_runner.models import Run, RunStatus
from inventory_runner.runs.scheduler import Scheduler, is_scheduling
from inventory_runner.store import definitions, run_reads, runs
from inventory_runner.store.lost import LostRuns
from inventory_runner.times import cron

BERLIN = ZoneInfo("Europe/Berlin")
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


class Child:
    """A run's process as far as the scheduler sees it."""

    def __init__(self) -> None:
        self.code: int | None = None
        self.terminated = False

    def poll(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        self.terminated = True
        self.code = 1

    def kill(self) -> None:
        self.code = -9

    def wait(self, timeout: float | None = None) -> int:
        assert self.code is not None
        return self.code


class World:
    """A scheduler with its clock in our hands; `started` are the runs, each with the time it was started at."""

    def __init__(self, engine: sa.Engine, parallel: int = 50) -> None:
        self.engine = engine
        self.now = LONG_AGO
        self.started: list[tuple[datetime, int | None]] = []
        self.children: dict[int, Child] = {}
        self.ends_at_once = True
        self.scheduler = Scheduler(engine, start=self.start, now=lambda: self.now, parallel=parallel)
        assert self.scheduler.lead()

    def start(self, database: sa.Engine, run: Run) -> Child:
        child = self.children[run.id] = Child()
        self.started.append((self.now, run.schedule_id))
        if self.ends_at_once:
            self.end(run.id)
        return child

    def end(self, run_id: int) -> None:
        with self.engine.begin() as connection:
            runs.close(connection, run_id, RunStatus.SUCCESS, "")
        self.children[run_id].code = 0

    def schedule(
        self,
        expression: str,
        zone: str = "UTC",
        since: datetime = LONG_AGO,
        table: str = "t",
        job: str | None = "local-1",
    ) -> int:
        with self.engine.begin() as connection:
            query = connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.queries (name, query_text) VALUES ('q', 'SELECT 1') RETURNING id"
                )
            ).scalar_one()
            return connection.execute(
                sa.text(
                    "INSERT INTO stackql_app.schedules "
                    " (query_id, cron_expression, timezone, target_table, updated_at, job_id)"
                    " VALUES (:query, :cron, :zone, :table, :since, :job) RETURNING id"
                ),
                {
                    "query": query,
                    "cron": expression,
                    "zone": zone,
                    "table": table,
                    "since": since,
                    "job": job,
                },
            ).scalar_one()

    def sql(self, text: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(text))

    def live(self, start: datetime, end: datetime, step: timedelta = timedelta(minutes=10)) -> list[datetime]:
        """When runs were started, while the clock goes on step by step."""
        self.started.clear()
        self.now = start.astimezone(UTC)
        while self.now < end.astimezone(UTC):
            self.scheduler.tick()
            self.now += step
        return [when for when, _ in self.started]


@pytest.fixture
def world(engine: sa.Engine) -> World:
    return World(engine)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type, misc]


def test_a_schedule_fires_once_by_its_job_or_by_the_scheduler(world: World) -> None:
    world.schedule("* * * * *", table="jobs", job="987654321")
    world.schedule("* * * * *", table="nobodys", job=None)
    mine = world.schedule("* * * * *", table="mine", job="local-3")
    world.live(LONG_AGO, LONG_AGO + timedelta(minutes=5), timedelta(minutes=1))
    assert {schedule for _, schedule in world.started} == {mine}
    # one that gets a job on the platform meanwhile, between two looks
    with world.engine.connect() as connection:
        ((seen, _),) = definitions.list_active_schedules(connection)
    world.sql(f"UPDATE stackql_app.schedules SET job_id = '42' WHERE id = {mine}")
    with world.engine.begin() as connection:
        assert not definitions.mark_fired(connection, seen, LONG_AGO + timedelta(hours=1))
    assert not world.scheduler.tick()


def test_whether_a_scheduler_acts_is_known_to_others(world: World) -> None:
    assert is_scheduling(world.engine)
    world.scheduler.close()
    assert not is_scheduling(world.engine)


def test_it_fires_at_the_time_of_the_schedules_own_zone(world: World) -> None:
    start = local(2025, 6, 2, 0, 0)
    world.schedule("0 6 * * 1-5", "Europe/Berlin", start)
    fired = world.live(start, start + timedelta(days=7))
    assert fired == [local(2025, 6, day, 6).astimezone(UTC) for day in (2, 3, 4, 5, 6)]
    assert fired[0].hour == 4


@pytest.mark.parametrize(
    ("expression", "day", "expected"),
    [
        # the clocks go from 2:00 to 3:00: what they skip does not fire
        ("30 2 * * *", (2025, 3, 30), []),
        ("0 6 * * *", (2025, 3, 30), ["2025-03-30T04:00"]),
        (
            "0 */1 * * *",
            (2025, 3, 30),
            [f"2025-03-{29 if h < 0 else 30}T{h % 24:02}:00" for h in range(-1, 22)],
        ),
        # from 3:00 back to 2:00: a time that they show twice fires the second time
        ("30 2 * * *", (2025, 10, 26), ["2025-10-26T01:30"]),
        ("0 6 * * *", (2025, 10, 26), ["2025-10-26T05:00"]),
        (
            "0 */1 * * *",
            (2025, 10, 26),
            [f"2025-10-{25 if h < 0 else 26}T{h % 24:02}:00" for h in range(-2, 23) if h],
        ),
    ],
)
def test_a_change_of_clocks(
    world: World, expression: str, day: tuple[int, int, int], expected: list[str]
) -> None:
    start = local(*day, 0, 0)
    world.schedule(expression, "Europe/Berlin", start - timedelta(minutes=1))
    fired = world.live(start, local(*day, 23, 59))
    assert [when.strftime("%Y-%m-%dT%H:%M") for when in fired] == expected


def test_it_does_not_fire_twice_also_across_a_restart(world: World) -> None:
    start = datetime(2025, 6, 2, 5, 59, tzinfo=UTC)
    world.schedule("0 6 * * *", since=start)
    assert len(world.live(start, start + timedelta(minutes=5), timedelta(seconds=30))) == 1
    world.scheduler.close()
    again = World(world.engine)
    assert again.live(start + timedelta(minutes=5), start + timedelta(hours=1)) == []


def test_a_time_is_taken_once_and_not_for_a_schedule_that_was_changed_meanwhile(world: World) -> None:
    due = datetime(2025, 6, 2, 6, 0, tzinfo=UTC)
    world.schedule("0 6 * * *")
    with world.engine.begin() as connection:
        ((seen, _),) = definitions.list_active_schedules(connection)
        assert definitions.mark_fired(connection, seen, due)
        assert not definitions.mark_fired(connection, seen, due)
        later = due + timedelta(days=1)
        assert not definitions.mark_fired(connection, replace(seen, updated_at=due), later)
        assert definitions.mark_fired(connection, seen, later)


@pytest.mark.parametrize("jump", [timedelta(hours=-3), timedelta(hours=3)])
def test_a_clock_that_jumps_by_hours_fires_no_minute_twice(world: World, jump: timedelta) -> None:
    one = world.schedule("* * * * *")
    minute = timedelta(minutes=1)
    begin = LONG_AGO + timedelta(hours=6)
    fired: list[datetime] = []
    for start in (begin, begin + 5 * minute + jump, begin + 5 * minute + max(jump, -jump)):
        world.live(start, start + 5 * minute, minute)
        with world.engine.connect() as connection:
            ((_, last),) = definitions.list_active_schedules(connection)
        assert last is not None
        fired += [when for when, schedule in world.started if schedule == one]
    assert len(fired) == len(set(fired))
    assert fired == sorted(fired) and len(fired) >= 10


@pytest.mark.parametrize("noted", ["last_fired_at", "updated_at"])
def test_a_clock_that_was_wrong_by_years_does_not_stop_a_schedule(world: World, noted: str) -> None:
    id = world.schedule("0 * * * *")
    world.sql(f"UPDATE stackql_app.schedules SET {noted} = '2031-01-01' WHERE id = {id}")
    assert world.live(LONG_AGO, LONG_AGO + timedelta(hours=3)) == [
        LONG_AGO + timedelta(hours=hour) for hour in (1, 2)
    ]


def test_after_a_pause_of_the_scheduler_it_catches_up_once(world: World) -> None:
    start = datetime(2025, 6, 2, 5, 50, tzinfo=UTC)
    world.schedule("0 * * * *", since=start)
    assert len(world.live(start, start + timedelta(minutes=30))) == 1
    asleep = start + timedelta(days=3)  # 72 times passed
    assert world.live(asleep, asleep + timedelta(minutes=9), timedelta(minutes=1)) == [asleep]
    with world.engine.connect() as connection:
        fired = connection.execute(sa.text("SELECT last_fired_at FROM stackql_app.schedules")).scalar_one()
    assert fired == datetime(2025, 6, 5, 5, 0, tzinfo=UTC)


def test_a_new_a_resumed_and_an_edited_schedule_go_on_with_their_next_time(world: World) -> None:
    noon = datetime(2025, 6, 2, 12, 30, tzinfo=UTC)
    one = world.schedule("0 * * * *", since=noon)
    world.now = noon
    assert world.scheduler.tick() == []
    world.sql("UPDATE stackql_app.schedules SET is_active = false")
    assert world.live(noon, noon + timedelta(hours=5)) == []
    resumed = noon + timedelta(hours=5)
    world.sql(f"UPDATE stackql_app.schedules SET is_active = true, updated_at = '{resumed.isoformat()}'")
    assert world.live(resumed, resumed + timedelta(minutes=20)) == []
    # an edit is seen by the next look, a second later
    edited = resumed + timedelta(minutes=20)
    world.sql(
        f"UPDATE stackql_app.schedules SET cron_expression = '55 17 * * *', updated_at = '{edited.isoformat()}'"
    )
    world.now = resumed + timedelta(minutes=25)
    assert world.scheduler.tick() == [one]


def test_it_never_overlaps_a_schedule_with_itself(world: World) -> None:
    start = datetime(2025, 6, 2, 5, 59, tzinfo=UTC)
    world.schedule("* * * * *", since=start)
    world.ends_at_once = False
    assert len(world.live(start, start + timedelta(minutes=5), timedelta(seconds=30))) == 1
    (run_id,) = world.children
    world.end(run_id)
    # the times that passed meanwhile were skipped, not queued
    now = world.now + timedelta(seconds=20)
    assert len(world.live(now, now + timedelta(minutes=1), timedelta(seconds=20))) == 1


def test_so_many_at_once_and_the_rest_after_them(engine: sa.Engine) -> None:
    world = World(engine, parallel=2)
    due = datetime(2025, 6, 2, 6, 0, tzinfo=UTC)
    for number in range(5):
        world.schedule("0 6 * * *", since=due - timedelta(hours=1), table=f"t{number}")
    world.ends_at_once = False
    world.now = due
    assert len(world.scheduler.tick()) == 2
    assert world.scheduler.tick() == []
    for run_id in list(world.children):
        world.end(run_id)
    assert len(world.scheduler.tick()) == 2


def test_a_schedule_that_cannot_be_read_costs_the_others_nothing(world: World) -> None:
    due = datetime(2025, 6, 2, 6, 0, tzinfo=UTC)
    world.schedule("nonsense", since=due - timedelta(hours=1), table="a")
    world.schedule("0 6 * * *", "Mars/Olympus", since=due - timedelta(hours=1), table="b")
    good = world.schedule("0 6 * * *", since=due - timedelta(hours=1), table="c")
    world.now = due
    assert world.scheduler.tick() == [good]


def test_one_scheduler_acts_and_another_takes_over(world: World) -> None:
    second = Scheduler(world.engine, now=lambda: world.now)
    assert not second.lead()
    world.scheduler.close()
    assert second.lead()
    second.close()


def test_a_session_that_was_cut_is_opened_again(world: World) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=world.scheduler.serve, args=(stop,))
    thread.start()
    world.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    world.schedule("0 0 1 1 *", since=LONG_AGO - timedelta(days=1))
    wait_until(lambda: world.started)
    stop.set()
    join(thread)
    assert len(world.started) == 1


def test_a_child_that_died_leaves_no_open_run(world: World) -> None:
    due = datetime(2025, 6, 2, 6, 0, tzinfo=UTC)
    one = world.schedule("0 6 * * *", since=due - timedelta(hours=1))
    world.ends_at_once = False
    world.now = due
    world.scheduler.tick()
    (child,) = world.children.values()
    child.code = -9
    world.scheduler.tick()
    run = run_reads.find_latest_run(world.engine, one)
    assert run is not None
    assert (run.status, "signal 9" in run.message) == (RunStatus.FAILED, True)  # it had not begun


def test_stopping_stops_the_children(world: World) -> None:
    due = datetime(2025, 6, 2, 6, 0, tzinfo=UTC)
    one = world.schedule("0 6 * * *", since=due - timedelta(hours=1))
    world.ends_at_once = False
    world.now = due
    world.scheduler.tick()
    world.scheduler.close()
    assert all(child.terminated for child in world.children.values())
    run = run_reads.find_latest_run(world.engine, one)
    assert run is not None
    assert run.status is RunStatus.FAILED


def test_runs_without_a_sign_of_life_are_marked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("inventory_runner.runs.scheduler.time", clock)
    world.scheduler._lost = LostRuns(world.engine, clock=clock.monotonic)
    with world.engine.connect() as session:
        lost, _ = runs.begin(
            session, Run(0, "stackql_inventory", "t", RunStatus.RUNNING, LONG_AGO, engine="stackql"), []
        )
        world.sql("UPDATE stackql_app.runs SET heartbeat_at = now() - interval '2 minutes'")
        world.scheduler.tick()
        assert run_reads.get(world.engine, lost.id).status is RunStatus.RUNNING
        clock.ahead = 20
        world.scheduler.tick()
        assert run_reads.get(world.engine, lost.id).status is RunStatus.LOST


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has 0"),
        ("0 6 * *", "has 4"),
        ("0 0 6 * * *", "has 6"),
        ("60 6 * * *", "out of its field's range"),
        ("0 6 30 2 *", "never comes"),
        ("@daily", "has 1"),
        ("0 R * * *", "'R' cannot be the hour"),
        ("0 0 L * *", "'L'"),
    ],
)
def test_what_is_no_cron_expression_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        cron.check(text)
    assert refused.value.field == "cron_expression"
    assert says in refused.value.message
