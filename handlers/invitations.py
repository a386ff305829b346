"""The owners' side of invitations: the link with its picture, the list of those that are open, and the decision."""

from collections.abc import Callable
from dataclasses import replace

from alerts.audit.entry import in_chat
from alerts.clock import Clock
from alerts.errors import NotFound, Stale
from alerts.paging import Page
from alerts.people.invitation import Invitation, InvitationState
from alerts.people.invitations import Invitations
from alerts.people.notices import Notice
from alerts.people.rights import Right
from alerts.people.roster import Person, Roster
from handlers.choices import PAGE_SIZE, page_of, pager
from handlers.links import Link, LinkKind
from handlers.qr import qr_picture
from handlers.role_words import SECTORS_LISTED, SECTORS_NAMED, RoleWords
from handlers.screen import Ask, Button, Picture, Reply, Screen, button_data, column
from handlers.texts import Html, Texts, join, lines


class InvitationsList:
    """Shows invitations to owners and takes their buttons, under notices too.

    Args:
        username: gives the bot's user name, which a link needs.
    """

    kind = "inv"
    right = Right.MANAGE_PEOPLE

    def __init__(
        self,
        texts: Texts,
        invitations: Invitations,
        roster: Roster,
        words: RoleWords,
        username: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._texts = texts
        self._invitations = invitations
        self._roster = roster
        self._words = words
        self._username = username
        self._clock = clock

    def handed_out(self, made: Invitation, code: str) -> Screen:
        """Show a new invitation, as a picture with the same link in words; the code is shown here and never again."""
        link = Link(LinkKind.INVITATION, code).address(self._username())
        office = self._words.office(made.role, made.sectors, SECTORS_LISTED)
        words = Screen(
            self._texts("invitation.link", office=office, link=link, expires_at=made.expires_at),
            ((self._button("invitation.withdraw", "drop", made.id),),),
        )

        async def draw() -> bytes:
            return qr_picture(link)

        return replace(words, picture=Picture(f"invitation-{made.id}", draw, words))

    async def screens(self, notice: Notice) -> tuple[Screen, ...]:
        """Tell an owner that somebody has accepted, with the buttons as far as nobody has decided yet."""
        return (await self._page(notice.details["invitation"])).screens

    async def press(self, ask: Ask) -> Reply:
        """Take a button of the list or of an invitation; one that comes too late says what has become of it."""
        match ask.args:
            case ("list", _):
                return await self._list(page_of(ask.args))
            case (action, number) if number.isdecimal():
                try:
                    return await self._act(ask, action, int(number))
                except Stale:
                    return replace(await self._page(int(number)), notice=self._texts.plain("invitation.late.notice"))
            case _:
                raise NotFound("the button is broken")

    async def _act(self, ask: Ask, action: str, invitation_id: int) -> Reply:
        by = in_chat(ask.user_id)
        match action:
            case "show":
                return await self._page(invitation_id)
            case "ok":
                person = await self._invitations.confirm(invitation_id, by)
                office = self._words.office(person.role, person.sectors)
                html = self._texts("invitation.done.confirmed", name=self._words.name(person), office=office)
            case "no":
                await self._invitations.refuse(invitation_id, by)
                html = self._texts("invitation.done.refused")
            case "drop":
                await self._invitations.withdraw(invitation_id, by)
                html = self._texts("invitation.done.withdrawn")
            case _:
                raise NotFound("the button is broken")
        return Reply.of(html, (Button(self._texts.plain("people.back"), button_data("ppl", "list", 0)),))

    async def _list(self, number: int) -> Reply:
        pending, known = await self._invitations.pending(), await self._roster.everybody()
        page = Page.of(pending, number, PAGE_SIZE)
        entries = (
            self._button("invitation.entry", "show", one.id, office=self._words.role(one.role), which=str(one.id))
            for one in page.items
        )
        turns = pager(self._texts, page.window, self.kind, "list")
        back = Button(self._texts.plain("people.back"), button_data("ppl", "list", 0))
        title = self._texts.count("invitation.list", len(pending)) if pending else self._texts("invitation.list.none")
        html = join(title, *(self._about(one, known, SECTORS_LISTED) for one in page.items))
        return Reply.of(html, *column(*entries), *turns, (back,))

    async def _page(self, invitation_id: int) -> Reply:
        """Show one invitation, and what an owner can do about it now."""
        known = await self._roster.everybody()
        found = await self._invitations.find(invitation_id)
        match found.state_at(self._clock.now()):
            case InvitationState.OPEN:
                withdraw = self._button("invitation.withdraw", "drop", found.id)
                return Reply.of(self._about(found, known), (withdraw,), (self._back(),))
            case InvitationState.ACCEPTED:
                confirm = self._button("invitation.confirm", "ok", found.id)
                refuse = self._button("invitation.refuse", "no", found.id)
                waits, sure = self._texts("invitation.waits"), self._texts("invitation.make-sure")
                html = join(waits, self._about(found, known), sure)
                return Reply.of(html, (confirm,), (refuse,))
            case InvitationState.LAPSED:
                return Reply.of(
                    join(self._about(found, known), self._texts("invitation.state.lapsed")), (self._back(),)
                )
            case ended:
                who = self._words.actor(found.ended_by, known)
                state = self._texts(f"invitation.state.{ended}", who=who, moment=found.ended_at)
                return Reply.of(join(self._about(found, known), state), (self._back(),))

    def _about(self, one: Invitation, known: list[Person], most: int = SECTORS_NAMED) -> Html:
        """Say what an invitation is for, who made it, and who has accepted it."""
        office = self._words.office(one.role, one.sectors, most)
        who = one.accepted_by
        return lines(
            self._texts("invitation.title", number=str(one.id), office=office),
            self._texts("invitation.made", who=self._words.actor(one.made_by, known), moment=one.made_at),
            self._texts("invitation.accepted", name=one.accepted_name, number=str(who), moment=one.accepted_at)
            if who is not None
            else "",
            self._texts("invitation.expires", moment=one.expires_at) if one.ended_at is None else "",
        )

    def _button(self, key: str, action: str, number: int, **values: object) -> Button:
        return Button(self._texts.plain(key, **values), button_data(self.kind, action, number))

    def _back(self) -> Button:
        return self._button("invitation.back", "list", 0)
