"""The fields of a briefing: one table that code, check at writing, previews, docs and tests read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """What an entry of a list gives: `{{ one.NAME }}` in a loop over it.

    Attributes:
        gives: what it is, for whoever writes a briefing.
        example: what it looks like.
    """

    name: str
    gives: str
    example: str


@dataclass(frozen=True, slots=True)
class Field:
    """What a briefing may name: `{{ NAME }}`.

    Attributes:
        gives: what it is, for whoever writes a briefing.
        example: what it looks like; of a list, its whole section with one entry.
        parts: of a list, what each of its entries gives; a field without parts is a plain text.
        tells: its entries are news: a briefing whose lists of news are all empty has nothing to tell.
    """

    name: str
    gives: str
    example: str
    parts: tuple[Part, ...] = ()
    tells: bool = False

    @property
    def is_list(self) -> bool:
        """Whether it has entries: it can be looped over, and printed as a whole."""
        return bool(self.parts)


FIELDS: tuple[Field, ...] = (
    Field("now", "the moment of sending", "23 Nov 2026, 08:00 GMT"),
    Field("since", "the moment from which changes and the digest are counted", "16 Nov 2026, 08:00 GMT"),
    Field(
        "levels",
        "the threat levels now, one for each scheme in force",
        "• UK national threat level: SEVERE, since 20 Nov 2026. Last confirmed 2 hours ago.",
        (
            Part("scheme", "the scheme's name", "UK national threat level"),
            Part("level", "the level, or that it is not known", "SEVERE"),
            Part("means", "its official meaning, empty where there is none", "an attack is highly likely"),
            Part("since", "the day from which it holds, empty when nobody said", "20 Nov 2026"),
            Part("age", "how long ago it was last confirmed, empty for one that is not known", "2 hours"),
            Part("state", "how far to trust it, in words", "Last confirmed 2 hours ago."),
            Part("asks", "what it asks of the reader", "Stay alert and report what looks wrong."),
            Part("address", "the official page", "https://www.mi5.gov.uk/threats-and-advice/terrorism-threat-levels"),
        ),
        tells=True,
    ),
    Field(
        "changes",
        "the changes of a level that were recorded since the last briefing, oldest first",
        "• UK national threat level: raised from SUBSTANTIAL to SEVERE, since 20 Nov 2026",
        (
            Part("scheme", "the scheme's name", "UK national threat level"),
            Part("level", "the new level", "SEVERE"),
            Part("before", "the level before it", "SUBSTANTIAL"),
            Part("direction", "raised or lowered", "raised"),
            Part("since", "the day from which the new one holds, empty when nobody said", "20 Nov 2026"),
        ),
        tells=True,
    ),
    Field(
        "alerts",
        "the alerts that are in force for everybody whom the briefing goes to, newest first",
        "• URGENT: Suspicious vehicle at the east gate (C-2026-0007), until 23 Nov 2026, 18:00 GMT",
        (
            Part("headline", "its headline", "Suspicious vehicle at the east gate"),
            Part("reference", "its reference", "C-2026-0007"),
            Part("severity", "how urgent it is", "URGENT"),
            Part("sent", "when it was sent", "23 Nov 2026, 06:00 GMT"),
            Part("until", "until when it is in force", "23 Nov 2026, 18:00 GMT"),
        ),
        tells=True,
    ),
    Field(
        "digest",
        "the advisory and information alerts that were sent since the last briefing, oldest first",
        "• INFORMATION: Street closures on Sunday (C-2026-0006), sent 22 Nov 2026, 17:00 GMT",
        (
            Part("headline", "its headline", "Street closures on Sunday"),
            Part("reference", "its reference", "C-2026-0006"),
            Part("severity", "how urgent it is", "INFORMATION"),
            Part("sent", "when it was sent", "22 Nov 2026, 17:00 GMT"),
            Part("until", "until when it is in force", "24 Nov 2026, 17:00 GMT"),
        ),
        tells=True,
    ),
    Field(
        "schedules",
        "what goes out by itself next to everybody whom the briefing goes to, soonest first",
        "• Weekly level briefing: 30 Nov 2026, 08:00 GMT",
        (
            Part("name", "the schedule's name", "Weekly level briefing"),
            Part("next", "its next time", "30 Nov 2026, 08:00 GMT"),
        ),
    ),
)
"""Everything that a briefing may name, in the order in which the docs list it.

Alerts that schedules sent and those that told of a level are in neither `alerts` nor `digest`: the first are no news,
and the second may have been overtaken by a later level.
"""

BY_NAME: dict[str, Field] = {one.name: one for one in FIELDS}
