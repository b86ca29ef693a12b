"""What StackQL's stderr means: the one place that decides between an error, a partial answer and mere information.

StackQL exits with 0 and prints an empty result when a provider answers 403; only stderr tells. What cannot be
recognised counts as a failure where there are no rows, and as a partial answer where there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from inventory_runner.engines.base import (
    AccessDenied,
    EngineError,
    EngineMissing,
    MissingParameter,
    QuerySyntaxError,
    QueryTimeout,
    Throttled,
    UnknownResource,
)

LONGEST_DETAILS = 4000

_STATUS = re.compile(r"http response status code:?\s*(\d{3})", re.IGNORECASE)
_INFORMATION = re.compile(
    r"successfully (?:installed|pulled)|^\s*(?:info|debug|warn(?:ing)?)\b|deprecat|already (?:installed|exists)|"
    r"^\s*the operation was despatched successfully",
    re.IGNORECASE,
)
_METHODS_OF = re.compile(r"SHOW METHODS IN ([\w.]+)", re.IGNORECASE)
_SYNTAX = re.compile(r"syntax error at position (\d+)(?: near '?([^'\n]*)'?)?", re.IGNORECASE)

_Make = Callable[[str], EngineError]
_PATTERNS: tuple[tuple[re.Pattern[str], _Make], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), make)
    for pattern, make in (
        (
            r"stackql: (?:not found|permission denied|no such file)|exec format error",
            lambda text: EngineMissing("The StackQL program does not run.", details=text),
        ),
        (
            r"throttl|rate ?limit|rate exceeded|too ?many ?requests|quota exceeded|slow ?down",
            lambda text: Throttled("The provider asked for fewer requests.", details=text),
        ),
        (
            r"access ?denied|unauthori[sz]ed|not authori[sz]ed|forbidden|authorization ?failed|permission_denied|"
            r"invalid ?client ?token|signature ?does ?not ?match|invalid_grant|invalid_client|expired ?token|"
            r"authentication fail|bad credentials|credentials? (?:error|not|missing|are|is)|credential",
            lambda text: AccessDenied(
                "The provider refused the credentials, or there are none.", details=text
            ),
        ),
        (
            r"could not (?:find|locate|resolve)|cannot (?:find|locate|resolve)|no such (?:provider|service|resource)|"
            r"unknown (?:provider|service|resource)|(?:provider|service|resource) .{0,80}(?:not found|does not exist)",
            lambda text: UnknownResource(
                "StackQL does not know this provider, service or resource.", details=text
            ),
        ),
        (
            r"no such host|dial tcp|connection refused|network is unreachable|tls handshake",
            lambda text: EngineError(
                "The provider cannot be reached.", hint="Check the network and the proxy.", details=text
            ),
        ),
        (
            r"deadline exceeded|client\.timeout|timed? ?out",
            lambda text: QueryTimeout("The provider did not answer in time.", details=text),
        ),
    )
)


def error_of(stderr: str, sql: str) -> EngineError | None:
    """The error that stderr tells of, or None where it only informs. sql: the text whose lines errors name."""
    text = "\n".join(
        line for line in stderr.splitlines() if line.strip() and not _INFORMATION.search(line)
    ).strip()
    if not text:
        return None
    details = text[:LONGEST_DETAILS]
    if "cannot find matching operation" in text.lower():
        return _missing(text, details)
    if found := _SYNTAX.search(text):
        return _syntax(found, sql, details)
    codes = {int(code) for code in _STATUS.findall(text)}
    if codes:
        return _http(codes, details)
    for pattern, make in _PATTERNS:
        if pattern.search(text):
            return make(details)
    return EngineError("StackQL reported a problem.", hint="Its words are below details.", details=details)


def _http(codes: set[int], details: str) -> EngineError:
    if 429 in codes or (codes & {403, 503} and _PATTERNS[1][0].search(details)):
        return Throttled("The provider asked for fewer requests.", details=details)
    if codes & {401, 403}:
        return AccessDenied(f"It answered {min(codes & {401, 403})}.", details=details)
    return EngineError(
        f"The provider answered {', '.join(map(str, sorted(codes)))}.", hint="Its words are below details.",
        details=details,
    )  # fmt: skip


def _missing(text: str, details: str) -> MissingParameter:
    resource = found.group(1) if (found := _METHODS_OF.search(text)) else ""
    named = re.search(r"missing required parameters?:\s*([\w, ]+)", text, re.IGNORECASE)
    parameters = [name.strip() for name in named.group(1).split(",") if name.strip()] if named else []
    words = f"{resource or 'The resource'} needs {' and '.join(parameters) or 'parameters that WHERE does not give'}."
    return MissingParameter(words, resource=resource, parameters=parameters, details=details)


def _syntax(found: re.Match[str], sql: str, details: str) -> QuerySyntaxError:
    position = max(0, min(int(found.group(1)) - 1, len(sql)))
    line = sql.count("\n", 0, position) + 1
    column = position - (sql.rfind("\n", 0, position) + 1) + 1
    near = (found.group(2) or "").strip()
    hint = "Take a JSON element with json_extract(col, '$[0]')." if re.search(r"\w\[\d", sql) else ""
    return QuerySyntaxError(
        f"Line {line}: syntax error" + (f" near “{near[:60]}”." if near else "."), line=line, column=column, hint=hint,
        details=details,
    )  # fmt: skip
