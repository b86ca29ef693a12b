"""What Okta says in the sample cloud: versions, the values of its parameters, and its words for others."""

from __future__ import annotations

from inventory_runner.engines.sample_cloud.okta.rows import SUBDOMAIN
from inventory_runner.engines.sample_cloud.providers import Parameter, Words

WORDS = Words(
    versions={"okta": ("v26.07.00404",)},
    parameters={
        "subdomain": Parameter(values=(SUBDOMAIN,), unknown="dial tcp: lookup {value}.okta.com: no such host")
    },
)
