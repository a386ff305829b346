"""A changed level: officers are told at once, one of them or a second reading sends it, and nothing else does."""

from collections.abc import AsyncIterator

import pytest
from support.clock import DrivenClock
from support.feeds import feed
from support.lookout import CRITICAL, MI5, NI, OFFICER, OWNER, SEVERE, SUBSTANTIAL, UK, Lookout, at
from support.outbox import Outbox
from support.website import Website

from alerts.errors import NotFound, Stale
from alerts.levels.reports import Report
from alerts.publishing.alert import Severity
from alerts.publishing.approvals import Rule
from alerts.store import Store
from alerts.subscribers.sectors import Directory

MODERATE = feed("MODERATE")


@pytest.fixture
def outbox(store: Store, clock: DrivenClock, directory: Directory) -> Outbox:
    """A desk for which one person's word is enough: tests/alerts/test_alerts_consent.py is about two."""
    return Outbox(store, clock, directory, Rule(two_persons=False))


@pytest.fixture
async def website() -> AsyncIterator[Website]:
    """A feed that says SEVERE and SUBSTANTIAL."""
    async with Website().open() as opened:
        opened.body = SEVERE
        yield opened


@pytest.fixture
async def lookout(outbox: Outbox, website: Website) -> Lookout:
    """A watch that has read the feed at noon, where only an officer's press sends a change."""
    made = Lookout(outbox, website)
    await made.people()
    await made.poll(minutes=0)
    return made


@pytest.fixture
async def twice(outbox: Outbox, website: Website) -> Lookout:
    """The same where a second reading ten minutes later sends a change."""
    made = Lookout(outbox, website, confirm_minutes=10)
    await made.people()
    await made.poll(minutes=0)
    return made


async def report(lookout: Lookout, scheme: str = UK) -> Report:
    """Give what the feed says of a scheme."""
    return await lookout.reports.find(MI5, scheme)


async def confirm(lookout: Lookout, shown: Report) -> tuple[Severity | None, int]:
    """Press the button under a report; give the severity of what went out and to how many."""
    assert shown.reading is not None
    _, sent = await lookout.reports.confirm(
        MI5, shown.sighting.scheme, version=shown.reading.version, rank=shown.level.rank, by=OFFICER
    )
    assert sent is not None
    return sent[0].severity, sent[1]


async def test_a_change_is_told_to_officers_and_sent_to_nobody(lookout: Lookout):
    """Officers and owners have a notice at once, the level in force stays, and /threat can say what is reported."""
    await lookout.poll(CRITICAL)
    assert await lookout.told(OFFICER) == await lookout.told(OWNER) == ["level-reported"]
    details = await lookout.details()
    assert (details["source"], details["scheme"], details["level"], details["minutes"]) == (MI5, UK, "CRITICAL", 0)
    entry = await lookout.current()
    assert entry.reading is not None
    assert entry.reported is not None
    assert (entry.reading.level, entry.reading.seen_at) == ("SEVERE", at("12:00"))
    assert (entry.reported.level, entry.reported.first_at) == ("CRITICAL", at("12:20"))
    assert (await lookout.current(NI)).reported is None
    assert await lookout.outbox.written() == (0, 0)


async def test_officers_are_told_once_however_often_it_is_read(lookout: Lookout):
    """Every further poll of the same report, also by another process, tells nobody and sends nothing."""
    await lookout.poll(CRITICAL)
    for _ in range(5):
        await lookout.poll()
    again = Lookout(lookout.outbox, lookout.website)
    await again.poll()
    assert await again.told(OFFICER) == ["level-reported"]
    assert (await again.current()).reported is not None
    assert await again.outbox.written() == (0, 0)


@pytest.mark.parametrize(
    ("body", "severity"),
    [(CRITICAL, Severity.CRITICAL), (SUBSTANTIAL, Severity.ADVISORY)],
)
async def test_a_press_puts_it_into_force_and_sends_it(lookout: Lookout, body: bytes, severity: Severity):
    """To the highest rank it goes as critical, down as advisory, to everybody who wants changes of the level."""
    await lookout.poll(body)
    shown = await report(lookout)
    assert await confirm(lookout, shown) == (severity, 2)
    entry = await lookout.current()
    assert entry.reading is not None
    assert (entry.reading.level, entry.reading.source, entry.reading.set_by) == (shown.level.name, MI5, OFFICER)
    assert (entry.reading.since, entry.reported) == (at("12:20").date(), None)
    await lookout.poll()
    assert await lookout.outbox.written() == (1, 2)
    assert await lookout.told(OFFICER) == ["level-reported"]


async def test_a_raise_below_the_highest_rank_is_urgent(lookout: Lookout):
    """Northern Ireland from SUBSTANTIAL to SEVERE is not the top of the scale."""
    await lookout.poll(feed("SEVERE", "SEVERE"))
    assert await confirm(lookout, await report(lookout, NI)) == (Severity.URGENT, 2)


async def test_a_second_press_is_refused(lookout: Lookout):
    """What is in force already is not sent twice, whoever presses."""
    await lookout.poll(CRITICAL)
    shown = await report(lookout)
    await confirm(lookout, shown)
    with pytest.raises(Stale):
        await confirm(lookout, shown)
    assert await lookout.outbox.written() == (1, 2)


async def test_a_press_on_what_the_feed_no_longer_says_is_refused(lookout: Lookout):
    """The button carries the level that was shown; when the feed has moved on, it does nothing."""
    await lookout.poll(CRITICAL)
    shown = await report(lookout)
    await lookout.poll(MODERATE)
    with pytest.raises(Stale):
        await confirm(lookout, shown)
    assert await lookout.level() == "SEVERE"
    assert await confirm(lookout, await report(lookout)) == (Severity.ADVISORY, 2)


async def test_a_press_after_somebody_set_the_level_is_refused(lookout: Lookout):
    """A newer reading, though of the same level, makes the old button void; officers are told anew."""
    await lookout.poll(CRITICAL)
    shown = await report(lookout)
    await lookout.by_hand("SEVERE")
    with pytest.raises(Stale):
        await confirm(lookout, shown)
    await lookout.poll()
    assert await lookout.told(OFFICER) == ["level-reported", "level-reported"]


async def test_of_what_no_source_said_there_is_no_report(lookout: Lookout):
    """A button that names a scheme or a source that never spoke is refused."""
    for source, scheme in ((MI5, "nl-nctv"), ("other", UK)):
        with pytest.raises(NotFound):
            await lookout.reports.find(source, scheme)


async def test_a_report_that_is_taken_back_is_told_too(lookout: Lookout):
    """When the feed says again what is in force, officers who were told hear of it, once."""
    await lookout.poll(CRITICAL)
    await lookout.poll(SEVERE)
    await lookout.poll()
    assert await lookout.told(OFFICER) == ["level-reported", "level-withdrawn"]
    details = await lookout.details()
    assert (details["level"], details["was"]) == ("SEVERE", "CRITICAL")
    assert (await lookout.current()).reported is None


async def test_a_level_set_by_hand_ahead_of_the_feed_is_told_once(lookout: Lookout):
    """The feed disagrees with the officers: they are told once, and it is theirs to decide."""
    await lookout.by_hand("CRITICAL")
    for _ in range(3):
        await lookout.poll()
    assert await lookout.told(OFFICER) == ["level-reported"]
    assert await lookout.level() == "CRITICAL"


async def test_when_the_feed_comes_round_nothing_is_sent(lookout: Lookout):
    """An officer was first, the feed follows: the change was sent once, and the feed's sighting keeps it fresh."""
    await lookout.by_hand("CRITICAL")
    await lookout.poll(CRITICAL)
    entry = await lookout.current()
    assert entry.reading is not None
    assert (entry.reading.source, entry.reading.seen_at, entry.reported) == ("officer", at("12:20"), None)
    assert await lookout.outbox.written() == (1, 2)
    assert await lookout.told(OFFICER) == []


async def test_a_second_reading_sends_it_where_that_is_set(twice: Lookout):
    """The feed is asked again ten minutes later, for the whole body; if it agrees the change goes out, once."""
    twice.website.headers = {"ETag": '"v1"'}
    await twice.watch.look()
    twice.website.body = CRITICAL
    twice.outbox.pass_hours(20 / 60)
    await twice.watch.look()
    assert (await twice.details())["minutes"] == 10
    twice.outbox.pass_hours(9.9 / 60)
    await twice.watch.look()
    assert await twice.level() == "SEVERE"
    twice.outbox.pass_hours(0.2 / 60)
    await twice.watch.look()
    assert "If-None-Match" not in twice.website.requests[-1].headers
    entry = await twice.current()
    assert entry.reading is not None
    assert (entry.reading.level, entry.reading.set_by, entry.reported) == ("CRITICAL", None, None)
    assert await twice.outbox.written() == (1, 2)
    assert await twice.told(OFFICER) == ["level-reported", "level-sent"]
    assert (await twice.details())["recipients"] == 2
    for _ in range(3):
        await twice.poll()
    assert await twice.outbox.written() == (1, 2)


async def test_a_second_reading_too_soon_sends_nothing(twice: Lookout):
    """Two polls within the ten minutes are no confirmation."""
    await twice.poll(CRITICAL)
    await twice.poll(minutes=9)
    assert await twice.outbox.written() == (0, 0)
    await twice.poll(minutes=1)
    assert await twice.outbox.written() == (1, 2)


async def test_a_second_reading_that_differs_sends_nothing(twice: Lookout):
    """The ten minutes begin again with every other level, and end with a report that is taken back."""
    await twice.poll(CRITICAL)
    await twice.poll(MODERATE)
    await twice.poll(SEVERE)
    assert await twice.outbox.written() == (0, 0)
    assert await twice.level() == "SEVERE"


async def test_no_answer_is_no_second_reading(twice: Lookout):
    """Failures between the two readings neither confirm nor forget."""
    await twice.poll(CRITICAL)
    await twice.fails()
    assert await twice.outbox.written() == (0, 0)
    await twice.poll()
    assert await twice.outbox.written() == (1, 2)


async def test_a_second_reading_survives_a_restart(twice: Lookout):
    """The first sighting stands in the store, so a new process may make the second."""
    await twice.poll(CRITICAL)
    again = Lookout(twice.outbox, twice.website, confirm_minutes=10)
    await again.poll()
    assert await again.level() == "CRITICAL"


async def test_what_officers_set_is_never_overruled_by_a_second_reading(twice: Lookout):
    """Set by hand before or after the report: where the feed disagrees, only a press changes it."""
    await twice.by_hand("CRITICAL")
    for _ in range(3):
        await twice.poll()
    assert await twice.level() == "CRITICAL"
    await twice.poll(MODERATE)
    await twice.by_hand("SUBSTANTIAL")
    for _ in range(3):
        await twice.poll()
    assert await twice.level() == "SUBSTANTIAL"
    assert (await twice.details())["minutes"] == 0


async def test_once_the_feed_has_agreed_its_next_change_counts_again(twice: Lookout):
    """A level set by hand that the feed then confirmed is common ground: from there a second reading may send."""
    await twice.by_hand("CRITICAL")
    await twice.poll(CRITICAL)
    await twice.poll(SEVERE)
    await twice.poll()
    assert await twice.level() == "SEVERE"


async def test_both_levels_may_change_at_once(lookout: Lookout):
    """Each is told, shown and confirmed by itself."""
    await lookout.poll(feed("CRITICAL", "SEVERE"))
    assert await lookout.told(OFFICER) == ["level-reported", "level-reported"]
    await confirm(lookout, await report(lookout, NI))
    assert (await lookout.level(UK), await lookout.level(NI)) == ("SEVERE", "SEVERE")
    assert (await lookout.current(UK)).reported is not None
