"""What runs StackQL inside the worker: pystackql's own executor, its raw output, and our reading of it.

pystackql's `execute` drops stderr, throws results away whose cells look like errors, and parses slowly, so its executor
is called for stdout and stderr and both are read here. The credentials are the worker's environment for one request;
pystackql's `env_vars` would put them into a shell command.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, quote_plus, urlsplit

from pystackql.core.query import QueryExecutor
from pystackql.utils.params import generate_params_for_execution

from inventory_runner.contract import EngineError, QueryResult, QuerySyntaxError
from inventory_runner.engines import answers
from inventory_runner.engines.answers import JsonReads
from inventory_runner.engines.classify import find_absent_list, find_error, has_no_body
from inventory_runner.engines.outermost import Outermost
from inventory_runner.engines.pieces import Piece, parse_values
from inventory_runner.engines.values import TableBuilder, cut
from inventory_runner.json_text import NotJson
from inventory_runner.platform.variables import holds_credentials

# a command line holds 128 kB in one argument on Linux
LONGEST_QUERY = 120_000
# more races in StackQL's own SQLite (stackql/stackql#368)
CONCURRENCY = 4
SHORTEST_SECRET = 6
ANSWER, WORDS = "answer.json", "words.txt"
# the registry's list of providers among them
LONGEST_WORDS = 20_000
# of what it says beside an answer; what is between the beginning and the end of more than that is left out
LONGEST_ERRORS = 4 << 20
_GOOGLE = re.compile(r"\bgoogle\w*\s*\.", re.IGNORECASE)
_SECRET_FIELD = re.compile("key|secret|token|password", re.IGNORECASE)


def backend(request: Mapping[str, Any]) -> QueryResult | list[Any]:
    """Run one statement.

    request: sql, outermost, json_reads, types, row_limit, binary, approot, registry, page_limit, api_timeout,
    credentials.
    With `command` in the place of sql: what StackQL says to REGISTRY with it (`PULL aws`, `LIST`).
    """
    if "command" in request:
        _execute(request, f"REGISTRY {request['command']}")
        said = (_read_text(Path(name), LONGEST_WORDS) for name in (WORDS, ANSWER))
        return ["\n".join(text for text in said if text)[:LONGEST_WORDS]]
    sql, outermost = request["sql"], Outermost(**request["outermost"])
    if len(shlex.quote(sql).encode()) > LONGEST_QUERY:
        raise QuerySyntaxError("The query is longer than a command line can hold.", hint="Shorten it.")
    _take(request["credentials"])
    _execute(request, sql)
    secrets = request["credentials"].values()
    stderr = hide_secrets(_read_text(Path(WORDS), LONGEST_ERRORS), secrets)
    try:
        with Path(ANSWER).open("rb") as stdout:
            return read(
                stdout,
                stderr,
                sql,
                request["row_limit"],
                request["page_limit"],
                request["types"],
                outermost,
                JsonReads(**request["json_reads"]),
            )
    except EngineError as error:
        if not stderr:
            # a disk that took no answer took no words of it either: it says so itself, as an OSError
            Path(WORDS).write_bytes(b"\n")
        error.details = hide_secrets(error.details, secrets)
        raise


def _execute(request: Mapping[str, Any], command: str) -> None:
    """Run the program; its output is in ANSWER and WORDS.

    The shell that pystackql starts puts it there, into the worker's folder: it need not fit into memory, and the other
    half (`pool`) sees how much it is while it is written.
    """
    output = _make_executor(request, f"> {ANSWER}", f"2> {WORDS}").execute(command)
    if output.get("exception"):
        raise EngineError("StackQL's answer could not be taken.", hint="Run it again.")


def _read_text(path: Path, most: int) -> str:
    """The file's text; of one that is longer than `most` bytes its beginning and its end."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        found = file.read(most)
        if path.stat().st_size > most:
            half = most // 2
            file.seek(-half, os.SEEK_END)
            found = found[:half] + b"\n...\n" + file.read()
    return found.decode(errors="replace")


def _take(credentials: Mapping[str, str]) -> None:
    for name in credentials:
        if not holds_credentials(name):
            raise EngineError(
                f"{name} is no credential's name: it could steer the program itself.",
                hint="Use a variable that the provider reads, on the Providers page.",
            )
    os.environ.update(credentials)


def hide_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with a mark for each secret in it, and for the secret texts in one that is JSON (a key file)."""
    for secret in sorted(_list_secret_texts(secrets), key=len, reverse=True):
        text = text.replace(secret, "•••")
    return text


def _list_secret_texts(secrets: Iterable[str]) -> set[str]:
    pieces: set[str] = set()
    for secret in secrets:
        pieces |= {secret, *secret.splitlines()}
        with contextlib.suppress(ValueError):
            inner = json.loads(secret)
            if isinstance(inner, dict):
                secret_texts = {str(value) for name, value in inner.items() if _SECRET_FIELD.search(name)}
                pieces |= {line for value in secret_texts for line in (value, *value.splitlines())}
    # shorter ones would blank ordinary words
    whole = {piece for piece in map(str.strip, pieces) if len(piece) >= SHORTEST_SECRET}
    # as an address or a JSON text quotes them
    return whole | {
        written for one in whole for written in (quote(one, safe=""), quote_plus(one), json.dumps(one)[1:-1])
    }


def _make_executor(request: Mapping[str, Any], *more: str) -> QueryExecutor:
    # pystackql puts the path into a shell command unquoted; the worker's folder has no spaces
    link = Path("stackql")
    if not link.exists():
        link.symlink_to(request["binary"])
    parameters = generate_params_for_execution(
        {
            "app_root": shlex.quote(request["approot"]),
            "execution_concurrency_limit": CONCURRENCY,
            "page_limit": request["page_limit"],
            "api_timeout": request["api_timeout"],
        }
    )
    if request["registry"]:
        root = Path(request["registry"]).absolute()
        registry = json.dumps(
            {"url": root.as_uri(), "localDocRoot": str(root), "verifyConfig": {"nopVerify": True}}
        )
        parameters += ["--registry", shlex.quote(registry)]
    return QueryExecutor(f"./{link}", [*parameters, *_list_proxy_options(), *more])


def _list_proxy_options() -> list[str]:
    """The environment's proxy as StackQL's options, since it reads no variable; a password has no place in argv."""
    proxy = urlsplit(os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or "")
    if not proxy.hostname or proxy.scheme not in ("http", "https"):
        return []
    port = proxy.port or (443 if proxy.scheme == "https" else 80)
    named = {"host": shlex.quote(proxy.hostname), "port": str(port), "scheme": proxy.scheme}
    return [word for name, value in named.items() for word in (f"--http.proxy.{name}", value)]


@contextlib.contextmanager
def _pause_collector() -> Iterator[None]:
    """Without the garbage collector."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


# none of the objects made here is garbage before its piece ends, and the collector would look at each of them
@_pause_collector()
def read(
    stdout: BinaryIO,
    stderr: str,
    sql: str,
    row_limit: int | None,
    page_limit: int,
    types: Mapping[str, str],
    outermost: Outermost = Outermost(),  # noqa: B008 - frozen
    json_reads: JsonReads = JsonReads(),  # noqa: B008 - frozen
) -> QueryResult:
    """StackQL's two outputs → a result, or the error that they tell of.

    stdout: JSON, read piece by piece. types: of columns that are not text, as `answers.convert_columns` takes them.
    """
    builder = TableBuilder()
    warnings = []
    complete, limited = True, False
    most = outermost.most_read(row_limit)
    mended = False
    for piece in _iterate_pieces(stdout, stderr, sql):
        rows = piece.value
        left = len(rows) if most is None else most - builder.rows
        builder.add(rows[:left], digits=piece.digits)
        mended = mended or piece.mended
        if len(rows) > left:
            complete = outermost.cuts(row_limit)
            break
    error = find_error(stderr, sql)
    # a count over a refused call is 0, and a join without its other side is wrong: worse than no answer
    if error is not None and (not builder.rows or answers.puts_together(sql)):
        raise error
    if error is not None:
        complete = False
        warnings.append(f"Only a part of it was read. {error.title}: {error.message}")
    if builder.rows >= 10 * page_limit and builder.rows % page_limit == 0 and complete:
        complete, limited = False, True
        warnings.append(
            f"{builder.rows:,} rows may be where the limit of {page_limit} pages cut the answer. Narrow it, a"
            " value at a time, by a parameter of its call."
        )
    table, json_columns = builder.table()
    table, said = json_reads.take_counts(answers.replace_null_words(table))
    warnings += said
    if answers.is_nothing(table) and not answers.puts_together(sql):
        table, complete, limited = cut(table, 0, 0), False, False
        warnings.append(
            "A row without any value was left out: the provider may have sent something else than StackQL expects,"
            " such as a sign-in page."
        )
    elif name := find_absent_list(stderr):
        some = "One of the provider's answers" if builder.rows else "The provider's answer"
        warnings.append(f"{some} has no “{name}”, which is how some say that there are none.")
        # Google does; of another, an answer in the middle of others may as well be no list at all
        if builder.rows and not _GOOGLE.search(sql):
            complete = limited = False
    elif not builder.rows and has_no_body(stderr):
        warnings.append("No row came back, and the provider's answer had no body: it may be no list.")
    warnings += json_reads.warn_of_nothing(table)
    if mended:
        warnings.append(answers.MENDED.format("the answer"))
    made = answers.convert_columns(outermost.apply_to(table), types)
    return QueryResult(
        made.table,
        complete,
        (*warnings, *made.warnings),
        json_columns=(json_columns & {*made.table.column_names}) | made.json_columns,
        unread=made.unread,
        limited=limited,
    )


def _iterate_pieces(stdout: BinaryIO, stderr: str, sql: str) -> Iterator[Piece]:
    """Pieces whose values are rows, each a list of objects."""
    try:
        for piece in parse_values(stdout):
            rows = piece.value
            if rows is None:
                return
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise EngineError("StackQL's answer is not a list of rows.", details=_read_beginning(stdout))
            yield piece
    except EOFError:
        raise find_error(stderr, sql) or EngineError(
            "StackQL ended without an answer.", hint="It may have crashed or run out of memory: run it again."
        ) from None
    except NotJson:
        said = _read_beginning(stdout)
        raise find_error(stderr or said, sql) or EngineError(
            "StackQL's answer cannot be read.", details=said
        ) from None


def _read_beginning(stdout: BinaryIO) -> str:
    stdout.seek(0)
    return stdout.read(2000).decode(errors="replace")
