"""People, roles and invitations through the whole bot: /people, /invite, the link, the owner's word, /contacts."""

import asyncio
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from support.patience import until
from support.person import Message, Person, words_of
from support.talk import ask, enrol, officer, press_twice, reach_preview
from support.town import Town, town_at

from alerts.people.invitation import InvitationState
from alerts.people.rights import Role
from alerts.publishing.alert import AlertStatus
from alerts.subscribers.roll import Profile

AMIRA, BEN, DANA, EVE, OLU, OTTO = 11, 12, 13, 14, 15, 16
NO_INVITATION = "That invitation is not valid, or not valid any more. Nothing has changed."
OWNERS_ONLY = "That is for owners. Nothing has changed."
OFFICERS_ONLY = "That is for duty officers. Nothing has changed."
OLD = "That button belongs to an earlier conversation. Nothing has changed."
LATE = "That has been decided already. Nothing has changed."


async def owner(town: Town, account: int = OLU, first_name: str = "Olu") -> Person:
    """Bring an owner into the town who has pressed Start."""
    await town.domain.roster.grant(account, Role.OWNER, name=first_name)
    person = await town.person(account, first_name)
    await ask(person, "/help", "What I can do")
    return person


async def invite(olu: Person, role: str, *sectors: str) -> Message:
    """Make an invitation by buttons, and give the message with the link."""
    begun = await ask(olu, "/invite", "Invite somebody.")
    await olu.press(role, message_id=begun["message_id"])
    for sector in sectors:
        await olu.press(sector)
    if sectors:
        await olu.press("Done")
    await olu.reads("Make an invitation to the role")
    await olu.press("Make the invitation")
    return await olu.reads("Invitation to the role", after=begun["message_id"])


def code_in(message: Message) -> str:
    """Give what follows /start in the link that a message shows."""
    found = re.search(r"https://t\.me/\S+", words_of(message))
    assert found is not None
    address = urlsplit(found[0])
    assert address.path == "/sandbox_123456_bot"
    [payload] = parse_qs(address.query)["start"]
    assert payload.startswith("inv_")
    return payload


async def role_of(town: Town, account: int) -> Role:
    """Give somebody's role."""
    return await town.domain.roster.role_of(account)


async def test_an_invited_person_is_confirmed_by_an_owner_and_told(town: Town) -> None:
    """Role and sectors by buttons, a link that works once, an owner's word, and only then the role and its menu."""
    olu, amira, ben = await owner(town), await town.person(AMIRA), await town.person(BEN, "Ben")
    link = await invite(olu, "sector lead", "Aviation", "Chemicals")
    assert link["photo"]
    assert "Invitation to the role sector lead for Aviation; Chemicals" in words_of(link)

    payload = code_in(link)
    asked = await ask(
        amira, f"/start {payload}", "You are invited to a role here: sector lead for Aviation; Chemicals."
    )
    assert "You could then write alerts for the sectors that are named" in asked["text"]
    assert "If you accept, an owner is asked to confirm you. Until then nothing changes." in asked["text"]
    await press_twice(amira, "Accept")
    waits = await amira.reads("For the role sector lead for Aviation; Chemicals an owner has to confirm you")
    assert await role_of(town, AMIRA) is Role.CONTACT
    await ask(amira, "/compose", OFFICERS_ONLY)
    await ask(ben, f"/start {payload}", NO_INVITATION)

    notice = await olu.reads("Somebody has accepted an invitation and waits for an owner.")
    assert f"Accepted by Amira, Telegram user id {AMIRA}" in notice["text"]
    assert "Ask the person, in another way than here" in notice["text"]
    confirm = await olu.button("It is them")
    await press_twice(olu, "It is them")
    await amira.reads("Your role here is now: sector lead for Aviation; Chemicals.", after=waits["message_id"])
    person = await town.domain.roster.find(AMIRA)
    assert person is not None
    assert (person.role, person.sectors, person.name) == (Role.LEAD, ("aviation", "chemicals"), "Amira")
    await olu.press_data(*confirm)
    assert olu.notices[-1] == LATE
    await ask(amira, "/compose", "New alert")
    assert sum("Your role here is now" in text for text in amira.received()) == 1


async def test_a_refused_person_gets_nothing(town: Town) -> None:
    """After a refusal the person is told, holds no role, and the link and the owners' buttons do nothing any more."""
    olu, otto = await owner(town), await owner(town, OTTO, "Otto")
    eve = await town.person(EVE, "Eve")
    payload = code_in(await invite(olu, "duty officer", "Aviation"))
    await ask(eve, f"/start {payload}", "You are invited to a role here")
    await eve.press("Accept")
    await otto.reads("Somebody has accepted an invitation")
    confirm = await otto.button("It is them")
    await olu.press("Refuse")
    await eve.reads("An owner has decided that the invitation which you accepted gives you no role.")
    await otto.press_data(*confirm)
    assert otto.notices[-1] == LATE
    assert "Olu has refused it" in otto.messages[confirm[0]]["text"]
    assert "Eve" not in otto.messages[confirm[0]]["text"]
    await ask(eve, f"/start {payload}", NO_INVITATION)
    assert await role_of(town, EVE) is Role.CONTACT


async def test_codes_that_are_wrong_used_withdrawn_or_tried_too_often_read_the_same(town: Town) -> None:
    """Five tries lock out; the answers before, at and after it do not differ, and the owners hear of it once."""
    olu, eve, amira = await owner(town), await town.person(EVE, "Eve"), await town.person(AMIRA)
    used, good = code_in(await invite(olu, "auditor")), code_in(await invite(olu, "owner"))
    withdrawn = code_in(await invite(olu, "auditor"))
    await olu.press("Withdraw the invitation")
    await olu.reads("Withdrawn. The link does nothing any more.")
    await ask(amira, f"/start {used}", "You are invited")
    await amira.press("Accept")
    answers = set()
    for payload in ("inv_x", used, withdrawn, f"inv_{'A' * 22}", "inv_0", good, "inv_1"):
        after = eve.newest
        await eve.say(f"/start {payload}")
        answers.add((await eve.reads(NO_INVITATION, after=after))["text"])
    assert len(answers) == 1
    notice = await olu.reads("Somebody is guessing invitations.")
    assert f"User {EVE} has tried 5 codes that are not valid." in notice["text"]
    await eve.press_data(eve.newest, f"join:yes:{good.removeprefix('inv_')}")
    assert await role_of(town, EVE) is Role.CONTACT
    assert [one.state for one in await town.domain.invitations.pending()] == [
        InvitationState.ACCEPTED,
        InvitationState.OPEN,
    ]
    assert sum("is guessing" in text for text in olu.received()) == 1


async def test_who_declines_may_change_their_mind(town: Town) -> None:
    """'No, thank you' changes nothing, and the link works on; who holds a role reads that the new one replaces it."""
    olu, dana = await owner(town), await officer(town, DANA)
    payload = code_in(await invite(olu, "owner"))
    asked = await ask(dana, f"/start {payload}", "You are invited")
    assert "Your role so far is duty officer for all sectors. The new one takes its place." in asked["text"]
    await dana.press("No, thank you")
    await dana.reads("All right. Nothing has changed.")
    await ask(dana, f"/start {payload}", "You are invited")
    await dana.press("Accept")
    await olu.press("It is them")
    await dana.reads("Your role here is now: owner.")
    assert await role_of(town, DANA) is Role.OWNER


async def test_the_roster_is_listed_page_by_page(tmp_path: Path) -> None:
    """Role, sectors and who cannot be reached, eight on a page, each with a page of their own."""
    async with town_at(tmp_path) as town:
        for number in range(9):
            await town.domain.roster.grant(100 + number, Role.OFFICER, name=f"Officer {number}")
        await town.domain.roster.grant(90, Role.DEPUTY, sectors=["aviation", "retail"])
        await town.start_bot()
        olu = await owner(town)
        listed = await ask(olu, "/people", "11 people with a role")
        assert "Olu – owner\n" in listed["text"]
        assert "user 90 – deputy lead for Aviation; Retail (cannot be reached: " in listed["text"]
        assert "1 of 2" in olu.buttons(listed)
        await olu.press("Next")
        await olu.reads("Officer 8 – duty officer for all sectors (cannot be reached")
        await olu.press("Officer 8")
        card = await olu.reads("Telegram user id: 108")
        assert "given by the administrator" in card["text"]
        assert "I cannot write to them" in card["text"]


async def test_a_role_is_changed_by_buttons(town: Town) -> None:
    """An owner makes an officer a lead of one sector: it counts at once, and the person is told."""
    olu, dana = await owner(town), await officer(town, DANA)
    await ask(dana, "/help", "What I can do")
    await ask(olu, "/people", "2 people with a role")
    await olu.press(f"user {DANA}")
    await olu.press("Change the role or sectors")
    await olu.reads("Which role from now on?")
    await olu.press("sector lead")
    asked = await olu.reads("Chosen: none yet")
    await olu.press("Done (0 chosen)", message_id=asked["message_id"])
    assert olu.notices[-1] == "Choose at least one sector first."
    await olu.press("Aviation")
    await olu.press("Done (1 chosen)")
    check = await olu.reads("Give user 13 the role sector lead for Aviation, in place of duty officer for all sectors?")
    await olu.press("Back", message_id=check["message_id"])
    await olu.press("Done (1 chosen)")
    await press_twice(olu, "Yes, change it")
    await dana.reads("Your role here is now: sector lead for Aviation.")
    assert await role_of(town, DANA) is Role.LEAD
    await ask(dana, "/level", OFFICERS_ONLY)


async def test_a_card_that_is_out_of_date_changes_nothing(town: Town) -> None:
    """A role that another owner has changed since the card was shown is shown anew in place of being changed."""
    olu, _ = await owner(town), await officer(town, DANA)
    await ask(olu, "/people", "2 people with a role")
    await olu.press(f"user {DANA}")
    change, take_away = await olu.button("Change the role"), await olu.button("Take the role away")
    await olu.press("Take the role away")
    gone = await olu.button("Yes, take it away")
    await town.domain.roster.grant(DANA, Role.AUDITOR)
    for data in (change, take_away, gone):
        await olu.press_data(*data)
        assert olu.notices[-1] == "Somebody has changed this role meanwhile. Here is how it stands now."
        assert "Role: auditor" in olu.messages[data[0]]["text"]
    assert await role_of(town, DANA) is Role.AUDITOR
    await olu.press("Take the role away")
    gone = await olu.button("Yes, take it away")
    await press_twice(olu, "Yes, take it away")
    assert await role_of(town, DANA) is Role.CONTACT
    await olu.press_data(*gone)
    await olu.reads("That person holds no role any more.")


async def test_the_last_owner_stays(town: Town) -> None:
    """An owner who is the last one can neither take their own role away nor become less."""
    olu = await owner(town)
    await ask(olu, "/people", "1 person with a role")
    await olu.press("Olu")
    await olu.press("Take the role away")
    await olu.press("Yes, take it away")
    await olu.reads("That is the last owner. Make somebody else owner first.")
    await ask(olu, "/people", "1 person with a role")
    await olu.press("Olu")
    await olu.press("Change the role or sectors")
    await olu.press("auditor")
    await olu.press("Yes, change it")
    await olu.reads("That is the last owner.")
    assert await role_of(town, OLU) is Role.OWNER


async def test_a_revocation_counts_at_once(town: Town) -> None:
    """In the midst of writing: the wizard ends, its buttons and the person's others are refused, and they are told."""
    await enrol(town, 2)
    olu, dana = await owner(town), await officer(town, DANA)
    await reach_preview(dana, "Gate closed")
    send = await dana.button("Submit for approval")
    listed = await ask(dana, "/schedule", "Nothing goes out by itself yet.")
    add = await dana.button("Add")
    await ask(olu, "/people", "2 people with a role")
    await olu.press(f"user {DANA}")
    await olu.press("Take the role away")
    asked = await olu.reads("It counts at once")
    assert f"Take the role away from user {DANA} (duty officer for all sectors)?" in asked["text"]
    await olu.press("Yes, take it away")
    await dana.reads("You hold no role here any more.", after=listed["message_id"])
    for data in (send, add):
        after = dana.newest
        await dana.press_data(*data)
        await dana.reads(OFFICERS_ONLY, after=after)
    await ask(dana, "Another headline", "I do not understand free text.")
    assert [alert.status for alert, _ in await town.domain.desk.newest(9)] == [AlertStatus.DRAFT]


async def test_an_owner_who_is_none_any_more_finishes_nothing(town: Town) -> None:
    """Invitation, decision and change that an owner had open are refused once the role is gone."""
    olu, otto, eve = await owner(town), await owner(town, OTTO, "Otto"), await town.person(EVE, "Eve")
    payload = code_in(await invite(otto, "duty officer", "Aviation"))
    await ask(eve, f"/start {payload}", "You are invited")
    await eve.press("Accept")
    await otto.reads("Somebody has accepted")
    confirm = await otto.button("It is them")
    begun = await ask(otto, "/invite", "Invite somebody.")
    await otto.press("auditor", message_id=begun["message_id"])
    make = await otto.button("Make the invitation")
    await town.domain.roster.revoke(OTTO)
    for data in (confirm, make):
        after = otto.newest
        await otto.press_data(*data)
        await otto.reads(OWNERS_ONLY, after=after)
    await ask(otto, "/people", OWNERS_ONLY)
    assert [one.state for one in await town.domain.invitations.pending()] == [InvitationState.ACCEPTED]
    await olu.press("It is them")
    await eve.reads("Your role here is now")


async def test_two_owners_at_once_decide_once(town: Town) -> None:
    """One confirms and the other refuses in the same moment: one of them counts, and the other is told who it was."""
    olu, otto = await owner(town), await owner(town, OTTO, "Otto")
    eve = await town.person(EVE, "Eve")
    payload = code_in(await invite(olu, "auditor"))
    await ask(eve, f"/start {payload}", "You are invited")
    await eve.press("Accept")
    yes, no = await olu.button("It is them"), await otto.button("Refuse")
    await asyncio.gather(olu.press_data(*yes), otto.press_data(*no))
    assert sorted((olu.notices[-1], otto.notices[-1])) == ["", LATE]
    is_confirmed = olu.notices[-1] == ""
    assert await role_of(town, EVE) is (Role.AUDITOR if is_confirmed else Role.CONTACT)


async def test_open_invitations_are_listed_and_withdrawn(town: Town) -> None:
    """The list names role, giver and end; an invitation that was withdrawn is gone, and its link of no use."""
    olu, eve = await owner(town), await town.person(EVE, "Eve")
    payload = code_in(await invite(olu, "deputy lead", "Aviation"))
    await ask(olu, "/people", "1 person with a role")
    await olu.press("Open invitations (1)")
    listed = await olu.reads("1 open invitation")
    assert "to the role deputy lead for Aviation\nMade by Olu, " in listed["text"]
    await olu.press("1: deputy lead")
    await olu.press("Withdraw the invitation", message_id=listed["message_id"])
    await olu.reads("Withdrawn.")
    await ask(eve, f"/start {payload}", NO_INVITATION)
    await olu.press_data(listed["message_id"], "inv:list:0")
    await olu.reads("No invitation is open.")


async def test_a_lead_sees_the_contacts_of_their_sectors(town: Town) -> None:
    """/contacts names who is on the roll for their sectors, page by page, and says that the look is written down."""
    for number in range(9):
        profile = Profile(f"Person {number}", "Air & Sons", "Manager", ("aviation",), ("london",))
        await town.domain.roll.subscribe(1000 + number, "private", profile)
    await town.domain.roll.subscribe(2000, "private", Profile("Rita Retail", sectors=("retail",)))
    await town.domain.roster.grant(DANA, Role.LEAD, sectors=["aviation"])
    dana = await town.person(DANA, "Dana")
    shown = await ask(dana, "/contacts", "9 contacts (Aviation)")
    assert "Person 0\nManager, Air & Sons\nAviation · London\n" in shown["text"]
    assert "has been written down" in shown["text"]
    await dana.press("Next")
    await dana.reads("Person 8")
    assert not any("Rita" in text for text in dana.received())
    await ask(await town.person(AMIRA), "/contacts", OFFICERS_ONLY)


async def test_a_lead_stops_their_own_sectors_alone(town: Town) -> None:
    """Stop by a lead works within their sectors and is refused beyond; an officer with sectors stops any alert."""
    await enrol(town, 3)
    await town.domain.holds.place(None)
    dana, eve = await officer(town, DANA), await officer(town, EVE, "Eve", sectors=("retail",))
    await town.domain.roster.grant(AMIRA, Role.LEAD, sectors=["aviation"])
    amira = await town.person(AMIRA)
    await ask(amira, "/help", "What I can do")
    await reach_preview(dana, "Everybody out", sectors=None)
    await dana.press("Submit for approval, 3 recipients")
    await reach_preview(dana, "Planes only", sectors="Aviation")
    await dana.press("Submit for approval, 3 recipients")
    everybody, planes = sorted(alert.id for alert, _ in await town.domain.desk.newest(9))
    await amira.press_data(amira.newest, f"prog:stop:{everybody}")
    await amira.reads("That goes beyond the sectors")
    await amira.press_data(amira.newest, f"prog:stop:{planes}")
    await ask(eve, "/help", "What I can do")
    await eve.press_data(eve.newest, f"prog:stop:{everybody}")

    async def are_stopped() -> bool:
        found = [alert.status for alert, _ in await town.domain.desk.newest(9)]
        return found == [AlertStatus.CANCELLED] * 2

    await until(are_stopped, "both alerts to be stopped")


async def test_an_auditor_reads_and_changes_nothing(town: Town) -> None:
    """Schedules and the officers' drafts can be read by an auditor, with no button that changes anything."""
    dana = await officer(town, DANA)
    await reach_preview(dana, "Gate closed")
    await town.domain.roster.grant(EVE, Role.AUDITOR)
    eve = await town.person(EVE, "Eve")
    await ask(eve, "/drafts", "Drafts of the officers")
    await eve.press("Gate closed")
    shown = await eve.reads("Police are there.")
    assert eve.buttons(shown) == ["Back to the list"]
    empty = await ask(eve, "/schedule", "Nothing goes out by itself yet.")
    assert eve.buttons(empty) == []
    for data in ("dra:take:1", "dra:thrown:1", "sad:new", "cmp:new", "prog:stop:1", "prog:again:1"):
        after = eve.newest
        await eve.press_data(shown["message_id"], data)
        await eve.reads(OFFICERS_ONLY, after=after)


async def test_the_longest_lists_fit_one_message(tmp_path: Path) -> None:
    """Long names and every sector there is, on full pages, go out all the same, and an invitation with its picture."""
    async with town_at(tmp_path) as town:
        sectors = [sector.code for sector in town.domain.directory.sectors]
        regions = [region.code for region in town.domain.directory.regions]
        for number in range(9):
            await town.domain.roster.grant(100 + number, Role.OFFICER, sectors=sectors, name="N" * 64)
            await town.domain.invitations.make(Role.LEAD, sectors)
            profile = Profile("N" * 80, "O" * 80, "J" * 80, tuple(sectors), tuple(regions))
            await town.domain.roll.subscribe(1000 + number, "private", profile)
        await town.domain.roster.grant(DANA, Role.LEAD, sectors=sectors)
        await town.start_bot()
        olu, dana = await owner(town), await town.person(DANA, "Dana")
        await ask(olu, "/people", "11 people with a role")
        await olu.press("N" * 30)
        await olu.reads("Role: duty officer for Aerospace and Defence; ")
        await olu.press_data(olu.newest, "inv:list:0")
        await olu.reads("9 open invitations")
        await olu.press("9: sector lead")
        await olu.reads("Invitation 9 to the role")
        await ask(dana, "/contacts", "9 contacts")
        made = await ask(olu, "/invite", "Invite somebody.")
        await olu.press("sector lead", message_id=made["message_id"])
        token = (await olu.button("Done"))[1].split(":")[1]
        for code in sectors:
            await olu.press_data(made["message_id"], f"app:{token}:sectors:toggle:{code}:0")
        await olu.press("Done")
        await olu.press("Make the invitation")
        assert (await olu.reads("Invitation to the role", after=made["message_id"]))["photo"]
        assert not any("Something went wrong" in text for text in (*olu.received(), *dana.received()))


@pytest.mark.parametrize("text", ["/people", "/invite", "/contacts"])
async def test_in_a_group_these_are_refused(town: Town, text: str) -> None:
    """An owner's commands work in private chats alone."""
    olu = await owner(town)
    group = town.sandbox.world.add_group(title="Plant", creator=OLU)
    town.sandbox.world.add_bot(group, 123456)
    town.sandbox.world.say(town.sandbox.world.chat(OLU, group.id), text)
    await town.settled()
    messages = [message.text for message in town.sandbox.world.chat(OLU, group.id).messages.values()]
    assert any("private" in message for message in messages if message)
    assert not any("with a role" in (message or "") for message in messages)
    assert olu.received()[-1].startswith("What I can do")
