import pytest
from support.clock import DrivenClock

from alerts.errors import Stale
from alerts.store import Store
from alerts.store.conversations import Conversation, Conversations

CHAT, OTHER = 101, 102


@pytest.fixture
def conversations(store: Store, clock: DrivenClock) -> Conversations:
    """Conversations over an empty database."""
    return Conversations(store, clock)


async def test_a_chat_has_no_conversation_at_first(conversations: Conversations):
    """Nothing is open, and ending nothing is no error."""
    assert await conversations.find(CHAT) is None
    await conversations.end(CHAT)


async def test_answers_are_kept_in_the_store(conversations: Conversations, store: Store, clock: DrivenClock):
    """What was answered stands there for a process that starts later."""
    began = await conversations.open(CHAT, "sub", "consent", {"name": "Zoë 🚧", "sectors": ["retail"], "none": None})
    advanced = await conversations.advance(began, "name", organisation="Bank")
    data = {"name": "Zoë 🚧", "sectors": ["retail"], "none": None, "organisation": "Bank"}
    assert advanced == Conversation(CHAT, "sub", "name", began.token, data)
    assert await Conversations(store, clock).find(CHAT) == advanced


async def test_an_answer_is_replaced_by_the_next_one(conversations: Conversations):
    """The same question answered again keeps the last answer alone."""
    began = await conversations.open(CHAT, "sub", "name", {"name": "A"})
    advanced = await conversations.advance(began, "name", name="B")
    assert advanced.data == {"name": "B"}
    assert began.data == {"name": "A"}


async def test_a_chat_has_one_conversation(conversations: Conversations):
    """A new conversation takes the place of the open one, under another token; other chats are not touched."""
    first = await conversations.open(CHAT, "sub", "consent", {})
    other = await conversations.open(OTHER, "sub", "consent", {})
    second = await conversations.open(CHAT, "cmp", "begin", {})
    assert first.token != second.token
    assert await conversations.find(CHAT) == second
    assert await conversations.find(OTHER) == other


async def test_a_replaced_conversation_takes_no_answer(conversations: Conversations):
    """An answer to a conversation that was begun anew or ended is refused, and the open one is as it was."""
    first = await conversations.open(CHAT, "sub", "consent", {})
    second = await conversations.open(CHAT, "sub", "consent", {})
    with pytest.raises(Stale):
        await conversations.advance(first, "name", name="A")
    assert await conversations.find(CHAT) == second
    await conversations.end(CHAT)
    with pytest.raises(Stale):
        await conversations.advance(second, "name", name="A")
    assert await conversations.find(CHAT) is None
