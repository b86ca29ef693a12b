"""The sample cloud's calls: which parameter values exist, who is refused today, and the rows of one call."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from inventory_runner.contract import AccessDenied, EngineError
from inventory_runner.engines.sample_cloud import (
    aws,
    aws_ec2,
    aws_iam,
    aws_services,
    azure,
    cloudflare,
    databricks,
    github,
    google,
    okta,
    story,
)
from inventory_runner.engines.sample_cloud.catalogue import Resource

Generator = Callable[..., Iterable[dict[str, Any]]]

GENERATORS: dict[str, Generator] = {
    **aws_ec2.GENERATORS,
    **aws_iam.GENERATORS,
    **aws_services.GENERATORS,
    **azure.GENERATORS,
    **cloudflare.GENERATORS,
    **databricks.GENERATORS,
    **github.GENERATORS,
    **google.GENERATORS,
    **okta.GENERATORS,
}

_GLOBAL_SERVICES = ("aws.iam.", "aws.s3.")
_KNOWN: dict[str, tuple[str, ...]] = {
    "region": tuple(aws.REGIONS),
    "subscription_id": tuple(azure.SUBSCRIPTIONS),
    "project": tuple(google.PROJECTS),
    "projectId": tuple(google.PROJECTS),
    "projectsId": tuple(google.PROJECTS),
    "locationsId": tuple(google.LOCATIONS),
    "org": (github.ORGANISATION,),
    "owner": (github.ORGANISATION,),
    "deployment_name": tuple(databricks.WORKSPACES),
    "account_id": (databricks.ACCOUNT,),
    "subdomain": (okta.SUBDOMAIN,),
}
# parameter values that the estate has on every day
SAMPLE_VALUES: dict[str, tuple[str, ...]] = {**_KNOWN, "repo": github.PERMANENT}
# what a provider answers for a name that it does not know: (status, its words)
_NOT_THERE = {
    "region": "dial tcp: lookup ec2.{value}.amazonaws.com: no such host",
    "subscription_id": "http response status code: 404, response body: "
    '{{"error":{{"code":"SubscriptionNotFound","message":"The subscription \'{value}\' could not be found."}}}}',
    "org": 'http response status code: 404, response body: {{"message":"Not Found","status":"404"}}',
    "owner": 'http response status code: 404, response body: {{"message":"Not Found","status":"404"}}',
    "repo": 'http response status code: 404, response body: {{"message":"Not Found","status":"404"}}',
    "deployment_name": "dial tcp: lookup {value}.cloud.databricks.com: no such host",
    "account_id": "http response status code: 404, response body: "
    '{{"error_code":"NOT_FOUND","message":"Account {value} does not exist."}}',
    "subdomain": "dial tcp: lookup {value}.okta.com: no such host",
    "locationsId": "http response status code: 400, response body: "
    '{{"error":{{"code":400,"message":"Location \\"{value}\\" does not exist.","status":"INVALID_ARGUMENT"}}}}',
}
_REFUSALS = {
    "aws": "http response status code: 403, response body: <Response><Errors><Error><Code>UnauthorizedOperation</Code>"
    "<Message>You are not authorized to perform this operation. User: arn:aws:iam::418275930164:user/stackql-reader is "
    "not authorized in {value} with an explicit deny in a service control policy</Message></Error></Errors></Response>",
    "azure": 'http response status code: 403, response body: {{"error":{{"code":"AuthorizationFailed","message":"The '
    "client 'stackql-reader' does not have authorization to perform action over scope '/subscriptions/{value}' or the "
    'scope is invalid."}}}}',
    "google": 'http response status code: 403, response body: {{"error":{{"code":403,"message":"Permission denied on '
    'resource project {value}.","status":"PERMISSION_DENIED"}}}}',
    "databricks_workspace": 'http response status code: 403, response body: {{"error_code":"PERMISSION_DENIED",'
    '"message":"Service principal stackql-reader is not a member of workspace {value}."}}',
}


def calls(resource: Resource, given: Mapping[str, Sequence[str] | None], day: int) -> list[dict[str, str]]:
    """The calls that a statement makes for a resource; a parameter given by a join (None) is tried with every value.

    Raises AccessDenied and EngineError, as one refused call fails a whole statement.
    """
    values = [given[name] if given[name] is not None else _known(name, day) for name in resource.parameters]
    found = [
        dict(zip(resource.parameters, combination, strict=True))
        for combination in itertools.product(*[dict.fromkeys(each or ()) for each in values])
    ]
    return [parameters for parameters in found if _answers(resource, parameters, day)]


def _known(parameter: str, day: int) -> tuple[str, ...]:
    return tuple(github.repositories_of(day)) if parameter == "repo" else _KNOWN[parameter]


def _answers(resource: Resource, parameters: Mapping[str, str], day: int) -> bool:
    """Whether the call may have rows; raises where the provider refuses or does not know a value."""
    for name, value in parameters.items():
        denied = (resource.provider, value) in story.dark_scopes(day)
        if denied and not resource.name.startswith(_GLOBAL_SERVICES):
            raise AccessDenied(
                f"{resource.provider} refused {resource.name} for {name} {value} (403).",
                details=_REFUSALS[resource.provider].format(value=value),
            )
        if value in _known(name, day) or (name == "locationsId" and value == "-"):
            continue
        if name == "region" and value in aws.EMPTY_REGIONS:
            # a global service answers everywhere
            return resource.name.startswith(_GLOBAL_SERVICES)
        if name.startswith("project"):
            # Google does not tell a project that is not there from one that is not yours
            raise AccessDenied(
                f"google refused {resource.name} for {name} {value} (403).",
                details=_REFUSALS["google"].format(value=value),
            )
        raise EngineError(
            f"{resource.provider} does not know {name} {value}.",
            title="Not found at the provider",
            hint=f"The sample cloud has {_some(_known(name, day))}.",
            details=_NOT_THERE[name].format(value=value),
        )
    return True


def _some(values: Sequence[str]) -> str:
    shown = ", ".join(values[:6])
    return f"{shown} and {len(values) - 6} more" if len(values) > 6 else shown


def rows(resource: Resource, parameters: Mapping[str, str], day: int) -> list[tuple[Any, ...]]:
    """One call's rows: the resource's columns, then its hidden parameters."""
    generate = GENERATORS[resource.name]
    names, hidden = resource.column_names, tuple(parameters[name] for name in resource.hidden)
    return [
        tuple([_cell(row.get(name)) for name in names]) + hidden
        for row in generate(day, *parameters.values())
    ]


def _cell(value: Any) -> Any:
    """JSON as text with sorted keys, booleans as 1 and 0, as StackQL's own SQLite backend has them."""
    kind = type(value)
    if kind is dict or kind is list:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return int(value) if kind is bool else value
