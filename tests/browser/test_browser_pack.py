"""The after-action page in a browser without a network: whole by itself, on a screen, on a phone and on paper."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser
from support.packs import HEADLINE, pack

from alerts.data import DataFolder
from alerts.pictures.theme import ThemeName
from alerts.pictures.worker import draw
from alerts.subscribers.sectors import Directory
from handlers.pack_page import PackPage
from handlers.texts import Texts


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a pack, with its chart."""
    made, words = pack(), PackPage(Texts(ZoneInfo("Europe/London")), Directory.load(DataFolder()), "Test hub")
    curve = words.curve(made.step)
    assert curve is not None
    chart = draw({"kind": "curve", "theme": ThemeName.LIGHT, "content": curve.as_json()})
    file: Path = tmp_path_factory.mktemp("pack") / "after-action.html"
    file.write_text(words.html(made, [chart]), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "options", [{"viewport": {"width": 1280, "height": 800}}, {"viewport": {"width": 360, "height": 640}}]
)
def test_the_page_is_whole_by_itself(chromium: Browser, page_file: Path, options: dict[str, Any]):
    """Nothing but the file is asked for, nothing complains, the picture shows, and nothing stands out at the side."""
    context = chromium.new_context(**options, offline=True)
    try:
        page, asked, complaints = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(page_file.as_uri())
        assert page.get_by_role("heading", level=1).inner_text() == HEADLINE
        assert [heading.inner_text() for heading in page.get_by_role("heading", level=2).all()] == [
            "What it said",
            "On whose word",
            "Whom it reached",
            "What happened",
            "Can this be relied on?",
        ]
        picture = page.get_by_role("img", name="Reached: 970. Recipients: 1,000.")
        assert picture.evaluate("image => image.naturalWidth") == 1080
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert complaints == []
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.querySelector('main')).padding") == "0px"
    finally:
        context.close()
