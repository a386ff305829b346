"""Choosing a role and its sectors by buttons: for an invitation (/invite), or for somebody who has a role already."""

from alerts.audit.entry import in_chat
from alerts.errors import InvalidInput, NotFound
from alerts.people.invitation import Invitation
from alerts.people.invitations import VALID_FOR, Invitations
from alerts.people.rights import IS_FOR_SECTORS, MAY_BE_LIMITED, Right, Role
from alerts.people.roster import Person, Roster
from alerts.store.conversations import Conversation, Conversations
from handlers.choices import Choices, page_of
from handlers.conversation import step_button
from handlers.invitations import InvitationsList
from handlers.role_words import RoleWords
from handlers.screen import Ask, Button, Reply, button_data, column
from handlers.texts import Texts, join, lines

OFFERED = (Role.DEPUTY, Role.LEAD, Role.OFFICER, Role.AUDITOR, Role.OWNER)


class Appoint:
    """The conversation that ends in an invitation, or in another role for a person."""

    kind = "app"
    right = Right.MANAGE_PEOPLE
    takes_files = False

    def __init__(
        self,
        texts: Texts,
        roster: Roster,
        invitations: Invitations,
        conversations: Conversations,
        shown: InvitationsList,
        words: RoleWords,
    ) -> None:
        self._texts = texts
        self._roster = roster
        self._invitations = invitations
        self._conversations = conversations
        self._shown = shown
        self._words = words
        self._sectors = Choices(texts, words.sectors)

    async def start(self, ask: Ask) -> Reply:
        """/invite: ask for the role."""
        return await self.show(await self._conversations.open(ask.chat_id, self.kind, "role", {"sectors": []}))

    async def start_for(self, ask: Ask, person: Person) -> Reply:
        """Ask for another role for a person, or other sectors."""
        data = {
            "user_id": person.user_id,
            "stamp": person.stamp,
            "name": self._words.name(person),
            "now": self._words.office(person.role, person.sectors),
            "sectors": list(person.sectors),
        }
        return await self.show(await self._conversations.open(ask.chat_id, self.kind, "role", data))

    async def show(self, conversation: Conversation) -> Reply:
        """Ask what the present step asks."""
        match conversation.step:
            case "sectors":
                return self._ask_for_sectors(conversation, 0)
            case "check":
                return self._check(conversation)
            case _:
                return self._ask_for_role(conversation)

    async def answer(self, _ask: Ask, _conversation: Conversation) -> Reply:
        """Everything here is chosen by buttons: whatever is typed shows the question again."""
        raise InvalidInput("button-wanted", "this step wants a button")

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a button of the present step."""
        chosen = conversation.data["sectors"]
        match (conversation.step, *args):
            case ("role", "role", role) if role in OFFERED:
                step = "sectors" if role in MAY_BE_LIMITED else "check"
                return await self._go(conversation, step, role=role)
            case ("sectors", "toggle", code, _):
                sectors = self._sectors.toggled(chosen, code)
                moved = await self._conversations.advance(conversation, "sectors", sectors=sectors)
                return self._ask_for_sectors(moved, page_of(args))
            case ("sectors", "page", _):
                return self._ask_for_sectors(conversation, page_of(args))
            case ("sectors", "done") if chosen:
                return await self._go(conversation, "check")
            case ("sectors", "done"):
                return Reply(notice=self._texts.plain("appoint.sectors.none.notice"))
            case ("sectors", "all") if _role(conversation) not in IS_FOR_SECTORS:
                return await self._go(conversation, "check", sectors=[])
            case ("sectors" | "check", "back"):
                return await self._go(conversation, _before(conversation))
            case ("check", "yes"):
                return await self._do(ask, conversation)
            case _:
                raise NotFound("the button is broken")

    async def _go(self, conversation: Conversation, step: str, **answers: object) -> Reply:
        return await self.show(await self._conversations.advance(conversation, step, **answers))

    async def _do(self, ask: Ask, conversation: Conversation) -> Reply:
        data, role, by = conversation.data, _role(conversation), in_chat(ask.user_id)
        sectors = data["sectors"] if role in MAY_BE_LIMITED else []
        if "user_id" not in data:
            made, code = await self._invitations.make(role, sectors, by)
            await self._conversations.end(ask.chat_id)
            return self._made(made, code)
        person = await self._roster.grant(
            data["user_id"], role, sectors=sectors, by=by, stamp=data["stamp"], tells=data["user_id"] != ask.user_id
        )
        await self._conversations.end(ask.chat_id)
        office = self._words.office(person.role, person.sectors)
        back = Button(self._texts.plain("people.back"), button_data("ppl", "list", 0))
        return Reply.of(self._texts("appoint.done", name=data["name"], office=office), (back,))

    def _made(self, made: Invitation, code: str) -> Reply:
        """Say that it is made, in the place of the question, and hand out the link with its picture below."""
        said = Reply.of(self._texts("appoint.invited", office=self._words.office(made.role, made.sectors)))
        return Reply((*said.screens, self._shown.handed_out(made, code)))

    def _ask_for_role(self, conversation: Conversation) -> Reply:
        data = conversation.data
        offered = lines(
            *(
                self._texts("appoint.offer", role=self._words.role(role), does=self._words.does(role))
                for role in OFFERED
            )
        )
        if "user_id" in data:
            title = self._texts("appoint.change", name=data["name"], office=data["now"])
        else:
            title = self._texts("appoint.invite")
        buttons = [step_button(conversation, self._words.role(role), "role", role) for role in OFFERED]
        return Reply.of(join(title, offered), *column(*buttons), (self._leave(conversation),))

    def _ask_for_sectors(self, conversation: Conversation, page: int) -> Reply:
        chosen, role = conversation.data["sectors"], _role(conversation)
        named = self._texts.listing(self._sectors.named(chosen), most=6)
        listed = named or self._texts.plain("appoint.sectors.none")
        html = self._texts("appoint.sectors", role=self._words.role(role), chosen=listed)
        done = step_button(conversation, self._texts.plain("choice.done", number=len(chosen)), "done")
        everywhere = step_button(conversation, self._texts.plain("appoint.all-sectors"), "all")
        closing = ((done,),) if chosen or role in IS_FOR_SECTORS else ((everywhere,),)
        return Reply.of(html, *self._sectors.rows(conversation, chosen, page), *closing, self._footer(conversation))

    def _check(self, conversation: Conversation) -> Reply:
        data, role = conversation.data, _role(conversation)
        office = self._words.office(role, data["sectors"] if role in MAY_BE_LIMITED else [])
        if "user_id" in data:
            html = self._texts("appoint.check.change", name=data["name"], office=office, now=data["now"])
            yes = step_button(conversation, self._texts.plain("appoint.yes.change"), "yes")
        else:
            html = self._texts("appoint.check.invite", office=office, span=VALID_FOR)
            yes = step_button(conversation, self._texts.plain("appoint.yes.invite"), "yes")
        return Reply.of(
            join(html, self._texts("appoint.may", does=self._words.does(role))), (yes,), self._footer(conversation)
        )

    def _footer(self, conversation: Conversation) -> tuple[Button, ...]:
        return (step_button(conversation, self._texts.plain("flow.back"), "back"), self._leave(conversation))

    def _leave(self, conversation: Conversation) -> Button:
        return step_button(conversation, self._texts.plain("flow.cancel"), "cancel")


def _role(conversation: Conversation) -> Role:
    return Role(conversation.data["role"])


def _before(conversation: Conversation) -> str:
    """Name the step before; a role that is for all sectors had no question for them."""
    return "sectors" if conversation.step == "check" and _role(conversation) in MAY_BE_LIMITED else "role"
