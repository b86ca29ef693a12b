"""How long a page waits before it asks again after a query in line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.query_service.pace import LONGEST_PAUSE, SHORTEST_PAUSE, UNHELD_PAUSE, Pace

PLACES = st.integers(1, 10_000)
SECONDS = st.lists(st.floats(0, 600), max_size=20)


def make_pace(seconds: list[float]) -> Pace:
    pace = Pace()
    for one in seconds:
        pace.note(one)
    return pace


@given(SECONDS, PLACES, PLACES, st.integers(1, 64))
def test_who_is_further_back_asks_no_sooner_and_nobody_after_the_turn_or_too_late(
    seconds: list[float], near: int, far: int, at_once: int
) -> None:
    pace = make_pace(seconds)
    near, far = sorted((near, far))
    pauses = [pace.choose_pause(place, at_once, held=True) for place in (near, far)]
    assert pauses == sorted(pauses) and pauses[1] <= LONGEST_PAUSE
    if far > at_once:
        assert pauses[1] <= max(SHORTEST_PAUSE, max([2.5, *seconds]) * far / at_once)
    else:
        assert pauses[1] == 0


@given(SECONDS, st.booleans())
def test_who_runs_is_answered_when_it_ends_and_who_may_be_next_soon(seconds: list[float], held: bool) -> None:
    pace = make_pace(seconds)
    assert pace.choose_pause(None, 8, held=held) == 0
    assert pace.choose_pause(8, 8, held=held) == (0 if held else UNHELD_PAUSE)


def test_the_pause_follows_what_queries_take() -> None:
    quick, slow = make_pace([0.1] * 50), make_pace([30.0] * 50)
    assert quick.choose_pause(80, 8, held=True) < 2 < slow.choose_pause(9, 8, held=True)
