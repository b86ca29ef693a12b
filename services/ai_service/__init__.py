"""The assistant beside the editor: Anthropic's API, called directly, with tools that only read metadata.

`converse` yields typed events; `stream_chat` is its text alone. The key is resolved for a call and dropped with the
client when the call ends. In query mode the model may look resources up and check its SQL; every SQL block of an
answer is checked before it is offered, and where the check fails the model is told once and answers again.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing
from typing import Any

from inventory_runner.contract import Engine
from inventory_runner.errors import ConfigurationError, InventoryError
from inventory_runner.sql.statement import Source
from services.ai_service import tools
from services.ai_service.answering import Answer, AnswerPlaces, Connections
from services.ai_service.check import Checked, check_sql, list_sql_blocks
from services.ai_service.events import Event, Failure, Lookup, Revision, Text, Usage, Verdict
from services.ai_service.failures import describe_failure
from services.ai_service.history import prepare
from services.ai_service.prompts import Mode, build_system_prompt
from services.secret_service.rules import MODEL_KEY
from services.settings import DEFAULT_SCOPE
from services.users import require_engineer

log = logging.getLogger(__name__)

MOST_ROUNDS = 8
# of one turn, in and out; what is over it ends with an answer from what is known
MOST_TOKENS = 150_000
MOST_OUTPUT_TOKENS = 4096
# the platform cuts a stream at five minutes
LONGEST_TURN_SECONDS = 230
CONNECT_SECONDS = 5.0
# while it thinks the API sends a sign of life every few seconds
SILENCE_SECONDS = 30.0


class NoKey(InventoryError):
    """No key for the model is set; the panel says how to set one. scope: the secret scope that it belongs in."""

    code = "assistant_key_missing"
    title = "The assistant has no key yet"

    def __init__(self, scope: str) -> None:
        super().__init__(
            "The rest of the editor works without it.",
            hint=f"Put it into the secret {MODEL_KEY} of the scope {scope} (locally: ANTHROPIC_API_KEY in .env).",
        )


def extract_sql_from_response(response: str) -> str | None:
    """The first fenced SQL block of an answer, markers stripped, or None."""
    blocks = list_sql_blocks(response)
    return blocks[0] if blocks else None


class AIService:
    """resolve_key: returns the API key, or raises InventoryError; called once a turn, and its value dropped.

    key_exists: whether there is one, without reading it. engine: whose metadata the tools read. configured: the
    providers that have credentials. key_scope: the secret scope of the key, for people. places: how many answers there
    are at once; None for as many as are asked for. inventory: what the tools ask where the source is the inventory.
    """

    def __init__(
        self,
        resolve_key: Callable[[], str],
        key_exists: Callable[[], bool],
        engine: Callable[[], Engine],
        search: tools.ResourceSearch,
        model: str,
        configured: Callable[[], Collection[str]] = tuple,
        key_scope: str = DEFAULT_SCOPE,
        places: AnswerPlaces | None = None,
        inventory: tools.InventoryTools | None = None,
    ) -> None:
        self._resolve_key = resolve_key
        self._key_exists = key_exists
        self._engine = engine
        self._search = search
        self.model = model
        self._configured = configured
        self._key_scope = key_scope
        self._places = places
        self._inventory = inventory

    def check_key(self) -> None:
        """Raises NoKey where no key is set, or what kept us from finding out."""
        require_engineer("use the assistant")
        if not self._key_exists():
            raise NoKey(self._key_scope)

    def stream_chat(self, messages: list[dict[str, Any]], mode: Mode) -> Generator[str, None, None]:
        """The text of an answer as it arrives; failures are words in it."""
        with closing(self.converse(messages, mode)) as answer:
            for event in answer:
                if isinstance(event, Text):
                    yield event.text
                elif isinstance(event, Failure):
                    yield f"\n\n**{event.title}.** {event.message} {event.hint}"

    def converse(
        self,
        messages: Sequence[dict[str, Any]],
        mode: Mode,
        provider: str = "",
        about: str = "",
        source: Source = Source.LIVE,
    ) -> Answer:
        """One turn. messages: dicts of `role` and `content`, the last of them the question.

        provider: the one selected in the editor, if any. about: what goes with the question without being part of
        the conversation, the result's first rows for one. source: what the answer's statements are written for.
        Closing the iterator ends the request, and so does `stop` from another thread. Raises TooManyAnswers, and never
        for what the API or the network does.
        """
        require_engineer("use the assistant")
        connections = Connections()
        place = None if self._places is None else self._places.enter()
        events = self._converse(connections, messages, mode, provider, about, self._choose_tools(source))
        return Answer(events, connections, (lambda: None) if place is None else place.leave)

    def _converse(
        self,
        connections: Connections,
        messages: Sequence[dict[str, Any]],
        mode: Mode,
        provider: str,
        about: str,
        inventory: tools.InventoryTools | None,
    ) -> Iterator[Event]:
        try:
            history: list[dict[str, Any]] = list(prepare([*messages, *_make_context(about)]))
            key = self._resolve_key()
            if not key:
                raise NoKey(self._key_scope)
        except InventoryError as error:
            yield Failure(error.title, error.message, error.hint)
            return
        import anthropic

        context = [f"[Selected provider: {provider}]"] if provider and inventory is None else []
        if mode == "query" and inventory is None and (known := self._list_configured()):
            context.append(f"[Providers with credentials: {', '.join(known)}]")
        history[-1] = {"role": "user", "content": "\n\n".join([history[-1]["content"], *context])}
        # no retries: the SDK would wait in silence for as long as a rate limit asks
        client = anthropic.Anthropic(
            api_key=key,
            timeout=anthropic.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
            max_retries=0,
            http_client=anthropic.DefaultHttpxClient(event_hooks={"request": [connections.watch]}),
        )
        del key
        begun = False
        try:
            with contextlib.closing(self._turn(client, history, mode, inventory)) as turn:
                for event in turn:
                    begun = begun or isinstance(event, Text)
                    yield event
        except Exception as error:  # noqa: BLE001 - the turn's boundary: the SDK, its transport, the network
            log.warning("the assistant's request failed: %s", type(error).__name__)
            yield describe_failure(error, begun)
        finally:
            client.close()

    def _list_configured(self) -> Sequence[str]:
        try:
            return sorted(self._configured())
        except InventoryError as error:
            log.warning("the assistant is not told which providers have credentials: %s", error)
            return ()

    def _choose_tools(self, source: Source) -> tools.InventoryTools | None:
        """The tools over the inventory where that is the source; None for the live cloud's."""
        if source is Source.LIVE:
            return None
        if self._inventory is None:
            raise ConfigurationError("This app has no inventory to query.")
        return self._inventory

    def _check(self, sql: str, inventory: tools.InventoryTools | None) -> Checked:
        return check_sql(sql, self._engine()) if inventory is None else inventory.check(sql)

    def _turn(
        self,
        client: Any,
        history: list[dict[str, Any]],
        mode: Mode,
        inventory: tools.InventoryTools | None,
    ) -> Generator[Event]:
        deadline = time.monotonic() + LONGEST_TURN_SECONDS
        spent_in = spent_out = 0
        revised = False
        answer = ""
        for rounds in range(1, MOST_ROUNDS + 1):
            last = rounds == MOST_ROUNDS or spent_in + spent_out >= MOST_TOKENS
            message = yield from self._request_answer(client, history, mode, last, inventory)
            usage = message.usage
            spent_in += usage.input_tokens + (usage.cache_read_input_tokens or 0)
            spent_in += usage.cache_creation_input_tokens or 0
            spent_out += usage.output_tokens
            answer += "".join(block.text for block in message.content if block.type == "text")
            if message.stop_reason is None:
                yield Failure("The answer was cut", "The stream ended early.", "Ask again.")
                break
            if message.stop_reason == "refusal":
                yield Failure(
                    "The assistant declined", "The model refused to answer this.", "Ask in another way."
                )
                break
            if message.stop_reason == "tool_use" and time.monotonic() > deadline:
                yield Failure(
                    "The answer took too long",
                    "The assistant looked things up for too long.",
                    "Ask for less at a time.",
                )
                break
            if message.stop_reason == "tool_use":
                history.append(
                    {"role": "assistant", "content": [block.to_dict() for block in message.content]}
                )
                history.append(
                    {"role": "user", "content": (yield from self._look_up(message.content, inventory))}
                )
                if answer and not answer.endswith("\n"):
                    # what comes next is a paragraph of its own, or a block
                    answer += "\n\n"
                    yield Text("\n\n")
                continue
            blocks = list_sql_blocks(answer)
            checks = [self._check(sql, inventory) for sql in blocks]
            wrong = [problem for checked in checks for problem in checked.problems]
            if message.stop_reason == "max_tokens":
                yield Text(_cut(answer, checks))
            elif wrong and not revised and mode == "query" and not last and time.monotonic() < deadline:
                revised = True
                yield Revision("; ".join(wrong))
                history.append({"role": "assistant", "content": answer})
                told = (
                    "The check of your SQL reports: "
                    + "; ".join(wrong)
                    + ". Answer again in full, corrected."
                )
                history.append({"role": "user", "content": told})
                answer = ""
                continue
            for sql, checked in zip(blocks, checks, strict=True):
                yield Verdict(sql, checked.ok, checked.text)
            break
        else:
            yield Failure(
                "The assistant stopped",
                f"It looked things up {MOST_ROUNDS} times without an answer.",
                "Ask something narrower.",
            )
        yield Usage(spent_in + spent_out, MOST_TOKENS, rounds, MOST_ROUNDS)

    def _look_up(
        self, content: Any, inventory: tools.InventoryTools | None
    ) -> Generator[Event, None, list[dict[str, Any]]]:
        """Run the tools that the model asks for; yields what people see of it, returns what the model reads."""
        results = []
        for block in content:
            if block.type == "tool_use":
                found = (
                    tools.call(block.name, block.input, self._engine(), self._search)
                    if inventory is None
                    else inventory.call(block.name, block.input)
                )
                yield Lookup(found.line)
                results.append(
                    {
                        "type": "tool_result",
                        "tool_use_id": block.id,
                        "content": found.content,
                        "is_error": found.failed,
                    }
                )
        return results

    def _request_answer(
        self,
        client: Any,
        history: list[dict[str, Any]],
        mode: Mode,
        last: bool,
        inventory: tools.InventoryTools | None,
    ) -> Generator[Event, None, Any]:
        """One request; yields its text and returns the finished message."""
        definitions = tools.DEFINITIONS if inventory is None else tools.INVENTORY_DEFINITIONS
        options: dict[str, Any] = {"tools": definitions} if mode == "query" else {}
        source = Source.LIVE if inventory is None else Source.INVENTORY
        if options and last:
            options["tool_choice"] = {"type": "none"}
        system = [
            {
                "type": "text",
                "text": build_system_prompt(mode, source),
                "cache_control": {"type": "ephemeral"},
            }
        ]
        with client.messages.stream(
            model=self.model,
            max_tokens=MOST_OUTPUT_TOKENS,
            system=system,
            messages=[*history[:-1], _mark_for_cache(history[-1])],
            **options,
        ) as stream:
            for event in stream:
                if event.type == "text":
                    yield Text(event.text)
            return stream.get_final_message()


def _make_context(about: str) -> list[dict[str, Any]]:
    """As a message of its own, which is joined to the question and counts with it against the budget."""
    return [{"role": "user", "content": about}] if about else []


def _cut(answer: str, checks: list[Checked]) -> str:
    """How an answer ends that reached its length limit; a statement that was cut is not offered."""
    open_block = answer.count("```") % 2 == 1
    if open_block and checks:
        checks[-1] = Checked(False, "the statement was cut")
    return ("\n```" if open_block else "") + "\n\n*The answer was cut at its length limit.*"


def _mark_for_cache(message: dict[str, Any]) -> dict[str, Any]:
    """The message with the mark up to which the API's prompt cache holds the conversation, for the next round."""
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    blocks[-1] = {**blocks[-1], "cache_control": {"type": "ephemeral"}}
    return {**message, "content": blocks}
