"""The assistant's panel in a browser: asking, streaming, checked SQL, inserting, stopping, failing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from fakes import anthropic as fake_anthropic
from fakes.anthropic import FakeAnthropic
from fakes.holding import holding
from fakes.ide import emptied, noticed, opened, run, write
from playwright.sync_api import Locator, Page, expect

GOOD = "By type:\n\n```sql\nSELECT instance_type FROM aws.ec2.instances WHERE region = :region\n```\nThat is all."
BAD = "```sql\nDELETE FROM aws.ec2.instances\n```"


@pytest.fixture(scope="module")
def model() -> Iterator[FakeAnthropic]:
    with fake_anthropic.serve() as fake:
        yield fake


@pytest.fixture
def api(model: FakeAnthropic) -> FakeAnthropic:
    """The model's API, which has said and heard nothing yet."""
    model.turns.clear()
    model.requests.clear()
    return model


@pytest.fixture(scope="module", autouse=True)
def environment(model: FakeAnthropic) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STACKQL_LOCAL_DEV", "true")
        patch.setenv("ANTHROPIC_API_KEY", "test-key")
        patch.setenv("ANTHROPIC_BASE_URL", model.url)
        yield


@pytest.fixture
def page(shared_page: Page) -> Page:
    """The IDE with an empty tab and the assistant's column, where nothing has been said."""
    emptied(shared_page)
    if shared_page.locator("#ide_page").get_attribute("data-chat") == "closed":
        shared_page.get_by_label("Show or hide the assistant").click()
    shared_page.get_by_title("Clear the conversation").click()
    expect(said(shared_page).locator(".chat-bubble")).to_have_count(0)
    return shared_page


def said(page: Page) -> Locator:
    """The conversation as the server renders it, without what stands in for it while an answer streams."""
    return page.locator("#ide_chat_list")


def ask(page: Page, text: str) -> None:
    page.get_by_label("Message to the assistant").fill(text)
    page.get_by_label("Message to the assistant").press("Enter")


def test_an_answer_streams_and_its_sql_goes_into_the_editor(api: FakeAnthropic, page: Page) -> None:
    api.use("describe_resource", resource="aws.ec2.instances")
    api.say(*(GOOD[start : start + 12] for start in range(0, len(GOOD), 12)))
    ask(page, "instances by type?")
    log = said(page)
    expect(log.get_by_text("instances by type?")).to_be_visible()
    expect(log.get_by_text("looked up aws.ec2.instances")).to_be_visible()
    expect(log.get_by_text("resource, columns and parameters found")).to_be_visible()
    log.get_by_role("button", name="Insert into editor").click()
    expect(page.locator(".ace_content").first).to_contain_text("SELECT instance_type FROM aws.ec2.instances")
    # the second question carries the first answer
    api.say("Fine.")
    ask(page, "thanks")
    expect(log.get_by_text("Fine.")).to_be_visible()
    assert [message["role"] for message in api.requests[-1]["messages"]] == ["user", "assistant", "user"]


def test_sql_that_the_check_refuses_cannot_be_inserted(api: FakeAnthropic, page: Page) -> None:
    api.say(BAD)
    api.say(BAD)
    ask(page, "remove them")
    expect(page.locator(".chat-verdict", has_text="only statements that read are run")).to_be_visible()
    expect(page.get_by_role("button", name="Insert into editor")).to_have_count(0)


def test_a_verdict_belongs_to_its_own_statement(api: FakeAnthropic, page: Page) -> None:
    # the text block hides a statement that passes; the one that is shown as SQL was never checked under its number
    api.say("```text\n```sql\nSELECT 1\n```\n\n```sql\nDELETE FROM aws.ec2.instances\n```")
    page.get_by_text("Interpret results").click()
    ask(page, "well?")
    expect(page.locator(".chat-sql")).to_have_text("DELETE FROM aws.ec2.instances")
    expect(page.get_by_role("button", name="Insert into editor")).to_have_count(0)


def test_explain_and_interpret_begin_a_turn_by_themselves(api: FakeAnthropic, page: Page) -> None:
    write(page, "SELECT instance_id, state FROM aws.ec2.instances WHERE region = 'us-east-1'")
    api.say("It lists instances.")
    page.get_by_role("button", name="Explain").click()
    log = said(page)
    expect(log.get_by_text("It lists instances.")).to_be_visible()
    assert "```sql\nSELECT instance_id" in api.requests[0]["messages"][-1]["content"][0]["text"]
    run(page)
    hold = threading.Event()
    api.say("Most of them", " run.", hold=hold)
    page.get_by_role("button", name="Interpret", exact=True).click()
    expect(page.locator("#ide_chat_stream")).to_contain_text("Most of them")
    sent = api.requests[1]
    assert "analyst" in sent["system"][0]["text"]
    assert sent["messages"][-1]["content"][0]["text"].count("\n| i-") == 20
    # one turn at a time, and it says so
    page.get_by_role("button", name="Explain").click()
    noticed(page, "still answering")
    hold.set()
    expect(log.get_by_text("Most of them run.")).to_be_visible()
    used = log.get_by_text("of what one answer may use").last
    expect(used).to_be_hidden()
    log.get_by_label("What this answer used").last.click()
    expect(used).to_be_visible()


def test_a_question_about_the_result_carries_its_first_rows(api: FakeAnthropic, page: Page) -> None:
    page.get_by_text("Interpret results").click()
    expect(page.get_by_text("Its first 20 rows go with the question")).to_be_visible()
    api.say("There is nothing to see.")
    ask(page, "what stands out here?")
    expect(said(page).get_by_text("There is nothing to see.")).to_be_visible()
    assert "No result is shown" in api.requests[0]["messages"][-1]["content"][0]["text"]
    write(page, "SELECT instance_id, state FROM aws.ec2.instances WHERE region = 'us-east-1'")
    run(page)
    expect(page.locator(".result-rows")).to_be_visible()
    api.say("Most run.")
    ask(page, "and now?")
    expect(said(page).get_by_text("Most run.")).to_be_visible()
    sent = api.requests[1]["messages"][-1]["content"][0]["text"]
    assert sent.startswith("and now?") and sent.count("\n| i-") == 20 and "```sql\nSELECT instance_id" in sent
    # the conversation holds what was said
    expect(said(page).get_by_text("and now?", exact=True)).to_be_visible()


def test_an_answer_can_be_stopped(api: FakeAnthropic, page: Page) -> None:
    hold = threading.Event()
    api.say("The beginning", " and the end", hold=hold)
    ask(page, "a long story")
    stream = page.locator("#ide_chat_stream_box")
    expect(stream).to_contain_text("The beginning")
    # what has come stays in view until the server has rendered it
    with holding(page, about="ide_chat_list"):
        page.get_by_role("button", name="Stop the answer").click()
        expect(stream).to_contain_text("You stopped the answer.")
        expect(stream).to_contain_text("The beginning")
        expect(page.get_by_role("button", name="Send")).to_be_visible()
        expect(stream).to_be_visible()
    expect(said(page).get_by_text("You stopped the answer.")).to_be_visible()
    expect(said(page).get_by_text("The beginning")).to_be_visible()
    expect(stream).to_be_hidden()
    hold.set()


def test_an_answer_goes_on_while_another_page_is_shown(api: FakeAnthropic, page: Page) -> None:
    hold = threading.Event()
    api.say("The beginning", " and the end", hold=hold)
    ask(page, "a long story")
    expect(page.locator("#ide_chat_stream")).to_contain_text("The beginning")
    page.get_by_role("link", name="Schedules").click()
    expect(page.get_by_role("heading", name="Schedules")).to_be_visible()
    hold.set()
    page.get_by_role("link", name="IDE", exact=True).click()
    expect(said(page).get_by_text("The beginning and the end")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_visible()


def test_failures_are_words_and_html_stays_text(api: FakeAnthropic, page: Page) -> None:
    api.fail(401, "authentication_error")
    ask(page, "hello")
    expect(said(page).get_by_text("The assistant's key is not accepted.")).to_be_visible()
    # the same question once more, and no trace of the failure is left
    api.say("Here it is.")
    page.get_by_role("button", name="Try again").click()
    expect(said(page).get_by_text("Here it is.")).to_be_visible()
    expect(page.locator(".chat-failure:visible")).to_have_count(0)
    assert [one["content"][0]["text"] for one in api.requests[-1]["messages"]] == ["hello"]
    api.say('<img src="x" onerror="document.title=1"><script>document.title=2</script> text')
    ask(page, "again")
    expect(said(page).get_by_text("text", exact=False).last).to_be_visible()
    expect(page.locator(".chat img, .chat script")).to_have_count(0)


def test_switching_the_mode_keeps_the_conversation(api: FakeAnthropic, page: Page) -> None:
    api.say("First answer.")
    ask(page, "first")
    expect(said(page).get_by_text("First answer.")).to_be_visible()
    page.get_by_text("Interpret results").click()
    api.say("Second answer.")
    ask(page, "second")
    expect(said(page).get_by_text("Second answer.")).to_be_visible()
    expect(said(page).get_by_text("First answer.")).to_be_visible()
    assert "analyst" in api.requests[-1]["system"][0]["text"]


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")


def test_without_a_key_the_panel_says_how_to_set_one(no_key: None, open_page: Callable[..., Page]) -> None:
    page = open_page()
    # the column was opened before, in this browser
    page.add_init_script("localStorage['ide-columns'] ??= JSON.stringify({chatOpen: true})")
    opened(page)
    expect(page.get_by_text("The assistant has no key yet")).to_be_visible()
    expect(page.get_by_label("Message to the assistant")).to_be_disabled()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()


IMAGES = (
    "![a picture](https://far.example/a.png?d=secret) and ![other][ref] and `code ![x](https://far.example/c.png)`\n\n"
    "[a link](https://far.example/page?d=secret) [here](/schedules)\n\n[ref]: https://far.example/b.png\n"
)


def test_a_reply_asks_for_no_image_and_says_where_its_links_lead(api: FakeAnthropic, page: Page) -> None:
    page.evaluate(
        "window.images = 0; new MutationObserver(() => { images += document.querySelectorAll('.chat img').length; })"
        ".observe(document, { childList: true, subtree: true });"
    )
    hold = threading.Event()
    api.say(IMAGES, "The end", hold=hold)
    ask(page, "a picture")
    for answer in (page.locator("#ide_chat_stream"), said(page)):
        expect(answer).to_contain_text("![a picture]")
        link = answer.get_by_role("link", name="a link")
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
        expect(link).to_have_attribute("data-host", "far.example")
        expect(answer.get_by_role("link", name="here", exact=True)).to_have_attribute("data-host", "")
        hold.set()
    assert page.evaluate("images") == 0
