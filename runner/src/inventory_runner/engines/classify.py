"""What StackQL's stderr means: the one place that decides between an error, a partial answer and mere information.

StackQL exits with 0 and prints an empty result when a provider answers 403; only stderr tells. What cannot be
recognised counts as a failure where there are no rows, and as a partial answer where there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from inventory_runner.contract import (
    AccessDenied,
    EngineError,
    EngineMissing,
    MissingParameter,
    OutOfMemory,
    QuerySyntaxError,
    QueryTimeout,
    Throttled,
    UnknownResource,
)
from inventory_runner.engines import refusals

LONGEST_DETAILS = 4000

# `http response status code: 403, …` and `Response error.  Status code 403.  Body: …`
_STATUS = re.compile(r"\bstatus code:?\s*(\d{3})\b", re.IGNORECASE)
# a list that an answer leaves out: Google's way of saying that it is empty
_NO_LIST = re.compile(r"^\s*error processing response: unknown key (\S+)\s*$", re.IGNORECASE | re.MULTILINE)
# whole lines only, and none that follows a status: an answer's body may say anything
_INFORMATION = re.compile(
    r"\s*(?:\S+ provider, version '\S+' (?:successfully|already) installed|processed http response body not present|"
    r"the operation was despatched successfully|"
    r"error processing response: unknown key \S+|(?:info|debug|warning): .*)\s*",
    re.IGNORECASE,
)
_METHODS_OF = re.compile(r"SHOW METHODS IN ([\w.]+)", re.IGNORECASE)
_SYNTAX = re.compile(r"syntax error at position (\d+)(?: near '?([^'\n]*)'?)?", re.IGNORECASE)

# a column: it looks like a resource's message
_SYMBOL = re.compile(
    r"could not locate symbol (?P<word>[\w.$\"]+)|cannot find col = '(?P<column>[^']*)'", re.IGNORECASE
)
_SQLITE = re.compile(r"no such (?P<kind>column|function): (?P<word>[\w.]+)", re.IGNORECASE)

_THROTTLED = re.compile(
    r"throttl|rate ?limit|(?:rate|request ?limit) ?exceeded|too ?many ?requests|quota exceeded|slow ?down",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"access ?denied|unauthori[sz]ed|not authori[sz]ed|forbidden|authorization ?failed|permission_denied|"
    r"invalid ?client ?token|signature ?does ?not ?match|invalid_grant|invalid_client|expired ?token|"
    r"auth(?:entication)? ?fail|bad credentials|unrecognized ?client|references empty string|"
    r"credentials? error|(?:no|missing|invalid|could not find) (?:default )?credentials?",
    re.IGNORECASE,
)

_HOST = re.compile(r"(?:lookup |https?://)([\w.-]+\.\w+)", re.IGNORECASE)

_Make = Callable[[str], EngineError]
# what this machine lacks: said before anything that a provider may have said
_MACHINE: tuple[tuple[re.Pattern[str], _Make], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.MULTILINE), make)
    for pattern, make in (
        (
            r"^\S*sh: .*stackql: (?:not found|permission denied|no such file)|exec format error",
            lambda text: EngineMissing("The StackQL program does not run.", details=text),
        ),
        (
            r"no space left on device|disk quota exceeded|database or disk is full",
            lambda text: EngineError(
                "StackQL found no room left for the answer.",
                title="The disk is full",
                hint="Make room in the temporary folder (TMPDIR) and in StackQL's own (STACKQL_APPROOT), or read less.",
                details=text,
            ),
        ),
        (
            r"out of memory|cannot allocate memory|MemoryError|bad_alloc|segmentation fault|^killed$|^aborted$",
            lambda text: OutOfMemory("StackQL ended, as it does when it runs out of memory.", details=text),
        ),
    )
)
_PATTERNS: tuple[tuple[re.Pattern[str], _Make], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.MULTILINE), make)
    for pattern, make in (
        (
            r"could not (?:find|locate|resolve)|cannot (?:find|locate|resolve)|no such (?:provider|service|resource)|"
            r"unknown (?:provider|service|resource)|GetResource\(\) failure|"
            r"(?:provider|service|resource) .{0,80}(?:not found|does not exist)",
            lambda text: UnknownResource(
                "StackQL does not know this provider, service or resource.", details=text
            ),
        ),
        (
            r"'registry list' is meaningless",
            lambda text: EngineError(
                "The provider registry is a copy here, which has no list.",
                hint="SHOW PROVIDERS names what it has.",
                details=text,
            ),
        ),
        (
            r"^invalid character .+ looking for beginning of value",
            lambda text: EngineError(
                "A credential, or the provider's answer, is not the JSON that it should be.",
                hint="GOOGLE_CREDENTIALS, for one, holds a key file's text, not its path.",
                details=text,
            ),
        ),
        (
            r"deadline exceeded|client\.timeout|timed? ?out",
            lambda text: QueryTimeout(f"{_name_host(text)} did not answer in time.", details=text),
        ),
        (
            r"error processing response: |not a valid response|failed to transform|unexpected end of JSON|"
            r"XML syntax error|cannot unmarshal|invalid character .+ (?:in|after) ",
            lambda text: EngineError(
                "The provider answered, and the answer cannot be read.",
                hint="It broke off, is empty, or is of another kind, such as a sign-in page: run it again. If it comes"
                " back, look at the proxy.",
                details=text,
            ),
        ),
        (
            r"no such host|server misbehaving",
            lambda text: EngineError(
                f"{_name_host(text)} cannot be reached: its name is not known here.",
                hint="Check the values in WHERE (a region that does not exist has no host), then DNS and the proxy.",
                details=text,
            ),
        ),
        (
            r"x509: |certificate ",
            lambda text: EngineError(
                f"The certificate of {_name_host(text)} is not trusted here.",
                hint="A proxy that opens TLS needs its certificate in SSL_CERT_FILE; else check the machine's clock.",
                details=text,
            ),
        ),
        (
            r"dial tcp|proxyconnect|connection refused|network is unreachable|no route to host",
            lambda text: EngineError(
                f"{_name_host(text)} cannot be reached.",
                hint="Check the network and the proxy.",
                details=text,
            ),
        ),
        (
            r"\bEOF$|connection reset|broken pipe|connection broken|server closed|malformed HTTP|tls: ",
            lambda text: EngineError(
                "The connection to the provider broke off before its answer had come whole.",
                hint="It was reached: run it again. If it comes back, look at the proxy.",
                details=text,
            ),
        ),
    )
)


def find_error(stderr: str, sql: str) -> EngineError | None:
    """The error that stderr tells of, or None where it only informs. sql: the text whose lines errors name."""
    text = _drop_information(stderr)
    if not text:
        return None
    details = text[:LONGEST_DETAILS]
    # first: an answer's body may hold any of the words below
    codes = {int(code) for code in _STATUS.findall(text) if int(code) >= 300}
    if codes:
        return _make_http_error(codes, details, refusals.find_call(sql))
    if "cannot find matching operation" in text.lower():
        return _make_missing_parameter(text, details)
    if found := _SYNTAX.search(text):
        return _make_syntax_error(found, sql, details)
    if found := _SQLITE.search(text):
        return _make_sqlite_error(found, sql, details)
    if found := _SYMBOL.search(text):
        return _make_column_error(found["word"] or found["column"], sql, details)
    for pattern, make in _MACHINE:
        if pattern.search(text):
            return make(details)
    if _THROTTLED.search(text):
        return _make_throttled(refusals.find_call(sql), details)
    if _DENIED.search(text):
        return _make_denied(refusals.find_call(sql), details, 401)
    for pattern, make in _PATTERNS:
        if pattern.search(text):
            return make(details)
    return EngineError("StackQL reported a problem.", hint="Its words are under Details.", details=details)


def find_absent_list(stderr: str) -> str:
    """The name of the list that the answer left out; empty where it did not."""
    found = _NO_LIST.search(stderr)
    return found.group(1) if found else ""


def has_no_body(stderr: str) -> bool:
    """Whether an answer came without a body, or with `null` for one."""
    return "processed http response body not present" in stderr


def _name_host(text: str) -> str:
    """The host that an error names, else the provider."""
    found = _HOST.search(text)
    return found[1] if found else "The provider"


def _drop_information(stderr: str) -> str:
    """stderr without the lines that only inform."""
    kept: list[str] = []
    status = False
    for line in stderr.splitlines():
        if line.strip() and (status or not _INFORMATION.fullmatch(line)):
            kept.append(line)
            status = status or bool(_STATUS.search("\n".join(kept[-2:])))
    return "\n".join(kept).strip()


def _make_http_error(codes: set[int], details: str, call: refusals.Call) -> EngineError:
    # AWS throttles with 400 and 503, GitHub with 403
    if 429 in codes or (codes & {400, 403, 503} and _THROTTLED.search(details)):
        return _make_throttled(call, details)
    if denied := codes & {401, 403}:
        return _make_denied(call, details, min(denied))
    if 400 in codes and _DENIED.search(details):
        return _make_denied(call, details, 400)
    if codes == {404}:
        return EngineError(
            f"{call.who} answered 404{call.where}: something that the query names does not exist there, or the"
            " credentials may not see it.",
            hint="Check the values in WHERE (the project, the region, the name), and that the service is enabled.",
            details=details,
        )
    message, hint = refusals.explain_failure(call, details, max(codes))
    return EngineError(message, hint=hint, details=details)


def _make_throttled(call: refusals.Call, details: str) -> Throttled:
    return Throttled(f"{call.who} asked for fewer requests{call.where}.", details=details)


def _make_denied(call: refusals.Call, details: str, status: int) -> AccessDenied:
    words = refusals.explain_refusal(call, details, status)
    return AccessDenied(words.message, hint=words.hint, details=details)


def _make_sqlite_error(found: re.Match[str], sql: str, details: str) -> QuerySyntaxError:
    """What StackQL's own database says, with the line of the word that it names, where that stands there once."""
    kind, word = found["kind"].lower(), found["word"].split(".")[-1]
    return QuerySyntaxError(f"There is no {kind} {word}.", line=_find_line(word, sql), details=details)


def _make_column_error(name: str, sql: str, details: str) -> QuerySyntaxError:
    """A column that StackQL does not find in the rows that a SELECT reads; the name is empty for one it computes."""
    word = name.replace('"', "").split(".")[-1]
    return QuerySyntaxError(
        f"There is no column {word}." if word else "StackQL cannot find a column of a derived table.",
        line=_find_line(word, sql),
        hint="A condition may name what the SELECT reads: a resource's columns, or those that the inner SELECT shows.",
        details=details,
    )


def _find_line(word: str, sql: str) -> int | None:
    """The line of a word that stands in the text once."""
    if not word:
        return None
    places = [place.start() for place in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", sql)]
    return sql.count("\n", 0, places[0]) + 1 if len(places) == 1 else None


def _make_missing_parameter(text: str, details: str) -> MissingParameter:
    resource = found.group(1) if (found := _METHODS_OF.search(text)) else ""
    named = re.search(r"missing required parameters?:\s*([\w, ]+)", text, re.IGNORECASE)
    parameters = [name.strip() for name in named.group(1).split(",") if name.strip()] if named else []
    words = f"{resource or 'The resource'} needs {' and '.join(parameters) or 'parameters that WHERE does not give'}."
    return MissingParameter(words, resource=resource, parameters=parameters, details=details)


def _make_syntax_error(found: re.Match[str], sql: str, details: str) -> QuerySyntaxError:
    position = max(0, min(int(found.group(1)) - 1, len(sql)))
    line = sql.count("\n", 0, position) + 1
    column = position - (sql.rfind("\n", 0, position) + 1) + 1
    near = (found.group(2) or "").strip()
    hint = "Take a JSON element with json_extract(col, '$[0]')." if re.search(r"\w\[\d", sql) else ""
    return QuerySyntaxError(
        f"Line {line}: syntax error" + (f" near “{near[:60]}”." if near else "."),
        line=line,
        column=column,
        hint=hint,
        details=details,
    )
