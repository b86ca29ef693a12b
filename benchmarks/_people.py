"""People at work: each is a thread that asks for what the pages ask for, thinks, and notes every answer in a book.

They are cheap, since they share the machine with the server: plain connections that stay open, as a browser's do, and
answers that are read only as far as something is to be known of them.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from benchmarks._browser import PATIENCE_SECONDS, Book, Browser, Callbacks
from benchmarks._deployment import TABLES, name_person
from layouts.inventory import ids as inventory_ids
from services.models import routes

THINK_SECONDS = 4.0
# pauses between questions after a query that the page does not hold open, as assets/ide/run.js has them
STEPS = (0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25)
# of those who watch their query; the others' tab is in the background
IN_FRONT = 0.7
TYPING_SECONDS = 0.15
BLOCK_ROWS = 100
QUERY = "SELECT name, size FROM google.storage.buckets WHERE project = '{marker}'"
PAGES = ("document", "callback")


@contextmanager
def at_work(
    port: int, people: int, book: Book, *, first: int = 0, think: float = THINK_SECONDS
) -> Iterator[None]:
    """People from number `first` on, who arrive within one time of thinking and leave at the end of the block."""
    callbacks = Callbacks(port, name_person(first))
    everyone = [Person(port, first + number, book, callbacks, think) for number in range(people)]
    for person in everyone:
        person.start()
    try:
        yield
    finally:
        for person in everyone:
            person.leave()
        for person in everyone:
            person.join(PATIENCE_SECONDS + 10)


class Person(threading.Thread):
    """One person, who does one thing after the other until they leave."""

    def __init__(self, port: int, number: int, book: Book, callbacks: Callbacks, think: float) -> None:
        super().__init__(daemon=True)
        self.name = name_person(number)
        self._book, self._callbacks, self._think = book, callbacks, think
        self._mark = f"p{number}-{time.monotonic_ns() % 10**9}"
        self._chance = random.Random(number)
        self._browser = Browser(port, self.name, book)
        self._leaving = threading.Event()
        self._asked = self._version = 0

    def leave(self) -> None:
        """Ask them to go, which they do after the question that is open."""
        self._leaving.set()

    def run(self) -> None:
        doings: tuple[Callable[[], None], ...] = (
            self._look_at_overview,
            self._look_at_table,
            self._search,
            self._query,
            self._edit_draft,
            self._chat,
        )
        pause = self._chance.uniform(0, self._think)
        while not self._leaving.wait(pause):
            self._chance.choices(doings, (3, 3, 2, 3, 2, 1))[0]()
            pause = self._think * self._chance.lognormvariate(0, 0.5)
        self._browser.close()

    def _look_at_overview(self) -> None:
        self._browser.ask("document", "GET", "/inventory")
        chosen = {"inventory_days.value": "14", "shell_theme.data": "light", "inventory_version.data": ""}
        chosen |= {"inventory_provider.value": "", "inventory_region.value": ""}
        self._call(inventory_ids.BODY, chosen)

    def _look_at_table(self) -> None:
        table = self._chance.choice(TABLES)
        self._browser.ask("document", "GET", f"/inventory/{table}")
        stores = {
            f"{inventory_ids.TABLE_ARGUMENTS}.data": {"table": table, "tab": "rows"},
            f"{inventory_ids.TABLE_TABS}.data": {"tab": "rows"},
        }
        self._call(inventory_ids.TABLE_HEADER, stores)
        self._call(inventory_ids.TABLE_CONTENT, stores)
        for block in range(3):
            self._read_block("block", table, block * BLOCK_ROWS)

    def _search(self) -> None:
        table = self._chance.choice(TABLES)
        for words in ("w", "we", "web-0"):
            self._read_block("search", table, 0, words)
            self._leaving.wait(TYPING_SECONDS)

    def _read_block(self, kind: str, table: str, start: int, words: str = "") -> None:
        address = routes.fill_route(routes.TABLE_ROWS, schema="stackql_inventory", name=table)
        self._browser.ask(kind, "POST", address, {"start": start, "end": start + BLOCK_ROWS, "search": words})

    def _query(self) -> None:
        """Run, and watch until it ends, as assets/ide/run.js does; its rows must be those of its own marker."""
        marker = self._write_marker(f"wait{self._chance.choice((0, 1, 3))}")
        state = self._browser.ask("run", "POST", routes.QUERIES, {"sql": QUERY.format(marker=marker)})
        if state is None:
            return
        query = state["query"]
        address = routes.fill_route(routes.QUERY, id=query["id"])
        in_front, step = self._chance.random() < IN_FRONT, 0
        while not query["final"]:
            held = in_front and query["progress"]
            waited = 0.0 if held else STEPS[min(step, len(STEPS) - 1)]
            if self._leaving.wait(max(waited, query["pause"])):
                self._book.left.append(query["id"])
                self._browser.ask(
                    "release", "POST", routes.fill_route(routes.QUERY_RELEASE, id=query["id"]), {}
                )
                return
            state = self._browser.ask(
                "held poll" if held else "poll",
                "GET",
                f"{address}?seen={quote(query['progress'])}" if held else address,
                waiting=query["status"] == "queued",
            )
            if state is None:
                # the page tries again; whoever watches gives up
                return
            query, step = state["query"], step + 1
        self._book.ended.append(query["id"])
        if query["status"] != "succeeded":
            error = query["error"] or {}
            self._browser.note("result", time.monotonic(), 200, error.get("title") or query["status"])
            return
        block = {"start": 0, "end": BLOCK_ROWS}
        rows = self._browser.ask(
            "result rows", "POST", routes.fill_route(routes.QUERY_ROWS, id=query["id"]), block
        )
        if rows is not None:
            names = [row["name"] for row in rows["rows"]]
            if not names or not all(name.startswith(f"{marker}-") for name in names):
                self._book.mixed.append(f"{marker} got {names[:1]}")

    def _edit_draft(self) -> None:
        """Save a tab, and read all tabs: it must be as it was saved."""
        version, content = self._version + 1, self._write_marker("draft")
        draft = {
            "tab_id": "tab",
            "content": content,
            "title": "Mine",
            "provider": "",
            "position": 0,
            "version": version,
            "bases": [self._version, version],
        }
        answer = self._browser.ask("draft", "POST", routes.DRAFTS, draft)
        listed = self._browser.ask("drafts", "GET", routes.DRAFTS)
        mine = [one for one in listed["drafts"] if one["tab_id"] == "tab"] if listed else []
        if mine:
            self._version = mine[0]["version"]
        if answer is not None and answer["saved"]:
            self._book.drafts[self.name] = version
            if listed and (listed["user"] != self.name or [one["content"] for one in mine] != [content]):
                self._book.mixed.append(f"{content} got {mine[:1]}")

    def _chat(self) -> None:
        marker = self._write_marker("wait0")
        conversation = {
            "messages": [{"role": "user", "content": f"What is the marker? {marker}"}],
            "mode": "query",
            "provider": "",
        }
        text = self._browser.ask("chat", "POST", routes.CHAT, conversation)
        if text is not None and marker not in text:
            self._book.mixed.append(f"{marker} got {text[:60]!r}")

    def _write_marker(self, kind: str) -> str:
        self._asked += 1
        return f"{kind}-{self._mark}-{self._asked}"

    def _call(self, component: str, values: dict[str, Any]) -> None:
        body = self._callbacks.write_body(f"{component}.children", values)
        self._browser.ask("callback", "POST", "/_dash-update-component", body)
