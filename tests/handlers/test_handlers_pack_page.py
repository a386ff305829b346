"""The after-action page in words, and the words and the drawing of its chart."""

from dataclasses import replace
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from support.packs import HEADLINE, SEAL, pack

from alerts.audit.verdict import Break, Fault, Verdict
from alerts.data import DataFolder
from alerts.pictures.curve import Curve
from alerts.pictures.theme import ThemeName
from alerts.pictures.worker import draw
from alerts.publishing.alert import Change
from alerts.publishing.pack import Pack
from alerts.publishing.succession import Copied
from alerts.subscribers.sectors import Directory
from handlers.pack_document import document
from handlers.pack_page import PackPage
from handlers.texts import Texts

PAGE = PackPage(Texts(ZoneInfo("Europe/London")), Directory.load(DataFolder()), "The <hub>")


def test_whatever_people_wrote_stays_text():
    """Headlines, names, reasons and the operator's name are escaped; the alert's own formatting is kept."""
    html = PAGE.html(pack())
    for written in ("<east>", "<Reid>", "<i>which", "<hub>"):
        assert written not in html
    assert 'Vehicle at the &lt;east&gt; gate &amp; "more"' in html
    assert "Dana &lt;Reid&gt; (13)" in html
    assert "<b>Keep away.</b>\n\nPolice are there &amp; busy." in html
    assert HEADLINE not in html


def test_the_page_names_who_wrote_and_did_what():
    """Whoever holds no role by their number, an erased person as that, and an act that is not known by its code."""
    html = PAGE.html(pack())
    for words in (
        "Version 1, by Dana &lt;Reid&gt; (13), 23 Nov 2026, 11:51 GMT",
        "Version 2, by user 14, 23 Nov 2026, 12:00 GMT",
        "the administrator, on the command line",
        "a person who was erased, in a chat",
        "of-a-later-version",
        "since: 23 Nov 2026, 12:00 GMT",
        f"sha256: {SEAL[:12]}…; list: a, b",
        "Retail",
        "gone-sector",
        "blocked the bot: 30",
        f"<code>{SEAL}</code>",
    ):
        assert words in html, words


def test_the_page_says_on_whose_word_it_went_out():
    """Who approved and who returned which version and why, and what has lapsed; nobody is said as that."""
    html = PAGE.html(pack())
    assert "<td>user 14</td><td>1</td><td>a second person gave it back to its author, with a reason</td>" in html
    assert "<td>which &lt;gate&gt;?</td>" in html
    assert "; lapsed 23 Nov 2026, 12:01 GMT" in html
    assert "Nobody has approved or returned it." in PAGE.html(pack(approvals=()))


def test_a_text_that_the_record_does_not_name_is_marked():
    """Each version is held against its digest: the same, another, or nothing said of it."""
    html = PAGE.html(pack())
    assert html.count("The record names exactly this text.") == 1
    assert html.count("<b>The record names another text at this version") == 1
    assert "The record names" not in PAGE.html(pack(vouched={}))
    assert [one["is_as_recorded"] for one in document(pack(vouched={2: True}), lambda _: {})["versions"]] == [
        None,
        True,
    ]


def test_a_broken_record_is_said_first_of_all_that_is_said_of_it():
    """The reader is told not to rely on it, where it is broken and how."""
    broken = Verdict(3, Break(4, Fault.REMOVED), None)
    html = PAGE.html(pack(verdict=broken))
    assert "<b>No: when this pack was made, the record was broken at entry 4.</b>" in html
    assert document(pack(verdict=broken), lambda _: {})["record"] == {"ok": False, "entries": 3, "head": None}


def chain() -> Pack:
    """Make a pack of an alert, its correction, and an update."""
    made = pack()
    first = made.step
    mended = replace(first.alert, id=8, reference="C-2026-0008", headline="Mended", change=Change.CORRECTION)
    newer = replace(first.alert, id=9, reference="C-2026-0009", headline="Newer", change=Change.UPDATE)
    follow_ups = [Copied(mended, first.alert), Copied(newer, newer)]
    steps = [replace(first, delivered=replace(first.delivered, copied=one)) for one in follow_ups]
    return replace(made, asked=9, steps=(first, *steps))


def test_a_chain_is_told_in_its_order():
    """A list of what went out comes first, then each as it went; a correction has both numbers, an entry its alert."""
    made = chain()
    html = PAGE.html(made, [b"one", None, b"three"])
    assert "<title>After-action pack of C-2026-0007</title>" in html
    told = [
        html.index(f"<h2>{title}") for title in ("What went out", "1. first sent: ", "2. corrected: ", "3. updated: ")
    ]
    assert told == sorted(told)
    assert "<td>C-2026-0007 on people's copies; C-2026-0008 in the record</td>" in html
    assert html.count("<img") == 2
    assert html.count("<h3>What it said</h3>") == 3
    assert "<th>About</th>" in html
    assert html.count("<td>C-2026-0007</td><td>") == 1 + len(made.timeline)
    told_to_programs = document(chain(), lambda report: {"id": report.alert.id})
    assert [step["alert"]["change"] for step in told_to_programs["chain"]] == [None, "correction", "update"]
    assert (told_to_programs["alert"]["id"], told_to_programs["delivery"]) == (9, {"id": 9})


@pytest.mark.parametrize(
    ("seconds", "unit", "last"),
    [
        (0.5, "seconds", 0.5),
        (179, "seconds", 179),
        (180, "minutes", 3),
        (10_799, "minutes", 179.98),
        (10_800, "hours", 3),
    ],
)
def test_the_chart_counts_in_a_unit_that_can_be_read(seconds: float, unit: str, last: float):
    """Seconds, minutes from three of them on, hours likewise; the lines are labelled in words."""
    curve = PAGE.curve(pack(seconds=seconds).step)
    assert curve is not None
    assert curve.along == f"{unit} since the release"
    assert curve.points[-1] == (pytest.approx(last, abs=0.01), 970)
    assert (curve.recipients_label, curve.reached_label) == ("Recipients: 1,000", "Reached: 970")


def test_without_copies_there_is_no_chart():
    """An alert that was never sent has a page without a picture."""
    unsent = pack(curve=())
    assert PAGE.curve(unsent.step) is None
    assert "<img" not in PAGE.html(unsent)


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize(("points", "recipients"), [(((0.0, 0), (1.0, 0)), 1), (((0.0, 5), (0.0, 5)), 5)])
def test_the_curve_is_drawn_whatever_it_says(theme: ThemeName, points: tuple[tuple[float, int], ...], recipients: int):
    """Nobody reached, everybody at once: a picture all the same, in both themes, from what goes to the process."""
    curve = Curve("Title", "seconds", points, recipients, "Recipients", "Reached")
    drawn = draw({"kind": "curve", "theme": theme, "content": curve.as_json()})
    assert Image.open(BytesIO(drawn), formats=["PNG"]).size == (1080, 540)
    assert Curve.from_json(curve.as_json()) == curve
