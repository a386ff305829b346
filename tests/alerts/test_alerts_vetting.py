"""Vetting: who can vouch for whom, what ends it, and what is recorded."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from support.outbox import Outbox, officer
from support.record import TRAIL

from alerts.audit.entry import ADMINISTRATOR
from alerts.errors import NotAllowed, NotFound, Stale
from alerts.people.notices import NoticeKind
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.publishing.alert import Audience
from alerts.store.authority import audit
from alerts.store.tables import notices
from alerts.subscribers.roll import Profile
from alerts.subscribers.sectors import Directory
from alerts.subscribers.vetting import PAGE_SIZE

AMIRA, BEN, GROUP = 101, 102, -201
DANA = officer(501)
LEAD = officer(502, "retail")


async def join(outbox: Outbox, chat: int, *sectors: str, kind: str = "private", name: str = "") -> None:
    """Put somebody on the roll whom nobody has vetted."""
    await outbox.roll.subscribe(chat, kind, Profile(name=name, sectors=sectors or ("retail",)))


async def acts(outbox: Outbox) -> list[tuple[str, int | None, dict[str, object]]]:
    """Give what is on record, besides who subscribed."""
    joined = audit.c.act.in_(["subscribed", "subscription-changed", "unsubscribed", "person-granted"])
    async with outbox.store.reading() as connection:
        rows = (await connection.execute(select(audit).where(~joined).order_by(audit.c.number))).all()
    return [(row.act, row.whom, row.after) for row in rows]


async def told(outbox: Outbox, kind: NoticeKind) -> list[int]:
    """Name who has a notice of a kind."""
    async with outbox.store.reading() as connection:
        found = select(notices.c.user_id).where(notices.c.kind == kind.value).order_by(notices.c.id)
        return list((await connection.execute(found)).scalars())


async def test_a_vetted_contact_gets_more(outbox: Outbox):
    """Once somebody vouches for a contact they get what is not public; they are told, and it stands on record."""
    await outbox.hire(DANA.user_id)
    await join(outbox, AMIRA)
    assert await outbox.desk.count_recipients(Audience()) == 0
    await outbox.vetting.vet(AMIRA, DANA)
    assert await outbox.desk.count_recipients(Audience()) == 1
    assert await told(outbox, NoticeKind.CONTACT_VETTED) == [AMIRA]
    assert await acts(outbox) == [("contact-vetted", AMIRA, {"vetted": True})]


async def test_vetting_twice_is_vetting_once(outbox: Outbox):
    """A second press, or a stale one, changes nothing and tells nobody."""
    await outbox.hire(DANA.user_id)
    await join(outbox, AMIRA)
    await outbox.vetting.vet(AMIRA, DANA)
    await outbox.vetting.vet(AMIRA, DANA)
    assert len(await acts(outbox)) == 1
    assert await told(outbox, NoticeKind.CONTACT_VETTED) == [AMIRA]


async def test_a_lead_vouches_within_their_sectors(outbox: Outbox):
    """Who is limited to sectors sees and vets only those all of whose sectors are among them."""
    await outbox.hire(LEAD.user_id, "retail")
    await join(outbox, AMIRA, "retail")
    await join(outbox, BEN, "retail", "aviation")
    page = await outbox.vetting.waiting(LEAD, 0)
    assert [one.chat_id for one in page.items] == [AMIRA]
    with pytest.raises(NotAllowed):
        await outbox.vetting.vet(BEN, LEAD)
    await outbox.vetting.vet(AMIRA, LEAD)
    assert await outbox.desk.count_recipients(Audience()) == 1


async def test_another_sector_wants_vetting_anew(outbox: Outbox):
    """Who adds a sector is vouched for no more; who drops one, or wants other regions, still is."""
    await outbox.subscribe(AMIRA, sectors=("retail", "legal"))
    await outbox.roll.subscribe(AMIRA, "private", Profile(sectors=("retail",), regions=("wales",), wants_levels=False))
    assert await outbox.desk.count_recipients(Audience()) == 1
    await outbox.roll.subscribe(AMIRA, "private", Profile(sectors=("retail", "aviation")))
    assert await outbox.desk.count_recipients(Audience()) == 0


BEN_WAS = Profile("Ben", "Corner shop", "Manager", sectors=("retail",))


@pytest.mark.parametrize(
    "says", [{"name": "Supt Amira Khan"}, {"organisation": "Met Police"}, {"job": "Superintendent"}, {"job": ""}]
)
async def test_who_says_they_are_another_wants_vetting_anew(outbox: Outbox, says: dict[str, str]):
    """Somebody vouched for a person with a name, an organisation and a job; as another they can be named no more."""
    await outbox.hire(DANA.user_id)
    await outbox.roll.subscribe(BEN, "private", BEN_WAS)
    await outbox.vetting.vet(BEN, DANA)
    assert await outbox.vetting.would_end(BEN, BEN_WAS) is False
    assert (await outbox.vetting.nameable(501, (), 0)).window.total == 1
    other = replace(BEN_WAS, **says)
    assert await outbox.vetting.would_end(BEN, other) is True
    after = await outbox.roll.subscribe(BEN, "private", other)
    assert not after.is_vetted
    assert (await outbox.vetting.nameable(501, (), 0)).window.total == 0
    assert [one.chat_id for one in (await outbox.vetting.waiting(DANA, 0)).items] == [BEN]


async def test_another_title_or_a_role_leaves_the_vetting(outbox: Outbox):
    """A group is known by its chat, and by its title to nobody; who holds a role is vouched for by who gave it."""
    await join(outbox, GROUP, kind="group", name="Shops")
    await outbox.vouch(GROUP)
    assert await outbox.vetting.would_end(GROUP, Profile("Shops, closed", sectors=("retail",))) is False
    assert (await outbox.roll.subscribe(GROUP, "group", Profile("Shops, closed", sectors=("retail",)))).is_vetted
    await outbox.roll.subscribe(BEN, "private", BEN_WAS)
    await outbox.vouch(BEN)
    await outbox.grant(BEN, role=Role.AUDITOR)
    assert await outbox.vetting.would_end(BEN, replace(BEN_WAS, name="Benjamin")) is False
    assert (await outbox.roll.subscribe(BEN, "private", replace(BEN_WAS, name="Benjamin"))).is_vetted


async def test_a_press_vouches_for_what_was_shown(outbox: Outbox):
    """Whoever became another, or of other sectors, since a page was shown is not vetted by a press on it."""
    await outbox.hire(DANA.user_id)
    await outbox.roll.subscribe(BEN, "private", BEN_WAS)
    shown = outbox.vetting.mark_of(await outbox.vetting.find(BEN, DANA))
    for other in (replace(BEN_WAS, name="Supt Amira Khan"), replace(BEN_WAS, sectors=("retail", "legal"))):
        await outbox.roll.subscribe(BEN, "private", other)
        with pytest.raises(Stale):
            await outbox.vetting.vet(BEN, DANA, shown)
    assert not (await outbox.vetting.find(BEN, DANA)).is_vetted
    await outbox.roll.subscribe(BEN, "private", BEN_WAS)
    await outbox.vetting.vet(BEN, DANA, shown)
    assert (await outbox.vetting.find(BEN, DANA)).is_vetted


async def test_who_leaves_and_comes_back_is_new(outbox: Outbox):
    """The end of a subscription ends the vetting."""
    await outbox.subscribe(AMIRA)
    await outbox.roll.unsubscribe(AMIRA)
    await join(outbox, AMIRA)
    entry = await outbox.roll.find(AMIRA)
    assert entry is not None
    assert not entry.is_vetted


async def test_a_blocked_bot_ends_no_vetting(outbox: Outbox):
    """A suspended subscription resumes as it was, and a group that becomes a supergroup stays vetted."""
    await outbox.subscribe(AMIRA)
    await join(outbox, GROUP, kind="group")
    await outbox.vouch(GROUP)
    await outbox.roll.blocked(AMIRA)
    await outbox.roll.started(AMIRA)
    await outbox.roll.migrated(GROUP, GROUP - 1)
    assert await outbox.desk.count_recipients(Audience()) == 2


async def test_the_list_pages_and_is_recorded(outbox: Outbox):
    """Contacts wait page by page, the newest first; each look is on record, with how many it showed."""
    for chat in range(1, PAGE_SIZE + 2):
        await join(outbox, chat)
        outbox.pass_hours(1)
    first, second = await outbox.vetting.waiting(DANA, 0), await outbox.vetting.waiting(DANA, 1)
    assert (first.window.total, first.window.pages, len(first.items)) == (PAGE_SIZE + 1, 2, PAGE_SIZE)
    assert first.items[0].chat_id == PAGE_SIZE + 1
    assert [one.chat_id for one in second.items] == [1]
    assert (await outbox.vetting.waiting(DANA, 99)).window.number == 1
    assert {act for act, _, _ in await acts(outbox)} == {"contacts-seen"}
    assert (await acts(outbox))[0][2] == {"contacts": PAGE_SIZE, "why": "to vet them"}


async def test_who_can_be_named(outbox: Outbox):
    """RED can name vetted persons: by a part of the name, or by the number, whatever stands in it; and no group."""
    await outbox.subscribe(AMIRA, name="Amira Khan", organisation="Rail_Co")
    await outbox.subscribe(BEN, name="100% Ben")
    await join(outbox, 103, name="Amira the unvetted")
    await join(outbox, GROUP, kind="group", name="Amira's group")
    await outbox.vouch(GROUP)

    async def found(text: str, *scope: str) -> list[int]:
        return [one.chat_id for one in (await outbox.vetting.nameable(501, scope, 0, text)).items]

    assert await found("") == [AMIRA, BEN]
    assert await found("khan") == await found("rail_") == await found("101") == [AMIRA]
    assert await found("100%") == [BEN]
    assert await found("x%") == await found("9" * 40) == []
    assert await found("", "aviation") == []


async def test_the_administrator_vets_many(outbox: Outbox):
    """The command line vets or unvets some or all, says how many that changed, and leaves one entry."""
    for chat in (AMIRA, BEN):
        await join(outbox, chat)
    assert await outbox.vetting.vet_many([AMIRA, 999], ADMINISTRATOR) == 1
    assert await outbox.vetting.vet_many(None, ADMINISTRATOR) == 1
    assert await outbox.vetting.vet_many(None, ADMINISTRATOR) == 0
    assert await outbox.vetting.vet_many([BEN], ADMINISTRATOR, vetted=False) == 1
    assert await outbox.desk.count_recipients(Audience()) == 1
    assert [act for act, _, _ in await acts(outbox)] == ["contact-vetted", "contact-vetted", "contact-unvetted"]
    assert await told(outbox, NoticeKind.CONTACT_VETTED) == []


async def test_who_is_told_that_somebody_waits(outbox: Outbox, directory: Directory):
    """Those who could vet the contact are told, once an hour at most; a deputy, an auditor and other leads are not."""
    roster = Roster(outbox.store, outbox.clock, TRAIL, directory)
    for user, role, sectors in (
        (1, Role.OWNER, ()),
        (2, Role.OFFICER, ()),
        (3, Role.LEAD, ("retail",)),
        (4, Role.LEAD, ("aviation",)),
        (5, Role.DEPUTY, ("retail",)),
        (6, Role.AUDITOR, ()),
    ):
        await roster.grant(user, role, sectors=sectors)
    await outbox.vetting.announce(("retail",))
    await outbox.vetting.announce(("retail",))
    assert await told(outbox, NoticeKind.CONTACTS_UNVETTED) == [1, 2, 3]
    outbox.pass_hours(1.1)
    await outbox.vetting.announce(("aviation",))
    assert await told(outbox, NoticeKind.CONTACTS_UNVETTED) == [1, 2, 3, 1, 2, 4]


async def test_nobody_is_found_who_is_not_there(outbox: Outbox):
    """A button for somebody who has left, or never was, changes nothing."""
    await outbox.hire(DANA.user_id)
    await join(outbox, AMIRA)
    await outbox.roll.unsubscribe(AMIRA)
    for chat in (AMIRA, 999):
        with pytest.raises(NotFound):
            await outbox.vetting.vet(chat, DANA)
