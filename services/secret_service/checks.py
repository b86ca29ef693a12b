"""Testing a provider's credentials: one cheap real query with those credentials alone, and how it went in words.

It is an ordinary query of the query service: it runs in a process of its own, can be watched and cancelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inventory_runner.errors import InvalidInput
from inventory_runner.platform.presets import PRESETS
from services.models.wording import format_duration
from services.query_service import QueryState, QueryStatus
from services.query_service.running import QueryRunner
from services.users import limit_to_engineers


@dataclass(frozen=True)
class TestOutcome:
    """What a test found, in words. ok: None while it runs. details: raw text, may be empty."""

    __test__ = False

    ok: bool | None
    title: str
    message: str
    details: str = ""


class ProviderTests:
    """Starts, watches and cancels tests. sample: the queries go to the sample cloud."""

    def __init__(self, runner: QueryRunner, sample: bool = False) -> None:
        self._runner = runner
        self._sample = sample

    def has_test(self, provider: str) -> bool:
        return bool(PRESETS.get(provider) and PRESETS[provider].test)

    @limit_to_engineers
    def parameters(self, provider: str) -> dict[str, str]:
        """What the test asks for, each with an example of a value."""
        from inventory_runner.sql.statement import read

        preset = PRESETS.get(provider)
        return (
            {name: preset.examples.get(name, "") for name in read(preset.test).parameters} if preset else {}
        )

    @limit_to_engineers
    def start(self, provider: str, values: Mapping[str, str] | None = None) -> str:
        """Begin the test; returns its id. Raises InvalidInput where none is known, or a value is missing."""
        if not self.has_test(provider):
            raise InvalidInput(
                f"No cheap query is known for {provider}, so there is no test for it.",
                field="provider",
                title="No test for this provider",
                hint="Run a query of it in the IDE instead.",
            )
        given = dict(values or {})
        if empty := [name for name in self.parameters(provider) if not given.get(name, "").strip()]:
            raise InvalidInput(
                f"The test needs {' and '.join(empty)}, which has no value.",
                field="values",
                title="A value is missing",
                hint="Fill it in and run the test again.",
            )
        state = self._runner.start(
            PRESETS[provider].test, provider=provider, parameter_values=given, row_limit=1
        )
        return state.id

    @limit_to_engineers
    def outcome(self, id: str) -> TestOutcome:
        """How the test stands."""
        return describe_outcome(self._runner.poll(id), self._sample)

    @limit_to_engineers
    def cancel(self, id: str) -> None:
        self._runner.cancel(id)


def describe_outcome(state: QueryState, sample: bool = False) -> TestOutcome:
    """A test's query as words. sample: it was the sample cloud that was asked."""
    if not state.status.final:
        waiting = "waiting for its turn" if state.status is QueryStatus.QUEUED else "asking the provider"
        return TestOutcome(None, f"Testing {state.provider}", f"{waiting} … {format_duration(state.elapsed)}")
    if state.status is QueryStatus.SUCCEEDED and not state.rows and not state.complete:
        return TestOutcome(
            False, f"{state.provider}: not the answer that was expected", " ".join(state.warnings)
        )
    if state.status is QueryStatus.SUCCEEDED:
        answer = "answered" if state.rows else "answered, and has nothing to show for this query"
        took = format_duration(state.elapsed)
        if sample:
            return TestOutcome(
                True,
                f"The sample cloud's {state.provider} works",
                f"It {answer} in {took}; no credentials were used.",
            )
        return TestOutcome(
            True, f"{state.provider} works", f"It accepted the credentials and {answer} in {took}."
        )
    error = state.error or {}
    return TestOutcome(
        False,
        f"{state.provider}: {error.get('title') or state.status}",
        f"{error.get('message', '')} {error.get('hint', '')}".strip(),
        str(error.get("details", "")),
    )
