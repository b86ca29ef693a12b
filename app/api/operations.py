"""One way to make a route: its body and arguments are checked, its errors have one shape, and the document names it.

    @api.operation("POST", routes.FORMAT, "formatSql", body=schemas.Sql, answer=schemas.SqlAnswer)
    def _format(body: schemas.Sql) -> dict[str, Any]:
        \"\"\"Indent a statement.\"\"\"

spectree checks the request and writes the OpenAPI document. Only this module knows it. It does not see the answers: it
would read a download whole to check it. That they are as described is what the tests ask.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import flask
from pydantic import BaseModel
from spectree import Response, SpecTree
from spectree.model_adapter.pydantic_adapter import PydanticModelAdapter
from spectree.plugins.base import Context
from spectree.plugins.flask_plugin import FlaskPlugin
from werkzeug.exceptions import HTTPException

from app.api import schemas
from app.api.answers import answer_errors, answer_with_error, answer_with_json
from app.api.errors import SEE_DOCUMENT, MalformedRequest, translate_http_error
from app.api.requests import read_json_body
from services.models import routes
from services.users import require_engineer

# addresses that platforms and seeds know as they are: they stand outside /api
KEPT = (routes.HEALTH, routes.READY)
# blocks, choices, questions
SMALL_BODY_BYTES = 1 << 20
# a statement of the longest text, each letter of it escaped in twelve characters
TEXT_BODY_BYTES = 13 << 20

EVENTS = "text/event-stream"
# one server-sent event, which is what a schema of this MIME type describes
EVENT = {
    "type": "object",
    "properties": {"data": {"type": "string", "description": "A JSON object; `type` says what it is."}},
    "required": ["data"],
}

View = Callable[..., Any]
# anyone: whoever the platform lets in, viewers and people whose name is not known
Role = Literal["engineer", "anyone"]


@dataclass(frozen=True)
class Operation:
    """A route as the document promises it. body_bytes: the longest body. media: MIME types of an answer that is a file.

    path: with {} around its variables.
    """

    id: str
    method: str
    path: str
    role: Role
    body_bytes: int
    media: tuple[str, ...]


class _Requests(FlaskPlugin):  # type: ignore[misc]
    """spectree's way with a request; a body is JSON or refused, and an answer is left as it is."""

    def request_validation(
        self, request: flask.Request, query: Any, json: Any, form: Any, headers: Any, cookies: Any
    ) -> None:
        given = {name: values if len(values) > 1 else values[0] for name, values in request.args.lists()}
        request.context = Context(  # type: ignore[attr-defined]
            query.model_validate(given) if query else None,
            json.model_validate(read_json_body()) if json else None,
            None,
            None,
            None,
        )

    def validate_response(self, resp: Any, *_: Any) -> tuple[Any, None]:
        return resp, None

    def find_routes(self) -> Any:
        # spectree takes whatever lies below its own pages' path for its own: all of ours does
        return list(self.get_current_app().url_map.iter_rules())


class _Schemas(PydanticModelAdapter):
    """A model's schema is made once: spectree asks for that of an error with every status of every route."""

    json_schema = functools.cache(PydanticModelAdapter.json_schema)  # type: ignore[assignment]


class Api:
    """The routes of one server, and the document of them."""

    def __init__(self, server: flask.Flask) -> None:
        self.server = server
        self.operations: dict[str, Operation] = {}
        self._spec = SpecTree(
            backend=_Requests,
            model_adapter=_Schemas(),  # type: ignore[arg-type]
            mode="strict",
            annotations=False,
            title="StackQL Cloud Inventory",
            description="What the product's own pages and scripts ask for. See docs/api.md.",
            version="1",
            page_templates={},
            before=_refuse,
            validation_error_status=400,
            validation_error_model=schemas.ErrorAnswer,
            naming_strategy=lambda model: str(model.__name__),
            nested_naming_strategy=lambda _, child: child,
        )
        server.register_error_handler(HTTPException, _answer_refusal)
        server.add_url_rule(routes.DOCUMENT, "getDocument", lambda: answer_with_json(self.document()))

    def operation(
        self,
        method: Literal["GET", "POST", "DELETE"],
        path: str,
        id: str,
        *,
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        answer: type[BaseModel] | None = None,
        media: tuple[str, ...] = (),
        status: int = 200,
        refuses: tuple[int, ...] = (),
        role: Role = "engineer",
        body_bytes: int = SMALL_BODY_BYTES,
    ) -> Callable[[View], View]:
        """Serve the function at the path, as the operation `id`; its docstring says what it does.

        path: as Flask writes it, /api/<workspace>/… or one of KEPT. The function gets
        the path's variables, and `body` and `query` where these have a model; it returns what `answer` describes, or
        a flask.Response of one of the MIME types `media`. refuses: statuses that it answers with besides 400, 403,
        404, 413, 500 and 503.
        """
        template = path.replace("<", "{").replace(">", "}")
        # /api/<workspace>/…
        tag = "health" if path in KEPT else path.split("/")[2]
        self.operations[id] = Operation(id, method, template, role, body_bytes, media)
        expected = {
            400,
            500,
            503,
            *refuses,
            *({413} if body else ()),
            *({403} if role == "engineer" else ()),
            *({404} if "<" in path else ()),
        }
        described = Response(
            **{f"HTTP_{status}": answer}, **{f"HTTP_{one}": schemas.ErrorAnswer for one in sorted(expected)}
        )

        def decorate(view: View) -> View:
            summary = (view.__doc__ or "").split("\n")[0].rstrip(".")
            validate = self._spec.validate(
                query=query, json=body, resp=described, operation_id=id, tags=(tag,)
            )

            @validate
            @functools.wraps(view)
            def call_view(**variables: Any) -> Any:
                given = flask.request.context  # type: ignore[attr-defined]
                more = {"body": given.json} if body else {}
                more |= {"query": given.query} if query else {}
                result = view(**variables, **more)
                return result if isinstance(result, flask.Response) else answer_with_json(result, status)

            @answer_errors
            @functools.wraps(call_view)
            def answer_call(**variables: Any) -> Any:
                flask.request.max_content_length = body_bytes
                if role == "engineer":
                    require_engineer(summary[:1].lower() + summary[1:])
                return call_view(**variables)

            self.server.add_url_rule(path, id, answer_call, methods=[method])
            return view

        return decorate

    def document(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document."""
        with self.server.app_context():
            found: dict[str, Any] = self._spec.spec
        for operation in self.operations.values():
            said = found["paths"][operation.path][operation.method.lower()]
            said["x-role"] = operation.role
            if "requestBody" in said:
                said["x-body-bytes"] = operation.body_bytes
            if operation.media:
                content = {
                    media: {"schema": EVENT if media == EVENTS else {"type": "string"}}
                    for media in operation.media
                }
                said["responses"]["200"]["content"] = content
        return {**found, "paths": dict(sorted(found["paths"].items()))}


def _refuse(request: flask.Request, response: Any, error: Any, *_: Any) -> None:
    """What pydantic found first, as our error. Raises MalformedRequest."""
    if error is not None:
        first: Mapping[str, Any] = error.errors(
            include_url=False, include_input=False, include_context=False
        )[0]
        # a name that nobody promised may be of any length
        field = ".".join(str(part) for part in first["loc"])[:100]
        raise MalformedRequest(f"{field}: {first['msg']}.", field=field, hint=SEE_DOCUMENT)


def _answer_refusal(error: HTTPException) -> Any:
    """Flask's refusal of an API's address in the API's shape, as of what is too long for a callback; else as it is."""
    if not flask.request.path.startswith("/api/") and error.code != 413:
        return error
    answer = answer_with_error(translate_http_error(error))
    # Allow, which tells the methods that the address takes
    answer.headers.extend(
        {name: value for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")}
    )
    return answer
