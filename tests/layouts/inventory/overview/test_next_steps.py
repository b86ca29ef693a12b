"""What to do next: each step is a link to a page of ours that the role may open, set up for it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from fakes.overviews import few, overviews
from hypothesis import given
from hypothesis import strategies as st

from layouts.inventory.overview.next_steps import list_steps, next_steps
from layouts.pages import PAGES, has_page
from services.models.inventory import Overview


@few
@given(overviews(), st.booleans())
def test_every_step_leads_to_a_page_of_the_role(shown: Overview, engineer: bool) -> None:
    steps = list_steps(shown, engineer)
    assert len(steps) == (4 if engineer else 2)
    closed = {page.path for page in PAGES if page.engineers_only}
    for step in steps:
        path = urlsplit(step.href).path
        assert has_page(path) and step.title and step.words
        assert engineer or path not in closed
    if engineer:
        asked = parse_qs(urlsplit(steps[1].href).query)
        kept = {str(table.query_id) for table in shown.loaded if table.query_id is not None}
        assert set(asked.get("query", [])) <= kept and (asked.get("query") or asked == {"new": ["query"]})


@few
@given(overviews())
def test_a_narrowed_overview_has_none(shown: Overview) -> None:
    narrowed = bool(shown.filter.provider or shown.filter.region)
    assert (next_steps(shown, engineer=True) is None) == narrowed
