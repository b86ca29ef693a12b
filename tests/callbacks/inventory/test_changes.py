"""The change feed: pages of it, narrowed, and summed up by table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fakes.components import text, words
from fakes.inventory import REF, instances, load

from callbacks.inventory.changes import count_kinds, list_changes, sum_up_changes
from services.db import changes as records

NOW = datetime.now(UTC)


def test_changes_are_paged_and_narrowed(services):
    of = {"schema": "", "table": "", "provider": ""}
    found, older, _ = list_changes(services, of, "", "", "", "")
    assert len(found) == 6 and older == "" and "aws_ec2_instances" in text(found)
    assert len(list_changes(services, of, "removed", "", "", "").entries) == 2
    assert list_changes(services, of, "", "1999-01-01", "", "").entries == []
    of_table = {**of, "schema": REF.schema, "table": REF.name}
    assert len(list_changes(services, of_table, "added", "", "0021", "").entries) == 1


def test_a_kind_tells_as_many_as_the_feed_shows_of_it(services, monkeypatch):
    of = {"schema": "", "table": "", "provider": ""}
    today = NOW.astimezone(UTC).date().isoformat()
    for whose in (
        of,
        {**of, "provider": "aws"},
        {**of, "provider": "google"},
        {"schema": REF.schema, "table": REF.name},
    ):
        for day, find in (("", ""), (today, ""), ("", "0021"), ("1999-01-01", "")):
            for option in count_kinds(services, whose, day, find)["kinds"]:
                listed = list_changes(services, whose, option["value"], day, find, "").entries
                # none of what nobody has read is not none
                counted = (
                    f" {len(listed)}" if listed or whose.get("provider") != "google" or day else " unknown"
                )
                assert words(option["label"]).endswith(counted), (whose, day, find, option["value"])
                said = count_kinds(services, whose, day, find, option["value"])["shown"]
                assert said.startswith(f"{len(listed)} "), (whose, day, find, option["value"])
    # what would take too long to count is not counted, and never said to be nought
    monkeypatch.setattr(records, "MOST_COUNTED", 5)
    # nor a few found among so many, which would go through the whole feed
    for find in ("", "0021"):
        assert count_kinds(services, of, "", find)["shown"] == ""
        assert [option["label"] for option in count_kinds(services, of, "", find)["kinds"]] == [
            "All",
            "Added",
            "Removed",
            "Changed",
        ]


def test_the_changes_are_summed_up_by_table(services, engine):
    load(
        engine,
        "google_disks",
        {"prod": instances(9)},
        NOW - timedelta(days=2),
        provider="google",
        parameter="project",
    )
    load(engine, "google_disks", {"prod": instances(12)}, NOW, provider="google", parameter="project")
    removed = text(sum_up_changes(services, {"provider": ""}, "", "removed"))
    assert "kind=removed" in removed and "google_disks" not in removed and '"+4"' not in removed
    week = text(sum_up_changes(services, {"provider": ""}, ""))
    # +4 a day ago and -2 now are told together
    assert "In 7 days by table" in week and '"+4"' in week and '"\\u22122"' in week and '"+3"' in week
    assert '"/inventory/aws_ec2_instances?tab=changes"' in week
    google = text(sum_up_changes(services, {"provider": "google"}, ""))
    assert "google_disks" in google and "aws_ec2" not in google
    today = NOW.astimezone(UTC).date().isoformat()
    one_day = text(sum_up_changes(services, {"provider": ""}, today))
    assert f"?tab=changes&day={today}" in one_day and '"+4"' not in one_day
    # a table's own page says it anyway
    assert sum_up_changes(services, {"table": REF.name, "schema": REF.schema}, "") is None
