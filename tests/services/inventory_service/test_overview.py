from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from services.inventory_service import exposure, overview
from services.models.inventory import Freshness, TableRef, TableSummary

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def table(**more) -> TableSummary:
    values = {
        "rows": 10,
        "provider": "aws",
        "updated_at": NOW,
        "cron": "0 * * * *",
        "is_active": True,
        **more,
    }
    return TableSummary(TableRef("stackql_inventory", values.pop("name", "t")), **values)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Freshness.FRESH),
        ({"updated_at": NOW - timedelta(hours=1, minutes=50)}, Freshness.FRESH),
        ({"updated_at": NOW - timedelta(hours=3)}, Freshness.LATE),
        # weekdays only: over the weekend nothing is late
        ({"cron": "0 6 * * 1-5", "updated_at": NOW - timedelta(hours=72)}, Freshness.FRESH),
        ({"cron": "0 6 * * 1-5", "updated_at": NOW - timedelta(hours=74)}, Freshness.LATE),
        ({"is_active": False, "updated_at": NOW - timedelta(days=30)}, Freshness.PAUSED),
        ({"cron": ""}, Freshness.UNMANAGED),
        ({"rows": None, "updated_at": None}, Freshness.NEVER),
        ({"cron": "not a cron", "updated_at": NOW - timedelta(days=30)}, Freshness.FRESH),
    ],
)
def test_freshness_goes_by_the_schedule(more, expected):
    assert overview.judge_freshness(table(**more), NOW) is expected


def test_levels_go_back_from_today():
    days = [date(2026, 3, day) for day in (8, 9, 10)]
    steps = [
        SimpleNamespace(provider="aws", day=days[2], step=-5),
        SimpleNamespace(provider="aws", day=days[0], step=12),
        SimpleNamespace(provider="gone", day=days[1], step=3),
    ]
    assert overview.compute_levels([table(rows=10), table(rows=0, provider="okta")], steps, days) == {
        "aws": (15, 15, 10),
        "okta": (0, 0, 0),
    }
    assert overview.trim_days(days, {"aws": (0, 4, 5), "okta": (0, 0, 1)}) == (
        tuple(days[1:]),
        {"aws": (4, 5), "okta": (0, 1)},
    )
    assert overview.trim_days(days, {}) == ((), {})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"is_public": True}, True),
        ({"is_public": 1}, True),
        ({"publicly_accessible": "0"}, False),
        ({"public_network_access": "Enabled"}, True),
        ({"public_access_prevention": "inherited", "is_public": False}, False),
        ({"public_access_prevention": "enforced"}, False),
        ({"name": "x"}, None),
        (None, None),
    ],
)
def test_what_is_open_to_the_outside(values, expected):
    assert exposure.is_public(values) is expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"is_public": 0}, {"is_public": 1}, (1, 0)),
        ({"is_public": 1}, {"is_public": 0}, (0, 1)),
        # the other door was open all the time
        (
            {"allow_blob_public_access": 1, "public_network_access": "Enabled"},
            {"allow_blob_public_access": 0, "public_network_access": "Enabled"},
            (0, 1),
        ),
        # what is asked for says nothing where it is known what is
        (
            {"is_public": 0, "public_access_prevention": "enforced"},
            {"is_public": 0, "public_access_prevention": "inherited"},
            (0, 0),
        ),
    ],
)
def test_one_door_that_opens_or_closes_is_news(before, after, expected):
    row = SimpleNamespace(schema="s", name="t", scope="{}", key="k", at=NOW, before=before, after=after)
    opened, closed = exposure.list_opened_and_closed([row])
    assert (sum(map(len, opened.values())), sum(map(len, closed.values()))) == expected


def test_what_a_schedule_accepts_needs_nobody_and_stays_uncovered():
    def row(status):
        return SimpleNamespace(
            schema="stackql_inventory",
            name="t",
            status=status,
            scopes=1,
            some=["{}"],
            since=NOW,
            newest=NOW,
            ok_at=None,
            rows=3,
        )

    rows = [row("additive"), row("incomplete")]
    (one,) = overview.list_attention([table()], rows, [], [], [], NOW)
    assert one.text == "everything: incomplete"
    assert overview.describe_uncovered(rows[:1]) == ("1 scope adds and changes only", NOW)
