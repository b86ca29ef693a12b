"""The assistant through the real SDK, against a fake streaming API."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import anthropic as fake_anthropic
from fakes.waiting import PATIENCE_SECONDS, join

from inventory_runner import engines
from inventory_runner.contract import Engine, EngineError
from inventory_runner.errors import InvalidInput, InventoryError, NotAllowed
from inventory_runner.settings import read
from inventory_runner.sql import preflight
from services.ai_service import AIService, NoKey, extract_sql_from_response
from services.ai_service.answering import AnswerPlaces, TooManyAnswers
from services.ai_service.events import Event, Failure, Lookup, Revision, Text, Usage, Verdict
from services.ai_service.history import estimate_tokens, prepare
from services.users import Role, User, act_as

QUESTION = [{"role": "user", "content": "how many instances by type?"}]
GOOD = "Here:\n```sql\nSELECT instance_type, count(*) FROM aws.ec2.instances WHERE region = 'us-east-1' GROUP BY 1\n```"
BAD = "Here:\n```sql\nSELECT instance_type FROM aws.ec2.instances\n```"


class Search:
    def search(self, text: str, limit: int = 40) -> list[str]:
        return ["aws.ec2.instances"]

    def explain_search(self) -> str:
        return ""


@pytest.fixture(scope="module")
def sample() -> Iterator[Engine]:
    engine = engines.create(read(inventory_engine="sample"))
    yield engine
    engine.close()


@pytest.fixture
def api() -> Iterator[fake_anthropic.FakeAnthropic]:
    with fake_anthropic.serve() as fake:
        yield fake


@pytest.fixture
def service(
    api: fake_anthropic.FakeAnthropic, sample: Engine, as_engineer: None, monkeypatch: pytest.MonkeyPatch
) -> AIService:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    return AIService(lambda: "key-1", lambda: True, lambda: sample, Search(), "claude-test")


def events(service: AIService, mode: Any = "query", **options: Any) -> list[Event]:
    return list(service.converse(QUESTION, mode, **options))


def text_of(found: list[Event]) -> str:
    return "".join(event.text for event in found if isinstance(event, Text))


def failure(found: list[Event]) -> Failure:
    (only,) = [event for event in found if isinstance(event, Failure)]
    return only


def test_text_streams_and_sql_carries_its_verdict(
    api: fake_anthropic.FakeAnthropic, service: AIService
) -> None:
    api.say("Here:\n```sql\nSELECT instance_type FROM aws.ec2.instances ", "WHERE region = :region\n```")
    found = events(service, provider="aws")
    assert text_of(found).startswith("Here:")
    (verdict,) = [event for event in found if isinstance(event, Verdict)]
    assert verdict.ok
    assert ":region" in verdict.text
    assert isinstance(found[-1], Usage)
    sent = api.requests[0]
    (question,) = sent["messages"][-1]["content"]
    assert "[Selected provider: aws]" in question["text"]
    assert question["cache_control"] == {"type": "ephemeral"}
    assert sent["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert api.keys == ["key-1"]


def test_tools_are_called_and_shown(api: fake_anthropic.FakeAnthropic, service: AIService) -> None:
    api.use("describe_resource", resource="aws.ec2.instances")
    api.use("check_query", sql="SELECT 1 FROM aws.ec2.instances")
    api.say(GOOD)
    found = events(service)
    lines = [event.text for event in found if isinstance(event, Lookup)]
    assert lines[0].startswith("looked up aws.ec2.instances:")
    assert "needs region" in lines[0]
    assert "region" in lines[1]
    result = api.requests[1]["messages"][-1]["content"][0]
    assert result["type"] == "tool_result"
    assert "instance_type" in result["content"]
    assert found[-1] == Usage(tokens=126, most_tokens=150_000, rounds=3, most_rounds=8)


def test_a_failed_check_is_told_to_the_model_once(
    api: fake_anthropic.FakeAnthropic, service: AIService
) -> None:
    api.say(BAD)
    api.say(GOOD)
    found = events(service)
    (revision,) = [event for event in found if isinstance(event, Revision)]
    assert "region" in revision.reason
    assert [event.ok for event in found if isinstance(event, Verdict)] == [True]
    assert "The check of your SQL reports" in api.requests[1]["messages"][-1]["content"][0]["text"]


def test_sql_that_stays_wrong_is_not_offered(api: fake_anthropic.FakeAnthropic, service: AIService) -> None:
    api.say(BAD)
    api.say(BAD)
    found = events(service)
    assert [event.ok for event in found if isinstance(event, Verdict)] == [False]
    assert len(api.requests) == 2


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("DELETE FROM aws.ec2.instances WHERE region = 'us-east-1'", "read"),
        ("SELECT nonsense_column FROM aws.ec2.instances WHERE region = 'us-east-1'", "nonsense_column"),
        (
            "SELECT nonsense_column FROM aws.ec2.instances WHERE region = 'us-east-1';; -- end",
            "nonsense_column",
        ),
        ("SELECT * FROM aws.ec2.instancez WHERE region = 'us-east-1'", "aws.ec2.instancez"),
    ],
)
def test_what_the_check_finds(
    api: fake_anthropic.FakeAnthropic, service: AIService, sql: str, word: str
) -> None:
    api.say(f"```sql\n{sql}\n```")
    api.say(f"```sql\n{sql}\n```")
    (verdict,) = [event for event in events(service) if isinstance(event, Verdict)]
    assert not verdict.ok
    assert word in verdict.text


def test_interpreting_has_its_own_prompt_and_no_tools(
    api: fake_anthropic.FakeAnthropic, service: AIService
) -> None:
    api.say("Two regions hold most of it.")
    assert text_of(events(service, "results")) == "Two regions hold most of it."
    assert "tools" not in api.requests[0]
    assert "analyst" in api.requests[0]["system"][0]["text"]


@pytest.mark.parametrize(
    ("status", "kind", "headers", "words"),
    [
        (401, "authentication_error", {}, "key is not accepted"),
        (429, "rate_limit_error", {"retry_after": "7"}, "wait 7 s"),
        (429, "rate_limit_error", {}, "rate limit is reached"),
        (529, "overloaded_error", {}, "overloaded"),
        (404, "not_found_error", {}, "model is not available"),
        (400, "invalid_request_error", {}, "400"),
    ],
)
def test_failures_are_words(
    api: fake_anthropic.FakeAnthropic,
    service: AIService,
    status: int,
    kind: str,
    headers: dict[str, str],
    words: str,
) -> None:
    api.fail(status, kind, **headers)
    found = failure(events(service))
    assert words in f"{found.title} {found.message}"
    # said at once: the SDK would wait in silence and ask again
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    ("kind", "words"), [("overloaded_error", "overloaded"), ("rate_limit_error", "Too many requests")]
)
def test_an_error_in_the_middle_of_a_stream_is_words(
    api: fake_anthropic.FakeAnthropic, service: AIService, kind: str, words: str
) -> None:
    api.say("half an ", "answer", error_midway=kind)
    found = events(service)
    assert text_of(found) == "half an answer"
    assert words in failure(found).title


def test_a_block_after_a_lookup_is_found(api: fake_anthropic.FakeAnthropic, service: AIService) -> None:
    api.use("describe_resource", "Let me look.", resource="aws.ec2.instances")
    api.say("```sql\nSELECT instance_type FROM aws.ec2.instances WHERE region = :region\n```")
    found = events(service)
    assert text_of(found).startswith("Let me look.\n\n```sql")
    (verdict,) = [event for event in found if isinstance(event, Verdict)]
    assert verdict.ok
    assert verdict.sql == "SELECT instance_type FROM aws.ec2.instances WHERE region = :region"


def test_a_statement_that_was_cut_is_not_offered(
    api: fake_anthropic.FakeAnthropic, service: AIService
) -> None:
    # what is there would pass the check
    api.say(
        "```sql\nSELECT instance_type FROM aws.ec2.instances WHERE region = 'us-east-1'",
        stop_reason="max_tokens",
    )
    found = events(service)
    (verdict,) = [event for event in found if isinstance(event, Verdict)]
    assert (verdict.ok, verdict.text) == (False, "the statement was cut")
    assert text_of(found).count("```") == 2
    assert len(api.requests) == 1


def test_what_cannot_be_checked_is_not_offered(
    api: fake_anthropic.FakeAnthropic, service: AIService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise EngineError("StackQL is missing.")

    monkeypatch.setattr(preflight, "examine", away)
    api.say(GOOD)
    found = events(service)
    (verdict,) = [event for event in found if isinstance(event, Verdict)]
    assert (verdict.ok, verdict.text) == (False, "not checked: StackQL is missing.")
    assert not [event for event in found if isinstance(event, Failure)]


def test_tokens_are_limited(api: fake_anthropic.FakeAnthropic, service: AIService) -> None:
    api.turns.append(
        fake_anthropic.Turn(tools=[("search_resources", {"words": "instances"})], input_tokens=150_000)
    )
    api.say("This is what I know.")
    found = events(service)
    assert text_of(found) == "This is what I know."
    # its last request may use no tool
    assert [request.get("tool_choice") for request in api.requests] == [None, {"type": "none"}]


def test_a_stream_cut_in_the_middle_keeps_its_text(
    api: fake_anthropic.FakeAnthropic, service: AIService
) -> None:
    api.say("half an ", "answer", breaks=True)
    found = events(service)
    assert text_of(found) == "half an answer"
    assert failure(found)


def test_no_network_is_words(service: AIService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    assert "cannot be reached" in failure(events(service)).title


def test_a_refusal_is_words(api: fake_anthropic.FakeAnthropic, service: AIService) -> None:
    api.say("", stop_reason="refusal")
    assert "declined" in failure(events(service)).title


def test_closing_the_turn_ends_the_request(api: fake_anthropic.FakeAnthropic, service: AIService) -> None:
    hold = threading.Event()
    api.say("first", "second", hold=hold)
    turn = service.converse(QUESTION, "query")
    assert next(turn) == Text("first")
    turn.close()
    assert api.disconnected.wait(PATIENCE_SECONDS)


def test_stopping_ends_an_answer_that_waits_for_the_model(
    api: fake_anthropic.FakeAnthropic, service: AIService
) -> None:
    api.say("first", "second", hold=threading.Event())
    turn = service.converse(QUESTION, "query")
    assert next(turn) == Text("first")
    rest: list[Event] = []
    # it reads from the model, which holds the line open and says nothing
    reading = threading.Thread(target=contextvars.copy_context().run, args=(lambda: rest.extend(turn),))
    reading.start()
    turn.stop()
    join(reading)
    assert "cut" in failure(rest).title
    assert api.disconnected.wait(PATIENCE_SECONDS)


def test_a_person_has_so_many_answers_at_once_over_all_processes(
    api: fake_anthropic.FakeAnthropic, sample: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    processes = [
        AIService(
            lambda: "key",
            lambda: True,
            lambda: sample,
            Search(),
            "claude-test",
            places=AnswerPlaces(tmp_path, per_person=2),
        )
        for _ in range(2)
    ]
    anna, ben = (User(f"{name}@example.com", Role.ENGINEER) for name in ("anna", "ben"))
    with act_as(anna):
        under_way = [service.converse(QUESTION, "query") for service in processes]
        for service in processes:
            with pytest.raises(TooManyAnswers, match="2 of your questions"):
                service.converse(QUESTION, "query")
    with act_as(ben):
        processes[0].converse(QUESTION, "query").close()
    under_way[0].close()
    with act_as(anna):
        # one was closed, the other comes to its end
        assert list(processes[1].converse(QUESTION, "query"))
        assert list(under_way[1])
        again = [processes[0].converse(QUESTION, "query") for _ in range(2)]
    for turn in again:
        turn.close()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_rounds_are_limited(api: fake_anthropic.FakeAnthropic, service: AIService) -> None:
    for _ in range(20):
        api.use("search_resources", words="instances")
    found = events(service)
    assert "times" in failure(found).message
    assert len(api.requests) == 8


def test_without_a_key_the_words_say_how_to_set_one(sample: Engine, as_engineer: None) -> None:
    def no_key() -> str:
        raise NoKey("team-scope")

    service = AIService(
        no_key, lambda: False, lambda: sample, Search(), "claude-test", key_scope="team-scope"
    )
    assert "the secret anthropic-api-key of the scope team-scope" in failure(events(service)).hint
    with pytest.raises(NoKey):
        service.check_key()


def test_a_viewer_may_not_ask(sample: Engine) -> None:
    service = AIService(lambda: "key", lambda: True, lambda: sample, Search(), "claude-test")
    with pytest.raises(NotAllowed):
        next(service.converse(QUESTION, "query"))


def test_stream_chat_is_the_text_alone(api: fake_anthropic.FakeAnthropic, service: AIService) -> None:
    api.use("search_resources", words="instances")
    api.say("Hello ", "there")
    assert list(service.stream_chat(QUESTION, "query")) == ["Hello ", "there"]
    api.fail(401, "authentication_error")
    assert "key is not accepted" in "".join(service.stream_chat(QUESTION, "query"))


@pytest.mark.parametrize(
    ("answer", "sql"),
    [
        ("x\n```sql\nSELECT 1\n```\ny\n```sql\nSELECT 2\n```", "SELECT 1"),
        ("```SQL\nSELECT 1;\n```", "SELECT 1;"),
        ("```python\nprint(1)\n```", None),
        ("no code", None),
        ("```sql\nSELECT 'cut", "SELECT 'cut"),
    ],
)
def test_the_first_sql_block_is_extracted(answer: str, sql: str | None) -> None:
    assert extract_sql_from_response(answer) == sql


def test_long_histories_lose_whole_old_messages() -> None:
    turns = [
        {"role": role, "content": f"{index} " + "x" * 4000}
        for index in range(40)
        for role in ("user", "assistant")
    ]
    kept = prepare([*turns, {"role": "user", "content": "last"}], budget=10_000)
    assert kept[-1]["content"] == "last"
    assert kept[0]["role"] == "user"
    assert sum(estimate_tokens(message["content"]) for message in kept) <= 10_000
    assert all(message["content"].endswith("x") for message in kept[:-1])


def test_half_a_character_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match="half a character"):
        prepare([{"role": "user", "content": "\ud83d and no more"}])
    assert prepare([{"role": "user", "content": "😀"}])


@pytest.mark.usefixtures("service")
def test_the_question_carries_its_context_and_the_conversation_does_not(
    api: fake_anthropic.FakeAnthropic, sample: Engine
) -> None:
    def unknown() -> list[str]:
        raise InventoryError("The database is away.")

    for configured, told in ((lambda: ["okta", "aws"], True), (unknown, False)):
        service = AIService(lambda: "key", lambda: True, lambda: sample, Search(), "claude-test", configured)
        api.say("yes")
        asked = [{"role": "user", "content": "which?"}]
        list(service.converse(asked, "query", "aws", about="the rows"))
        sent = api.requests[-1]["messages"][-1]["content"][0]["text"]
        assert sent.startswith("which?\n\nthe rows\n\n[Selected provider: aws]")
        assert sent.endswith("[Providers with credentials: aws, okta]") is told
        assert asked == [{"role": "user", "content": "which?"}]


@pytest.mark.parametrize(
    ("silent_after", "title"), [(0, "The assistant did not answer in time"), (1, "The answer was cut")]
)
def test_a_model_that_falls_silent_is_told_from_one_that_never_spoke(
    api: fake_anthropic.FakeAnthropic,
    service: AIService,
    monkeypatch: pytest.MonkeyPatch,
    silent_after: int,
    title: str,
) -> None:
    monkeypatch.setattr("services.ai_service.SILENCE_SECONDS", 0.5)
    api.say("one ", "two", silent_after=silent_after)
    failure = events(service)[-1]
    assert isinstance(failure, Failure)
    assert failure.title == title
    assert "Timeout" not in f"{failure.message} {failure.hint}"
