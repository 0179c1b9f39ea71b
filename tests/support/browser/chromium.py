"""One Chromium for a test module."""

import contextlib
import shutil

from playwright.sync_api import sync_playwright

from tests.support.browser.jupyter_lab import CHROMIUM_FLAGS


@contextlib.contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        yield browser
        browser.close()
