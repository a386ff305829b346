"""What the requests of the refusals are about, and how one of them is put: the town, a try, and its usual kinds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox_doors import BOT_ID, TOKEN, Clock
from sandbox_pictures import form

from bot.sandbox import Sandbox, World
from bot.sandbox.chats import Chat, Message
from bot.sandbox.groups import Group
from bot.sandbox.inline import ask_inline
from bot.sandbox.media import MAX_DOWNLOAD
from bot.sandbox.updates import Webhook

ANN, BEN, OTHER_BOT = 1001, 1002, 77
GROUP, SUPERGROUP, CHANNEL = -5, -1000000000007, -1000000000009


@dataclass(frozen=True)
class Town:
    """What the requests are about: Ann's chat with the bot, three groups with both, and messages in them."""

    sandbox: Sandbox
    clock: Clock
    ann: Chat
    said: Message
    sent: Message
    photo: Message
    document: Message
    protected: Message

    @property
    def world(self) -> World:
        """The sandbox's state."""
        return self.sandbox.world

    def group(self, group_id: int) -> Group:
        """One of the groups."""
        return self.world.groups[group_id]

    def file_id(self, message: Message, bot_id: int = BOT_ID) -> str:
        """What a bot calls the largest size of a message's file."""
        assert message.media is not None
        return message.media.file_id(bot_id, message.media.sizes[-1])

    def press(self) -> str:
        """Ann presses a button."""
        return self.world.press(self.ann, self.sent.message_id, "seen")

    def large_file(self) -> str:
        """The file_id of a file that is too large to download."""
        media = self.world.library.add_document(bytes(MAX_DOWNLOAD + 1), "large.bin")
        return media.file_id(BOT_ID, media.sizes[-1])

    def other_message(self) -> int:
        """A message of Ben's in the supergroup."""
        return self.world.say(self.world.chat(BEN, SUPERGROUP), "/status").message_id


Given = Mapping[str, Any]


@dataclass(frozen=True)
class Try:
    """A request that is refused.

    Attributes:
        method: of the Bot API.
        given: its parameters as JSON, or what makes them in the town.
        says: the exact text, where the row has words in braces.
        before: what happens first.
        options: how to ask otherwise than with JSON, for aiohttp.
        http: the HTTP method.
        token: whose request it is.
        parameters: of the answer.
    """

    method: str
    given: Given | Callable[[Town], Given] = field(default_factory=dict)
    says: str = ""
    before: Callable[[Town], object] | None = None
    options: Callable[[], Mapping[str, Any]] | None = None
    http: str = "POST"
    token: str = TOKEN
    parameters: Given | None = None


def text(text: Any, *, says: str = "", **more: Any) -> Try:
    """SendMessage to Ann."""
    return Try("sendMessage", {"chat_id": ANN, "text": text, **more}, says)


def html(source: str, says: str = "") -> Try:
    """SendMessage with tags."""
    return text(source, parse_mode="HTML", says=says and f"Bad Request: can't parse entities: {says}")


def entity(says: str = "", *, on: str = "abc", **fields: Any) -> Try:
    """SendMessage with one entity."""
    return text(
        on, entities=[{"type": "bold", "offset": 0, "length": 1, **fields}], says=says and f"Bad Request: {says}"
    )


def button(says: str = "", **fields: Any) -> Try:
    """SendMessage with one button."""
    return text("x", reply_markup={"inline_keyboard": [[fields]]}, says=says and f"Bad Request: {says}")


def command(says: str = "", **fields: Any) -> Try:
    """SetMyCommands with one command."""
    return Try("setMyCommands", {"commands": [fields]}, says and f"Bad Request: {says}")


def scope(**fields: Any) -> Try:
    """SetMyCommands for a scope."""
    return Try("setMyCommands", {"commands": [], "scope": fields})


def upload(method: str, **fields: Any) -> Try:
    """A form with a file."""
    return Try(method, options=lambda: {"data": form(chat_id=str(ANN), **fields)})


def about(method: str, name: str, **more: Any) -> Try:
    """A method about a message of the town."""
    return Try(method, lambda town: {"chat_id": ANN, "message_id": getattr(town, name).message_id, **more})


def passing(method: str, name: str) -> Try:
    """Passing a message of the town on to Ann."""
    return Try(
        method,
        lambda town: {"chat_id": ANN, "from_chat_id": ANN, "message_id": getattr(town, name).message_id},
    )


def failing(status: int) -> Try:
    """A fault on purpose."""
    rule = {"fault": "5xx", "status": status}
    return Try("getMe", before=lambda town: town.sandbox.faults.replace([rule]))


def typed(content_type: str, body: bytes) -> Mapping[str, Any]:
    """A body of a type, for aiohttp."""
    return {"data": body, "headers": {"Content-Type": content_type}}


def article(**fields: Any) -> dict[str, Any]:
    """One result of an inline query, with some fields otherwise."""
    return {"type": "article", "id": "1", "title": "x", "input_message_content": {"message_text": "x"}, **fields}


def offer(*results: Any, says: str = "") -> Try:
    """AnswerInlineQuery for what Ann typed in her chat with the bot."""
    return Try(
        "answerInlineQuery",
        lambda town: {
            "inline_query_id": ask_inline(town.world, town.ann, town.world.bots[BOT_ID], "level").id,
            "results": list(results),
        },
        says and f"Bad Request: {says}",
    )


def hook() -> Webhook:
    """A webhook that nobody delivers to."""
    return Webhook("https://bot.example/", "", 1)


def busy(town: Town) -> None:
    """Let the bot have sent two messages to Ann just now."""
    town.ann.sent.times.extend([town.clock.now] * 2)
