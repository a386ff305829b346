"""/people: who holds a role; a page for each, where it is changed or taken away."""

from alerts.audit.entry import in_chat
from alerts.errors import NotFound
from alerts.paging import Page
from alerts.people.invitations import Invitations
from alerts.people.rights import Right
from alerts.people.roster import Person, Roster
from alerts.subscribers.roll import Roll
from alerts.text import cut_to
from handlers.appoint import Appoint
from handlers.choices import PAGE_SIZE, page_of, pager
from handlers.role_words import SECTORS_LISTED, RoleWords
from handlers.screen import Ask, Button, Reply, button_data, pairs
from handlers.texts import Texts, join, lines

LABEL = 40
"""UTF-16 units of a name on a button."""


class People:
    """Shows the roster to owners and takes their buttons."""

    kind = "ppl"
    right = Right.MANAGE_PEOPLE

    def __init__(
        self,
        texts: Texts,
        roster: Roster,
        roll: Roll,
        invitations: Invitations,
        appoint: Appoint,
        words: RoleWords,
    ) -> None:
        self._texts = texts
        self._roster = roster
        self._roll = roll
        self._invitations = invitations
        self._appoint = appoint
        self._words = words

    async def tell(self, _ask: Ask) -> Reply:
        """/people: list everybody with a role."""
        return await self._list(0)

    async def press(self, ask: Ask) -> Reply:
        """Take a button of the list or of a person's page."""
        match ask.args:
            case ("list", _):
                return await self._list(page_of(ask.args))
            case ("show", number) if number.isdecimal():
                return await self._page(int(number))
            case (action, number, stamp) if number.isdecimal() and stamp.isdecimal():
                return await self._act(ask, action, int(number), int(stamp))
            case _:
                raise NotFound("the button is broken")

    async def _act(self, ask: Ask, action: str, user_id: int, stamp: int) -> Reply:
        person = await self._roster.find(user_id)
        if person is None or person.stamp != stamp:
            shown = await self._page(user_id)
            return Reply(shown.screens, self._texts.plain("people.changed.notice"))
        match action:
            case "change":
                return await self._appoint.start_for(ask, person)
            case "ask":
                yes, no = self._button("people.revoke.yes", "gone", person), self._show("people.revoke.no", user_id)
                office = self._words.office(person.role, person.sectors)
                html = self._texts("people.revoke.ask", name=self._words.name(person), office=office)
                return Reply.of(html, (yes,), (no,))
            case "gone":
                await self._roster.revoke(user_id, by=in_chat(ask.user_id), stamp=stamp, tells=True)
                html = self._texts("people.revoked", name=self._words.name(person))
                return Reply.of(html, (self._back(),))
            case _:
                raise NotFound("the button is broken")

    async def _list(self, number: int) -> Reply:
        known = await self._roster.everybody()
        page = Page.of(known, number, PAGE_SIZE)
        out_of_reach = set(await self._roll.unreachable([person.user_id for person in page.items]))
        rows = [
            *pairs(*(self._show("people.entry", one.user_id, name=self._label(one)) for one in page.items)),
            *pager(self._texts, page.window, self.kind, "list"),
        ]
        waiting = len(await self._invitations.pending())
        rows.append((Button(self._texts.plain("people.invite"), button_data("cmd", "invite")),))
        if waiting:
            label = self._texts.plain("people.invitations", number=waiting)
            rows.append((Button(label, button_data("inv", "list", 0)),))
        rows.append((Button(self._texts.plain("people.contacts"), button_data("cmd", "contacts")),))
        entries = [self._entry(person, is_reached=person.user_id not in out_of_reach) for person in page.items]
        return Reply.of(join(self._texts.count("people.title", len(known)), lines(*entries)), *rows)

    def _entry(self, person: Person, *, is_reached: bool) -> str:
        office = self._words.office(person.role, person.sectors, SECTORS_LISTED)
        key = "people.line" if is_reached else "people.line.out-of-reach"
        return self._texts(key, name=self._words.name(person), office=office)

    async def _page(self, user_id: int) -> Reply:
        """Show one person: their role, since when and from whom, and whether the bot can write to them."""
        known = await self._roster.everybody()
        person = next((one for one in known if one.user_id == user_id), None)
        if person is None:
            return Reply.of(self._texts("people.none"), (self._back(),))
        is_reached = not await self._roll.unreachable([user_id])
        html = join(
            self._texts("people.name", name=self._words.name(person)),
            lines(
                self._texts("people.role", office=self._words.office(person.role, person.sectors)),
                self._texts("people.does", does=self._words.does(person.role)),
                self._texts("people.since", since=person.granted_at, who=self._words.actor(person.granted_by, known)),
                self._texts("people.user-id", number=str(person.user_id)),
                self._texts("people.reached" if is_reached else "people.out-of-reach"),
            ),
        )
        change = self._button("people.change", "change", person)
        take_away = self._button("people.revoke", "ask", person)
        return Reply.of(html, (change,), (take_away,), (self._back(),))

    def _label(self, person: Person) -> str:
        return cut_to(self._words.name(person), LABEL)

    def _button(self, key: str, action: str, person: Person) -> Button:
        return Button(self._texts.plain(key), button_data(self.kind, action, person.user_id, person.stamp))

    def _show(self, key: str, user_id: int, **values: object) -> Button:
        return Button(self._texts.plain(key, **values), button_data(self.kind, "show", user_id))

    def _back(self) -> Button:
        return Button(self._texts.plain("people.back"), button_data(self.kind, "list", 0))
