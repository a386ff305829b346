"""What every conversation of several steps has in common: its steps are stored, its buttons know their run."""

from dataclasses import replace
from typing import Protocol

from alerts.people.rights import Right
from alerts.store.conversations import Conversation, Conversations
from handlers.screen import Ask, Button, Reply, Screen, button_data
from handlers.texts import Texts

TYPED = "typed"
"""The answer that says, in UTF-16 units, how long the text was that has just been typed; 0 after anything else."""

LEFT = "left"
"""The answer that names what is said to who leaves, where something is kept or stays as it was."""

LEAST_CUT = 2048
"""UTF-16 units of a typed text that may go on in the next message: an app cuts it in its second half at 4,096."""


class Flow(Protocol):
    """A conversation of several steps.

    Attributes:
        kind: its name in the store and the verb of its buttons.
        right: what a person needs for every step of it.
        takes_files: whether a picture or document is an answer to it.
    """

    kind: str
    right: Right
    takes_files: bool

    async def start(self, ask: Ask) -> Reply:
        """Begin, or take up what is open."""

    async def show(self, conversation: Conversation) -> Reply:
        """Ask what the present step asks."""

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a button of the present step."""

    async def answer(self, ask: Ask, conversation: Conversation) -> Reply:
        """Take a typed text."""


class Steps:
    """Routes presses and texts to the flow that is open in a chat.

    Args:
        flows: every flow, by kind.
    """

    def __init__(self, conversations: Conversations, texts: Texts, flows: tuple[Flow, ...]) -> None:
        self._conversations = conversations
        self._texts = texts
        self._flows = {flow.kind: flow for flow in flows}

    def right_of(self, verb: str) -> Right | None:
        """Tell what a flow's buttons need, None when the verb is no flow's."""
        return self._flows[verb].right if verb in self._flows else None

    async def open_flow(self, chat_id: int) -> tuple[Flow, Conversation] | None:
        """Give what is open in a chat."""
        conversation = await self._conversations.find(chat_id)
        if conversation is None or conversation.kind not in self._flows:
            return None
        return self._flows[conversation.kind], conversation

    async def press(self, verb: str, ask: Ask) -> Reply:
        """Take a press of `verb:token:step:…`; a button of an older run or step changes nothing.

        A press of `verb:new` begins the flow.
        """
        if ask.args == ("new",):
            return await self._flows[verb].start(ask)
        found = await self.open_flow(ask.chat_id)
        token, step, *args = ask.args if len(ask.args) > 1 else ("", "")
        if found is None or found[1].kind != verb or found[1].token != token:
            return Reply(notice=self._texts.plain("button.old"))
        flow, conversation = found
        if args == ["cancel"]:
            await self._conversations.end(ask.chat_id)
            return replace(
                Reply.of(self._texts(conversation.data.get(LEFT, "flow.left"))), removes=preview_of(conversation)
            )
        conversation = await forget_typed(self._conversations, conversation)
        if conversation.step != step:
            return replace(await flow.show(conversation), notice=self._texts.plain("button.passed"))
        return await flow.press(ask, conversation, tuple(args))


async def forget_typed(conversations: Conversations, conversation: Conversation) -> Conversation:
    """Note that the last thing taken was no typed text, so that what is typed next does not continue one.

    Telegram's apps cut a long text in two: what follows it directly, whatever is asked by then, is its second half.
    """
    if not conversation.data.get(TYPED):
        return conversation
    return await conversations.advance(conversation, conversation.step, **{TYPED: 0})


def step_button(conversation: Conversation, label: str, *args: str | int) -> Button:
    """Make a button for the present step of a conversation."""
    return Button(label, button_data(*present_step(conversation), *args))


def present_step(conversation: Conversation) -> tuple[str, str, str]:
    """Give what the data of every button of the present step begins with; `Steps.press` reads it."""
    return conversation.kind, conversation.token, conversation.step


def preview_of(conversation: Conversation) -> tuple[int, ...]:
    """Name the messages that preview an alert: once the draft changes, they must not stand there like real ones."""
    shown = conversation.data.get("preview") or ()
    return (shown,) if isinstance(shown, int) else tuple(shown)


def ask_again(problem: str, shown: Reply) -> Reply:
    """Say what was wrong above the question, asked once more; the preview of an alert above it stays as it is."""
    *before, question = shown.screens
    asked = Screen(f"{problem}\n\n{question.html}", question.rows)
    return replace(shown, screens=(*before, asked), replaces=False)
