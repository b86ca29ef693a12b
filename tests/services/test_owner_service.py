"""Owner rules: who may change them, what a change does, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes.inventory import instances, load

from inventory_runner.errors import InvalidInput, NotAllowed, VersionConflict
from services.db import DatabaseService
from services.models.owners import OwnerRule, RuleSource
from services.models.resource_filter import parse_filter
from services.owner_service import MOST_RULES, OwnerService
from services.users import NOBODY, act_as

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
BY_TAG = OwnerRule(RuleSource.TAG, tag="owner")
BY_ACCOUNT = OwnerRule(RuleSource.ACCOUNT, "google", value="pr*", owner="platform")


@pytest.fixture
def service(engine) -> OwnerService:
    load(engine, "aws_ec2_instances", {"us-east-1": instances(4)}, NOW)
    disks = instances(3, first=50, region="europe-west1")
    more = {"provider": "google", "resource": "disks", "parameter": "project"}
    load(engine, "gcp_disks", {"prod": disks}, NOW, **more)
    made = OwnerService(DatabaseService(engine).owners)
    # in the test's own thread, so that it is done when the call returns
    made.apply_in_background = made.apply
    return made


def test_a_change_of_the_rules_reaches_every_table_and_what_pages_count(service, engine, as_engineer):
    stored = service.rules()
    assert [rule.tag for rule in stored.rules] == ["owner", "team"]
    before = service.ownership()
    assert before.behind == 0 and before.total == 7
    tried = service.preview([BY_ACCOUNT, BY_TAG])
    assert tried.rows == (before.unknown, 3, 4 - before.unknown) and tried.total == 7
    # a preview keeps nothing
    assert service.ownership() == before
    assert service.save([BY_ACCOUNT, BY_TAG], stored.version) == stored.version + 1
    after = service.ownership()
    assert after.behind == 0 and ("platform", 3) in [(one.owner, one.rows) for one in after.owners]
    assert {(one.provider, one.account): one.rows for one in after.accounts}[("google", "prod")] == 3
    db = DatabaseService(engine)
    assert db.assets.read_asset_block(parse_filter("owner:platform"), None, 0, 10)["total"] == 3
    # the next run writes by the same rules, and none of the resources anew
    disks = instances(4, first=50, region="europe-west1")
    more = {"provider": "google", "resource": "disks", "parameter": "project"}
    load(engine, "gcp_disks", {"prod": disks}, NOW.replace(hour=13), **more)
    assert service.ownership().behind == 0
    assert db.assets.read_asset_block(parse_filter("owner:platform"), None, 0, 10)["total"] == 4


def test_a_table_that_a_run_wrote_by_older_rules_is_brought_up_by_the_next_look(service, engine, as_engineer):
    stored = service.rules()
    service.apply_in_background = lambda: None
    service.save([BY_ACCOUNT], stored.version)
    assert service.ownership().behind == 2
    service.apply()
    found = service.ownership()
    assert (found.behind, found.unknown) == (0, 4)


def test_who_saves_over_anothers_rules_is_told_and_the_same_rules_are_saved_already(service, as_engineer):
    stored = service.rules()
    saved = service.save([BY_TAG], stored.version)
    assert service.save([BY_TAG], stored.version) == saved
    with pytest.raises(VersionConflict) as conflict:
        service.save([BY_ACCOUNT], stored.version)
    assert conflict.value.versions == (saved,)
    assert [(one.mine, one.theirs) for one in conflict.value.differences] == [
        ("account pr* of google → platform", "tag owner → its value")
    ]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([OwnerRule(RuleSource.TAG, tag=" ")], "which tag"),
        ([OwnerRule(RuleSource.ACCOUNT, value="4411")], "needs the account and the owner"),
        ([OwnerRule(RuleSource.TAG, tag="a\0b")], "cannot be seen"),
        ([OwnerRule(RuleSource.TAG, tag="x" * 201)], "200 characters"),
        ([BY_TAG, BY_TAG], "the same as rule 1"),
        ([OwnerRule(RuleSource.TAG, tag=f"t{n}") for n in range(MOST_RULES + 1)], "50 owner rules"),
    ],
)
def test_a_rule_that_says_too_little_is_refused_and_nothing_is_lost(service, as_engineer, rules, words):
    stored = service.rules()
    for attempt in (service.preview, lambda wanted: service.save(wanted, stored.version)):
        with pytest.raises(InvalidInput, match=words):
            attempt(rules)
    assert service.rules() == stored


def test_viewers_see_the_owners_and_change_nothing(service):
    with act_as(NOBODY):
        assert service.ownership().total == 7
        for refused in (lambda: service.preview([]), lambda: service.save([], 1)):
            with pytest.raises(NotAllowed):
                refused()
