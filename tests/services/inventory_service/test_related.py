"""What a resource has to do with others, against the rows themselves; and the gaps of its timeline."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.databases import fresh_engine
from fakes.inventory import load, record_run, schedule, service_at
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.errors import NotFound
from inventory_runner.models import WriteMode
from services.inventory_service import InventoryService, related
from services.models.gaps import Gap, Outcome, find_gaps
from services.models.inventory import TableRef
from services.models.related import Link

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SCOPE = '{"region":"eu-west-1"}'
HARD = "vol-'quo\"ted' %41/\\x ü"


def make_rows(seed: int) -> dict[str, list[dict[str, Any]]]:
    """Machines with networks, disks that name machines, groups; some ids are of no table."""
    chance = random.Random(seed)
    machines = [f"i-{n:05d}x" for n in range(12)]
    groups = [f"sg-{n:05d}x" for n in range(5)]
    networks = [f"vpc-{n:05d}x" for n in range(4)]
    rows: dict[str, list[dict[str, Any]]] = {"machines": [], "disks": [], "groups": [], "functions": []}
    for id in machines:
        chosen = chance.sample(groups, chance.randrange(3))
        rows["machines"].append(
            {
                "id": id,
                "vpc_id": chance.choice(networks),
                "security_groups": json.dumps([{"GroupId": g} for g in chosen]),
            }
        )
    for n in range(15):
        holder = chance.choice([*machines, "i-gone-9", ""])
        attached = json.dumps([{"InstanceId": holder, "Device": "/dev/xvda"}] if holder else [])
        rows["disks"].append({"id": f"vol-{n:05d}x", "attachments": attached})
    rows["disks"].append({"id": HARD, "attachments": json.dumps([{"InstanceId": machines[0]}])})
    rows["groups"] = [{"id": id, "vpc_id": chance.choice(networks)} for id in groups]
    rows["functions"] = [
        {"id": f"fn-{n:05d}x", "note": chance.choice([machines[1], f"about {machines[1]}", ""])}
        for n in range(4)
    ]
    return rows


ROWS = make_rows(7)


@pytest.fixture(scope="module")
def engine(postgres: str) -> Iterator[sa.Engine]:
    """One database for all tests, since they only read."""
    with fresh_engine(postgres) as made:
        for table, rows in ROWS.items():
            load(
                made,
                table,
                {"eu-west-1": rows},
                NOW,
                resource=table,
                json_columns=("security_groups", "attachments"),
            )
        yield made


@pytest.fixture(scope="module")
def service(engine: sa.Engine) -> InventoryService:
    return service_at(engine, NOW)


def list_texts(value: Any) -> set[str]:
    """Every text in a row's value, JSON taken apart."""
    if isinstance(value, str) and value.startswith(("[", "{")):
        return list_texts(json.loads(value))
    if isinstance(value, dict):
        return set().union(*map(list_texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(list_texts, value))
    return {value} if isinstance(value, str) else set()


def held_by(row: dict[str, Any]) -> set[str]:
    return list_texts([value for name, value in row.items() if name != "id"])


@pytest.mark.parametrize(
    ("table", "row"), [(table, row) for table, rows in ROWS.items() for row in rows[::3] + rows[-1:]]
)
def test_related_resources_are_those_that_the_rows_say(
    service: InventoryService, table: str, row: dict[str, Any]
) -> None:
    found = service.find_related(TableRef("stackql_inventory", table), row["id"], SCOPE)
    seen = {
        link: {(g.table.name, one.id) for g in found.groups if g.link is link for one in g.resources}
        for link in Link
    }
    every = [(name, one) for name, rows in ROWS.items() for one in rows]
    ids = {one["id"] for _, one in every}
    # a text column that is not called like an id names nothing
    own = held_by({name: value for name, value in row.items() if name != "note"})
    assert seen[Link.NAMED] == {(name, one["id"]) for name, one in every if one["id"] in own}
    naming = {(name, one["id"]) for name, one in every if row["id"] in held_by(one)}
    assert seen[Link.NAMING] == naming
    loose = {text for text in own if text not in ids and not text.startswith("/dev")}
    assert {one.value for one in found.loose} == loose
    sharing = {(name, one["id"]) for name, one in every if name != table and loose & held_by(one)} - naming
    assert seen[Link.SHARING] == sharing
    assert sum(one.count for one in found.groups) == sum(map(len, seen.values()))
    assert (found.searched, found.not_searched) == (4, ())


def test_what_was_not_searched_is_said(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = TableRef("stackql_inventory", "machines")
    load(engine, "kept", {"eu-west-1": [{"id": "k-00001"}]}, NOW, mode=WriteMode.APPEND)
    load(engine, "part", {"eu-west-1": [{"id": "p-00001"}], "x": "denied"}, NOW)
    service = service_at(engine, NOW)
    said = {
        ref.name: one.why
        for one in service.find_related(ref, "i-00000x", SCOPE).not_searched
        for ref in one.tables
    }
    assert "every run's rows" in said["kept"] and "not read whole" in said["part"]
    monkeypatch.setattr(related, "SECONDS", -1)
    late = service.find_related(ref, "i-00000x", SCOPE)
    # what was not looked up is of no table that anybody knows, and not of none
    assert late.left_out > 0 and not late.loose and not late.groups
    assert late.searched == 0 and any("ran out" in one.why for one in late.not_searched)
    for key, scope in (("nope", SCOPE), ("i-00000x", "[1]"), ("i-00000x", "{"), ("a\0b", SCOPE)):
        with pytest.raises(NotFound):
            service.find_related(ref, key, scope)


HOURS = st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=12, unique_by=lambda one: one[0])


@given(HOURS, st.integers(0, 30), st.integers(0, 30))
def test_a_gap_is_every_moment_between_reads_in_which_a_run_failed(
    hours: list[tuple[int, bool]], begin: int, length: int
) -> None:
    def at(hour: float) -> datetime:
        return NOW + timedelta(hours=hour)

    outcomes = [Outcome(at(hour), read, "ok" if read else "denied") for hour, read in hours]
    end = begin + length
    gaps = find_gaps(outcomes, at(begin), at(end))
    for half in range(2 * begin + 1, 2 * end, 2):
        moment = half / 2
        before = max((hour for hour, read in hours if read and hour < moment), default=None)
        after = min((hour for hour, read in hours if read and hour > moment), default=None)
        failed = [
            hour
            for hour, read in hours
            if not read and (before is None or hour > before) and (after is None or hour < after)
        ]
        holding = [
            gap
            for gap in gaps
            if (gap.since is None or gap.since < at(moment)) and (gap.until is None or at(moment) < gap.until)
        ]
        assert len(holding) == bool(failed)
        if failed:
            assert holding[0].runs == len(failed)


def test_a_timeline_reaches_from_first_seen_to_gone_with_what_is_not_known(postgres: str) -> None:
    ref, days = TableRef("stackql_inventory", "boxes"), [NOW - timedelta(days=n) for n in range(9, -1, -1)]
    with fresh_engine(postgres) as made:
        id = schedule(made, "boxes")
        for day, at in enumerate(days):
            rows = [{"id": "a-00001", "tags": json.dumps({"env": "prod"}), "region": "eu-west-1"}]
            if 1 <= day < 7:
                rows.append({"id": HARD, "tags": json.dumps({"env": "o'"}), "region": "eu-west-1"})
            read = day not in (4, 5)
            load(
                made, "boxes", {"eu-west-1": rows if read else "denied"}, at, schedule_id=id, resource="boxes"
            )
            record_run(made, ref, at, {"eu-west-1": "ok" if read else "denied"}, 2, id)
        service = service_at(made, NOW)
        gone = service.resource(ref, HARD, SCOPE)
        there = service.resource(ref, "a-00001", SCOPE)
    gap = Gap(days[3], days[6], 2, "denied")
    assert (gone.first_seen_at, gone.last_seen_at, gone.gone_at) == (days[1], days[6], days[7])
    assert gone.gaps == there.gaps == (gap,)
    assert [entry.kind for entry in gone.timeline] == ["removed", "added"]
    # it keeps what it was
    assert gone.asset is not None and gone.tags == {"env": "o'"}
    assert (gone.asset.provider, gone.asset.type, gone.asset.region) == ("aws", "boxes", "eu-west-1")
    assert there.first_seen_at == days[0] and there.gone_at is None and not there.timeline
