"""A real Chromium, the one that takes the pictures of the page."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from tokenmart.report.picture import chromium


@contextmanager
def started() -> Iterator[Browser]:
    """It runs as root in a container, which its sandbox does not."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium here: install it, or name it in TOKENMART_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()
