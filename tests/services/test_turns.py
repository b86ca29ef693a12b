"""Turns: one of a person at a time, so many of all, and none for who has left."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from fakes.waiting import join, wait_until

from services.turns import ClientLeft, FairTurns, TooManySearches


def stay() -> None:
    return None


def test_one_who_asks_for_much_leaves_a_turn_to_the_others() -> None:
    turns, goes_on, began = FairTurns(at_once=2, waiting=3), threading.Event(), []

    def work(person: str) -> None:
        with turns.take(person, stay):
            began.append(person)
            goes_on.wait()

    threads = [threading.Thread(target=work, args=(person,)) for person in ("anna", "anna", "anna", "ben")]
    for thread in threads:
        thread.start()
    wait_until(lambda: sorted(began) == ["anna", "ben"] and turns._asked["anna"] == 3)
    with pytest.raises(TooManySearches, match="3 of your"), turns.take("anna", stay):
        pass
    goes_on.set()
    join(*threads)
    assert sorted(began) == ["anna", "anna", "anna", "ben"]
    assert not turns._asked


def test_who_leaves_while_waiting_frees_the_place() -> None:
    turns, asked = FairTurns(at_once=1, waiting=2), []

    def has_left() -> None:
        asked.append(1)
        if len(asked) > 1:
            raise ClientLeft

    with ExitStack() as stack:
        stack.enter_context(turns.take("anna", stay))
        with pytest.raises(ClientLeft), turns.take("anna", has_left):
            pass
        assert turns._asked["anna"] == 1
    assert not turns._asked
