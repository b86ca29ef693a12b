"""Facets against an oracle that counts in Python: as the merges keep them, and counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.components import words
from fakes.inventory import load, service_at
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory_runner.errors import InvalidInput
from layouts.inventory.facets import facets_panel
from services.db import DatabaseService, facets
from services.inventory_service.service import InventoryService
from services.models.coverage import COUNTED
from services.models.resource_filter import TAG, FacetCounts, Term, fix, format_term, parse_filter

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
REGIONS = ("eu-west-1", "eu-central-1", "us-east-1")
TAGS: tuple[dict[str, str], ...] = (
    {},
    {"env": "prod", "owner": "payments"},
    {"env": "Dev", 'say: "hi" 50%_=ü\\': "1"},
    {"team": "data"},
)


def make_rows(count: int, kind: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{kind}-{n}",
            "name": f"{kind}_{n % 5}",
            "region": REGIONS[n % 3],
            "owner_id": str(n % 2),
            "is_public": (None, True, False)[n % 3] if kind == "b" else None,
            "tags": TAGS[n % 4],
        }
        for n in range(count)
    ]


BUCKETS, VOLUMES, POLICIES = make_rows(23, "b"), make_rows(31, "v"), make_rows(7, "p")


def as_text(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their tags as JSON's text, so that none has the other rows' keys."""
    return [{**row, "tags": json.dumps(row["tags"])} for row in rows]


@pytest.fixture
def service(engine: sa.Engine) -> Iterator[InventoryService]:
    for table, rows, provider, part, resource in (
        ("buckets", BUCKETS, "aws", "s3", "buckets"),
        ("volumes", VOLUMES, "aws", "ec2", "volumes"),
        ("policies", POLICIES, "google", "org", "policies"),
    ):
        load(engine, table, {"": as_text(rows)}, NOW, provider=provider, service=part, resource=resource)
    yield service_at(engine, NOW)


def list_resources() -> list[dict[str, Any]]:
    found = []
    for rows, provider, kind in (
        (BUCKETS, "aws", "s3.buckets"),
        (VOLUMES, "aws", "ec2.volumes"),
        (POLICIES, "google", "org.policies"),
    ):
        for row in rows:
            public = {None: "", True: "yes", False: "no"}[row["is_public"]]
            owner = row["tags"].get("owner") or row["tags"].get("team") or ""
            found.append(
                {
                    **row,
                    "provider": provider,
                    "type": kind,
                    "account": row["owner_id"],
                    "owner": owner,
                    "public": public,
                }
            )
    return found


def fits(row: dict[str, Any], term: Term) -> bool:
    pattern = term.value.lower()
    if term.name == TAG:
        value = row["tags"].get(term.key)
        if value is None or not term.parts:
            return value is not None
        # a tag's value is as the cloud has it, unless one asks for a pattern
        return value == term.value if term.exact else fnmatchcase(value.lower(), pattern)
    if term.name == "type":
        names = (row["type"], row["type"].split(".")[1], f"{row['provider']}.{row['type']}")
        return any(
            fnmatchcase(name, form)
            for name in names
            for form in (pattern, pattern + "s", pattern[:-1] + "ies")
        )
    return fnmatchcase(str(row[term.name] or "").lower(), pattern)


def expect_counts(text: str) -> tuple[int, dict[str, Counter[str]]]:
    terms = parse_filter(text).terms

    def ask(row: dict[str, Any], without: tuple[str, str] = ("", "")) -> bool:
        for name in {(term.name, term.key) for term in terms} - {without}:
            own = [term for term in terms if (term.name, term.key) == name]
            asked = [term for term in own if not term.excluded]
            if asked and not any(fits(row, term) for term in asked):
                return False
            if any(fits(row, term) for term in own if term.excluded):
                return False
        return True

    rows = list_resources()
    counts = {
        name: Counter(row[name] or "" for row in rows if ask(row, (name, "")))
        for name in ("provider", "type", "region", "account", "owner", "public")
    }
    counts["tag"] = Counter(key for row in rows if ask(row) for key in row["tags"])
    return sum(ask(row) for row in rows), {name: count for name, count in counts.items() if count}


def read_counts(found: FacetCounts) -> tuple[int, dict[str, Counter[str]]]:
    return found.total, {
        name: Counter({one.value: one.rows for one in values})
        for name, values in found.values.items()
        if values and not name.startswith("tag:")
    }


VALUES = {
    "provider": ("aws", "google", "azure"),
    "type": ("bucket", "s3.buckets", "policy", "*o*"),
    "region": (*REGIONS, "eu-*", ""),
    "account": ("0", "1"),
    "owner": ("payments", "DATA", ""),
    "public": ("yes", "no", ""),
}
TERMS = st.one_of(
    st.sampled_from([(name, value, "") for name, values in VALUES.items() for value in values]),
    st.sampled_from(
        [
            (TAG, value, key)
            for key in ("env", 'say "hi"', "gone")
            for value in ("prod", "Dev", "dev", "d*", "1", None)
        ]
    ),
)


def write(name: str, value: str | None, key: str, excluded: bool) -> str:
    # a facet quotes a star, a person does not
    typed = None if value is None else value.replace("*", "STAR")
    return format_term(name, typed, key, excluded=excluded).replace("STAR", "*")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(terms=st.lists(st.tuples(TERMS, st.booleans()), max_size=4))
def test_facets_and_rows_are_what_one_counts_by_hand(
    service: InventoryService, terms: list[tuple[tuple[str, str | None, str], bool]]
) -> None:
    text = " ".join(write(*term, excluded) for term, excluded in terms)
    total, counts = expect_counts(text)
    found = service.count_facets({}, text)
    assert read_counts(found) == (total, counts)
    block = service.assets({}, 0, 200, search=text)
    assert block["total"] == len(block["rows"]) == total


def test_of_a_facet_of_very_many_values_the_most_frequent_are_given_and_that_is_said(
    engine: sa.Engine, service: InventoryService
) -> None:
    rows = [
        {"id": f"x-{n}", "owner_id": f"many-{n % 300:03d}", "tags": {f"t{n % 300}": "1"}} for n in range(310)
    ]
    load(engine, "many", {"": as_text(rows)}, NOW, provider="aws", service="x", resource="many")
    found = service.count_facets({}, "type:many")
    accounts = found.values["account"]
    assert (len(accounts), found.sizes["account"]) == (facets.MOST_VALUES, 300)
    assert [one.value for one in accounts[:11]] == [f"many-{n:03d}" for n in range(11)]
    assert len(found.values[TAG]) == facets.MOST_VALUES
    said = words(facets_panel(found, parse_filter("type:many"), COUNTED))
    assert "44 more of the 50 most frequent" in said
    assert "300 in all: any other can be typed, as account:NAME." in said and "as tag:NAME." in said


def test_a_view_over_a_facet_a_column_and_a_tag_that_have_gone_is_said_and_shows_the_rest(
    service: InventoryService,
) -> None:
    text = "zone:eu-west-1a tag:gone=1 type:buckets"
    found = service.count_facets({}, text)
    assert found.total == 0 and service.assets({}, 0, 10, search=text)["total"] == 0
    said = words(facets_panel(found, parse_filter(text), COUNTED))
    assert "“zone” is no filter" in said and "Tag gone 1 0" in said
    with pytest.raises(InvalidInput, match="no column 'zone'"):
        service.assets({}, 0, 10, filters={"zone": {"filterType": "text", "type": "blank"}})


def test_a_sample_is_said_to_be_one(service: InventoryService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facets, "MOST_COUNTED", 10)
    monkeypatch.setattr(facets, "SAMPLE", 30)
    assert service.count_facets({}, "tag:env").estimated
    assert not service.count_facets({}, "").estimated
    # what is kept stays exact: of the tags alone a sample was counted
    kept = service.count_facets({}, "region:eu-*")
    assert kept.tags_estimated and not kept.estimated and kept.total == expect_counts("region:eu-*")[0]


def test_combinations_beyond_those_that_are_kept_are_counted(
    engine: sa.Engine, service: InventoryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inventory_runner.store import breakdowns

    monkeypatch.setattr(breakdowns, "MOST_CELLS", 3)
    load(engine, "volumes", {"": as_text(VOLUMES[1:])}, NOW, service="ec2", resource="volumes")
    assert DatabaseService(engine).facets.count_kept(parse_filter("region:eu-*")) is None
    total, _ = expect_counts("region:eu-* type:volumes")
    assert service.count_facets({}, "region:eu-* type:volumes").total in (total, total - 1)
    assert service.assets({}, 0, 200, search="type:volumes")["total"] == len(VOLUMES) - 1


def test_an_address_narrows_whatever_the_text_asks_for(service: InventoryService) -> None:
    assert service.assets({"region": "us-east-1"}, 0, 200, search="region:eu-*")["total"] == 0
    found = service.count_facets({"provider": "google"}, "region:eu-*")
    assert [one.value for one in found.values["provider"]] == ["google"]
    assert fix(parse_filter(""), {"region": "x"}).has("region", "x")
