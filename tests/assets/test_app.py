"""app.js: what a route answers, in all the ways in which it may not; which button was pressed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.scripts import ADDRESS, ASSETS, EMPTY
from playwright.sync_api import Browser, Page, Route

CAUGHT = """async ([method, body]) => {
    try { return await app[method]("/asked", body); } catch (error) { return error; }
}"""
REFUSED = {"code": "invalid_input", "title": "No such day", "message": "m", "hint": "h", "details": "d"}
WORDS = ("code", "title", "message", "hint", "details")


class Asked:
    """The app as the page sees it: `answer` is what it says to the next requests, which `requests` keeps."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answer: dict[str, Any] | None = None
        self.requests: list[dict[str, Any]] = []

    def handle(self, route: Route) -> None:
        request = route.request
        if request.url == ADDRESS:
            route.fulfill(body=EMPTY, content_type="text/html")
            return
        self.requests.append(
            {
                "method": request.method,
                "url": request.url.removeprefix(ADDRESS),
                "body": request.post_data,
                "type": request.headers.get("content-type"),
            }
        )
        if self.answer is None:
            route.abort()
        else:
            route.fulfill(**self.answer)

    def says(self, status: int, content: Any) -> None:
        self.answer = {"status": status, "body": json.dumps(content), "content_type": "application/json"}

    def call(self, method: str = "get", body: Any = None) -> Any:
        return self.page.evaluate(CAUGHT, [method, body])


@pytest.fixture
def asked(browser: Browser) -> Iterator[Asked]:
    with browser.new_context() as context:
        page = context.new_page()
        made = Asked(page)
        page.route("**/*", made.handle)
        page.goto(ADDRESS)
        for name in ("app.js", "ids.js"):
            page.add_script_tag(path=ASSETS / name)
        yield made


def test_an_answer_is_read_and_arguments_are_quoted(asked: Asked) -> None:
    asked.says(200, {"rows": [1]})
    assert asked.call("get", {"q": "a&b"}) == {"rows": [1]}
    assert asked.call("post", {"sql": "SELECT 1"}) == {"rows": [1]}
    assert asked.call("post") == {"rows": [1]}
    assert asked.requests == [
        {"method": "GET", "url": "asked?q=a%26b", "body": None, "type": None},
        {"method": "POST", "url": "asked", "body": '{"sql":"SELECT 1"}', "type": "application/json"},
        {"method": "POST", "url": "asked", "body": "{}", "type": "application/json"},
    ]
    asked.page.evaluate("() => app.send('DELETE', '/asked')")
    assert asked.requests[-1] == {"method": "DELETE", "url": "asked", "body": None, "type": None}


def test_our_errors_are_thrown_with_all_they_say(asked: Asked) -> None:
    asked.says(400, {"error": REFUSED | {"field": "day", "line": 3}})
    assert asked.call() == REFUSED | {"field": "day", "line": 3}
    asked.says(404, {"error": {"code": "not_found", "title": "Gone"}})
    assert asked.call() == {"code": "not_found", "title": "Gone", "message": "", "hint": "", "details": ""}


@pytest.mark.parametrize("status", [200, 502])
def test_what_is_no_json_is_no_answer_of_ours(asked: Asked, status: int) -> None:
    asked.answer = {"status": status, "body": "<h1>Sign in</h1>", "content_type": "text/html"}
    error = asked.call()
    assert error["code"] == "" and error["title"] == "The app does not answer as expected"
    assert str(status) in error["message"] and error["hint"]


def test_an_error_without_words_gets_some(asked: Asked) -> None:
    asked.says(500, {})
    error = asked.call()
    assert (error["code"], error["title"], error["message"]) == ("", "The app refused", "It said 500.")


def test_a_connection_that_fails_says_so(asked: Asked) -> None:
    error = asked.call()
    assert (error["code"], error["title"]) == ("", "The app does not answer") and error["details"]
    assert all(isinstance(error[name], str) for name in WORDS)


def test_who_gives_up_a_request_gets_no_words(asked: Asked) -> None:
    asked.says(200, {})
    name = asked.page.evaluate(
        """async () => {
            const abort = new AbortController();
            abort.abort();
            try { await app.send("POST", "/asked", {}, { signal: abort.signal }); } catch (error) { return error.name; }
        }"""
    )
    assert name == "AbortError" and asked.requests == []


def test_a_last_word_is_sent_unless_it_is_too_large(asked: Asked) -> None:
    asked.says(200, {})
    asked.page.evaluate("app.farewell('/asked', { text: 'x'.repeat(60000) })")
    with asked.page.expect_response("**/asked"):
        asked.page.evaluate("app.farewell('/asked', { text: 'short' })")
    assert [request["body"] for request in asked.requests] == ['{"text":"short"}']


def test_a_notice_says_the_error_and_goes_when_its_button_is_pressed(asked: Asked) -> None:
    page = asked.page
    page.evaluate("error => app.toastError(error)", REFUSED)
    page.evaluate("app.toast('Closed.', { text: 'Undo', press: () => { window.pressed = true; } })")
    assert page.get_by_role("status").inner_text().splitlines()[0] == "No such day. m h"
    page.get_by_role("button", name="Undo").click()
    assert page.evaluate("window.pressed") is True
    assert page.get_by_text("Closed.").count() == 0 and page.get_by_text("No such day").count() == 1


def test_what_is_no_error_of_ours_is_reported(asked: Asked) -> None:
    with asked.page.expect_event("pageerror") as reported:
        asked.page.evaluate("app.toastError(new TypeError('x is not there'))")
    assert "x is not there" in str(reported.value)
    assert "This did not work. x is not there" in asked.page.get_by_role("status").inner_text()


def test_an_element_is_found_by_its_dictionary(asked: Asked) -> None:
    page = asked.page
    page.evaluate("""() => {
        const field = document.createElement("input");
        field.id = '{"name":"region","type":"ide_parameter"}';
        document.body.append(field);
    }""")
    assert page.evaluate("app.element(ids.ide.parameter('region')) === document.querySelector('input')")
    assert page.evaluate("app.element({ type: 'none', name: 'region' })") is None


def test_an_event_is_placed_by_an_id_also_after_the_element_has_gone(asked: Asked) -> None:
    found = asked.page.evaluate(
        """() => {
            document.body.innerHTML = '<div id="a.b"><button>Press</button></div><p id="other"></p>';
            const seen = [], button = document.querySelector("button");
            button.addEventListener("click", () => button.parentElement.remove());
            button.addEventListener("click", event => {
                seen.push(app.within(event, "a.b")?.id, app.within(event, "other"), app.within(new Event("x"), "a.b"));
            });
            button.click();
            return seen;
        }"""
    )
    assert found == ["a.b", None, None]


def test_a_visit_changes_the_address_and_tells_dash(asked: Asked) -> None:
    heard = asked.page.evaluate(
        """() => {
            const heard = [];
            window.addEventListener("_dashprivate_pushstate", event => heard.push(event.detail, location.pathname));
            app.visit("/inventory/aws_ec2_instances");
            return heard;
        }"""
    )
    assert heard == ["/inventory/aws_ec2_instances"] * 2


@pytest.mark.parametrize(
    ("triggered", "pressed"),
    [
        # what Dash makes of buttons that a list brings and one that is pressed meanwhile
        ([['{"of":"a.b","type":"t"}.n_clicks', None], ["send.n_clicks", 2]], "send"),
        ([["store.data", "text"], ['{"of":"a.b","type":"t"}.n_clicks', 1]], {"of": "a.b", "type": "t"}),
        ([["store.data", "text"], ["send.n_clicks", 0]], None),
        ([], None),
    ],
)
def test_a_press_is_found_among_what_came_with_it(
    asked: Asked, triggered: list[list[Any]], pressed: Any
) -> None:
    found = asked.page.evaluate(
        """triggered => {
            window.dash_clientside = { callback_context: { triggered } };
            return app.pressed();
        }""",
        [{"prop_id": prop, "value": value} for prop, value in triggered],
    )
    assert found == pressed
