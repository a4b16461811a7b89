"""A picture of the page, by a browser of this machine."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tokenmart.errors import UserError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTH, HEIGHT = 1200, 1120
"""Headline, figures and spend by day."""


def chromium() -> str | None:
    """The browser of this machine, or the one that TOKENMART_CHROMIUM names, if there is one."""
    named = os.environ.get("TOKENMART_CHROMIUM")
    return next(filter(None, map(shutil.which, [named] if named else NAMES)), None)


def take_picture(page: Path, picture: Path) -> None:
    """Write what a browser shows of the upper part of the page as a PNG."""
    browser = chromium()
    if browser is None:
        raise UserError(
            "A picture needs Chromium or Chrome: install it, or name it in TOKENMART_CHROMIUM."
        )
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        result = subprocess.run(
            [
                browser,
                "--headless",
                # which does not start for root
                *(["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []),
                "--disable-gpu",
                "--disable-background-networking",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                f"--window-size={WIDTH},{HEIGHT}",
                f"--screenshot={picture.resolve()}",
                page.resolve().as_uri(),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if result.returncode or not picture.is_file():
        last = (result.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise UserError(f"{browser} made no picture of {page}: {last}.")
