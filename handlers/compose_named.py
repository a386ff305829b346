"""The persons who alone get what is TLP:RED: found, ticked and kept in the draft, in /compose."""

from alerts.errors import NotFound
from alerts.paging import Page
from alerts.publishing.alert import Alert
from alerts.publishing.desk import Desk
from alerts.store.conversations import Conversation, Conversations
from alerts.subscribers.vetting import Contact, Vetting
from alerts.text import cut_to

SOUGHT_LIMIT = 40
"""UTF-16 units of a name that is looked for."""


class NamedRecipients:
    """Finds persons by name or number and puts them into a draft."""

    def __init__(self, desk: Desk, conversations: Conversations, vetting: Vetting) -> None:
        self._desk = desk
        self._conversations = conversations
        self._vetting = vetting

    async def page(self, conversation: Conversation, draft: Alert, number: int) -> tuple[Page[Contact], list[Contact]]:
        """Give a page of those who can be named, and those who are."""
        data, author = conversation.data, draft.author or conversation.chat_id
        found = await self._vetting.nameable(author, data["scope"], number, data.get("sought", ""))
        return found, await self._vetting.named(draft.named)

    async def seek(self, conversation: Conversation, text: str) -> Conversation:
        """Note what is looked for."""
        sought = " ".join(cut_to(text, SOUGHT_LIMIT).split())
        return await self._conversations.advance(conversation, conversation.step, sought=sought)

    async def toggle(
        self, conversation: Conversation, draft: Alert, author: int, chat: str
    ) -> tuple[Conversation, Alert]:
        """Name a person, or name them no more. Raises `NotFound` for what is no number of a chat."""
        if not chat.isdecimal():
            raise NotFound("the button is broken")
        seen, named = conversation.data.get("seen"), set(draft.named) ^ {int(chat)}
        draft = await self._desk.revise(draft.id, author, seen=seen, named=named)
        return await self._conversations.advance(conversation, conversation.step, seen=draft.revision), draft
