#!/usr/bin/env python3
"""Take the pictures that README shows, from the running product with the sample cloud, light and dark.

    python3 scripts/dev.py run                      in one terminal; wait until all days of the sample are made
    .venv/bin/python scripts/pictures.py            in another: writes docs/pictures/
    .venv/bin/python scripts/pictures.py --check    only says whether README and docs/pictures agree with this script

The pictures are made again when a page that they show looks different. They are few and small, since each version of
each stays in the repository for good.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
FOLDER = "docs/pictures"
MOST_BYTES = 120_000
QUALITY = 80
WIDTH, HEIGHT = 1280, 800
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Picture:
    """address: of the page. ready: a selector of what is there when the page is.

    press: what is pressed then, and shown: what is there afterwards, where something is.
    """

    name: str
    address: str
    ready: str
    press: str = ""
    shown: str = ""
    height: int = HEIGHT


PICTURES = (
    Picture("overview", "/", ".place-where a.tile"),
    Picture("change", "/inventory?view=changes&column=is_public", ".change-at", height=560),
    Picture(
        "check",
        "/ide?source=live&sql=SELECT%20name%2C%20location%2C%20publicAccessPrevention%0AFROM%20google.storage.buckets"
        "%0AWHERE%20location%20%3D%20%27EU%27",
        ".ace_line",
        "#ide_run",
        "#ide_results .note",
        height=640,
    ),
    # which table that is, depends on the day
    Picture(
        "coverage", "/", ".attention-list", "a[href*='tab=coverage']", ".badge-status.tone-danger", height=560
    ),
)


def name_file(picture: Picture, theme: str) -> str:
    """`docs/pictures/overview-dark.webp`"""
    return f"{FOLDER}/{picture.name}-{theme}.webp"


def list_problems() -> list[str]:
    """What README, the folder and this script do not agree about, in words."""
    named = set(re.findall(rf"{FOLDER}/[\w.-]+", README.read_text(encoding="utf-8")))
    made = {name_file(picture, theme) for picture in PICTURES for theme in THEMES}
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / FOLDER).glob("*")}
    problems = [f"README shows {one}, which this script does not make." for one in sorted(named - made)]
    problems += [f"README does not show {one}." for one in sorted(made - named)]
    problems += [f"{one} is not there." for one in sorted(made - there)]
    problems += [f"{one} is made by nothing." for one in sorted(there - made)]
    problems += [
        f"{one} has {size:,} bytes; {MOST_BYTES:,} are the most."
        for one in sorted(made & there)
        if (size := (ROOT / one).stat().st_size) > MOST_BYTES
    ]
    return problems


def take(base: str) -> None:
    """Write every picture in both themes. base: the app's address."""
    from playwright.sync_api import sync_playwright

    (ROOT / FOLDER).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=os.environ.get("INVENTORY_CHROMIUM") or None)
        for theme in THEMES:
            context = browser.new_context(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            # for those who know the product
            context.add_init_script("localStorage.setItem('inventory-next-steps', 'dismissed')")
            for picture in PICTURES:
                page = context.new_page()
                page.set_viewport_size({"width": WIDTH, "height": picture.height})
                page.goto(f"{base}{picture.address}")
                page.wait_for_selector(picture.ready, timeout=60_000)
                if picture.press:
                    page.locator(picture.press).first.click()
                    page.wait_for_selector(picture.shown, timeout=60_000)
                page.wait_for_load_state("networkidle")
                # Playwright itself writes PNG and JPEG, which take four times as much
                session = context.new_cdp_session(page)
                options = {"format": "webp", "quality": QUALITY}
                data = session.send("Page.captureScreenshot", options)["data"]
                (ROOT / name_file(picture, theme)).write_bytes(base64.b64decode(data))
                page.close()
            context.close()
        browser.close()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", default="http://127.0.0.1:8050", help="the app's address")
    parser.add_argument("--check", action="store_true", help="take nothing; say what does not agree")
    options = parser.parse_args()
    if not options.check:
        take(options.base)
    problems = list_problems()
    for one in problems:
        print(one)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
