"""What GitHub says in the sample cloud: versions, the values of its parameters, and its words for others."""

from __future__ import annotations

from inventory_runner.engines.sample_cloud.github.rows import ORGANISATION, PERMANENT, list_repositories
from inventory_runner.engines.sample_cloud.providers import Parameter, Words

_NOT_FOUND = 'http response status code: 404, response body: {"message":"Not Found","status":"404"}'
_ORGANISATION = Parameter(values=(ORGANISATION,), unknown=_NOT_FOUND)

WORDS = Words(
    versions={"github": ("v26.06.00401", "v25.07.00320")},
    parameters={
        "org": _ORGANISATION,
        "owner": _ORGANISATION,
        "repo": Parameter(values=PERMANENT, of_day=list_repositories, unknown=_NOT_FOUND),
    },
)
