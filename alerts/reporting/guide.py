"""How to report: channels, situations and guidance, read from `reporting.toml`. The bot takes no reports itself."""

from dataclasses import dataclass, field
from typing import Self, TypeVar

from alerts.data import DataFolder, UnknownCode, quoted
from alerts.data.entry import Entry, refuse_twice
from alerts.reporting.emergency import EmergencyWords

TITLE_CHARACTERS_AT_MOST = 32
"""More does not fit on a button of a narrow phone."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach a channel.

    Attributes:
        kind: "phone", "textphone", "text" (SMS) or "web".
        value: The number as people write it, or an address that starts with https://.
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A service that takes reports.

    Attributes:
        code: Kebab-case, at most 20 bytes.
        name: As people know it.
        when: What it is for.
        ways: How to reach it, the phone first and the web last; at least one.
        hours: When it is open, or "" for always or unknown.
        note: What one has to know to use it, or "".
        source: Whose page says so.
        confidence: A official page, B press or third party, C second-hand list.
    """

    code: str
    name: str
    when: str
    ways: tuple[Way, ...]
    hours: str
    note: str
    source: str
    confidence: str

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """Read one entry of [[channels]]. Raises `DataError`."""
        ways = [(kind, entry.optional_text(kind)) for kind in ("phone", "textphone", "text")]
        ways.append(("web", entry.optional_address("web")))
        channel = cls(
            code=entry.code(),
            name=entry.text("name"),
            when=entry.text("when"),
            ways=tuple(Way(kind, value) for kind, value in ways if value),
            hours=entry.optional_text("hours"),
            note=entry.optional_text("note"),
            source=entry.text("source"),
            confidence=entry.confidence(),
        )
        entry.finish()
        if not channel.ways:
            raise entry.wrong("needs at least one of phone, textphone, text and web")
        return channel


@dataclass(frozen=True, slots=True)
class Guidance:
    """What to do in a kind of danger, in a few lines of plain text."""

    code: str
    title: str
    lines: tuple[str, ...]
    source: str

    @classmethod
    def from_entry(cls, entry: Entry) -> Self:
        """Read one entry of [[guidance]]. Raises `DataError`."""
        guidance = cls(
            code=entry.code(),
            title=entry.text("title"),
            lines=entry.texts("lines"),
            source=entry.text("source"),
        )
        entry.finish()
        return guidance


@dataclass(frozen=True, slots=True)
class Situation:
    """A situation that a person chooses by a button, and what to do in it.

    Attributes:
        code: Kebab-case, at most 20 bytes.
        title: The text of the button, at most 32 characters.
        lines: What to do, plain text, the most urgent first.
        channels: Whom to reach, the most urgent first.
        guidance: What else to show, often nothing.
    """

    code: str
    title: str
    lines: tuple[str, ...]
    channels: tuple[Channel, ...]
    guidance: tuple[Guidance, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """Everything that the bot says about reporting.

    Attributes:
        no_reports: The sentence that goes with every answer: the bot takes no reports itself.
        footer: The channels to name under an alert.
        channels: All channels, in the order of the file.
        guidance: All guidance, in the order of the file.
        situations: All situations, in the order of the file, the emergency first.
    """

    no_reports: str
    footer: tuple[Channel, ...]
    channels: tuple[Channel, ...]
    guidance: tuple[Guidance, ...]
    situations: tuple[Situation, ...]
    _emergency_words: EmergencyWords = field(repr=False, compare=False)

    @classmethod
    def load(cls, folder: DataFolder) -> Self:
        """Read and check `reporting.toml`.

        Raises:
            DataError: The file is missing or wrong, a code is there twice, or one is named that is not there.
        """
        top = Entry.of_file(folder, "reporting.toml")
        channels = _by_code([(entry, Channel.from_entry(entry)) for entry in top.tables("channels")])
        guidance = _by_code([(entry, Guidance.from_entry(entry)) for entry in top.optional_tables("guidance")])
        situations = [(entry, _situation(entry, channels, guidance)) for entry in top.tables("situations")]
        guide = cls(
            no_reports=top.text("no_reports"),
            footer=_named(top, "footer", channels),
            channels=tuple(channels.values()),
            guidance=tuple(guidance.values()),
            situations=tuple(_by_code(situations).values()),
            _emergency_words=EmergencyWords.from_entry(top.table("emergency")),
        )
        top.finish()
        return guide

    @property
    def emergency(self) -> Situation:
        """The situation that answers a message which reads like an emergency: the first one."""
        return self.situations[0]

    def channel(self, code: str) -> Channel:
        """Return the channel of this code. Raises `UnknownCode`."""
        return _pick("channel", code, self.channels)

    def situation(self, code: str) -> Situation:
        """Return the situation of this code. Raises `UnknownCode`."""
        return _pick("situation", code, self.situations)

    def reads_like_emergency(self, text: str) -> bool:
        """Return whether a typed message reads like an emergency, so that `emergency` has to be answered first.

        It errs towards yes: see `EmergencyWords`.
        """
        return self._emergency_words.are_in(text)


Coded = TypeVar("Coded", Channel, Guidance, Situation)


def _situation(entry: Entry, channels: dict[str, Channel], guidance: dict[str, Guidance]) -> Situation:
    situation = Situation(
        code=entry.code(),
        title=entry.text("title", characters_at_most=TITLE_CHARACTERS_AT_MOST),
        lines=entry.texts("lines"),
        channels=_named(entry, "channels", channels),
        guidance=_named(entry, "guidance", guidance) if entry.has("guidance") else (),
    )
    entry.finish()
    return situation


def _by_code(items: list[tuple[Entry, Coded]]) -> dict[str, Coded]:
    refuse_twice(((entry, item.code) for entry, item in items), "code")
    return {item.code: item for _, item in items}


def _named(entry: Entry, key: str, known: dict[str, Coded]) -> tuple[Coded, ...]:
    """Return the items that a list of codes names."""
    codes = entry.texts(key)
    for code in codes:
        if code not in known:
            raise entry.wrong(f"{key} names {quoted(code)}, which is not there; there is: {', '.join(known)}")
    return tuple(known[code] for code in codes)


def _pick(kind: str, code: str, items: tuple[Coded, ...]) -> Coded:
    for item in items:
        if item.code == code:
            return item
    raise UnknownCode.among(kind, code, [item.code for item in items])
