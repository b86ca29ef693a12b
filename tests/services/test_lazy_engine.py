"""The engine that is created on first use."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes.engine import ScriptedEngine

from inventory_runner.errors import ConfigurationError
from services.lazy_engine import LazyEngine


class Maker:
    """Counts the engines that it makes; fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.made: list[ScriptedEngine] = []
        self.failures = failures
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self) -> ScriptedEngine:
        self.go_on.wait()
        if self.failures:
            self.failures -= 1
            raise ConfigurationError("There is no such engine.")
        self.made.append(ScriptedEngine())
        return self.made[-1]


def test_many_threads_share_one_engine() -> None:
    make = Maker()
    make.go_on.clear()
    engine = LazyEngine(make)
    with ThreadPoolExecutor(8) as threads:
        found = [threads.submit(engine) for _ in range(8)]
        make.go_on.set()
    assert len(make.made) == 1
    assert all(one.result() is make.made[0] for one in found)


def test_closing_creates_none() -> None:
    make = Maker()
    LazyEngine(make).close()
    assert make.made == []


def test_an_engine_that_could_not_be_created_is_asked_for_again() -> None:
    engine = LazyEngine(Maker(failures=1))
    with pytest.raises(ConfigurationError):
        engine()
    assert isinstance(engine(), ScriptedEngine)
