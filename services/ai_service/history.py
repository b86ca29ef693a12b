"""Conversations as the browser keeps them: dicts of strings, checked and trimmed before they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inventory_runner.errors import InvalidInput

# a rule of thumb of the API's documentation: about four characters of English a token
CHARACTERS_PER_TOKEN = 4
BUDGET_TOKENS = 60_000
LONGEST_MESSAGE_TOKENS = 30_000


def estimate_tokens(text: str) -> int:
    """An estimate of a text's tokens."""
    return len(text) // CHARACTERS_PER_TOKEN + 1


def prepare(messages: Sequence[dict[str, Any]], budget: int = BUDGET_TOKENS) -> list[dict[str, str]]:
    """The newest messages that fit the budget, oldest first, starting with the user; never cut mid-message.

    Neighbours of one role are joined, as the API asks. Raises InvalidInput for anything but roles and texts.
    """
    joined: list[dict[str, str]] = []
    for message in messages:
        role, content = message.get("role"), message.get("content")
        if role not in ("user", "assistant") or not isinstance(content, str):
            raise InvalidInput(
                "The conversation holds something that is not a message.", hint="Clear the chat."
            )
        if not content.isascii() and any("\ud800" <= character <= "\udfff" for character in content):
            raise InvalidInput("The text holds half a character.", hint="Type it again.")
        if not content.strip():
            continue
        if joined and joined[-1]["role"] == role:
            joined[-1]["content"] += "\n\n" + content
        else:
            joined.append({"role": role, "content": content})
    if not joined or joined[-1]["role"] != "user":
        raise InvalidInput("There is no question to answer.", hint="Write one and send it.")
    if estimate_tokens(joined[-1]["content"]) > LONGEST_MESSAGE_TOKENS:
        raise InvalidInput(
            "This message is too long for the assistant.", hint="Shorten it, or ask about fewer rows."
        )
    kept: list[dict[str, str]] = []
    left = budget
    for message in reversed(joined):
        left -= estimate_tokens(message["content"])
        if left < 0:
            break
        kept.insert(0, message)
    while kept and kept[0]["role"] != "user":
        kept.pop(0)
    return kept
