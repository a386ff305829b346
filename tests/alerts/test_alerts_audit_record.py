"""The record beside its chain: the secret that belongs to it, its pages, its export, who has looked at it."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from support.clock import DrivenClock
from support.record import KEY, TRAIL

from alerts.audit.entry import ADMINISTRATOR, Act, in_chat
from alerts.audit.export import Export, Format
from alerts.audit.record import AT_ONCE, PAGE_SIZE, Record
from alerts.audit.trail import MARK, Trail
from alerts.audit.verdict import Break, Fault
from alerts.delivery.hold import Holds
from alerts.errors import NotAllowed, NotFound, Stale, WrongSecret
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.store import Store
from alerts.store.authority import audit
from alerts.store.tables import meta
from alerts.subscribers.sectors import Directory

ADA, OLGA = 12, 15


def other_secret() -> Trail:
    """Give the trail of an installation with another secret."""
    return Trail(lambda: b"the secret of another machine")


def ours() -> Trail:
    """Give the trail of a process that has just started."""
    return Trail(lambda: KEY)


@pytest.fixture
def record(store: Store, clock: DrivenClock) -> Record:
    """The record of a new database."""
    return Record(store, clock, ours())


async def look(record: Record, times: int) -> None:
    """Look at some list so many times."""
    for number in range(1, times + 1):
        await record.note_seen(Act.CONTACTS_SEEN, in_chat(ADA), f"list {number}", number)


async def test_the_first_secret_is_the_database_s(store: Store, clock: DrivenClock, record: Record):
    """It is proved again at every start; another one is refused, whether anything was noted yet or not."""
    await record.prove_secret()
    other = Record(store, clock, other_secret())
    with pytest.raises(WrongSecret, match="not the one that seals this database's record"):
        await other.prove_secret()
    await look(record, 1)
    await Record(store, clock, ours()).prove_secret()
    with pytest.raises(WrongSecret):
        await other.prove_secret()


async def test_a_record_without_a_mark_is_proved_by_its_newest_seal(store: Store, clock: DrivenClock, record: Record):
    """Who takes the mark away makes no room for another secret; the right one marks it again."""
    await look(record, 2)
    mark = await store.fact(MARK)
    async with store.writing() as connection:
        await connection.execute(meta.delete().where(meta.c.key == MARK))
    with pytest.raises(WrongSecret):
        await Record(store, clock, other_secret()).prove_secret()
    await Record(store, clock, ours()).prove_secret()
    assert await store.fact(MARK) == mark


async def test_an_act_that_cannot_be_noted_is_not_done(store: Store, clock: DrivenClock, record: Record):
    """With a wrong secret a hold is neither placed nor noted."""
    await record.prove_secret()
    holds = Holds(store, clock, other_secret())
    with pytest.raises(WrongSecret):
        await holds.place(OLGA, "why")
    assert await holds.current() is None
    assert await record.newest() is None


async def test_the_mark_of_an_act_that_fails_is_not_believed(store: Store, clock: DrivenClock):
    """A secret counts as proved once its mark is committed: one that was rolled back proves nothing."""
    first = ours()
    with suppress(KeyError):
        async with store.writing() as connection:
            await first.note(connection, Act.RECORD_SEEN, ADMINISTRATOR, clock.now(), subject="record")
            raise KeyError
    await Record(store, clock, other_secret()).prove_secret()
    with pytest.raises(WrongSecret):
        async with store.writing() as connection:
            await first.note(connection, Act.RECORD_SEEN, ADMINISTRATOR, clock.now(), subject="record")


async def test_a_lost_secret_is_replaced_and_the_earlier_entries_say_so(
    store: Store, clock: DrivenClock, record: Record
):
    """From the replacement on the new one proves everything; what is earlier the one before alone proves."""
    await look(record, 3)
    await record.erase(ADA, ADMINISTRATOR)
    kept = await record.newest()
    with pytest.raises(Stale):
        await record.renew(ADMINISTRATOR)
    renewed = Record(store, clock, other_secret())
    await renewed.renew(ADMINISTRATOR)
    await renewed.note_seen(Act.RECORD_SEEN, in_chat(ADA))
    await renewed.erase(ADA, ADMINISTRATOR)
    verdict = await renewed.inspect(kept.seal if kept else None)
    assert (verdict.entries, verdict.broken, verdict.sealed_before) == (7, None, 4)
    before = await record.inspect()
    assert (before.broken, before.sealed_before) == (Break(5, Fault.REWRITTEN), 0)
    with pytest.raises(WrongSecret):
        await Record(store, clock, ours()).prove_secret()
    async with store.writing() as connection:
        await connection.execute(update(audit).where(audit.c.number == 6).values(subject="another"))
    assert (await renewed.inspect()).broken == Break(6, Fault.CHANGED)


async def test_nobody_without_the_secret_can_pretend_a_replacement(store: Store, clock: DrivenClock, record: Record):
    """An entry that calls itself one and is sealed otherwise opens nothing: it is a break like any other."""
    await look(record, 6)
    async with store.writing() as connection:
        await connection.execute(update(audit).where(audit.c.number == 5).values(act=Act.SECRET_REPLACED.value))
        await connection.execute(update(audit).where(audit.c.number == 2).values(subject="another"))
    verdict = await record.inspect()
    assert (verdict.broken, verdict.sealed_before) == (Break(2, Fault.CHANGED), 0)


async def test_pages_begin_with_the_newest_entry(
    record: Record, store: Store, clock: DrivenClock, directory: Directory
):
    """Each entry stands on one page, people with a role have their names, and a page beyond the end is the last."""
    assert (await record.page()).newest is None
    await Roster(store, clock, TRAIL, directory).grant(ADA, Role.AUDITOR, name="Ada")
    before = await record.newest()
    first = (before.number if before else 0) + 1
    await look(record, 2 * PAGE_SIZE + 1)
    page = await record.page()
    assert page.entries[0].subject == f"list {2 * PAGE_SIZE + 1}"
    assert page.names[ADA] == "Ada"
    assert page.newest == await record.newest()
    pages = [await record.page(number, page.top) for number in range(page.window.pages)]
    seen = [entry.number for page in pages for entry in page.entries]
    assert seen == list(range(page.top, 0, -1))
    assert (await record.page(99)).window.number == page.window.pages - 1
    await look(record, 1)
    assert (await record.page(0, page.top)).entries == page.entries
    assert first <= page.top


async def test_who_looks_at_the_record_stands_in_it(record: Record):
    """Opening it is noted after the page was made; turning pages is not."""
    await look(record, 1)
    page = await record.open(in_chat(OLGA))
    assert [entry.act for entry in page.entries] == [Act.CONTACTS_SEEN]
    newest = (await record.page()).entries[0]
    assert (newest.act, newest.who, newest.subject) == (Act.RECORD_SEEN, OLGA, "record")


async def test_an_export_is_the_same_in_however_many_parts(record: Record, monkeypatch: pytest.MonkeyPatch):
    """A record that is read in many parts gives one document, whose seals follow each other."""
    await look(record, 7)
    documents = []
    for at_once in (AT_ONCE, 3):
        monkeypatch.setattr("alerts.audit.record.AT_ONCE", at_once)
        export = Export(Format.JSON)
        parts = [export.entries(part) async for part in record.everything()]
        documents.append(json.loads(export.begin() + b"".join(parts) + export.end()))
    assert documents[0] == documents[1]
    assert [entry["number"] for entry in documents[0]["entries"]] == list(range(1, 8))
    assert documents[0]["head"]["seal"] == documents[0]["entries"][-1]["seal"]
    empty = Export(Format.JSON)
    assert json.loads(empty.begin() + empty.end()) == {"entries": [], "head": None}


async def test_a_person_with_a_role_is_not_erased(
    record: Record, store: Store, clock: DrivenClock, directory: Directory
):
    """Who can still act has to be answerable; afterwards they can be erased, once."""
    roster = Roster(store, clock, TRAIL, directory)
    await roster.grant(ADA, Role.AUDITOR)
    await look(record, 2)
    with pytest.raises(NotAllowed, match="holds a role"):
        await record.erase(ADA, ADMINISTRATOR)
    await roster.revoke(ADA)
    clock.start += timedelta(minutes=1)
    assert await record.erase(ADA, ADMINISTRATOR) >= 2
    with pytest.raises(NotFound):
        await record.erase(ADA, ADMINISTRATOR)
    async with store.reading() as connection:
        kept = (await connection.execute(select(audit.c.who, audit.c.whom))).all()
    assert all(ADA not in row for row in kept)
