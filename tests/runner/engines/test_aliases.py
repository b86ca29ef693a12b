"""Columns under the names that a SELECT takes, where DESCRIBE prints others."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory_runner.contract import Column
from inventory_runner.engines.aliases import name_columns, write_snake_case


@pytest.mark.parametrize(
    ("native", "alias"),
    [
        # asked of StackQL 0.10.582 with its registry of August 2026
        ("UserId", "user_id"),
        ("DBInstanceIdentifier", "db_instance_identifier"),
        ("CACertificateIdentifier", "ca_certificate_identifier"),
        ("IAMDatabaseAuthenticationEnabled", "iam_database_authentication_enabled"),
        ("MultiAZ", "multi_az"),
        ("vmId", "vm_id"),
        ("provisioningState", "provisioning_state"),
        ("name", "name"),
        ("already_Snake", "already_Snake"),
        ("PolicyARNs", "policy_arns"),
    ],
)
def test_a_name_is_written_as_stackql_takes_it(native: str, alias: str) -> None:
    assert write_snake_case(native) == alias


def test_a_provider_without_aliases_keeps_its_names(tmp_path: Path) -> None:
    described = [Column("UserId", "string", "whose"), Column("Path", "string")]
    for provider, more in (("aws", "config:\n  snake_case_aliases: true\n"), ("okta", "")):
        folder = tmp_path / provider / "v1"
        folder.mkdir(parents=True)
        (folder / "provider.yaml").write_text(f"id: {provider}\n{more}")
    assert name_columns(tmp_path, "AWS.iam.users", described) == [
        Column("user_id", "string", "whose"),
        Column("path", "string"),
    ]
    for resource in ("okta.users.users", "nobody.knows.it"):
        assert name_columns(tmp_path, resource, described) == described
