"""The fixtures of the browser tests: the demo as people start it, a real Chromium, and a watch over both."""

import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from browser_newcomer import OpenPage
from browser_watch import Watch, descendants, left_over
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
PATIENCE_SECONDS = 10.0
START_SECONDS = 30.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address that `cascade demo` prints; at the end it must stop cleanly and have logged no error."""
    log = tmp_path_factory.mktemp("demo") / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--port", "0"], stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        yield _printed_address(process, log)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, log.read_text()
    assert "[error" not in log.read_text(), log.read_text()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give a Chromium of our own, which finds no host but this machine; none of its processes may be left."""
    before = descendants()
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_find_chromium(playwright), args=QUIET)
        yield browser
        started = descendants() - before
        browser.close()
    assert left_over(started, PATIENCE_SECONDS) == set()


@pytest.fixture
def open_page(chromium: Browser, demo: str) -> Iterator[OpenPage]:
    """Open the demo in a profile of its own; what its pages ask of others or complain of fails the test."""
    watch = Watch(demo)
    with ExitStack() as stack:

        def open_one(**options: Any) -> Page:
            context = chromium.new_context(
                **{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options
            )
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE_SECONDS * 1000)
            watch.over(context)
            page = context.new_page()
            page.goto(demo)
            return page

        yield open_one
    assert watch.complaints == []


def _printed_address(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        printed = process.stdout.readline() if selector.select(START_SECONDS) else ""
    address = re.search(r"http://127\.0\.0\.1:\d+", printed)
    assert address, f"the demo printed {printed!r} and logged:\n{log.read_text()}"
    return address[0]


def _find_chromium(playwright: Playwright) -> str:
    """Find the browser; without one the tests are skipped, but never in CI."""
    wanted = os.environ.get("CASCADE_TEST_CHROMIUM")
    if wanted:
        assert Path(wanted).is_file(), f"CASCADE_TEST_CHROMIUM names {wanted}, which is no file"
        return wanted
    installed = playwright.chromium.executable_path
    found = next(filter(None, map(shutil.which, NAMES)), None) or (installed if Path(installed).is_file() else None)
    if found is None:
        missing = (
            f"NO BROWSER, SO THE PAGE IS NOT TESTED: put {', '.join(NAMES)} on the PATH, set CASCADE_TEST_CHROMIUM, "
            "or run `playwright install chromium`"
        )
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found
