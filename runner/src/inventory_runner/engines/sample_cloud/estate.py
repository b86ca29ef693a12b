"""The sample cloud's calls: which parameter values exist, who is refused today, and the rows of one call."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence, Set
from typing import Any

import orjson

from inventory_runner.contract import AccessDenied, EngineError
from inventory_runner.engines.classify import find_error
from inventory_runner.engines.sample_cloud import providers
from inventory_runner.engines.sample_cloud.catalogue import Resource

_JSON = (dict, list)


def sample_values() -> dict[str, dict[str, tuple[str, ...]]]:
    """StackQL's provider name → required parameter → the values that the estate has on every day."""
    return {
        name: {parameter: each.values for parameter, each in provider.words.parameters.items()}
        for name, provider in providers.find_providers().items()
    }


def list_calls(
    resource: Resource, given: Mapping[str, Sequence[str] | None], day: int
) -> list[dict[str, str]]:
    """The calls that a statement makes for a resource; a parameter given by a join (None) is tried with every value.

    Raises AccessDenied and EngineError, as one refused call fails a whole statement.
    """
    parameters = resource.home.words.parameters
    values = [
        given[name] if given[name] is not None else parameters[name].list_known(day)
        for name in resource.parameters
    ]
    found = [
        dict(zip(resource.parameters, combination, strict=True))
        for combination in itertools.product(*[dict.fromkeys(each or ()) for each in values])
    ]
    return [call for call in found if _has_rows(resource, call, day)]


def _has_rows(resource: Resource, call: Mapping[str, str], day: int) -> bool:
    """Whether the call may have rows; raises where the provider refuses or does not know a value."""
    words = resource.home.words
    everywhere = resource.name.startswith(words.everywhere)
    for name, value in call.items():
        parameter = words.parameters[name]
        if parameter.is_dark(value, day) and not everywhere:
            raise _make_refusal(resource, name, value, parameter)
        known = parameter.list_known(day)
        if value in known or value == parameter.every:
            continue
        if value in parameter.empty:
            return everywhere
        if parameter.unknown is None:
            raise _make_refusal(resource, name, value, parameter)
        raise EngineError(
            f"{resource.provider} does not know {name} {value}.",
            title="Not found at the provider",
            hint=f"The sample cloud has {_list_some(known)}.",
            details=parameter.unknown.replace("{value}", value),
        )
    return True


def _make_refusal(resource: Resource, name: str, value: str, parameter: providers.Parameter) -> AccessDenied:
    """What the provider's words mean, read as those of a real one are."""
    said = parameter.refused.replace("{value}", value).replace("{action}", _name_action(resource))
    error = find_error(said, f"SELECT * FROM {resource.name} WHERE {name} = '{value}'")  # noqa: S608 - it is not run
    if isinstance(error, AccessDenied):
        return error
    return AccessDenied(
        f"{resource.provider} refused {resource.name} for {name} {value} (403).", details=said
    )


def _name_action(resource: Resource) -> str:
    """What AWS calls the call: `lambda:ListFunctions`, and `ec2:DescribeInstances` of what its Cloud Control lists."""
    name = resource.name.split(".")[-1]
    method = f"describe_{name}" if resource.method == "list_resources" else resource.method
    return f"{resource.service}:{''.join(word.capitalize() for word in method.split('_'))}"


def _list_some(values: Sequence[str]) -> str:
    shown = ", ".join(values[:6])
    return f"{shown} and {len(values) - 6} more" if len(values) > 6 else shown


def build_rows(
    resource: Resource, parameters: Mapping[str, str], day: int, wanted: Set[str] | None = None
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """One call's rows: their columns, then the resource's hidden parameters; and their values.

    wanted: the columns that are asked for, by default all; those that no row has are left out.
    """
    rows = list(resource.home.generators[resource.name](day, *parameters.values()))
    present = set[str]().union(*rows)
    names = tuple(
        name for name in resource.column_names if name in present and (wanted is None or name in wanted)
    )
    hidden = tuple(parameters[name] for name in resource.hidden)
    # a million cells a history: most are as SQLite takes them, booleans too, which it has as 1 and 0
    return names + resource.hidden, [
        tuple([_write_json(value) if type(value := row.get(name)) in _JSON else value for name in names])
        + hidden
        for row in rows
    ]


def _write_json(value: Any) -> str:
    """With sorted keys, as StackQL's own SQLite backend has it."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
