"""The record's chain: what an entry is sealed with, on both databases."""

from contextlib import suppress

from support.clock import DrivenClock
from support.record import TRAIL

from alerts.audit.entry import ADMINISTRATOR, MEANING, Act, Actor, Door, in_chat
from alerts.store import Store
from alerts.store.authority import audit


async def entries(store: Store) -> list[dict[str, object]]:
    """Give every entry, oldest first."""
    async with store.reading() as connection:
        rows = (await connection.execute(audit.select().order_by(audit.c.number))).mappings().all()
    return [dict(row) for row in rows]


async def test_every_entry_is_sealed_with_the_one_before(store: Store, clock: DrivenClock):
    """The seals follow from what the database gives back and from the seal before; a changed word gives another."""
    for by, role in ((ADMINISTRATOR, "owner"), (in_chat(5), "officer"), (Actor(None, Door.SCHEDULE, "weekly"), "lead")):
        async with store.writing() as connection:
            after = {"role": role, "sectors": ["retail"]}
            await TRAIL.note(
                connection, Act.PERSON_GRANTED, by, clock.now(), subject="person", whom=7, before={"b": 1}, after=after
            )
        await clock.advance(1.5)
    found = await entries(store)
    assert [entry["number"] for entry in found] == [1, 2, 3]
    assert [entry["place"] for entry in found] == ["command line", "chat", "schedule: weekly"]
    assert [entry["who"] for entry in found] == [None, 5, None]
    before = ""
    for entry in found:
        assert TRAIL.seal(entry, before) == entry["seal"]
        assert TRAIL.seal(entry | {"after": {"role": "auditor"}}, before) != entry["seal"]
        assert TRAIL.commitment(7, str(entry["whom_salt"])) == entry["whom_seal"]
        before = str(entry["seal"])
    assert len({entry["whom_seal"] for entry in found}) == 3


async def test_an_act_that_fails_leaves_no_entry(store: Store, clock: DrivenClock):
    """An entry belongs to the transaction of its act, and the next one follows on the last that was kept."""
    for role in ("officer", "nobody", "lead"):
        with suppress(KeyError):
            async with store.writing() as connection:
                await TRAIL.note(connection, Act.PERSON_REVOKED, in_chat(5), clock.now(), subject="person", whom=7)
                assert {"officer": 1, "lead": 2}[role]
    assert [entry["number"] for entry in await entries(store)] == [1, 2]


def test_every_act_has_its_sentence():
    """The table of meanings names every act there is."""
    assert MEANING.keys() == set(Act)
