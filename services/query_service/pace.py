"""When a page should ask again after its query in line: as late as what is known of the others' pace allows.

With hundreds in line, pages that asked at a fixed pace were most of what the server answered.
"""

from __future__ import annotations

# seconds that a query takes, before one has ended; and how much the newest one counts
FIRST_GUESS, NEWEST_COUNTS = 2.5, 0.1
# of the time until the turn, as it is guessed: queries may become quicker
ASKED_EARLY = 0.8
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 20.0
# for a page that has nothing held back, though its query may be next
UNHELD_PAUSE = 1.0


class Pace:
    """What queries take in this process, the newest ones above all."""

    def __init__(self) -> None:
        self._typical = FIRST_GUESS

    def note(self, seconds: float) -> None:
        """A query has ended that ran for so long."""
        self._typical += NEWEST_COUNTS * (seconds - self._typical)

    def choose_pause(self, position: int | None, at_once: int, *, held: bool) -> float:
        """Seconds until the page should ask again: none for who runs, or may be next when all that run end.

        position: in line, from 1; None for who runs. at_once: queries that run at the same time. held: whether an
        answer could be held back instead.
        """
        if position is None:
            return 0.0
        rounds = position / at_once
        if rounds > 1:
            return min(max(rounds * self._typical * ASKED_EARLY, SHORTEST_PAUSE), LONGEST_PAUSE)
        return 0.0 if held else UNHELD_PAUSE
