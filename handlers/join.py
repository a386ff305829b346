"""Following an invitation: what it would make of a person, whether they accept, and that an owner then confirms."""

from alerts.errors import NotFound
from alerts.people.invitation import Invitation, InvitationState
from alerts.people.invitations import Invitations
from alerts.people.rights import Right
from handlers.role_words import RoleWords
from handlers.screen import Ask, Button, Reply, button_data
from handlers.texts import Texts, join


class Join:
    """Answers who comes with a code. A code that is of no use has one answer, whatever is wrong with it."""

    kind = "join"
    right = Right.SUBSCRIBE

    def __init__(self, texts: Texts, invitations: Invitations, words: RoleWords) -> None:
        self._texts = texts
        self._invitations = invitations
        self._words = words

    async def look(self, ask: Ask, code: str) -> Reply:
        """/start with a code: show what the invitation is for, and ask."""
        try:
            found = await self._invitations.look(code, ask.user_id)
        except NotFound:
            return Reply.of(self._texts("link.invitation"))
        if found.state is InvitationState.ACCEPTED:
            return self._waits(found)
        accept = Button(self._texts.plain("join.accept"), button_data(self.kind, "yes", code))
        decline = Button(self._texts.plain("join.decline"), button_data(self.kind, "no", code))
        present = self._words.office(ask.person.role, ask.person.sectors) if ask.person else ""
        html = join(
            self._texts("join.invited", office=self._words.office(found.role, found.sectors)),
            self._texts("join.may", does=self._words.does(found.role)),
            self._texts("join.instead", office=present) if present else "",
            self._texts("join.then", name=ask.first_name),
        )
        return Reply.of(html, (accept,), (decline,))

    async def press(self, ask: Ask) -> Reply:
        """Take 'accept' or 'no, thank you', in a private chat."""
        match ask.args:
            case ("yes", code) if ask.group is None:
                try:
                    return self._waits(await self._invitations.accept(code, ask.user_id, ask.first_name))
                except NotFound:
                    return Reply.of(self._texts("link.invitation"))
            case ("no", _) if ask.group is None:
                return Reply.of(self._texts("join.declined"))
            case _:
                raise NotFound("the button is broken")

    def _waits(self, found: Invitation) -> Reply:
        office = self._words.office(found.role, found.sectors)
        return Reply.of(self._texts("join.waits", office=office, expires_at=found.expires_at))
