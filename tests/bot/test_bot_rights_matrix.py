"""Who may do what in the chat: every role at every command and every kind of button, against lists written by hand.

A new command needs a line in `COMMANDS`, a new verb of buttons or conversation one in `BUTTONS`: without it the first
test here fails. The command line's matrix is in tests/cli, the HTTP surface's in tests/http.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from support.content import content
from support.group_member import found, member
from support.newsroom import numbered
from support.patience import until
from support.person import Person, words_of
from support.talk import ask, enrol
from support.town import BOT, TOKEN, Town, town_at
from telegram.ext import ExtBot

from alerts.audit.entry import ADMINISTRATOR
from alerts.drills.drill import Chosen, DrillPlan
from alerts.people.rights import IS_FOR_SECTORS, Right, Role
from alerts.publishing.alert import AlertStatus, Audience
from alerts.publishing.approvals import Verdict
from alerts.publishing.reviews import ReviewState
from alerts.schedule.recurrence import Recurrence
from alerts.schedule.schedule import Plan, Push
from alerts.store.authority import reviews
from alerts.store.conversations import Conversations
from alerts.store.tables import metadata, notices
from alerts.subscribers.roll import Profile
from bot.front import front_desk
from bot.releases import Releases
from handlers.front import Front
from handlers.menu import COMMANDS as TABLE
from handlers.photos import Photos

EVERYBODY = "contact auditor deputy lead officer owner"
READERS = "auditor deputy lead officer owner"
SENDERS = "deputy lead officer owner"
OFFICERS = "officer owner"
OWNERS = "owner"
KEEPERS = "auditor owner"
VOUCHERS = "lead officer owner"

COMMANDS = {
    "threat": EVERYBODY,
    "history": EVERYBODY,
    "alerts": EVERYBODY,
    "report": EVERYBODY,
    "verify": EVERYBODY,
    "start": EVERYBODY,
    "subscribe": EVERYBODY,
    "sectors": EVERYBODY,
    "unsubscribe": EVERYBODY,
    "help": EVERYBODY,
    "compose": SENDERS,
    "drafts": READERS,
    "templates": SENDERS,
    "schedule": READERS,
    "drill": OFFICERS,
    "level": OFFICERS,
    "vet": VOUCHERS,
    "hold": OFFICERS,
    "contacts": READERS,
    "people": OWNERS,
    "invite": OWNERS,
    "audit": KEEPERS,
}
"""Who may use a command, typed or as a button under a message."""

BUTTONS = {
    "rep:back": EVERYBODY,
    "thr:full": EVERYBODY,
    "his:0": EVERYBODY,
    "end:no": EVERYBODY,
    "join:yes:{code}": EVERYBODY,
    "join:no:{code}": EVERYBODY,
    "prog:stop:{alert}": SENDERS,
    "prog:again:{alert}": SENDERS,
    "prog:report:{alert}": READERS,
    "prog:who:{alert}:0": READERS,
    "dra:list:0": READERS,
    "dra:item:{item}": READERS,
    "dra:draft:{draft}": READERS,
    "dra:open:{item}:{news}": SENDERS,
    "dra:drop:{item}:{news}": SENDERS,
    "dra:gone:{item}:{news}": SENDERS,
    "dra:take:{draft}": SENDERS,
    "lef:look:{left}": SENDERS,
    "lef:over:{left}": SENDERS,
    "lef:offer:{draft}": SENDERS,
    "lef:keep:{draft}": SENDERS,
    "dra:throw:{draft}": SENDERS,
    "dra:thrown:{draft}": SENDERS,
    "sch:list:0": READERS,
    "sch:show:{schedule}": READERS,
    "sch:pause:{schedule}": OFFICERS,
    "sch:resume:{schedule}": OFFICERS,
    "sch:remove:{schedule}": OFFICERS,
    "sch:gone:{schedule}": OFFICERS,
    "alt:list:0": EVERYBODY,
    "alt:show:{alert}": EVERYBODY,
    "alt:past:{alert}": EVERYBODY,
    "chg:update:{alert}": SENDERS,
    "chg:correction:{alert}": SENDERS,
    "chg:all-clear:{alert}": SENDERS,
    "tak:ask:cancel:{alert}": SENDERS,
    "tak:do:cancel:{alert}": SENDERS,
    "tak:ask:recall:{alert}": SENDERS,
    "tak:do:recall:{alert}": SENDERS,
    "tem:list:0": SENDERS,
    "tem:show:attack": SENDERS,
    "tem:past:attack:0": SENDERS,
    "tem:version:attack:1": SENDERS,
    "tus:attack": SENDERS,
    "twe:{template}": OFFICERS,
    "tew:drop:{template}:1": OFFICERS,
    "tew:gone:{template}:1": OFFICERS,
    "tew:take:{template}:1:1": OFFICERS,
    "xdr:list:0": OFFICERS,
    "xdr:show:{drill}": OFFICERS,
    "xdr:write:{drill}": OFFICERS,
    "xdr:silent:{drill}:0": OFFICERS,
    "xdr:end:{drill}": OFFICERS,
    "xdr:ended:{drill}": OFFICERS,
    "xdr:stop:{drill}": OFFICERS,
    "xak:{played}": EVERYBODY,
    "stp:{alert}": SENDERS,
    "wai:edit:{draft}": SENDERS,
    "wai:show:{submitted}": SENDERS,
    "apr:yes:{submitted}:{revision}": OFFICERS,
    "apr:no:{submitted}:{revision}": OFFICERS,
    "apr:look:{submitted}:{revision}": OFFICERS,
    "gls:{submitted}:{revision}": OFFICERS,
    "sap:yes:{proposed}": OFFICERS,
    "sap:no:{proposed}": OFFICERS,
    "lvr:mi5:uk-national:0:4": OFFICERS,
    "aud:page:1:0": KEEPERS,
    "ctc:list:0": READERS,
    "vet:list:0": VOUCHERS,
    "vet:one:{contact}:0": VOUCHERS,
    "vet:yes:{contact}:0": VOUCHERS,
    "vet:yes:{newcomer}:0:{mark}": VOUCHERS,
    "ppl:list:0": OWNERS,
    "ppl:show:{person}": OWNERS,
    "ppl:change:{person}:{stamp}": OWNERS,
    "ppl:ask:{person}:{stamp}": OWNERS,
    "ppl:gone:{person}:{stamp}": OWNERS,
    "inv:list:0": OWNERS,
    "inv:show:{accepted}": OWNERS,
    "inv:ok:{accepted}": OWNERS,
    "inv:no:{accepted}": OWNERS,
    "inv:drop:{accepted}": OWNERS,
    "hold:show": OFFICERS,
    "hold:undo:{hold}": OFFICERS,
    "hold:ask:{hold}": OWNERS,
    "hold:keep:{hold}": OWNERS,
    "hold:release:{hold}": OWNERS,
}
"""Who may press a button that belongs to no conversation; what stands in braces is made anew for each press."""

CONVERSATIONS = {
    "sub": ("/subscribe", EVERYBODY),
    "cmp": ("/compose", SENDERS),
    "lvl": ("/level", OFFICERS),
    "sad": ("sad:new", OFFICERS),
    "app": ("/invite", OWNERS),
    "tfi": ("tus:attack", SENDERS),
    "twr": ("twr:new", OFFICERS),
    "xpl": ("xpl:new", OFFICERS),
    "xms": ("xdr:write:{drill}", OFFICERS),
    "xfi": ("xdr:write:{drill} > attack", OFFICERS),
    "ret": ("apr:no:{submitted}:{revision}", OFFICERS),
    "brk": ("gls:{submitted}:{revision}", OFFICERS),
}
"""How a conversation of several steps begins, and who may press its buttons; `>` leads on by a button that ends so."""

PARTS = 3
"""Into how many tests the walk over the buttons is cut: each has the time that every test has."""

ACCOUNTS = {role: 101 + number for number, role in enumerate(Role)}
STAND_IN = 150
"""An owner who does what makes something old, so that the owner of the walk need not."""

NEWCOMERS = 10_000
"""Where the numbers of people begin who do nothing themselves."""

REFUSALS = ("That is for duty officers. Nothing has changed.", "That is for owners. Nothing has changed.")
OLD = "That button belongs to an earlier conversation. Nothing has changed."
NOT_HERE = "That works in a private chat with me only. Nothing has changed."
TROUBLE = "Something went wrong"
MOVES_BY_ITSELF = frozenset(
    {"inbox", "meta", "notices", "private_chats", "pictures", "incoming_told", "wrong_codes", "reviews"}
)
"""Tables in which the running bot writes of its own accord, or whoever writes to it."""


OF_LOOKING = frozenset({"audit", "conversations", "drill_acknowledgements"})
"""Tables in which it is written, too, that somebody looks at something or has read it: each person their own."""


@dataclass
class Walk:
    """A town with a person of each role, and what they press."""

    town: Town
    people: dict[Role, Person] = field(default_factory=dict)
    made: int = 0

    async def fresh(self, template: str, presser: int) -> str:
        """Give the data of a button with new things behind it, made for whoever presses it."""
        self.made += 1
        values: dict[str, Any] = {}
        for names, make in self._makers().items():
            if any(f"{{{name}}}" in template for name in names):
                values |= dict(zip(names, await make(presser), strict=True))
        return template.format(**values)

    def _makers(self) -> dict[tuple[str, ...], Callable[[int], Awaitable[tuple[int | str, ...]]]]:
        """Say how each thing is made that a button names."""
        return {
            ("alert",): self._alert,
            ("submitted", "revision"): self._submitted,
            ("draft",): self._draft,
            ("left",): self._left,
            ("item", "news"): self._item,
            ("schedule",): self._schedule,
            ("proposed",): self._proposed,
            ("person", "stamp"): self._person,
            ("contact",): self._contact,
            ("newcomer", "mark"): self._newcomer,
            ("code",): self._code,
            ("accepted",): self._accepted,
            ("hold",): self._hold,
            ("template",): self._template,
            ("drill",): self._drill,
            ("played",): self._played,
        }

    async def _alert(self, _presser: int) -> tuple[int]:
        planes = content("Gate", audience=Audience(("aviation",)))
        agreed = Verdict.STANDING
        return ((await self.town.domain.desk.issue(planes, origin="test", standing=agreed))[0].id,)

    async def _submitted(self, _presser: int) -> tuple[int, int]:
        planes = content("Gate", audience=Audience(("aviation",)))
        alert, _ = await self.town.domain.desk.issue(planes, origin="command line")
        return alert.id, alert.revision

    async def _draft(self, presser: int) -> tuple[int]:
        begun = await self.town.domain.desk.start_draft(presser)
        return ((await self.town.domain.desk.revise(begun.id, presser, headline="Draft", sectors=["aviation"])).id,)

    async def _left(self, _presser: int) -> tuple[int]:
        return await self._draft(NEWCOMERS + self.made)

    async def _item(self, _presser: int) -> tuple[int, int]:
        arrived = await self.town.domain.incoming.arrive(numbered(self.made))
        stand_in = await self.town.domain.roster.find(STAND_IN)
        assert stand_in is not None
        return arrived.id, (await self.town.domain.incoming.find(arrived.id, stand_in)).news

    async def _schedule(self, presser: int) -> tuple[int]:
        (proposed,) = await self._proposed(presser)
        stand_in = await self.town.domain.roster.find(STAND_IN)
        assert stand_in is not None
        return ((await self.town.domain.timetable.approve(proposed, stand_in)).id,)

    async def _proposed(self, _presser: int) -> tuple[int]:
        plan = Plan(
            recurrence=Recurrence.parse("daily 08:00", ZoneInfo("Europe/London"), self.town.domain.clock.now()),
            name=f"Plan {self.made}",
            push=Push.REMINDER,
            headline="Doors",
            body="Lock them.",
            audience=Audience(("aviation",)),
        )
        return ((await self.town.domain.timetable.add(plan)).id,)

    async def _person(self, _presser: int) -> tuple[int, int]:
        granted = await self.town.domain.roster.grant(NEWCOMERS + self.made, Role.OFFICER)
        return granted.user_id, granted.stamp

    async def _contact(self, _presser: int) -> tuple[int]:
        chat = NEWCOMERS + self.made
        return ((await self.town.domain.roll.subscribe(chat, "private", Profile(sectors=("aviation",)))).chat_id,)

    async def _newcomer(self, presser: int) -> tuple[int, str]:
        (chat,) = await self._contact(presser)
        stand_in = await self.town.domain.roster.find(STAND_IN)
        assert stand_in is not None
        return chat, self.town.domain.vetting.mark_of(await self.town.domain.vetting.find(chat, stand_in))

    async def _code(self, _presser: int) -> tuple[str]:
        return ((await self.town.domain.invitations.make(Role.AUDITOR, ()))[1],)

    async def _accepted(self, _presser: int) -> tuple[int]:
        _, code = await self.town.domain.invitations.make(Role.AUDITOR, ())
        return ((await self.town.domain.invitations.accept(code, NEWCOMERS + self.made, "New")).id,)

    async def _hold(self, _presser: int) -> tuple[int]:
        """Place a hold if there is none, with nothing behind it that would go out when it is released."""
        for waiting, _ in await self.town.domain.desk.newest(999):
            if waiting.status is AlertStatus.SENDING:
                await self.town.domain.desk.cancel(waiting.id, None)
        return ((await self.town.domain.holds.place(None))[0].stamp,)

    async def _template(self, _presser: int) -> tuple[str]:
        first = (await self.town.domain.library.current("attack")).template
        return ((await self.town.domain.library.write(replace(first, code=""), STAND_IN, 0)).code,)

    async def _drill(self, _presser: int) -> tuple[int]:
        return (await self._announced(Chosen(roles=tuple(Role))),)

    async def _announced(self, chosen: Chosen) -> int:
        """Announce an exercise that runs."""
        now, stand_in = self.town.domain.clock.now(), await self.town.domain.roster.find(STAND_IN)
        assert stand_in is not None
        plan = DrillPlan("Doors", now, now + timedelta(hours=9), chosen)
        return (await self.town.domain.exercises.announce(plan, stand_in))[0].id

    async def _played(self, presser: int) -> tuple[int]:
        """Send a message of an exercise to whoever presses, if they hold a role."""
        with_role = await self.town.domain.roster.find(presser)
        drill = await self._announced(Chosen(people=(presser,) if with_role else (ACCOUNTS[Role.DEPUTY],)))
        return ((await self.town.domain.exercises.report(drill)).parts[0].alert.id,)

    async def press(self, role: Role, data: str) -> list[str]:
        """Press data that may stand on no button of this person, and give what came back."""
        person = self.people[role]
        before = dict(person.messages)
        await person.press_data(min(person.messages), data)
        new = [words_of(one) for number, one in sorted(person.messages.items()) if before.get(number) != one]
        return [*new, person.notices[-1]]

    async def told(self, person: Person) -> None:
        """Wait until the bot has said what it says of its own accord: it is to come between no press and its answer."""
        unsaid = (
            select(notices.c.id).where(notices.c.sent_at.is_(None)),
            select(reviews.c.alert_id).where(reviews.c.state == ReviewState.ASKED.value),
        )

        async def nothing_unsaid() -> bool:
            async with self.town.domain.store.reading() as connection:
                return not any([(await connection.execute(one.limit(1))).first() for one in unsaid])

        await until(nothing_unsaid, "every notice and every request for an approval to be given")
        stored = self.town.sandbox.world.chat(person.account, BOT).messages
        await until(lambda: stored.keys() <= person.messages.keys(), "the chat to show what is in it")

    async def contents(self, *, besides: frozenset[str] = frozenset()) -> dict[str, list[str]]:
        """Give every row of the tables that do not move by themselves."""
        left_out = MOVES_BY_ITSELF | besides
        async with self.town.domain.store.reading() as connection:
            return {
                table.name: sorted(map(repr, (await connection.execute(select(table))).all()))
                for table in metadata.sorted_tables
                if table.name not in left_out
            }


@pytest.fixture
async def walk(tmp_path: Path) -> AsyncIterator[Walk]:
    """Everybody, who has said hello; everything is on hold, so that nothing moves by itself."""
    async with town_at(tmp_path) as town:
        await enrol(town, 2)
        for role, account in ACCOUNTS.items():
            if role is not Role.CONTACT:
                await town.domain.roster.grant(account, role, sectors=["aviation"] if role in IS_FOR_SECTORS else [])
        await town.domain.roster.grant(STAND_IN, Role.OWNER)
        await town.domain.holds.place(None)
        await town.start_bot()
        walk = Walk(town)
        for role, account in ACCOUNTS.items():
            walk.people[role] = await town.person(account, role.value.title())
            await ask(walk.people[role], "/help", "What I can do")
        yield walk


def is_refused(answers: list[str]) -> bool:
    """Tell whether the right was what was missing."""
    return any(answer.startswith(REFUSALS) for answer in answers)


def front_of(town: Town) -> Front:
    """Build the front desk as the composition root does."""
    bot: ExtBot[None] = ExtBot(TOKEN)
    domain = town.domain
    releases = Releases.build(domain, Conversations(domain.store, domain.clock))
    photos = Photos(bot, None, domain.clock)  # type: ignore[arg-type]
    return front_desk(town.settings, domain, bot, photos, None, releases)[0]


def kinds_of_buttons(front: Front) -> set[str]:
    """Name each verb, and each action of it that needs another right than the rest."""
    verbs = set(front._verbs) | {f"{verb}:{action}" for verb, one in front._verbs.items() for action in one.actions}
    return verbs | set(front._steps._flows)


def covers(template: str, kinds: set[str]) -> str:
    """Say which kind a button is of."""
    verb, action = (*template.split(":"), "")[:2]
    return f"{verb}:{action}" if f"{verb}:{action}" in kinds else verb


async def test_the_matrix_lacks_nothing(walk: Walk):
    """Every command of the table and every kind of button that the front desk knows stands in the lists above."""
    front = front_of(walk.town)
    kinds = kinds_of_buttons(front)
    assert COMMANDS.keys() == {command.name for command in TABLE}
    assert {covers(template, kinds) for template in BUTTONS} | CONVERSATIONS.keys() == kinds
    for listed in (*COMMANDS.values(), *BUTTONS.values(), *(who for _, who in CONVERSATIONS.values())):
        assert set(listed.split()) <= set(Role)


@pytest.mark.parametrize("role", Role)
async def test_every_command(walk: Walk, role: Role):
    """Typed and as a button: who may is answered, who may not is refused in words and nothing at all is changed."""
    for command, allowed in COMMANDS.items():
        person = walk.people[role]
        await person.press_data(min(person.messages), "cmp:000000:begin:cancel")
        before = await walk.contents()
        typed = person.newest
        await person.say(f"/{command}")
        if role.value in allowed.split():
            await person.reads("", after=typed)
            await walk.town.settled()
            told = [words_of(one) for number, one in person.messages.items() if number > typed and person.is_bots(one)]
            assert told, command
            assert not is_refused(told), command
            assert not is_refused(await walk.press(role, f"cmd:{command}")), command
        else:
            await person.reads("Nothing has changed.", after=typed)
            assert is_refused(await walk.press(role, f"cmd:{command}")), command
            assert await walk.contents() == before, command


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_button(walk: Walk, part: int):
    """Fresh, replayed and stale: who may not is refused each time and changes nothing; who may changes it once."""
    for template, allowed in list(BUTTONS.items())[part::PARTS]:
        stale = await walk.fresh(template, ACCOUNTS[Role.OWNER])
        assert not is_refused(await walk.press(Role.OWNER, stale)), template
        if template.startswith("chg:"):  # one officer's draft takes no button from another, what is over does
            await walk.town.domain.desk.cancel(int(stale.rpartition(":")[2]), None)
        for role in Role:
            may = role.value in allowed.split()
            fresh = await walk.fresh(template, ACCOUNTS[role if may else Role.OFFICER])
            before = await walk.contents()
            answers = await walk.press(role, fresh)
            once = await walk.contents(besides=OF_LOOKING)
            answers += [answer for data in (fresh, stale) for answer in await walk.press(role, data)]
            assert not any(TROUBLE in answer for answer in answers), (role, template)
            if may:
                assert not is_refused(answers), (role, template, answers)
                assert await walk.contents(besides=OF_LOOKING) == once, (role, template)
            else:
                assert sum(is_refused([answer]) for answer in answers) == 3, (role, template, answers)
                assert await walk.contents() == before, (role, template)


async def test_every_conversation(walk: Walk):
    """Who may not can neither begin it nor use a button of anybody's; who may is told of buttons of an earlier run."""
    for kind, (begin, allowed) in CONVERSATIONS.items():
        live = await _begun(walk, Role.OWNER, kind, begin)
        for role in Role:
            if role.value in allowed.split():
                first = await _begun(walk, role, kind, begin)
                assert not is_refused(await walk.press(role, first)), (role, kind)
                verb, token, step, *_ = first.split(":")
                await walk.press(role, f"{verb}:{token}:{step}:cancel")
                assert await walk.press(role, first) == [OLD], (role, kind)
                assert role is Role.OWNER or await walk.press(role, live) == [OLD], (role, kind)
            else:
                before = await walk.contents()
                for data in (f"{kind}:new", live, f"{kind}:000000:begin:cancel"):
                    assert is_refused(await walk.press(role, data)), (role, data)
                assert await walk.contents() == before, (role, kind)


async def test_what_a_revocation_leaves_of_buttons(walk: Walk):
    """An owner, an officer, a lead and an auditor who hold no role any more press what they pressed before: refused."""
    spent = {}
    for role in (Role.OWNER, Role.OFFICER, Role.LEAD, Role.AUDITOR):
        may = [template for template, allowed in BUTTONS.items() if role.value in allowed.split()]
        for_roles = [template for template in may if BUTTONS[template] != EVERYBODY and "{hold}" not in template]
        spent[role] = [await walk.fresh(template, ACCOUNTS[role]) for template in for_roles]
        await walk.town.domain.roster.revoke(ACCOUNTS[role], by=ADMINISTRATOR)
        before = await walk.contents()
        for data in spent[role]:
            assert is_refused(await walk.press(role, data)), (role, data)
        assert await walk.contents() == before


@pytest.mark.parametrize("role", [Role.OWNER, Role.CONTACT])
async def test_in_a_group_a_role_counts_for_nothing(walk: Walk, role: Role):
    """In a group a press counts for who pressed it, and nothing but asking and subscribing can be done there."""
    town = walk.town
    group = found(town, ACCOUNTS[Role.OWNER])
    presser = await member(town, group, ACCOUNTS[role])
    said = await presser.say("/threat")
    message = await presser.reads("The threat level now", after=said)
    here = {command.name for command in TABLE if command.right in {Right.READ, Right.SUBSCRIBE}}
    elsewhere = [f"cmd:{name}" for name in COMMANDS if name not in here]
    elsewhere += [await walk.fresh(template, STAND_IN) for template in BUTTONS if BUTTONS[template] != EVERYBODY]
    elsewhere += [f"{kind}:new" for kind, (_, allowed) in CONVERSATIONS.items() if allowed != EVERYBODY]
    before = await walk.contents()
    for data in elsewhere:
        await presser.press_data(message["message_id"], data)
        assert presser.notices[-1] == NOT_HERE, data
    for name in COMMANDS.keys() - here:
        town.sandbox.world.say(town.sandbox.world.chat(ACCOUNTS[role], group.id), f"/{name}")
    await town.settled()
    assert await walk.contents() == before


async def _begun(walk: Walk, role: Role, kind: str, begin: str) -> str:
    """Begin a conversation, and give the data of its first button."""
    person = walk.people[role]
    begin, *onward = begin.split(" > ")
    if begin.startswith("/"):
        typed = await person.say(begin)
        shown = await person.reads("", after=typed)
    else:
        before = person.newest
        await person.press_data(min(person.messages), await walk.fresh(begin, ACCOUNTS[role]))
        newest = [number for number, one in person.messages.items() if person.is_bots(one)]
        shown = person.messages[max(newest) if person.newest > before else min(person.messages)]
    for end in onward:
        await walk.town.settled()
        await person.press_data(*_button_that_ends(person, end))
    await walk.town.settled()
    await walk.told(person)
    data = [
        button["callback_data"]
        for one in sorted(person.messages.values(), key=lambda one: -one["message_id"])
        for row in (one["reply_markup"] or {}).get("inline_keyboard", [])
        for button in row
        if button["callback_data"].startswith(f"{kind}:")
    ]
    data.sort(key=lambda one: one.endswith(":cancel"))  # the only one of some
    assert data, (role, kind, words_of(shown))
    return data[0]


def _button_that_ends(person: Person, end: str) -> tuple[int, str]:
    """Give the newest button whose data end with a word."""
    return next(
        (number, button["callback_data"])
        for number, one in sorted(person.messages.items(), reverse=True)
        for row in (one["reply_markup"] or {}).get("inline_keyboard", [])
        for button in row
        if button["callback_data"].endswith(f":{end}")
    )
