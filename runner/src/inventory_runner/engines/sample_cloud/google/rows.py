"""Google Cloud in the sample cloud: three projects; numbers arrive as text where Google's format is int64."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from inventory_runner.engines.sample_cloud import story
from inventory_runner.engines.sample_cloud.company import DOMAIN, labels, team_and_app
from inventory_runner.engines.sample_cloud.dice import Dice, Life, keep_rows, population

# project: (environment, its number, its part of the estate in percent)
PROJECTS = {
    "af-prod-core": ("prod", "718403295516", 55),
    "af-staging-core": ("staging", "402961837745", 33),
    "af-ml-research": ("dev", "955172064382", 12),
}
# region: the clusters of each project that run there
LOCATIONS = {"europe-west1": 2, "europe-west4": 1, "us-central1": 2, "asia-southeast1": 0}
ORGANISATION = "organizations/583920174466"
_REGIONS = (("europe-west1", 44), ("europe-west4", 18), ("us-central1", 28), ("asia-southeast1", 10))
_TYPES = (
    ("e2-small", 12), ("e2-medium", 20), ("e2-standard-4", 18), ("n2-standard-2", 18), ("n2-standard-8", 10),
    ("n2d-highmem-4", 8), ("c3-standard-4", 8), ("a2-highgpu-1g", 2),
)  # fmt: skip
_API = "https://www.googleapis.com/compute/v1/projects"
_USES = ("assets", "exports", "models", "backups", "logs")
_LAYERS = ("raw", "clean", "marts", "scratch")
_ROLES = ("api", "worker", "web", "batch", "db")
# two days of a fortnight bring a burst of spot instances
SPOT = story.Wave("google spot", cycle=14, start=8, days=2, per_day=20, leave=10, leave_days=2)


def _share(project: str, total: int) -> int:
    return round(total * PROJECTS[project][2] / 100)


def _zone(dice: Dice) -> str:
    return dice.weighted(_REGIONS, "region") + "-" + dice.pick("bcd", "zone")


def projects(day: int) -> Iterator[dict[str, Any]]:
    for project, (env, number, _) in PROJECTS.items():
        yield {
            "name": f"projects/{number}",
            "projectId": project,
            "displayName": project.removeprefix("af-").replace("-", " "),
            "parent": ORGANISATION,
            "state": "ACTIVE",
            "labels": {"env": env},
            "createTime": "2022-03-14T09:21:07.412Z",
            "updateTime": "2025-02-03T15:40:51.908Z",
            "etag": f'W/"{Dice(project).hex(16, "etag")}"',
        }


def _machines(project: str, day: int) -> Iterator[tuple[Life, bool]]:
    """(life, whether it is a spot machine of the burst)"""
    for one in population(f"gce/{project}", _share(project, 680), day, 260):
        yield one, False
    if project == "af-prod-core":
        for one in SPOT.members(day):
            yield one, True


def _name_machine(one: Life, burst: bool) -> str:
    if burst:
        return f"forecast-batch-spot-{one.suffix(5)}"
    _, app = team_and_app(one.dice)
    return f"{app}-{one.dice.pick(_ROLES, 'role')}-{one.suffix(4)}"


def _list_disks(one: Life, machine: str, spot: bool) -> list[tuple[str, str, int]]:
    """(disk, type, GB)"""
    found = [(machine, "pd-balanced", one.dice.pick((20, 50, 100), "boot size"))]
    if not spot and one.dice.chance(0.38, "data disk"):
        found.append((f"{machine}-data", one.dice.pick(("pd-ssd", "pd-standard"), "kind"), 500))
    return found


def instances(day: int, project: str) -> Iterator[dict[str, Any]]:
    for one, burst in _machines(project, day):
        yield from _instance(one, day, project, burst)


@keep_rows
def _instance(one: Life, day: int, project: str, burst: bool) -> Iterator[dict[str, Any]]:
    name = _name_machine(one, burst)
    env, number, _ = PROJECTS[project]
    dice = one.dice
    team, app = ("ml", "forecast") if burst else team_and_app(dice)
    zone = "us-central1-b" if burst else _zone(dice)
    region = zone.rsplit("-", 1)[0]
    resized, _ = one.era("type", 250, day)
    kind = "n2-standard-8" if burst else dice.weighted(_TYPES, f"type{resized % 2}")
    started, since = one.era("status", 40, day)
    stopped = not burst and dice.chance(0.05 if env == "prod" else 0.22, f"stopped{started}")
    spot = burst or dice.chance(0.05, "spot")
    outside = not burst and dice.chance(0.1, "external")
    access = [
        {
            "name": "External NAT",
            "natIP": f"192.0.2.{dice.between(1, 254, 'nat')}",
            "type": "ONE_TO_ONE_NAT",
        }
    ]
    address = f"10.{dice.between(128, 140, 'net')}.{dice.below(250, 'third')}.{dice.between(2, 250, 'host')}"
    yield {
        "id": dice.digits(19, "id"),
        "name": name,
        "zone": f"{_API}/{project}/zones/{zone}",
        "machineType": f"{_API}/{project}/zones/{zone}/machineTypes/{kind}",
        "status": "TERMINATED" if stopped else "RUNNING",
        "creationTimestamp": one.stamp(one.born, ".318-07:00"),
        "lastStartTimestamp": one.stamp(one.born if stopped else since, ".902-07:00"),
        "lastStopTimestamp": one.stamp(since, ".114-07:00") if stopped else None,
        "labels": labels(one, day, team, app, env),
        "labelFingerprint": dice.mixed(11, "labels") + "=",
        "fingerprint": dice.mixed(11, "print") + "=",
        "tags": {
            "items": ["http-server"] if outside else [],
            "fingerprint": dice.mixed(11, "tags") + "=",
        },
        "disks": [
            {
                "boot": place == 0,
                "deviceName": f"persistent-disk-{place}",
                "diskSizeGb": str(gigabytes),
                "mode": "READ_WRITE",
                "source": f"{_API}/{project}/zones/{zone}/disks/{disk}",
            }
            for place, (disk, _, gigabytes) in enumerate(_list_disks(one, name, burst))
        ],
        "networkInterfaces": [
            {
                "accessConfigs": access if outside else [],
                "name": "nic0",
                "network": f"{_API}/{project}/global/networks/core",
                "networkIP": address,
                "subnetwork": f"{_API}/{project}/regions/{region}/subnetworks/core-{region}",
            }
        ],
        "scheduling": {
            "automaticRestart": not spot,
            "onHostMaintenance": "TERMINATE" if spot else "MIGRATE",
            "preemptible": spot,
            "provisioningModel": "SPOT" if spot else "STANDARD",
        },
        "serviceAccounts": [
            {
                "email": f"{number}-compute@developer.gserviceaccount.com"
                if dice.chance(0.2, "default account")
                else f"{app}-run@{project}.iam.gserviceaccount.com",
                "scopes": ["https://www.googleapis.com/auth/cloud-platform"],
            }
        ],
        "shieldedInstanceConfig": {
            "enableIntegrityMonitoring": True,
            "enableSecureBoot": dice.chance(0.6, "boot"),
        },
        "cpuPlatform": "Intel Cascade Lake",
        "canIpForward": False,
        "deletionProtection": env == "prod" and dice.chance(0.2, "protected"),
        "kind": "compute#instance",
        "selfLink": f"{_API}/{project}/zones/{zone}/instances/{name}",
    }


def disks(day: int, project: str) -> Iterator[dict[str, Any]]:
    for one, burst in _machines(project, day):
        yield from _attached_disks(one, day, project, burst)
    share = _share(project, 70)
    pile = story.make_orphans(project, share / 20)
    for left in (*population(f"left disk/{project}", share, day, 200), *pile.members(day)):
        yield from _left_disk(left, day, project)


@keep_rows
def _attached_disks(one: Life, day: int, project: str, burst: bool) -> Iterator[dict[str, Any]]:
    name = _name_machine(one, burst)
    team, app = ("ml", "forecast") if burst else team_and_app(one.dice)
    zone = "us-central1-b" if burst else _zone(one.dice)
    users = [f"{_API}/{project}/zones/{zone}/instances/{name}"]
    owner = labels(one, day, team, app, PROJECTS[project][0])
    for disk, kind, gigabytes in _list_disks(one, name, burst):
        yield _disk(one, day, project, disk, zone, kind, gigabytes) | {"users": users, "labels": owner}


@keep_rows
def _left_disk(left: Life, day: int, project: str) -> Iterator[dict[str, Any]]:
    team, app = team_and_app(left.dice)
    name = f"{left.dice.pick(('pvc', 'restore', 'old', app), 'from')}-{left.suffix(8)}"
    kind = left.dice.pick(("pd-standard", "pd-ssd", "pd-balanced"), "kind")
    gigabytes = left.dice.pick((100, 200, 500, 1000), "size")
    row = _disk(left, day, project, name, _zone(left.dice), kind, gigabytes)
    yield row | {
        "lastDetachTimestamp": left.stamp(left.born, ".771-07:00"),
        "labels": labels(left, day, team, app, PROJECTS[project][0], untagged=0.5),
    }


def _disk(
    one: Life, day: int, project: str, name: str, zone: str, kind: str, gigabytes: int
) -> dict[str, Any]:
    dice = Dice(f"{one.uid}/{name}")
    grown, _ = one.era(f"grown {kind}", 280, day)
    # a detached disk was attached before, too
    attached = one.stamp(one.born, ".640-07:00")
    return {
        "id": dice.digits(19, "id"),
        "name": name,
        "zone": f"{_API}/{project}/zones/{zone}",
        "type": f"{_API}/{project}/zones/{zone}/diskTypes/{kind}",
        "sizeGb": str(gigabytes * (2 if grown % 4 == 0 else 1)),
        "status": "READY",
        "creationTimestamp": one.stamp(one.born, ".318-07:00"),
        "lastAttachTimestamp": attached,
        "physicalBlockSizeBytes": "4096",
        "architecture": "X86_64",
        "enableConfidentialCompute": False,
        "labelFingerprint": dice.mixed(11, "labels") + "=",
        "kind": "compute#disk",
        "selfLink": f"{_API}/{project}/zones/{zone}/disks/{name}",
    }


def _is_public(slot: int, day: int) -> bool:
    """A few buckets, others in each fortnight, are public from its fifth to its eighth day."""
    return 4 <= day % story.FORTNIGHT < 8 and story.is_chosen("google bucket", slot, day, of=100, count=4)


def buckets(day: int, project: str) -> Iterator[dict[str, Any]]:
    env, number, _ = PROJECTS[project]
    place = list(PROJECTS).index(project)
    for one in population(f"bucket/{project}", _share(project, 190), day, 720):
        dice = one.dice
        team, app = team_and_app(dice)
        name = f"{project}-{app}-{dice.pick(_USES, 'use')}-{one.suffix(4)}"
        website = dice.chance(0.015, "website")
        public = website or _is_public(one.slot + place * 45, day)
        edited, since = one.era("edited", 120, day)
        uniform = not public and dice.chance(0.8, "uniform")
        acl = [{"entity": f"project-owners-{number}", "role": "OWNER"}]
        if public:
            acl.append({"entity": "allUsers", "role": "READER"})
        yield {
            "id": name,
            "name": name,
            "location": dice.weighted(
                (("EUROPE-WEST1", 44), ("EU", 26), ("US-CENTRAL1", 18), ("US", 12)), "location"
            ),
            "locationType": "region",
            "storageClass": dice.weighted(
                (("STANDARD", 70), ("NEARLINE", 16), ("COLDLINE", 10), ("ARCHIVE", 4)), "class"
            ),
            "acl": None if uniform else acl,
            "iamConfiguration": {
                "publicAccessPrevention": "inherited" if public else "enforced",
                "uniformBucketLevelAccess": {"enabled": uniform},
            },
            "versioning": {"enabled": dice.chance(0.4, f"versions{edited % 2}")},
            "lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 365}}]}
            if dice.chance(0.45, "lifecycle")
            else None,
            "retentionPolicy": {"retentionPeriod": "2592000"} if dice.chance(0.08, "retention") else None,
            "website": {"mainPageSuffix": "index.html"} if website else None,
            "labels": labels(one, day, team, app, env),
            "metageneration": str(edited % 40 + (2 if public else 1)),
            "generation": str(one.epoch_ms(one.born)),
            "projectNumber": number,
            "timeCreated": one.stamp(one.born, ".204Z"),
            "updated": one.stamp(since, ".560Z"),
            "etag": dice.mixed(4, f"etag{edited}") + "=",
            "kind": "storage#bucket",
            "selfLink": f"https://www.googleapis.com/storage/v1/b/{name}",
        }


def clusters(day: int, project: str, location: str) -> Iterator[dict[str, Any]]:
    env = PROJECTS[project][0]
    for region, count in LOCATIONS.items():
        if location not in ("-", region):
            continue
        for one in population(f"gke/{project}/{region}", count, day, 900):
            dice = one.dice
            version, _ = one.era("version", 35, day)
            minor = f"1.{31 + version % 3}.{dice.between(1, 9, f'patch{version}')}-gke.{1000 + 100 * (version % 7)}"
            scaled, _ = one.era("nodes", 6, day)
            autopilot = dice.chance(0.4, "autopilot")
            yield {
                "id": dice.hex(32, "id"),
                "name": f"{env}-{region}-{one.suffix(2)}",
                "location": region,
                "zone": region,
                "locations": [f"{region}-{zone}" for zone in "bcd"],
                "status": "RUNNING",
                "currentMasterVersion": minor,
                "currentNodeVersion": minor,
                "currentNodeCount": dice.between(3, 14, f"nodes{scaled}"),
                "initialClusterVersion": "1.29.4-gke.1043002",
                "initialNodeCount": 3,
                "endpoint": f"192.0.2.{dice.between(1, 254, 'endpoint')}",
                "createTime": one.stamp(one.born, "+00:00"),
                "autopilot": {"enabled": autopilot},
                "network": "core",
                "subnetwork": f"core-{region}",
                "clusterIpv4Cidr": "10.96.0.0/14",
                "servicesIpv4Cidr": "10.100.0.0/20",
                "privateClusterConfig": {"enablePrivateEndpoint": env == "prod", "enablePrivateNodes": True},
                "masterAuthorizedNetworksConfig": {"enabled": env == "prod"},
                "releaseChannel": {"channel": "REGULAR" if env == "prod" else "RAPID"},
                "shieldedNodes": {"enabled": True},
                "workloadIdentityConfig": {"workloadPool": f"{project}.svc.id.goog"},
                "nodePools": [
                    {"name": pool, "config": {"machineType": "e2-standard-4"}, "status": "RUNNING"}
                    for pool in (("default",) if autopilot else ("system", "apps"))
                ],
                "resourceLabels": {"env": env, "team": "platform"},
                "selfLink": f"https://container.googleapis.com/v1/projects/{project}/locations/{region}/clusters/{env}",
            }


def service_accounts(day: int, project: str) -> Iterator[dict[str, Any]]:
    for one in population(f"account/{project}", _share(project, 110), day, 800):
        _, app = team_and_app(one.dice)
        name = f"{app}-{one.dice.pick(('run', 'deploy', 'export', 'sync'), 'use')}-{one.suffix(3)}"
        email = f"{name}@{project}.iam.gserviceaccount.com"
        off, _ = one.era("disabled", 200, day)
        yield {
            "name": f"projects/{project}/serviceAccounts/{email}",
            "displayName": name,
            "description": f"{app} in {project}" if one.dice.chance(0.4, "described") else None,
            "email": email,
            "disabled": one.dice.chance(0.12, f"disabled{off}"),
            "projectId": project,
            "uniqueId": one.dice.digits(21, "id"),
            "oauth2ClientId": one.dice.digits(21, "id"),
            "etag": "MDEwMjE5MjA=",
        }


def datasets(day: int, project: str) -> Iterator[dict[str, Any]]:
    env = PROJECTS[project][0]
    for one in population(f"dataset/{project}", _share(project, 60), day, 700):
        team, app = team_and_app(one.dice)
        name = f"{app.replace('-', '_')}_{one.dice.pick(_LAYERS, 'layer')}_{one.suffix(2)}"
        yield {
            "id": f"{project}:{name}",
            "datasetReference": {"datasetId": name, "projectId": project},
            "friendlyName": f"{app} ({DOMAIN})" if one.dice.chance(0.2, "friendly") else None,
            "kind": "bigquery#dataset",
            "labels": labels(one, day, team, app, env, untagged=0.3),
            "location": one.dice.pick(("EU", "EU", "US"), "location"),
            "type": "DEFAULT",
        }


GENERATORS: dict[str, Callable[..., Iterator[dict[str, Any]]]] = {
    "google.bigquery.datasets": datasets,
    "google.cloudresourcemanager.projects": projects,
    "google.compute.disks": disks,
    "google.compute.instances": instances,
    "google.container.clusters": clusters,
    "google.iam.service_accounts": service_accounts,
    "google.storage.buckets": buckets,
}
