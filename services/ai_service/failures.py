"""From the Anthropic SDK's errors to words for the chat panel; never the key, never a stack trace."""

from __future__ import annotations

from services.ai_service.events import Failure


def describe_failure(error: Exception, begun: bool) -> Failure:
    """The words for an error of the SDK or of the network below it. begun: a part of the answer has come."""
    import anthropic
    import httpx2

    if isinstance(error, anthropic.AuthenticationError):
        return Failure(
            "The assistant's key is not accepted",
            "The Anthropic API refused the key.",
            "Replace the secret anthropic-api-key (locally: ANTHROPIC_API_KEY), then ask again.",
        )
    if isinstance(error, anthropic.APIStatusError):
        # an error in the middle of a stream has the type alone
        if error.status_code == 429 or error.type == "rate_limit_error":
            wait = error.response.headers.get("retry-after", "")
            return Failure(
                "Too many requests to the assistant",
                f"The API asks to wait {wait} s." if wait.isdigit() else "The API's rate limit is reached.",
                "Ask again then." if wait.isdigit() else "Ask again in a minute.",
            )
        if error.status_code == 529 or error.type == "overloaded_error":
            return Failure(
                "The assistant is overloaded", "The Anthropic API is busy.", "Ask again in a minute."
            )
        if error.status_code == 404:
            return Failure(
                "The model is not available", "The API does not know this model.", "Check ANTHROPIC_MODEL."
            )
        if error.status_code == 403:
            return Failure(
                "The assistant is not permitted",
                "The key may not use this model.",
                "Check the key's workspace.",
            )
        return Failure(
            "The assistant could not answer",
            f"The API answered {error.status_code}: {_find_message(error)}",
            "Try again.",
        )
    if isinstance(error, anthropic.APITimeoutError | httpx2.TimeoutException):
        if begun:
            return Failure("The answer was cut", "The model fell silent in the middle of it.", "Ask again.")
        return Failure(
            "The assistant did not answer in time",
            "The model said nothing for as long as the editor waits.",
            "Ask again in a moment; the rest of the editor works on.",
        )
    if isinstance(error, anthropic.APIConnectionError | httpx2.TransportError):
        if begun:
            return Failure("The answer was cut", "The connection to the model was lost.", "Ask again.")
        return Failure(
            "The assistant cannot be reached",
            "No connection to the Anthropic API could be made, or it was lost before an answer came.",
            "Check the network and ANTHROPIC_BASE_URL; the rest of the editor works on.",
        )
    title = "The answer was cut" if begun else "The assistant could not answer"
    return Failure(title, "The model's answer could not be read.", "Ask again.")


def _find_message(error: object) -> str:
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, dict) else None
    text = inner.get("message") if isinstance(inner, dict) else None
    return str(text or "no reason given")[:300]
