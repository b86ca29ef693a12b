"""One browser's side of the app: what it asks, how its callbacks' bodies look, and a book of what it was answered."""

from __future__ import annotations

import http.client
import json
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import app.api.errors  # noqa: F401 - so that all errors are known to `list_titles`
from inventory_runner.errors import InventoryError

PATIENCE_SECONDS = 60
# answers of which nothing is to be known but that they came
UNREAD = ("document", "alive", "ready")


@dataclass(frozen=True)
class Answer:
    """One answer. kind: of what was asked. began: on the monotonic clock. status: 0 where none came.

    title: of the error that it is or shows, empty where it is none. waiting: a question about a query in line.
    """

    kind: str
    began: float
    seconds: float
    status: int
    title: str = ""
    waiting: bool = False

    @property
    def failed(self) -> bool:
        return not 200 <= self.status < 400 or bool(self.title)


@dataclass
class Book:
    """What people were answered; threads append. mixed: what belonged to another person or question.

    ended, left: queries that ended, and that their people left before. drafts: person → version of their tab that was
    said to be kept.
    """

    answers: list[Answer] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    drafts: dict[str, int] = field(default_factory=dict)

    def compute_p95_ms(self, *kinds: str) -> float:
        """Of the answers of these kinds, however they ended; raises SystemExit where there are too few."""
        times = [one.seconds for one in self.answers if one.kind in kinds]
        if len(times) < 2:
            raise SystemExit(f"Too few answers of {', '.join(kinds)}: ask more people, or for longer.")
        return round(1000 * statistics.quantiles(times, n=20)[-1], 1)

    def count_failures(self) -> Counter[str]:
        """What failed, in words → how often."""
        return Counter(f"{one.kind}: {one.title or one.status}" for one in list(self.answers) if one.failed)


class Callbacks:
    """The bodies of Dash's callbacks, from what the app says of itself."""

    def __init__(self, port: int, person: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        connection.request("GET", "/_dash-dependencies", headers={"X-Forwarded-Email": person})
        self._known = json.loads(connection.getresponse().read())
        connection.close()

    def write_body(self, output: str, values: dict[str, Any], changed: Sequence[str] = ()) -> str:
        """A call of the callback with that output. values: `id.property` → value; the others are empty.

        changed: those of the inputs that a person has changed; none in a page's first call.
        """
        (found,) = (one for one in self._known if output in one["output"].strip(".").split("..."))
        # one output alone is no list
        names = found["output"].strip(".").split("...")
        outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]

        def fill(parts: list[dict[str, str]]) -> list[dict[str, Any]]:
            return [
                {
                    "id": one["id"],
                    "property": one["property"],
                    "value": values.get(f"{one['id']}.{one['property']}"),
                }
                for one in parts
            ]

        body = {
            "output": found["output"],
            "outputs": outputs if found["output"].startswith("..") else outputs[0],
            "inputs": fill(found["inputs"]),
            "state": fill(found["state"]),
            "changedPropIds": list(changed),
        }
        return json.dumps(body)


class Browser:
    """A person's connection, which stays open; every answer goes into the book."""

    def __init__(self, port: int, person: str, book: Book) -> None:
        self.person, self.book = person, book
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        self._connection.close()

    def ask(self, kind: str, method: str, path: str, body: object = None, *, waiting: bool = False) -> Any:
        """What was answered, as JSON (of the assistant and of a callback the text); None where it was no success."""
        headers = {"X-Forwarded-Email": self.person}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = body if isinstance(body, str) else json.dumps(body)
        began, status, found, title = time.monotonic(), 0, None, ""
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            raw = answer.read()
            status = answer.status
            found, title = read_answer(kind, status, raw)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            title = f"no answer ({type(error).__name__})"
        self.note(kind, began, status, title, waiting)
        return None if title else found

    def note(self, kind: str, began: float, status: int, title: str, waiting: bool = False) -> None:
        seconds = time.monotonic() - began
        self.book.answers.append(Answer(kind, began, seconds, status, title, waiting))


def read_answer(kind: str, status: int, raw: bytes) -> tuple[Any, str]:
    """What was answered, and the title of the error that it is or shows; empty for none."""
    if kind in UNREAD and status < 400:
        return True, ""
    if status >= 400:
        try:
            return None, str(json.loads(raw)["error"]["title"])
        except (ValueError, KeyError, TypeError):
            return None, f"{status} without words"
    if kind == "callback":
        return raw.decode(), find_title(raw.decode())
    if kind != "chat":
        return json.loads(raw), ""
    events = [json.loads(line[6:]) for line in raw.decode().splitlines() if line.startswith("data: ")]
    for event in events:
        if event["type"] == "failure":
            return None, str(event["title"])
    if not events or events[-1]["type"] != "end":
        return None, "a stream without an end"
    return "".join(event["text"] for event in events if event["type"] == "text"), ""


def list_titles(kind: type[InventoryError] = InventoryError) -> set[str]:
    """The titles of all errors that the app knows."""
    return {kind.title}.union(*(list_titles(below) for below in kind.__subclasses__()))


TITLES = sorted(list_titles())


def find_title(text: str) -> str:
    """The first error's title that a callback's answer shows as a text of its own; empty for none."""
    return next((title for title in TITLES if f'"{title}"' in text), "")
