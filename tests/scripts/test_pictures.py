"""README's pictures: each is there, is small, and is made by the script that says so."""

from __future__ import annotations

import sys

import pytest

from app.embedded import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "scripts"))
import pictures


def test_readme_shows_what_the_script_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pictures.list_problems() == []
    # and it would be said
    monkeypatch.setattr(pictures, "PICTURES", pictures.PICTURES[1:])
    assert len(pictures.list_problems()) == 2 * len(pictures.THEMES)
