"""What the check of docstrings finds, and what it leaves alone."""

from __future__ import annotations

import pytest

from scripts.docstrings import find_strangers

CLASS = '''
class Base:
    """limit: rows."""
    limit: int

class Thing(Base):
    """A thing.

    first, second: what it is made of. limit: of the base. made: when. {explained}
    """
    first: int
    second: str = "x"

    def __init__(self, given):
        local = given
        self.made = local

    def use(self, handed):
        elsewhere.gone = handed
'''
FUNCTION = '''
OTHER = "gone"

def count(rows, *, at):
    """How many. rows: to count; at: the time. total: the key of the sum. {explained}"""
    return {{"total": rows}}
'''


@pytest.mark.parametrize(("source", "owner"), [(CLASS, "Thing"), (FUNCTION, "count")])
def test_what_is_there_may_be_explained(source: str, owner: str) -> None:
    assert list(find_strangers(source.format(explained=""))) == []
    assert [found[1:] for found in find_strangers(source.format(explained="gone: away."))] == [
        (owner, "gone")
    ]
    assert [found[1:] for found in find_strangers(source.format(explained="It ends; gone: away."))] == [
        (owner, "gone")
    ]


@pytest.mark.parametrize("name", ["local", "handed", "gone"])
def test_a_local_name_or_another_method_s_parameter_is_no_field(name: str) -> None:
    assert [found[2] for found in find_strangers(CLASS.format(explained=f"{name}: away."))] == [name]


def test_a_text_elsewhere_in_the_file_is_no_key() -> None:
    assert [found[2] for found in find_strangers(FUNCTION.format(explained="gone: away."))] == ["gone"]


def test_a_function_that_takes_any_keyword_may_explain_any() -> None:
    source = FUNCTION.replace("at):", "at, **more):").format(explained="gone: away.")
    assert list(find_strangers(source)) == []
