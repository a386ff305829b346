"""What a handler takes and gives: an `Ask` from a person in, a `Reply` of screens out. No Telegram in here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from alerts.people.rights import Role
from alerts.people.roster import Person
from alerts.publishing.attachment import Attachment

DATA_LIMIT = 64
"""Bytes of a button's data (Bot API, InlineKeyboardButton)."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: it sends `data` back, or opens `url`."""

    label: str
    data: str = ""
    url: str = ""


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the bot draws itself.

    Attributes:
        key: names what is on it: the same key is the same picture, and is drawn and carried to Telegram once.
        draw: makes it, as a PNG; raises `CascadeError` when it cannot.
        instead: the screen in words alone, for when the picture cannot be had.
    """

    key: str
    draw: Callable[[], Awaitable[bytes]]
    instead: "Screen"


@dataclass(frozen=True, slots=True)
class Screen:
    """One message: its text in Telegram's HTML and its rows of buttons.

    Attributes:
        attachment: a picture or document, with the text as its caption.
        picture: a picture of the bot's own, with the text as its caption; not together with an attachment.
        is_protected: Telegram lets nobody forward or save it.
    """

    html: str
    rows: Rows = ()
    attachment: Attachment | None = None
    picture: Picture | None = None
    is_protected: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """Something to choose, and the message that is posted when it is chosen.

    Attributes:
        code: tells it from the other cards of one answer; at most 64 bytes.
        title: what the reader chooses by.
        description: a line or two below it.
        html: the message, which others read later.
        rows: links under the message; buttons that ask the bot would not know in which chat they stand.
    """

    code: str
    title: str
    description: str
    html: str
    rows: Rows = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers.

    Attributes:
        screens: the messages, in order.
        notice: a line shown over the chat when a button was pressed.
        replaces: the first screen takes the place of the message whose button was pressed.
        removes: messages of the bot that are taken away, since they say what does not hold any more.
        on_shown: told the message ids of the screens, in their order, once they are there.
    """

    screens: tuple[Screen, ...] = ()
    notice: str = ""
    replaces: bool = True
    removes: tuple[int, ...] = ()
    on_shown: Callable[[tuple[int, ...]], Awaitable[None]] | None = None

    @classmethod
    def of(cls, html: str, *rows: tuple[Button, ...], notice: str = "") -> "Reply":
        """Answer with one message."""
        return cls((Screen(html, rows),), notice)


@dataclass(frozen=True, slots=True)
class Group:
    """The group or channel in which something was said; `kind` is `group`, `supergroup` or `channel`."""

    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What is known of a message that a person forwarded.

    Attributes:
        is_ours: Telegram says that it was this bot that wrote it.
        links: the addresses behind its words.
    """

    is_ours: bool
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person did: typed a command or a text, or pressed a button.

    Attributes:
        person: their entry in the roster, None without a role, and in groups, where roles do not count.
        text: what follows the command, or the text that was typed; empty for a sticker or a picture.
        html: the typed text with its formatting.
        args: what the pressed button carries after its verb.
        attachment: the picture or document that was sent; its caption is the text.
        group: what the chat is, when it is no private one.
        forwarded: where the text comes from, when the person forwarded it.
    """

    chat_id: int
    user_id: int
    first_name: str
    person: Person | None = None
    text: str = ""
    html: str = ""
    args: tuple[str, ...] = field(default=())
    attachment: Attachment | None = None
    group: Group | None = None
    forwarded: Forwarded | None = None

    @property
    def role(self) -> Role:
        """What the person is to Cascade."""
        return self.person.role if self.person else Role.CONTACT


def button_data(verb: str, *args: str | int) -> str:
    """Pack a verb and its arguments into a button's data.

    Raises:
        ValueError: it is longer than Telegram takes.
    """
    data = ":".join([verb, *map(str, args)])
    if len(data.encode()) > DATA_LIMIT:
        raise ValueError(f"the data of a button is too long: {data}")
    return data


def column(*buttons: Button) -> Rows:
    """Put each button in a row of its own."""
    return tuple((button,) for button in buttons)


def pairs(*buttons: Button) -> Rows:
    """Put the buttons in rows of two."""
    return tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))
