"""The scripts of app/assets by themselves."""

from __future__ import annotations

from playwright.sync_api import Browser

from app.main import ASSETS


def test_no_script_needs_another_while_it_loads(browser: Browser) -> None:
    problems: list[str] = []
    with browser.new_context() as context:
        for script in sorted(ASSETS.rglob("*.js")):
            page = context.new_page()
            page.on("pageerror", lambda error, name=script.name: problems.append(f"{name}: {error}"))
            page.add_script_tag(content=script.read_text())
        assert problems == []
