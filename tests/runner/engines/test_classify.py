"""StackQL's stderr in words: an error, a partial answer or mere information."""

from __future__ import annotations

import pytest
from fakes.effort import effort

from inventory_runner.contract import (
    AccessDenied,
    EngineError,
    EngineMissing,
    MissingParameter,
    QuerySyntaxError,
    QueryTimeout,
    Throttled,
    UnknownResource,
)
from inventory_runner.engines.classify import find_error

SQL = "SELECT a,\n  regoin\nFROM aws.ec2.vpcs\nWHERE region = 'x'"


@pytest.mark.parametrize(
    ("stderr", "kind"),
    [
        ("http response status code: 403, response body: {}", AccessDenied),
        ("HTTP response error.  Status code 401.  Detail: 'no'", AccessDenied),
        ("Response error.  Status code 429.  Body: later", Throttled),
        ('http response status code: 403, response body: {"message": "API rate limit exceeded"}', Throttled),
        ("http response status code: 503, response body: <Code>RequestLimitExceeded</Code>", Throttled),
        ("http response status code: 400, response body: <Code>Throttling</Code>", Throttled),
        ("http response status code: 400, response body: <Code>AuthFailure</Code>", AccessDenied),
        ("http response status code: 400, response body: UnrecognizedClientException", AccessDenied),
        ("http response status code: 500, response body: throttle", EngineError),
        ("http response status code: 404, response body is nil", EngineError),
        ("http response status code: 400, response body: syntax error at position 3", EngineError),
        ("http response status code: 301, response body is nil", EngineError),
        ("azure default credentials error: none", AccessDenied),
        ("keyIDenvvar references empty string", AccessDenied),
        ("could not locate table 'aws.ec2.vpc'", UnknownResource),
        ("cannot find provider = 'nope': open /x/src/nope: no such file or directory", UnknownResource),
        ("OpenAPIService.GetResource() failure", UnknownResource),
        ("cannot resolve service with key = 'nope'", UnknownResource),
        ('Get "https://x": oauth2: cannot fetch token: 401 Unauthorized', AccessDenied),
        ('Get "https://x": oauth2: "invalid_client" "Client authentication failed"', AccessDenied),
        ("'registry list' is meaningless in local mode", EngineError),
        ("invalid character 'b' looking for beginning of value", EngineError),
        ('Get "https://x": EOF', EngineError),
        ('Get "https://ec2": dial tcp: lookup ec2: no such host', EngineError),
        ('Get "https://ec2": context deadline exceeded', QueryTimeout),
        (
            "error processing response: context deadline exceeded (Client.Timeout while reading body)",
            QueryTimeout,
        ),
        ("/bin/sh: 1: ./stackql: not found", EngineMissing),
        ("cannot find matching operation, … run SHOW METHODS IN a.b.c: x", MissingParameter),
        ("no such column: vpcs.regoin", QuerySyntaxError),
        ("what nobody has seen before", EngineError),
    ],
)
def test_words_become_an_error(stderr: str, kind: type[EngineError]) -> None:
    error = find_error(stderr + "\n", SQL)
    assert type(error) is kind
    assert stderr in error.details


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        ('Get "https://ec2": dial tcp: lookup ec2: no such host', "cannot be reached"),
        ('Get "https://ec2": dial tcp 127.0.0.1:1: connect: connection refused', "cannot be reached"),
        ('Get "https://ec2": proxyconnect tcp: EOF', "cannot be reached"),
        ("write error: No space left on device", "no room left"),
        ("sh: 1: printf: I/O error\nDisk quota exceeded", "no room left"),
        ("sqlite insert error: database or disk is full", "no room left"),
        ("failed to transform: EOF", "answer cannot be read"),
        (
            "failed to transform: invalid character '<' looking for beginning of value",
            "answer cannot be read",
        ),
        ("error processing response: EOF\nresponse is not a valid response", "answer cannot be read"),
        ("error processing response: $.items has an invalid token", "answer cannot be read"),
        ("error processing response: unsupported value type <nil> for select", "answer cannot be read"),
        ("unexpected end of JSON input", "answer cannot be read"),
        ("XML syntax error on line 3: unexpected EOF", "answer cannot be read"),
        ("invalid character '}' after object key", "answer cannot be read"),
        ("json: cannot unmarshal string into Go value", "answer cannot be read"),
        ('Get "https://x": EOF', "broke off"),
        ("unexpected EOF", "broke off"),
        ("read tcp 127.0.0.1:5->127.0.0.1:6: read: connection reset by peer", "broke off"),
        ('Get "https://x": http: server closed idle connection', "broke off"),
    ],
)
def test_what_was_reached_is_not_said_to_be_out_of_reach(stderr: str, said: str) -> None:
    error = find_error(stderr, SQL)
    assert error is not None
    assert said in error.message
    assert ("reached" in error.message) is (said == "cannot be reached")


@pytest.mark.parametrize(
    "stderr",
    [
        "",
        "\n \n",
        "aws provider, version 'v24.07.00246' successfully installed\n",
        "processed http response body not present\n",
        "error processing response: unknown key items\n",
        "warning: installed aws provider version 'v1' requires minimum stackql version 'v2'\n",
    ],
)
def test_information_is_no_error(stderr: str) -> None:
    assert find_error(stderr, SQL) is None


@pytest.mark.parametrize(
    "body",
    [
        '{"message": "this API is deprecated"}',
        "{\ninfo: nothing\nwarning: no\n}",
        "it already exists",
        "successfully installed",
    ],
)
def test_no_body_hides_its_status(body: str) -> None:
    assert isinstance(
        find_error(f"http response status code: 403, response body: {body}\n", SQL), AccessDenied
    )


def test_a_column_is_found_in_its_line() -> None:
    error = find_error("no such column: vpcs.regoin", SQL)
    assert isinstance(error, QuerySyntaxError)
    assert (error.line, error.message) == (2, "There is no column regoin.")


def test_a_long_answer_is_read_once() -> None:
    def read(lines: int) -> None:
        answer = "boom " * 20 + "\n" + "<p>\n" * lines + "status code: 403"
        assert isinstance(find_error(answer, SQL), AccessDenied)

    # ten times as long costs ten times as much; read again for every line, it would cost a hundred times
    assert effort(lambda: read(10_000)) < 30 * effort(lambda: read(1_000))


@pytest.mark.parametrize(
    ("stderr", "message", "line"),
    [
        ("could not locate symbol private", "There is no column private.", 2),
        ("could not locate symbol x.private", "There is no column private.", 2),
        ("query rewriting for indirection: cannot find col = 'name'", "There is no column name.", None),
        (
            "query rewriting for indirection: cannot find col = ''",
            "StackQL cannot find a column of a derived table.",
            None,
        ),
    ],
)
def test_a_symbol_that_is_not_there_is_a_column(stderr: str, message: str, line: int | None) -> None:
    error = find_error(stderr, "SELECT name, name AS n FROM a.b.c\nWHERE private = 1")
    assert isinstance(error, QuerySyntaxError)
    assert (error.message, error.line) == (message, line)
