"""Which column of a query's result is a resource's id, name, region …: rules over column names.

Cloud APIs name the same thing in many ways (`instance_id`, `functionArn`, `timeCreated`). Names are compared without
case and underscores; `{}` stands for the resource in the singular (`instances` → `instance`). An engineer's
correction (`inventory_tables.asset_rules`: field → column, "" for none) goes before the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

FIELDS = ("id", "arn", "name", "region", "account", "tags", "created_at")

CANDIDATES: Mapping[str, tuple[str, ...]] = {
    "id": (
        "{}id", "{}identifier", "id", "resourceid", "{}resourceid", "uniqueid", "uid", "guid", "fullname", "sha",
        "accesskeyid", "groupid", "projectid", "nodeid", "{}arn", "arn", "{}name", "name", "email",
    ),
    "arn": ("arn", "{}arn", "resourcearn", "selflink", "{}selflink"),
    "name": (
        "name", "{}name", "displayname", "friendlyname", "title", "fullname", "groupname", "username", "login",
        "{}identifier", "hostname", "tagname", "email",
    ),
    "region": (
        "region", "location", "{}region", "awsregion", "regionname", "primarylocation", "availabilityzone", "zone",
    ),
    "account": (
        "accountid", "account", "awsaccountid", "accountnumber", "subscriptionid", "subscription", "projectid",
        "project", "projectnumber", "organization", "org", "owneraccountid", "ownerid", "tenantid",
    ),
    "tags": ("tags", "labels", "tagset", "taglist", "customtags"),
    "created_at": (
        "createdat", "created", "creationtime", "creationdate", "createtime", "createdtime", "createdate",
        "creationtimestamp", "timecreated", "createdon", "{}createtime", "{}creationtime", "launchtime",
    ),
}  # fmt: skip

# the parameters of a scope that say the same, where no column does
SCOPE_NAMES: Mapping[str, tuple[str, ...]] = {
    "region": ("region", "location", "data__region", "zone", "availability_zone"),
    "account": (
        "account", "account_id", "subscription_id", "subscriptionId", "project", "project_id", "projectId",
        "projectsId", "org", "organization", "owner", "subdomain", "tenant_id", "deployment_name",
    ),
}  # fmt: skip

# an object or a list is no name or region, whatever its column is called
SCALAR_FIELDS = frozenset(FIELDS) - {"tags"}


def derive(
    types: Mapping[str, str], resource: str, corrections: Mapping[str, str] | None = None
) -> dict[str, str]:
    """field → column for a table's columns (name → Postgres type); fields that no column fits are left out.

    resource: the last part of `provider.service.resource`, may be empty. No `id` means that the rows are not
    resources (a count by group, for one).
    """
    by_folded: dict[str, str] = {}
    for name in types:
        by_folded.setdefault(_fold_name(name), name)
    singular = _fold_name(_make_singular(resource))
    found: dict[str, str] = {}
    for field in FIELDS:
        for candidate in CANDIDATES[field]:
            column = by_folded.get(candidate.format(singular))
            if column is not None and (types[column] != "jsonb") == (field in SCALAR_FIELDS):
                found[field] = column
                break
    for field, column in (corrections or {}).items():
        found.pop(field, None)
        if field in FIELDS and column in types:
            found[field] = column
    return found


def find_tag_columns(types: Mapping[str, str], found: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that may hold tags, the best first: what `derive` found, and where that is a rule's, the others."""
    if "tags" not in found:
        return ()
    folded = {_fold_name(name): name for name in types if types[name] == "jsonb"}
    others = [folded[name] for name in CANDIDATES["tags"] if name in folded]
    return tuple(dict.fromkeys([found["tags"], *others])) if found["tags"] in others else (found["tags"],)


def find_scope_parameter(field: str, names: Iterable[str]) -> str | None:
    """The parameter among a scope's that gives a field, if any."""
    have = set(names)
    return next((name for name in SCOPE_NAMES[field] if name in have), None)


def _fold_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _make_singular(plural: str) -> str:
    if plural.endswith("ies"):
        return plural[:-3] + "y"
    if plural.endswith(("sses", "shes", "ches", "xes")):
        return plural[:-2]
    return plural[:-1] if plural.endswith("s") and not plural.endswith("ss") else plural
