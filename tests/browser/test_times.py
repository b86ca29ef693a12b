"""Ages are kept true in the browser, in the words that the server wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from playwright.sync_api import Browser

from app.bundles import ASSETS
from inventory_runner.wording import format_age

NOW = datetime(2026, 3, 9, 14, 30, tzinfo=UTC)
# the script looks at all ages once in this time
TURN = timedelta(seconds=20)
STANDING = timedelta(seconds=1)
HOUR, DAY = 3600, 86400
EDGES = (
    0,
    1,
    44,
    45,
    46,
    59,
    60,
    3599,
    3600,
    DAY - 1,
    DAY,
    7 * DAY - 1,
    7 * DAY,
    7 * DAY + 1,
    68 * DAY,
    69 * DAY,
)


def test_the_script_and_the_server_say_an_age_in_the_same_words(browser: Browser) -> None:
    random = Random(1)
    spans = (200, HOUR * 3, 9 * DAY, 800 * DAY)
    seconds = [*EDGES, *(random.uniform(0, span) for span in spans for _ in range(100))]
    then = NOW + STANDING + TURN
    moments = [then + sign * timedelta(seconds=one) for one in seconds for sign in (-1, 1)]
    listed = "".join(
        f'<time class="relative-time" datetime="{moment.isoformat(timespec="milliseconds")}"></time>'
        for moment in moments
    )
    with browser.new_context() as context:
        page = context.new_page()
        page.clock.install(time=NOW)
        page.set_content(listed)
        # the script's turns begin while the clock stands
        page.clock.pause_at(NOW + STANDING)
        page.add_script_tag(content=(ASSETS / "shared" / "times.js").read_text())
        page.clock.run_for(int(TURN.total_seconds() * 1000))
        now = datetime.fromtimestamp(page.evaluate("Date.now()") / 1000, UTC)
        said = page.locator("time").all_inner_texts()
    shown = [datetime.fromisoformat(moment.isoformat(timespec="milliseconds")) for moment in moments]
    assert said == [format_age(moment, now) for moment in shown]
