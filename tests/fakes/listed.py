"""Random schedules as the Schedules page lists them. A Hypothesis strategy."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from fakes.overviews import AT, age_of, count_of, name_of, names_of, seeds
from hypothesis import strategies as st

from services.models.core import INVENTORY_SCHEMA, ListedSchedule, RunMark, RunProgress, RunStatus

ENDED = (RunStatus.SUCCESS, RunStatus.PARTIAL, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.LOST)


def schedule_of(random: Random, id: int) -> ListedSchedule:
    """A schedule with its last runs, one perhaps under way, as the schedule service tells it."""
    count = random.choice((0, 1, random.randint(0, 20)))
    trend = tuple(
        RunMark(
            number,
            random.choice(ENDED),
            AT - timedelta(hours=count - number),
            rows_total=random.choice((None, 0, 7)),
            scopes_ok=1,
            scopes_total=2,
            message=random.choice(("", "1 of 2 denied")),
        )
        for number in range(count)
    )
    running = None
    if random.random() < 0.3:
        total = random.randint(0, 9)
        running = RunProgress(
            99, AT, random.randint(0, total), total, count_of(random), random.random() < 0.3
        )
        trend = (*trend, RunMark(99, RunStatus.RUNNING, AT))
    ended = [mark for mark in trend if mark.status is not RunStatus.RUNNING]
    total = random.choice((0, random.randint(1, 40)))
    active = random.random() < 0.8
    return ListedSchedule(
        1,
        "0 6 * * *",
        f"{name_of(random)}_{id}",
        random.choice((INVENTORY_SCHEMA, "other")),
        parameter_values={"region": names_of(random, 3)},
        is_active=active,
        job_id=random.choice((None, "local-1")),
        created_by=random.choice(("", "anna@example.com")),
        last_run_at=ended[-1].started_at if ended else None,
        last_run_status=ended[-1].status if ended else None,
        id=id,
        query_name=name_of(random),
        job_error=random.choice(("", "", "refused")),
        rows=random.choice((None, count_of(random))),
        scopes_ok=random.randint(0, total),
        scopes_total=total,
        trend=trend,
        running=running,
        words="At 06:00, every day",
        short_words="daily 06:00",
        owner=random.choice(("", "payments")),
        provider=random.choice(("", "aws", "google")),
        next_at=AT + age_of(random) if active and random.random() < 0.9 else None,
    )


@st.composite
def schedules(draw: st.DrawFn) -> list[ListedSchedule]:
    """Some schedules, in the order of the database."""
    count = draw(st.integers(0, 8))
    random = draw(seeds)
    return [schedule_of(random, id) for id in range(1, count + 1)]
