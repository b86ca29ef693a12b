"""A memo never answers what was made of other records, whatever its cache forgets."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cache import MOST_ENTRIES, make_cache
from services.cache import Cache, NoCache
from services.inventory_service.memo import Memo

STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", ("a", None), None]), st.booleans()), max_size=30
)


@given(STEPS, st.sampled_from([make_cache, NoCache]))
def test_an_answer_is_of_the_version_that_was_asked_for(
    steps: list[tuple[int, object, bool]], make: Callable[[], Cache]
) -> None:
    cache = make()
    memo, other = Memo(cache, "one"), Memo(cache, "other")
    known: set[tuple[int, object]] = set()
    before = None
    for version, key, forget in steps:
        if version != before:
            known.clear()
        before = version
        if forget:
            cache.delete(f"one {key!r}")
            known.discard((version, key))
        made: list[object] = []

        def work(answer: object = (version, key) if key else None, made: list[object] = made) -> object:
            made.append(answer)
            return answer

        assert memo.get(version, key, work) == ((version, key) if key else None)
        if isinstance(cache, NoCache):
            assert made
        else:
            # None is an answer like others
            assert bool(made) == ((version, key) not in known)
        known.add((version, key))
        # a memo of another name has its own
        assert other.get(9, key, lambda: "other") == "other"


def test_what_was_made_of_an_older_version_is_not_kept() -> None:
    memo = Memo(make_cache(), "inventory")
    began, go_on = threading.Event(), threading.Event()

    def slowly() -> str:
        began.set()
        assert go_on.wait(30)
        return "old"

    slow = threading.Thread(target=lambda: memo.get(1, "key", slowly))
    slow.start()
    assert began.wait(30)
    assert memo.get(2, "key", lambda: "new") == "new"
    go_on.set()
    slow.join()
    assert memo.get(2, "key", lambda: "again") == "new"


def test_an_error_is_not_kept_and_another_version_forgets_all() -> None:
    cache = make_cache()
    memo = Memo(cache, "inventory")
    with pytest.raises(ZeroDivisionError):
        memo.get(1, "key", lambda: 1 // 0)
    assert memo.get(1, "key", lambda: 5) == 5
    memo.get(2, "another", lambda: 6)
    assert cache.get("inventory 'key'") is None


def test_the_cache_keeps_objects_as_they_are_and_no_more_than_it_may() -> None:
    cache = make_cache()
    page = {"list": [1, 2]}
    cache.set("page", page)
    assert cache.get("page") is page
    for number in range(2 * MOST_ENTRIES):
        cache.set(f"other {number}", number)
    assert cache.get("page") is None
    assert (
        sum(cache.get(f"other {number}") is not None for number in range(2 * MOST_ENTRIES))
        <= MOST_ENTRIES + 1
    )
    assert cache.get(f"other {2 * MOST_ENTRIES - 1}") == 2 * MOST_ENTRIES - 1
