"""The Schedules page's URL."""

from __future__ import annotations

from layouts.schedules.page import read_view


def test_a_url_gives_a_view_and_nonsense_is_left_out() -> None:
    view = read_view(
        {"schedule": "3", "run": "17", "status": "failed", "q": "ec2", "edit": "1; DROP", "new": "yes"}
    )
    assert view == {
        "schedule": 3,
        "run": 17,
        "edit": None,
        "runs": None,
        "q": "ec2",
        "status": "failed",
        "sort": "",
        "tab": "",
        "new": "yes",
        "without": "",
        "provider": "",
        "owner": "",
    }
    assert read_view({"schedule": "9" * 30})["schedule"] is None
    assert read_view({"schedule": "²"})["schedule"] is None
