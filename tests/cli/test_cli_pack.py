"""`cascade alert report ID --pack`: the whole story of an alert, for who was not there."""

import json
import re
import sqlite3
import zipfile
from contextlib import closing
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from support.processes import Home

NAME, HEADLINE = "Amira Khan", "Vehicle at the <east> gate"
BODY = 'Police are there.\n\n<b>Keep away</b> & read <a href="https://example.org/?a=1&amp;b=2">this</a>.'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, peopled: Home, sandbox: str) -> Home:
    """A home whose one alert was put on hold while it went out to 40, of whom one has blocked the bot."""
    folder: Path = tmp_path_factory.mktemp("packed")
    copy = Home(folder, api_url=sandbox, rate_per_second="200", operator="Test hub")
    with closing(sqlite3.connect(peopled.database)) as source, closing(sqlite3.connect(copy.database)) as target:
        source.backup(target)
        target.execute("UPDATE subscribers SET name = ? WHERE chat_id = 1007", (NAME,))
        target.commit()
    (folder / "body.txt").write_text(BODY, encoding="utf-8")
    assert copy.cascade("alert", "hold", "--reason", "is the gate right?").code == 0
    sent = copy.cascade(
        *("alert", "send", "--headline", HEADLINE, "--severity", "urgent", "--file", "body.txt", "--yes")
    )
    assert sent.stdout == "1\n", sent
    assert copy.cascade("alert", "release", "--yes").code == 0
    with closing(sqlite3.connect(copy.database)) as database:
        database.executescript(
            "UPDATE alerts SET status = 'sent';"
            "UPDATE deliveries SET state = 'sent', is_open = 0, sent_at ="
            " strftime('%Y-%m-%d %H:%M:%S', 'now', (chat_id - 1000) || ' seconds') || '.000000';"
            "UPDATE deliveries SET state = 'gone', reason = 'blocked the bot', sent_at = NULL WHERE chat_id = 1007;"
        )
        database.commit()
    return copy


@pytest.fixture(scope="module")
def pack(home: Home) -> dict[str, bytes]:
    """The files of its pack."""
    done = home.cascade("alert", "report", "1", "--pack", "--out", "pack.zip")
    assert (done.code, done.stdout, done.stderr) == (0, "pack.zip\n", "")
    assert (home.folder / "pack.zip").stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(home.folder / "pack.zip") as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


class Page(HTMLParser):
    """Reads the page: its text, and everything that a browser would fetch."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text = ""
        self.fetched: list[str] = []
        self.alternatives: list[str] = []
        self.tags: set[str] = set()
        self._is_style = False
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag asks for."""
        found = dict(attrs)
        self.tags.add(tag)
        self._is_style = tag == "style"
        if tag != "a":
            self.fetched += [value or "" for name, value in attrs if name in {"src", "href", "srcset"}]
        if tag == "img":
            self.alternatives.append(found.get("alt") or "")

    def handle_data(self, data: str) -> None:
        """Take in what a reader sees."""
        self.text += "" if self._is_style else data


def test_a_pack_holds_a_page_its_data_and_a_chart(pack: dict[str, bytes]) -> None:
    """Three files; the chart is a picture that a page or a report can take in."""
    assert sorted(pack) == ["after-action.html", "after-action.json", "delivery.png"]
    chart = Image.open(BytesIO(pack["delivery.png"]), formats=["PNG"])
    assert chart.size == (1080, 540)
    assert len(pack["delivery.png"]) < 100_000


def test_the_page_tells_the_whole_story_by_itself(pack: dict[str, bytes]) -> None:
    """Text, audience, counts and reasons, the timeline with the hold, the newest link; nothing is fetched or run."""
    page = Page(pack["after-action.html"].decode())
    for words in (
        HEADLINE,
        "Keep away",
        "all sectors; all regions",
        "blocked the bot: 1",
        "Recipients: 40",
        "the hold of all broadcasts was released",
        "by Test hub on",
        "the record was whole up to entry",
    ):
        assert words in page.text
    assert re.search(r"[0-9a-f]{64}", page.text)
    assert all(address.startswith("data:image/png;base64,") for address in page.fetched)
    assert "script" not in page.tags
    assert page.alternatives == ["Reached: 39. Recipients: 40."]
    assert 'lang="en-GB"' in pack["after-action.html"].decode()
    assert "<east>" not in pack["after-action.html"].decode()


def test_the_data_are_those_of_the_report(home: Home, pack: dict[str, bytes]) -> None:
    """Counts add up as in `alert report --json`, the curve ends at what was reached, each entry has its seal."""
    told = json.loads(pack["after-action.json"])
    assert told["delivery"] == json.loads(home.cascade("alert", "report", "1", "--json").stdout)
    assert told["curve"][-1]["reached"] == told["delivery"]["counts"]["sent"] == 39
    assert [point["reached"] for point in told["curve"]] == sorted(point["reached"] for point in told["curve"])
    assert told["versions"][-1]["headline"] == HEADLINE
    assert {entry["act"] for entry in told["timeline"]} >= {"hold-released"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", entry["seal"]) for entry in told["timeline"])
    assert told["record"]["ok"] is True


def test_no_recipient_is_named(pack: dict[str, bytes]) -> None:
    """Neither a name nor a chat of the roll stands in page or data; no salt does either."""
    for name in ("after-action.html", "after-action.json"):
        content = re.sub(r"base64,[^\"]+|[0-9a-f]{64}", "", pack[name].decode())
        assert NAME not in content
        assert not [chat for chat in range(1001, 1041) if re.search(rf"(?<![\d.]){chat}(?!\d)", content)]
        assert "salt" not in content


def test_making_one_is_noted_and_a_file_is_not_overwritten(home: Home, pack: dict[str, bytes]) -> None:
    """The record has the pack and who made it; a file that is there stays; the name is the reference otherwise."""
    again = home.cascade("alert", "report", "1", "--pack", "--out", "pack.zip")
    assert (again.code, again.stdout) == (1, "")
    assert "pack.zip cannot be written" in again.stderr
    named = home.cascade("alert", "report", "1", "--pack")
    assert re.fullmatch(r"C-\d{4}-0001-pack\.zip\n", named.stdout)
    entries = json.loads(home.cascade("audit", "export", "--format", "json").stdout)["entries"]
    made = [entry for entry in entries if entry["act"] == "pack-made"]
    assert {(entry["subject"], entry["place"]) for entry in made} == {("alert 1", "command line")}


@pytest.mark.parametrize("words", [("--pack", "--json"), ("--pack", "--recipients"), ("--out", "x.zip")])
def test_what_does_not_go_together_is_wrong_use(home: Home, words: tuple[str, ...]) -> None:
    """A pack names nobody, and --out is a pack's."""
    assert home.cascade("alert", "report", "1", *words).code == 2


def test_looking_at_contacts_is_noted(home: Home) -> None:
    """The list of subscribers, and that of an alert's recipients; the counts alone are nobody's data."""
    assert home.cascade("alert", "report", "1").code == 0
    assert home.cascade("subscribers", "list", "--json").code == 0
    assert home.cascade("alert", "report", "1", "--recipients").code == 0
    entries = json.loads(home.cascade("audit", "export", "--format", "json").stdout)["entries"]
    seen = [entry for entry in entries if entry["act"] == "contacts-seen"]
    assert [(entry["subject"], entry["after"]) for entry in seen] == [("subscribers", {"entries": 40}), ("alert 1", {})]
