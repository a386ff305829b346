"""Who talks in the sandbox: accounts, which are people, and bots."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.sandbox.menu import Menus
from bot.sandbox.rules import Window
from bot.sandbox.updates import UpdateQueue

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat
    from bot.sandbox.groups import Seat

LANGUAGE = "en"

# Whom the Bot API names as the sender of what an anonymous administrator says in a group.
ANONYMOUS = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


@dataclass(frozen=True)
class Account:
    """A person with a Telegram account.

    Attributes:
        id: the Telegram user id.
        first_name: 1 to 64 characters.
        last_name: likewise, if any.
        username: without the @, if any.
        note: a label for the page alone; bots do not see it.
        is_in_crowd: one of many made at once, whom the page does not list.
    """

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    note: str | None = None
    is_in_crowd: bool = False

    is_bot = False

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.first_name

    @cached_property
    def as_user(self) -> dict[str, Any]:
        """The Bot API's User."""
        return {"id": self.id, "is_bot": False, **self._names, "language_code": LANGUAGE}

    @cached_property
    def as_chat(self) -> dict[str, Any]:
        """The Bot API's Chat of a private conversation with this person."""
        return {"id": self.id, **self._names, "type": "private"}

    @property
    def _names(self) -> dict[str, str]:
        names = {"first_name": self.first_name, "last_name": self.last_name, "username": self.username}
        return {key: value for key, value in names.items() if value}

    def for_people(self) -> dict[str, Any]:
        """The Account of docs/sandbox.md."""
        return {
            "id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "username": self.username,
            "note": self.note,
        }


@dataclass(eq=False)
class Bot:
    """A bot, as its token names it.

    Attributes:
        id: the number before the colon.
        token: the whole token.
        first_name: what people see; setMyName changes it.
        updates: what waits for it.
        menus: its commands.
        texts: what setMyName and its kin set, by (method's field, language).
        chats: by chat id, those it may write to or could before it was blocked or left.
        sent: its window of one second.
    """

    id: int
    token: str = field(repr=False)
    first_name: str
    updates: UpdateQueue = field(default_factory=UpdateQueue)
    menus: Menus = field(default_factory=Menus)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    chats: dict[int, "Chat | Seat"] = field(default_factory=dict)
    sent: Window = field(default_factory=lambda: Window(1.0))

    is_bot = True

    @property
    def name(self) -> str:
        """What people see."""
        return self.first_name

    @property
    def username(self) -> str:
        """Telegram wants it to end in "bot"."""
        return f"sandbox_{self.id}_bot"

    @cached_property
    def as_user(self) -> dict[str, Any]:
        """The Bot API's User."""
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}

    def rename(self, first_name: str) -> None:
        """Give it another name."""
        self.first_name = first_name
        self.__dict__.pop("as_user", None)
