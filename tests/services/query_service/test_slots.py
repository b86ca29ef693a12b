"""The line of queries over several processes: its limits, its order, who is woken, and how often it is read."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from fakes.clock import Clock
from fakes.waiting import PATIENCE_SECONDS
from hypothesis import given
from hypothesis import strategies as st

from services.query_service.bell import Bell
from services.query_service.slots import Place, Slots, TooManyQueries

PER_USER, TOTAL, WAITING = 2, 3, 4
USERS = ("anna", "ben", "cleo", "dan")


class Process:
    """One process's part of the line: it starts what is due whenever its bell has rung, and never otherwise."""

    def __init__(self, folder: Path) -> None:
        self.slots = Slots(folder, per_user=PER_USER, total=TOTAL, waiting=WAITING)
        self.places: list[Place] = []

    def listen(self) -> None:
        if self.slots.bell.wait(0):
            self.slots.start_due([place for place in self.places if not place.running])


@given(
    st.lists(
        st.tuples(st.sampled_from((0, 1)), st.one_of(st.sampled_from(USERS), st.integers(0, 20))), max_size=30
    )
)
def test_no_place_stays_free_while_one_waits_for_it(steps: list[tuple[int, str | int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        processes = [Process(Path(folder)) for _ in range(2)]
        # who owns what, in the order of arrival: the line as it should be
        line: list[tuple[str, str]] = []
        for number, (which, step) in enumerate(steps):
            process = processes[which]
            if isinstance(step, str):
                waiting = [user for id, user in line if user == step and id not in _running(processes)]
                if len(waiting) >= WAITING:
                    with pytest.raises(TooManyQueries):
                        process.slots.enter(f"q{number}", step)
                    continue
                process.places.append(process.slots.enter(f"q{number}", step))
                line.append((f"q{number}", step))
            elif process.places:
                left = process.places.pop(step % len(process.places))
                process.slots.leave(left)
                line = [one for one in line if one[0] != left.query_id]
                for each in processes:
                    each.listen()
            running = _running(processes)
            owners = Counter(user for id, user in line if id in running)
            assert owners.total() <= TOTAL
            assert max(owners.values(), default=0) <= PER_USER
            if owners.total() < TOTAL:
                assert all(owners[user] == PER_USER for id, user in line if id not in running)
            for user in USERS:
                mine = [id in running for id, owner in line if owner == user]
                assert mine == sorted(mine, reverse=True), "a later query of a user passed an earlier one"
        queued = [id for id, _ in line if id not in _running(processes)]
        assert [processes[0].slots.find_position(id) for id in queued] == list(range(1, len(queued) + 1))


def _running(processes: list[Process]) -> set[str]:
    return {place.query_id for process in processes for place in process.places if place.running}


def test_many_questions_are_one_reading_of_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slots = Slots(tmp_path, per_user=1, total=1, waiting=50)
    places = [slots.enter(f"q{number}", "anna") for number in range(50)]
    readings = 0
    read = Slots._list_places

    def count(self: Slots) -> list[Place]:
        nonlocal readings
        readings += 1
        return read(self)

    class Stopped(Clock):
        def monotonic(self) -> float:
            return self.ahead

    clock = Stopped()
    monkeypatch.setattr("services.query_service.slots.time", clock)
    monkeypatch.setattr(Slots, "_list_places", count)
    for _ in range(4):
        assert [slots.find_position(place.query_id) for place in places] == [None, *range(1, 50)]
        assert all(slots.is_alive(place.query_id) for place in places)
    assert readings == 1
    clock.ahead = 1
    slots.find_position("q1")
    assert readings == 2


def test_a_place_of_a_process_that_died_is_freed_and_who_waits_is_told(tmp_path: Path) -> None:
    dying, living = (Slots(tmp_path, per_user=1, total=1, waiting=1) for _ in range(2))
    taken = dying.enter("q1", "anna")
    waiting = living.enter("q2", "ben")
    assert living.is_alive("q1")
    assert living.remove_dead() == []
    assert taken.file is not None
    taken.file.close()
    assert not living.is_alive("q1")
    assert not living.is_alive("never")
    assert not living.bell.wait(0)
    assert [place.query_id for place in living.remove_dead()] == ["q1"]
    assert living.bell.wait(PATIENCE_SECONDS)
    assert living.start_due([waiting]) == [waiting]


def test_a_bell_is_heard_everywhere_once_and_pipes_without_a_reader_go(tmp_path: Path) -> None:
    bells = [Bell(tmp_path) for _ in range(3)]
    os.mkfifo(tmp_path / "of-a-dead-process")
    # more than a pipe holds
    for _ in range(70_000):
        bells[1].ring_here()
    bells[0].ring_all()
    assert len(list(tmp_path.iterdir())) == 3
    assert [bell.wait(PATIENCE_SECONDS) for bell in bells] == [True] * 3
    assert [bell.wait(0) for bell in bells] == [False] * 3
