"""Bodies that no page of ours sends to Dash's one address: refused with 400 and one line of log.

The shape is checked before the callback runs: its output, inputs, states and what changed, against the app's map of
callbacks. The values are checked against the callback's own type hints only where it failed: the hints are for readers
first, and a page must not stop working because one of them is narrower than what a browser may send.
"""

from __future__ import annotations

import functools
import inspect
import json
import logging
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import dash
import flask
import pydantic
from dash.exceptions import CallbackException, PreventUpdate
from werkzeug.exceptions import HTTPException

from app.api.answers import answer_with_error
from app.api.errors import MalformedRequest
from app.api.requests import read_json_body

log = logging.getLogger(__name__)

ADDRESS = "/_dash-update-component"
SEVERAL = (["ALL"], ["ALLSMALLER"])
ANY_ONE = ["MATCH"]
# what a number of the database holds at most
LARGEST_NUMBER = 2**31 - 1


class CallbackBodies:
    """The check of what is sent to the callbacks of one app, all of which are registered by now."""

    def __init__(self, app: dash.Dash, dependencies: list[dict[str, Any]]) -> None:
        """dependencies: what /_dash-dependencies answers."""
        self._callbacks: Mapping[str, Any] = app.callback_map
        self._never_first = {one["output"] for one in dependencies if one["prevent_initial_call"]}
        server = app.server
        endpoint = next(rule.endpoint for rule in server.url_map.iter_rules() if str(rule) == ADDRESS)
        self._dispatch: Callable[[], Any] = server.view_functions[endpoint]
        server.view_functions[endpoint] = self._dispatch_checked

    def _dispatch_checked(self) -> Any:
        try:
            body = read_json_body()
            self._check(body)
            flask.g.callback_body = body
            try:
                return self._dispatch()
            except (PreventUpdate, HTTPException, MalformedRequest):
                raise
            except Exception as error:
                self.refuse_odd_values(error)
                raise
        except MalformedRequest as refusal:
            log.warning("refused a callback's body: %s", refusal.message)
            return answer_with_error(refusal)

    def refuse_odd_values(self, error: Exception) -> None:
        """Raise MalformedRequest where the callback that failed was given what its type hints exclude.

        Returns where the values were as they should be: then the error is a defect of ours.
        """
        body = flask.g.callback_body
        callback = self._callbacks[body["output"]]
        field = _find_odd_value(callback, body)
        if not field and not body.get("changedPropIds") and body["output"] in self._never_first:
            # the page calls it when something changed
            field = "changedPropIds"
        if not field and isinstance(error, CallbackException) and _has_several(callback):
            # the components that it names are fewer or more than those whose values it sent
            field = "outputs"
        if field:
            name = inspect.unwrap(callback["callback"]).__qualname__.rpartition(".")[2]
            raise MalformedRequest(
                f"{field} of {name} is not what the page sends ({type(error).__name__}).", field=field
            ) from error

    def _check(self, body: Mapping[str, Any]) -> None:
        """Whether the body is a call of one of the callbacks; raises MalformedRequest."""
        output = body.get("output")
        callback = self._callbacks.get(output) if isinstance(output, str) else None
        if callback is None or "callback" not in callback:
            raise MalformedRequest("There is no such callback.", field="output")
        for name in ("inputs", "state"):
            _check_list(name, body.get(name, []), callback[name])
        _check_outputs(callback, body.get("outputs"))
        changed = body.get("changedPropIds", [])
        if not isinstance(changed, list) or not all(
            _is_property_of(one, callback["inputs"]) for one in changed
        ):
            raise MalformedRequest("What changed is no input of the callback.", field="changedPropIds")


def _check_list(name: str, given: Any, specs: list[dict[str, Any]]) -> None:
    if not isinstance(given, list) or len(given) != len(specs):
        raise MalformedRequest(f"The callback takes {len(specs)} {name}.", field=name)
    for number, (one, spec) in enumerate(zip(given, specs, strict=True)):
        if not _fits(one, spec["id"], spec["property"]):
            raise MalformedRequest(
                f"{name}.{number} is not what the callback takes.", field=f"{name}.{number}"
            )


def _check_outputs(callback: Mapping[str, Any], given: Any) -> None:
    if callback.get("no_output"):
        return
    known = callback["output"]
    several = isinstance(known, list | tuple)
    listed = given if several else [given]
    wanted = list(known) if several else [known]
    if (
        not isinstance(listed, list)
        or len(listed) != len(wanted)
        or not all(
            _fits(one, output.component_id_str(), output.component_property)
            for one, output in zip(listed, wanted, strict=True)
        )
    ):
        raise MalformedRequest("The outputs are not those of the callback.", field="outputs")


def _fits(given: Any, id: str, property: str) -> bool:
    """Whether these are the component and property, or the list of them, that a callback names.

    id: as Dash writes it: `inventory_provider`, or `{"field":["ALL"],"type":"inventory_rule"}`.
    """
    pattern = _read_id(id)
    if isinstance(pattern, dict) and any(part in SEVERAL for part in pattern.values()):
        return isinstance(given, list) and all(_is_one(one, pattern, property) for one in given)
    return _is_one(given, pattern, property)


def _is_one(given: Any, pattern: Any, property: str) -> bool:
    return (
        isinstance(given, dict)
        and isinstance(given.get("property"), str)
        and _clean(given["property"]) == _clean(property)
        and _is_id(given.get("id"), pattern)
    )


def _is_id(given: Any, pattern: Any) -> bool:
    if not isinstance(pattern, dict):
        return bool(given == pattern)
    return (
        isinstance(given, dict)
        and given.keys() == pattern.keys()
        and all(
            isinstance(given[name], str | int) if part in (*SEVERAL, ANY_ONE) else given[name] == part
            for name, part in pattern.items()
        )
    )


def _is_property_of(changed: Any, inputs: list[dict[str, Any]]) -> bool:
    """changed: `inventory_provider.value`, or `{"index":1,"type":"x"}.n_clicks`."""
    if not isinstance(changed, str):
        return False
    id, _, property = changed.rpartition(".")
    try:
        read = _read_id(id)
    except ValueError:
        return False
    return any(property == one["property"] and _is_id(read, _read_id(one["id"])) for one in inputs)


def _read_id(id: str) -> Any:
    return json.loads(id) if id.startswith("{") else id


def _clean(property: str) -> str:
    """Without what Dash adds where several callbacks set the property: `children@3f15…`."""
    return property.partition("@")[0]


def _has_several(callback: Mapping[str, Any]) -> bool:
    known = callback["output"]
    outputs = known if isinstance(known, list | tuple) else [known]
    return any('["ALL"]' in output.component_id_str() for output in outputs)


def _find_odd_value(callback: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """The name of the first argument that is not of its type, or that no column holds; empty where there is none."""
    entries = [*body.get("inputs", []), *body.get("state", [])]
    for entry in entries:
        for one in entry if isinstance(entry, list) else [entry]:
            if not _fits_property(one):
                return str(one["property"])
    given = [
        [one.get("value") for one in entry] if isinstance(entry, list) else entry.get("value")
        for entry in entries
    ]
    function = inspect.unwrap(callback["callback"])
    indices = callback["inputs_state_indices"]
    # a single input is no group
    arguments = _group([indices] if isinstance(indices, int) else indices, given)
    signature = inspect.signature(function)
    bound = signature.bind(**arguments) if isinstance(arguments, dict) else signature.bind(*arguments)
    types = make_types(function)
    for name, value in bound.arguments.items():
        values = value if signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL else [value]
        for one in values:
            try:
                if name in types:
                    types[name].validate_python(one, strict=True)
            except pydantic.ValidationError:
                return name
            if any(_fits_no_column(leaf) for leaf in _list_leaves(one)):
                return name
    return ""


def _fits_property(one: Mapping[str, Any]) -> bool:
    """What a few properties always are, also where a callback of Dash's own reads them, without type hints."""
    value = one.get("value")
    if one["property"] == "id":
        return bool(value == one["id"])
    if one["property"] == "pathname":
        return isinstance(value, str) and value.startswith("/")
    return one["property"] != "search" or value is None or isinstance(value, str)


@functools.cache
def make_types(function: Callable[..., Any]) -> dict[str, pydantic.TypeAdapter[Any]]:
    """Each argument's name and what checks its type, from the function's hints."""
    hints = typing.get_type_hints(function)
    return {name: pydantic.TypeAdapter(hint) for name, hint in hints.items() if name != "return"}


def _group(indices: Any, values: list[Any]) -> Any:
    """The values in the callback's own grouping: numbers in lists or under names, at any depth."""
    if isinstance(indices, int):
        return values[indices]
    if isinstance(indices, Mapping):
        return {name: _group(inner, values) for name, inner in indices.items()}
    return [_group(inner, values) for inner in indices]


def _list_leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from _list_leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _list_leaves(inner)
    else:
        yield value


def _fits_no_column(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    return isinstance(value, int | float) and abs(value) > LARGEST_NUMBER
