"""The IDE's list of names: it opens under what is typed, takes one level after another, and can be switched off."""

from __future__ import annotations

from fakes.ide import opened, text_of, write
from playwright.sync_api import Locator, Page, expect


def first(page: Page) -> Locator:
    """The first name of the list that is in view."""
    return page.locator(".ace_autocomplete:visible .ace_line").first


def test_names_are_offered_while_one_types_until_that_is_switched_off(page: Page) -> None:
    ide = opened(page)
    write(ide, "SELECT * FROM ")
    ide.keyboard.type("aw")
    expect(first(ide)).to_contain_text("aws")
    # Enter takes the first name, and the next level opens
    ide.keyboard.press("Enter")
    expect(first(ide)).to_contain_text("cloudformation")
    ide.keyboard.type("ec")
    expect(first(ide)).to_contain_text("ec2")
    ide.keyboard.press("Enter")
    expect(first(ide)).to_contain_text("instances")
    ide.keyboard.type("vol")
    expect(first(ide)).to_contain_text("volumes")
    ide.keyboard.press("Tab")
    assert text_of(ide) == "SELECT * FROM aws.ec2.volumes"
    expect(ide.locator(".ace_autocomplete")).to_be_hidden()
    ide.keyboard.type(" WHERE ")
    expect(first(ide)).to_have_text("region = :regionrequired")
    # after a space Enter is a new line, and an arrow chooses
    ide.keyboard.press("Enter")
    assert text_of(ide).endswith(" WHERE \n")
    expect(first(ide)).to_contain_text("region = :region")
    ide.keyboard.press("ArrowDown")
    ide.keyboard.press("Enter")
    # a finished word has no list, and a text has none
    ide.keyboard.type(" AND volume_type = 'enc")
    expect(ide.locator(".ace_autocomplete")).to_be_hidden()
    ide.keyboard.type("' AND enc")
    expect(first(ide)).to_contain_text("encrypted")
    # what was typed is kept by Escape
    ide.keyboard.press("Escape")
    expect(ide.locator(".ace_autocomplete")).to_be_hidden()
    assert text_of(ide) == (
        "SELECT * FROM aws.ec2.volumes WHERE \nregion = :region AND volume_type = 'enc' AND enc"
    )
    ide.get_by_role("button", name="More", exact=True).click()
    ide.get_by_role("button", name="Suggest while typing").click()
    opened(ide)
    write(ide, "SELECT\nFROM aws.ec2.volumes")
    ide.keyboard.press("ArrowUp")
    ide.keyboard.press("End")
    ide.keyboard.type(" enc")
    expect(ide.locator(".ace_autocomplete")).to_have_count(1)
    expect(ide.locator(".ace_autocomplete")).to_be_hidden()
    # whoever asks is answered
    ide.keyboard.press("Control+Space")
    expect(first(ide)).to_contain_text("encrypted")
    ide.keyboard.press("Escape")
    ide.get_by_role("button", name="More", exact=True).click()
    expect(ide.get_by_role("button", name="Suggest while typing")).to_have_attribute("aria-pressed", "false")
