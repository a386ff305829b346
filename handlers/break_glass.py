"""Breaking the glass: one officer sends a critical alert on their own word, with a phrase that they have to type."""

from alerts.errors import NotFound
from alerts.people.rights import Right
from alerts.publishing.approval import glass_phrase
from alerts.publishing.approvals import STOPPABLE
from alerts.publishing.desk import Desk
from alerts.store.conversations import Conversation, Conversations
from handlers.conversation import preview_of, step_button
from handlers.screen import Ask, Reply
from handlers.texts import Texts
from handlers.waiting import Waiting


class BreakGlass:
    """The conversation in which the phrase is typed."""

    kind = "brk"
    right = Right.APPROVE
    takes_files = False

    def __init__(self, texts: Texts, desk: Desk, conversations: Conversations, waiting: Waiting) -> None:
        self._texts = texts
        self._desk = desk
        self._conversations = conversations
        self._waiting = waiting

    async def begin(self, ask: Ask) -> Reply:
        """Take the button under an alert that waits."""
        match ask.args:
            case (number, revision) if number.isdecimal() and revision.isdecimal():
                alert = await self._desk.find(int(number))
            case _:
                raise NotFound("the button is broken")
        data = {"alert": alert.id, "revision": int(revision), "phrase": glass_phrase(alert), "name": alert.headline}
        left = await self._conversations.find(ask.chat_id)
        opened = await self._conversations.open(ask.chat_id, self.kind, "phrase", data)
        return Reply((await self.show(opened)).screens, replaces=False, removes=preview_of(left) if left else ())

    async def start(self, ask: Ask) -> Reply:  # noqa: ARG002 - Flow
        """Begin nothing: only the button under an alert does."""
        raise NotFound("the glass is broken from an alert's own message")

    async def show(self, conversation: Conversation) -> Reply:
        """Name the phrase, and what follows on it."""
        data = conversation.data
        leave = step_button(conversation, self._texts.plain("flow.cancel"), "cancel")
        seconds = int(STOPPABLE.total_seconds())
        html = self._texts("glass.ask", headline=data["name"], phrase=data["phrase"], seconds=seconds)
        return Reply.of(html, (leave,))

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:  # noqa: ARG002 - Flow
        """Ask again: the only button leaves."""
        return await self.show(conversation)

    async def answer(self, ask: Ask, conversation: Conversation) -> Reply:
        """Take the phrase; a slip asks again."""
        if ask.person is None:
            raise NotFound("the person holds no role")
        data = conversation.data
        alert = await self._desk.break_glass(data["alert"], data["revision"], ask.person, ask.text)
        await self._conversations.end(ask.chat_id)
        return await self._waiting.follow(alert, ask.user_id)
