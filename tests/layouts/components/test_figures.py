"""Figures: no number without its coverage and its age, and nothing unknown as nought."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.components import links, walk, words
from hypothesis import given
from hypothesis import strategies as st

from layouts.components.figures import MOST, Figure, cover, covered_panel, facts, figures, number
from services.models.coverage import (
    COUNTED,
    NEVER,
    UNKNOWN,
    Covered,
    Moments,
    NotApplicable,
    Reading,
    format_for_file,
    make_coverage,
    read_at,
)

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
HOUR_AGO = NOW - timedelta(hours=1)
READ = Moments(HOUR_AGO, HOUR_AGO)

COVERAGES = st.one_of(
    st.just(UNKNOWN),
    st.builds(NotApplicable, st.just("of no scope")),
    st.integers(1, 99).flatmap(lambda total: st.builds(Covered, st.integers(0, total), st.just(total))),
)
AGES = st.one_of(
    st.just(UNKNOWN),
    st.just(NEVER),
    st.builds(NotApplicable, st.just("counted now")),
    st.tuples(st.integers(0, 900), st.integers(0, 900)).map(
        lambda hours: Moments(NOW - timedelta(hours=max(hours)), NOW - timedelta(hours=min(hours)))
    ),
)


def test_there_is_no_figure_without_coverage_and_age() -> None:
    assert Figure("Rows", 1, reading=Reading(Covered(1, 2), READ))
    with pytest.raises(TypeError, match="reading"):
        Figure("Rows", 1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="as_of"):
        Reading(Covered(1, 2))  # type: ignore[call-arg]
    # nor with nothing in its place
    for nothing in (None, "", 0, False, (1, 2)):
        with pytest.raises(TypeError):
            Figure("Rows", 1, reading=nothing)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_types_say_so_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mypy import api

    made = "from layouts.components.figures import Figure, cover, number\n"
    made += "from services.models.coverage import NEVER, Covered, Reading\n"
    right = "Figure('a', 1, reading=Reading(Covered(1, 2), NEVER))\n"
    wrong = [
        "Figure('a', 1)",
        "Figure('a', 1, reading=None)",
        "Figure('a', 1, Reading(Covered(1, 2), NEVER))",
        "Figure('a', 1, reading=Reading(Covered(1, 2)))",
        "Reading(as_of=NEVER)",
        "number(1)",
        "cover('1')",
    ]
    written = tmp_path / "figures.py"
    written.write_text(made + right + "\n".join(wrong))
    monkeypatch.chdir(ROOT)
    # without what others' packages say of their types, which takes a minute to read once
    alone = ["--no-site-packages", "--ignore-missing-imports", f"--cache-dir={tmp_path / 'cache'}"]
    said, _, _ = api.run([*alone, str(written)])
    lines = {int(line.split(":")[1]) for line in said.splitlines() if ": error:" in line}
    assert lines == set(range(4, 4 + len(wrong))), said


@given(COVERAGES, AGES, st.one_of(st.none(), st.integers(0, 10_000)))
def test_what_is_known_is_told_and_what_is_not_is_not_nought(
    coverage: Any, as_of: Any, value: int | None
) -> None:
    reading = Reading(coverage, as_of)
    drawn = figures([Figure("Rows", value, reading=reading, link="/x")], NOW)
    (card,) = drawn.children
    _, shown, _, sure = card.children.children
    unknown = value is None or (as_of is NEVER and not value)
    assert words(shown) == ("unknown" if unknown else f"{value:,}")
    said = words(sure)
    assert ("coverage unknown" in said) == (coverage is UNKNOWN)
    assert ("never read" in said) == (as_of is NEVER) and said.replace("coverage unknown", "").endswith(
        "age unknown"
    ) == (as_of is UNKNOWN)
    # what does not apply says why to whoever asks
    for one in (coverage, as_of):
        if isinstance(one, NotApplicable):
            assert one.reason.lower() in card.children.title.lower()
    if isinstance(coverage, Covered):
        assert said.startswith(f"{coverage.read} of {coverage.total} scopes")
        missing = [one for one in walk(sure) if "tone-warning" in (getattr(one, "className", None) or "")]
        assert bool(missing) == (coverage.read < coverage.total)
    assert links(drawn) == ["/x"]
    # in whatever form: it is found, and says the same to whoever asks
    said_of = getattr(card, "data-coverage"), getattr(card, "data-age")
    assert all(said_of)
    (fact,) = facts([Figure("Rows", value, reading=reading)]).children
    parts = (number(value, reading), cover("1", reading), covered_panel("Rows", "1", reading, NOW), fact)
    for part in parts:
        assert (getattr(part, "data-coverage"), getattr(part, "data-age")) == said_of
    assert words(parts[0]) == words(shown)


def test_two_moments_that_read_alike_are_told_once() -> None:
    def said(oldest: timedelta) -> str:
        as_of = Moments(NOW - oldest, HOUR_AGO)
        return words(figures([Figure("Rows", 1, reading=Reading(UNKNOWN, as_of))], NOW))

    assert said(timedelta(minutes=61)).count("1 h ago") == 1
    assert "1 h ago – 3 d ago" in said(timedelta(days=3))


def test_nonsense_is_no_coverage_and_no_age() -> None:
    for read, total in ((2, 1), (-1, 3), (0, 0)):
        with pytest.raises(ValueError, match="no coverage"):
            Covered(read, total)
    with pytest.raises(ValueError, match="newer"):
        Moments(NOW, HOUR_AGO)
    with pytest.raises(ValueError, match="why"):
        NotApplicable("")
    assert make_coverage(0, 0) is UNKNOWN and make_coverage(1, 2) == Covered(1, 2)
    assert read_at([None, NOW, HOUR_AGO]) == Moments(HOUR_AGO, NOW) and read_at([None]) is NEVER


def test_a_row_is_of_six_at_most() -> None:
    one = Figure("Rows", 1, reading=COUNTED)
    for draw in (figures, facts):
        assert draw([one] * MOST)
        with pytest.raises(ValueError, match="nobody reads"):
            draw([one] * (MOST + 1))


def test_the_first_scopes_that_were_not_read_are_named() -> None:
    def said(*unread: str) -> str:
        reading = Reading(Covered(6 - len(unread), 6), READ, unread)
        return str(getattr(number(1, reading), "data-coverage"))

    assert said() == "6 of 6 scopes were read whole"
    assert said("sa-east-1") == "5 of 6 scopes were read whole, not sa-east-1"
    assert said("a", "b", "c", "d", "e").endswith("not a, b, c and 2 more")


def test_a_file_is_named_by_what_was_not_read() -> None:
    assert format_for_file(Reading(Covered(5, 6), READ)) == "5-of-6-scopes"
    assert format_for_file(Reading(UNKNOWN, READ)) == "coverage-unknown"
    assert format_for_file(Reading(Covered(6, 6), READ)) == format_for_file(COUNTED) == ""


def test_no_page_draws_a_figure_by_hand() -> None:
    drawn = []
    for path in sorted((ROOT / "layouts").rglob("*.py")) + sorted((ROOT / "callbacks").rglob("*.py")):
        if path == ROOT / "layouts" / "components" / "figures.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and node.value in (
                "figure",
                "figures",
                "figure-value",
                "facts",
                "data-coverage",
            ):
                drawn.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert drawn == []
