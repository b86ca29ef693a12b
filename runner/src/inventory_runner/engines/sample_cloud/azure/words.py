"""What Azure says in the sample cloud: versions, the values of its parameters, and its words for others."""

from __future__ import annotations

from inventory_runner.engines.sample_cloud.azure.rows import SUBSCRIPTIONS
from inventory_runner.engines.sample_cloud.providers import Parameter, Words
from inventory_runner.engines.sample_cloud.story import DarkScope

_PLAYGROUND = "c2f4a1d8-5e3b-4f90-8a67-1b9d2e7c6f03"

WORDS = Words(
    versions={"azure": ("v26.08.00411", "v26.02.00377")},
    parameters={
        "subscription_id": Parameter(
            values=tuple(SUBSCRIPTIONS),
            dark=(DarkScope(3, 7, _PLAYGROUND), DarkScope(19, 23, _PLAYGROUND)),
            unknown='http response status code: 404, response body: {"error":{"code":"SubscriptionNotFound",'
            '"message":"The subscription \'{value}\' could not be found."}}',
            refused='http response status code: 403, response body: {"error":{"code":"AuthorizationFailed",'
            '"message":"The client \'stackql-reader\' does not have authorization to perform action over scope '
            "'/subscriptions/{value}' or the scope is invalid.\"}}",
        )
    },
)
