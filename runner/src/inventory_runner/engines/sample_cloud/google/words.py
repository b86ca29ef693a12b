"""What Google Cloud says in the sample cloud: versions, the values of its parameters, and its words for others."""

from __future__ import annotations

from inventory_runner.engines.sample_cloud.google.rows import LOCATIONS, PROJECTS
from inventory_runner.engines.sample_cloud.providers import Parameter, Words
from inventory_runner.engines.sample_cloud.story import DarkScope

# Google does not tell a project that is not there from one that is not yours
_PROJECT = Parameter(
    values=tuple(PROJECTS),
    dark=(DarkScope(12, 15, "af-ml-research"), DarkScope(24, 28, "af-ml-research")),
    refused='http response status code: 403, response body: {"error":{"code":403,"message":"Permission denied on '
    'resource project {value}.","status":"PERMISSION_DENIED"}}',
)

WORDS = Words(
    versions={"google": ("v26.08.00410", "v25.09.00353")},
    parameters={
        "project": _PROJECT,
        "projectId": _PROJECT,
        "projectsId": _PROJECT,
        "locationsId": Parameter(
            values=tuple(LOCATIONS),
            every="-",
            unknown='http response status code: 400, response body: {"error":{"code":400,"message":"Location '
            '\\"{value}\\" does not exist.","status":"INVALID_ARGUMENT"}}',
        ),
    },
)
