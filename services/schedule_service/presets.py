"""Values that a schedule may give a query's parameters, by provider: regions, zones and locations in handy groups.

They only save typing: a value that is not listed is as good. What a provider added since is missing here.
"""

from __future__ import annotations

from collections.abc import Mapping

AWS_REGIONS = {
    "US": ("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    "Americas": ("ca-central-1", "sa-east-1"),
    "Europe": ("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"),
    "Asia Pacific": (
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    ),
    "Opt-in regions": (
        "af-south-1", "ap-east-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
        "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1",
        "me-south-1", "mx-central-1",
    ),
}  # fmt: skip
AZURE_LOCATIONS = {
    "US": (
        "eastus", "eastus2", "centralus", "northcentralus", "southcentralus", "westcentralus", "westus", "westus2",
        "westus3",
    ),
    "Europe": (
        "northeurope", "westeurope", "uksouth", "ukwest", "francecentral", "germanywestcentral", "norwayeast",
        "polandcentral", "swedencentral", "switzerlandnorth", "italynorth", "spaincentral",
    ),
    "Asia Pacific": (
        "eastasia", "southeastasia", "australiaeast", "australiasoutheast", "centralindia", "southindia",
        "japaneast", "japanwest", "koreacentral",
    ),
}  # fmt: skip
GOOGLE_REGIONS = {
    "US": (
        "us-central1", "us-east1", "us-east4", "us-east5", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4",
    ),
    "Americas": ("northamerica-northeast1", "northamerica-northeast2", "southamerica-east1", "southamerica-west1"),
    "Europe": (
        "europe-central2", "europe-north1", "europe-southwest1", "europe-west1", "europe-west2", "europe-west3",
        "europe-west4", "europe-west6", "europe-west8", "europe-west9", "europe-west10", "europe-west12",
    ),
    "Asia Pacific": (
        "asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3", "asia-south1",
        "asia-south2", "asia-southeast1", "asia-southeast2", "australia-southeast1", "australia-southeast2",
    ),
}  # fmt: skip
GOOGLE_ZONES = {
    group: tuple(f"{region}-{zone}" for region in regions for zone in ("b", "c"))
    for group, regions in GOOGLE_REGIONS.items()
}

PRESETS: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = {
    ("aws", "region"): AWS_REGIONS,
    ("awscc", "region"): AWS_REGIONS,
    ("azure", "location"): AZURE_LOCATIONS,
    ("google", "region"): GOOGLE_REGIONS,
    ("google", "location"): GOOGLE_REGIONS,
    ("google", "zone"): GOOGLE_ZONES,
}
# the regions that every AWS account has without asking for them
DEFAULT_GROUPS = {("aws", "region"): "All enabled by default", ("awscc", "region"): "All enabled by default"}


def list_groups(provider: str, parameter: str) -> dict[str, tuple[str, ...]]:
    """Group → values for a parameter of a provider's queries; empty where nothing is known."""
    key = (provider.lower(), parameter.lower().removesuffix("s"))
    found = dict(PRESETS.get(key, {}))
    if key in DEFAULT_GROUPS:
        usual = tuple(
            value for group, values in found.items() if group != "Opt-in regions" for value in values
        )
        return {DEFAULT_GROUPS[key]: usual, **found}
    return found
