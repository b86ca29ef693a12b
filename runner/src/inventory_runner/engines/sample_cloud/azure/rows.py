"""Azure in the sample cloud: three subscriptions; the last is the playground that often goes dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inventory_runner.engines.sample_cloud import story
from inventory_runner.engines.sample_cloud.company import SHORT, TEAMS, labels, team_and_app
from inventory_runner.engines.sample_cloud.dice import Dice, Life, keep_rows, population

# subscription: (environment, its part of the estate in percent)
SUBSCRIPTIONS = {
    "7a1e9b52-04cd-4d1f-9c3e-6f2b8a5d4e01": ("prod", 52),
    "b83d6c07-91fa-4e27-b5a8-20c7e4f9d102": ("staging", 33),
    "c2f4a1d8-5e3b-4f90-8a67-1b9d2e7c6f03": ("dev", 15),
}
_LOCATIONS = (("westeurope", 46), ("northeurope", 18), ("eastus", 26), ("australiaeast", 10))
_SIZES = (
    ("Standard_B2s", 18), ("Standard_B4ms", 10), ("Standard_D2s_v5", 24), ("Standard_D4s_v5", 18),
    ("Standard_E4s_v5", 12), ("Standard_F8s_v2", 8), ("Standard_D8as_v5", 8), ("Standard_NC4as_T4_v3", 2),
)  # fmt: skip
_PREMIUM = {"name": "Premium_LRS", "tier": "Premium"}
_STANDARD = {"name": "StandardSSD_LRS", "tier": "Standard"}


def _share(subscription: str, total: int) -> int:
    return round(total * SUBSCRIPTIONS[subscription][1] / 100)


def _group(subscription: str, team: str, app: str) -> str:
    return f"rg-{app}-{SUBSCRIPTIONS[subscription][0]}"


def _id(subscription: str, group: str, kind: str, name: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}"


def _base(
    one: Life, day: int, subscription: str, kind: str, name: str, *, untagged: float = 0.12
) -> dict[str, Any]:
    """The columns that everything in Azure has."""
    team, app = team_and_app(one.dice)
    env = SUBSCRIPTIONS[subscription][0]
    return {
        "id": _id(subscription, _group(subscription, team, app), kind, name),
        "name": name,
        "type": kind,
        "location": one.dice.weighted(_LOCATIONS, "location"),
        "tags": labels(one, day, team, app, env, untagged=untagged),
        "provisioning_state": "Succeeded",
    }


def resource_groups(day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    env = SUBSCRIPTIONS[subscription_id][0]
    fixed = [(team, app) for team, (_, apps) in TEAMS.items() for app in apps]
    for team, app in fixed:
        name = _group(subscription_id, team, app)
        yield {
            "id": f"/subscriptions/{subscription_id}/resourceGroups/{name}",
            "name": name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": "westeurope",
            "tags": {"app": app, "team": team, "env": env, "cost-center": TEAMS[team][0]},
            "provisioning_state": "Succeeded",
        }
    for one in population(f"group/{subscription_id}", _share(subscription_id, 80), day, 160):
        team, app = team_and_app(one.dice)
        name = f"rg-{one.dice.pick(('poc', 'tmp', 'test', 'migration'), 'use')}-{app}-{one.suffix(3)}"
        yield {
            "id": f"/subscriptions/{subscription_id}/resourceGroups/{name}",
            "name": name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": one.dice.weighted(_LOCATIONS, "location"),
            "tags": labels(one, day, team, app, env, untagged=0.5),
            "provisioning_state": "Succeeded",
        }


def _machines(subscription: str, day: int) -> Iterator[Life]:
    return population(f"vm/{subscription}", _share(subscription, 780), day, 300)


def _name_machine(one: Life, subscription: str) -> str:
    _, app = team_and_app(one.dice)
    return f"vm-{app}-{SUBSCRIPTIONS[subscription][0]}-{one.suffix(4)}"


def _list_disks(one: Life, machine: str) -> list[tuple[str, int | None, int]]:
    """(disk, its number among the data disks or None, GiB)"""
    found: list[tuple[str, int | None, int]] = [
        (f"{machine}-os", None, one.dice.pick((30, 64, 128), "os size"))
    ]
    if one.dice.chance(0.36, "data disk"):
        found.append((f"{machine}-data-0", 0, one.dice.pick((128, 256, 512, 1024), "data size")))
    return found


def virtual_machines(day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    for one in _machines(subscription_id, day):
        yield from _virtual_machine(one, day, subscription_id)


@keep_rows
def _virtual_machine(one: Life, day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    name = _name_machine(one, subscription_id)
    dice = one.dice
    base = _base(one, day, subscription_id, "Microsoft.Compute/virtualMachines", name)
    group = base["id"].split("/")[4]
    resized, _ = one.era("size", 240, day)
    size = dice.weighted(_SIZES, f"size{resized % 2}")
    windows = dice.chance(0.3, "windows")
    spot = dice.chance(0.07, "spot")
    os_disk, *data_disks = [
        {
            "name": disk,
            "lun": lun,
            "diskSizeGB": gigabytes,
            "managedDisk": {"id": _id(subscription_id, group, "Microsoft.Compute/disks", disk)},
        }
        for disk, lun, gigabytes in _list_disks(one, name)
    ]
    image = (
        {
            "offer": "WindowsServer",
            "publisher": "MicrosoftWindowsServer",
            "sku": "2022-datacenter-azure-edition",
        }
        if windows
        else {"offer": "ubuntu-24_04-lts", "publisher": "Canonical", "sku": "server"}
    )
    zone = dice.below(4, "zone")
    identity = dice.chance(0.55, "identity")
    yield base | {
        "hardware_profile": {"vmSize": size},
        "storage_profile": {
            "dataDisks": data_disks,
            "imageReference": {**image, "version": "latest"},
            "osDisk": {**os_disk, "osType": "Windows" if windows else "Linux"},
        },
        "os_profile": {"adminUsername": "azureadmin", "computerName": name[:15]},
        "network_profile": {
            "networkInterfaces": [
                {"id": _id(subscription_id, group, "Microsoft.Network/networkInterfaces", f"{name}-nic")}
            ]
        },
        "diagnostics_profile": {"bootDiagnostics": {"enabled": dice.chance(0.6, "diagnostics")}},
        "security_profile": {"securityType": "TrustedLaunch"} if dice.chance(0.5, "trusted") else None,
        "identity": {"type": "SystemAssigned", "principalId": dice.uuid("principal")} if identity else None,
        "zones": [str(zone)] if zone else None,
        "priority": "Spot" if spot else "Regular",
        "eviction_policy": "Deallocate" if spot else None,
        "license_type": "Windows_Server" if windows and dice.chance(0.4, "licence") else None,
        "vm_id": dice.uuid("vm"),
        "etag": f'"{dice.below(90, "etag") + resized % 9}"',
        "time_created": one.stamp(one.born, ".1184512+00:00"),
    }


def disks(day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    for one in _machines(subscription_id, day):
        yield from _attached_disks(one, day, subscription_id)
    share = _share(subscription_id, 80)
    pile = story.make_orphans(subscription_id, share / 22)
    for left in (*population(f"left disk/{subscription_id}", share, day, 220), *pile.members(day)):
        yield from _left_disk(left, day, subscription_id)


@keep_rows
def _attached_disks(one: Life, day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    machine = _name_machine(one, subscription_id)
    owner = _base(one, day, subscription_id, "Microsoft.Compute/virtualMachines", machine)
    for disk, lun, gigabytes in _list_disks(one, machine):
        yield _disk(one, day, subscription_id, disk, gigabytes, owner["id"], lun is None)


@keep_rows
def _left_disk(left: Life, day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    name = f"{left.dice.pick(('restored', 'vm-old', 'snapshot-copy', 'pvc'), 'from')}-{left.suffix(6)}"
    gigabytes = left.dice.pick((64, 128, 256, 512, 1024), "size")
    yield _disk(left, day, subscription_id, name, gigabytes, None, False, untagged=0.5)


def _disk(
    one: Life,
    day: int,
    subscription: str,
    name: str,
    gigabytes: int,
    owner: str | None,
    system: bool,
    untagged: float = 0.12,
) -> dict[str, Any]:
    dice = Dice(f"{one.uid}/{name}")
    premium = dice.chance(0.55, "premium")
    return _base(one, day, subscription, "Microsoft.Compute/disks", name, untagged=untagged) | {
        "managed_by": owner,
        "disk_state": "Attached" if owner else "Unattached",
        "disk_size_gb": gigabytes,
        "disk_size_bytes": gigabytes * 1024**3,
        "sku": _PREMIUM if premium else _STANDARD,
        "tier": f"P{max(4, gigabytes // 32)}" if premium else None,
        "os_type": "Linux" if system else None,
        "hyper_v_generation": "V2" if system else None,
        "creation_data": {"createOption": "FromImage" if system else "Empty"},
        "disk_iops_read_write": 500 if gigabytes <= 128 else 2300,
        "disk_m_bps_read_write": 100 if gigabytes <= 128 else 150,
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
        "network_access_policy": "AllowAll" if dice.chance(0.35, "network") else "DenyAll",
        "public_network_access": "Enabled" if dice.chance(0.35, "network") else "Disabled",
        "unique_id": dice.uuid("unique"),
        "time_created": one.stamp(one.born, ".5320871+00:00"),
        "last_ownership_update_time": one.stamp(one.born, ".9320871+00:00") if owner else None,
    }


def network_security_groups(day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    for one in population(f"nsg/{subscription_id}", _share(subscription_id, 210), day, 420):
        yield from _network_security_group(one, day, subscription_id)


@keep_rows
def _network_security_group(one: Life, day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    env = SUBSCRIPTIONS[subscription_id][0]
    dice = one.dice
    _, app = team_and_app(dice)
    name = f"nsg-{app}-{env}-{one.suffix(3)}"
    edited, _ = one.era("rules", 80, day)
    rules = [_rule("allow-https", 100, "443", "VirtualNetwork")]
    if dice.chance(0.4, f"metrics{edited % 2}"):
        rules.append(_rule("allow-metrics", 110, "9100", "10.0.0.0/8"))
    if dice.chance(0.05, "remote desktop"):
        rules.append(_rule("allow-rdp", 300, "3389", "*"))
    if dice.chance(0.04, f"ssh{edited}"):
        rules.append(_rule("temp-ssh", 310, "22", "*"))
    yield _base(one, day, subscription_id, "Microsoft.Network/networkSecurityGroups", name) | {
        "security_rules": rules,
        "default_security_rules": [_rule("DenyAllInBound", 65500, "*", "*", access="Deny")],
        "flush_connection": False,
        "resource_guid": dice.uuid("guid"),
        "etag": f'W/"{dice.uuid(f"etag{edited}")}"',
    }


def _rule(name: str, priority: int, port: str, source: str, access: str = "Allow") -> dict[str, Any]:
    return {
        "name": name,
        "properties": {
            "access": access,
            "destinationPortRange": port,
            "direction": "Inbound",
            "priority": priority,
            "protocol": "Tcp",
            "sourceAddressPrefix": source,
        },
    }


def public_ip_addresses(day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    for one in population(f"ip/{subscription_id}", _share(subscription_id, 180), day, 260):
        dice = one.dice
        name = f"pip-{team_and_app(dice)[1]}-{one.suffix(4)}"
        base = _base(one, day, subscription_id, "Microsoft.Network/publicIPAddresses", name)
        used = not dice.chance(0.18, "unused")
        basic = dice.chance(0.12, "basic")
        configuration = (
            base["id"].replace("publicIPAddresses/pip", "networkInterfaces/nic") + "/ipConfigurations/primary"
        )
        yield base | {
            "sku": {"name": "Basic" if basic else "Standard", "tier": "Regional"},
            "public_ip_allocation_method": "Dynamic" if basic else "Static",
            "public_ip_address_version": "IPv4",
            "ip_address": f"203.0.113.{dice.between(1, 254, 'ip')}" if used or not basic else None,
            "ip_configuration": {"id": configuration} if used else None,
            "idle_timeout_in_minutes": 4,
            "resource_guid": dice.uuid("guid"),
        }


def virtual_networks(day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    for one in population(f"vnet/{subscription_id}", _share(subscription_id, 45), day, 1200):
        name = f"vnet-{team_and_app(one.dice)[1]}-{one.suffix(3)}"
        second = one.dice.between(64, 127, "network")
        yield _base(one, day, subscription_id, "Microsoft.Network/virtualNetworks", name, untagged=0.05) | {
            "address_space": {"addressPrefixes": [f"10.{second}.0.0/16"]},
            "subnets": [
                {"name": tier, "properties": {"addressPrefix": f"10.{second}.{place}.0/24"}}
                for place, tier in enumerate(("app", "data", "endpoints"))
            ],
            "virtual_network_peerings": [],
            "enable_ddos_protection": False,
            "resource_guid": one.dice.uuid("guid"),
        }


def sql_servers(day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    env = SUBSCRIPTIONS[subscription_id][0]
    for one in population(f"sql/{subscription_id}", _share(subscription_id, 42), day, 900):
        dice = one.dice
        name = f"sql-{team_and_app(dice)[1]}-{env}-{one.suffix(3)}"
        row = _base(one, day, subscription_id, "Microsoft.Sql/servers", name)
        # the one resource here that has a state of its own instead
        del row["provisioning_state"]
        yield row | {
            "kind": "v12.0",
            "version": "12.0",
            "state": "Ready",
            "administrator_login": "sqladmin",
            "fully_qualified_domain_name": f"{name}.database.windows.net",
            "minimal_tls_version": dice.weighted((("1.2", 85), ("1.0", 9), ("None", 6)), "tls"),
            "public_network_access": "Enabled" if dice.chance(0.3, "public") else "Disabled",
            "restrict_outbound_network_access": "Disabled",
            "administrators": {
                "administratorType": "ActiveDirectory",
                "azureADOnlyAuthentication": env == "prod",
            },
        }


def _is_public(slot: int, day: int) -> bool:
    """A few storage accounts allow public blobs for three days near the fortnight's end."""
    return 10 <= day % story.FORTNIGHT < 13 and story.is_chosen("azure account", slot, day, of=160, count=4)


def storage_accounts(day: int, subscription_id: str) -> Iterator[dict[str, Any]]:
    place = list(SUBSCRIPTIONS).index(subscription_id)
    for one in population(f"storage/{subscription_id}", _share(subscription_id, 320), day, 620):
        yield from _storage_account(one, day, subscription_id, _is_public(one.slot + place * 27, day))


@keep_rows
def _storage_account(one: Life, day: int, subscription_id: str, opened: bool) -> Iterator[dict[str, Any]]:
    env = SUBSCRIPTIONS[subscription_id][0]
    dice = one.dice
    _, app = team_and_app(dice)
    name = f"st{SHORT[:5]}{app.replace('-', '')[:12]}{one.suffix(5)}"
    base = _base(one, day, subscription_id, "Microsoft.Storage/storageAccounts", name)
    public = opened or dice.chance(0.02, "website")
    hardened, _ = one.era("hardening", 150, day)
    old_tls = dice.chance(0.1, "old") and hardened % 2 == 0
    created = one.stamp(one.born, ".0000000Z")
    yield base | {
        "kind": "StorageV2" if dice.chance(0.92, "kind") else "BlobStorage",
        "sku": {
            "name": dice.pick(("Standard_LRS", "Standard_ZRS", "Standard_GRS"), "sku"),
            "tier": "Standard",
        },
        "access_tier": "Cool" if dice.chance(0.15, "cool") else "Hot",
        "allow_blob_public_access": public,
        "allow_shared_key_access": not dice.chance(0.35, f"keys{hardened % 2}"),
        "minimum_tls_version": "TLS1_0" if old_tls else "TLS1_2",
        "supports_https_traffic_only": not dice.chance(0.03, "plain"),
        "public_network_access": "Enabled" if public or dice.chance(0.5, "network") else "Disabled",
        "network_acls": {"bypass": "AzureServices", "defaultAction": "Allow" if public else "Deny"},
        "is_hns_enabled": dice.chance(0.3, "lake"),
        "is_sftp_enabled": False,
        "encryption": {
            "keySource": "Microsoft.Storage",
            "requireInfrastructureEncryption": env == "prod",
        },
        "creation_time": created,
        "key_creation_time": {"key1": created, "key2": created},
        "primary_endpoints": {"blob": f"https://{name}.blob.core.windows.net/"},
        "primary_location": base["location"],
        "status_of_primary": "available",
    }


GENERATORS = {
    "azure.compute.disks": disks,
    "azure.compute.virtual_machines": virtual_machines,
    "azure.network.network_security_groups": network_security_groups,
    "azure.network.public_ip_addresses": public_ip_addresses,
    "azure.network.virtual_networks": virtual_networks,
    "azure.resource.resource_groups": resource_groups,
    "azure.sql.servers": sql_servers,
    "azure.storage.storage_accounts": storage_accounts,
}
