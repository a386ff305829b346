"""An entry of the record: an act, who did it through which door, on what, and how that was before and after."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row


class Door(StrEnum):
    """Where an act comes from."""

    CHAT = "chat"
    COMMAND_LINE = "command line"
    INTAKE = "intake"
    FEED = "feed"
    SCHEDULE = "schedule"
    BOT = "bot"


class Act(StrEnum):
    """What was done; every act has its sentence in `MEANING`."""

    PERSON_GRANTED = "person-granted"
    PERSON_REVOKED = "person-revoked"
    ALERT_UPDATED = "alert-updated"
    ALERT_CORRECTED = "alert-corrected"
    ALERT_TAKEN_BACK = "alert-taken-back"
    ALL_CLEAR_GIVEN = "all-clear-given"
    ALERT_RECALLED = "alert-recalled"
    ALERT_DRAFTED = "alert-drafted"
    ALERT_REVISED = "alert-revised"
    ALERT_TAKEN_OVER = "alert-taken-over"
    ALERT_OFFERED = "alert-offered"
    ALERT_KEPT = "alert-kept"
    ALERT_SUBMITTED = "alert-submitted"
    ALERT_WITHDRAWN = "alert-withdrawn"
    ALERT_APPROVED = "alert-approved"
    ALERT_RETURNED = "alert-returned"
    ALERT_SCHEDULED = "alert-scheduled"
    ALERT_SENT = "alert-sent"
    ALERT_SENT_AGAIN = "alert-sent-again"
    ALERT_CANCELLED = "alert-cancelled"
    ALERT_CLOSED = "alert-closed"
    ALERT_EXPIRED = "alert-expired"
    BREAK_GLASS_BEGUN = "break-glass-begun"
    BREAK_GLASS_STOPPED = "break-glass-stopped"
    SCHEDULE_APPROVED = "schedule-approved"
    SCHEDULE_RETURNED = "schedule-returned"
    INVITATION_MADE = "invitation-made"
    INVITATION_ACCEPTED = "invitation-accepted"
    INVITATION_CONFIRMED = "invitation-confirmed"
    INVITATION_REFUSED = "invitation-refused"
    INVITATION_WITHDRAWN = "invitation-withdrawn"
    INVITATION_LAPSED = "invitation-lapsed"
    CODES_LOCKED = "codes-locked"
    PERSON_ERASED = "person-erased"
    SUBSCRIBED = "subscribed"
    SUBSCRIPTION_CHANGED = "subscription-changed"
    UNSUBSCRIBED = "unsubscribed"
    CONTACTS_SEEN = "contacts-seen"
    RECORD_SEEN = "record-seen"
    RECORD_EXPORTED = "record-exported"
    SECRET_REPLACED = "secret-replaced"  # noqa: S105 - the name of an act
    PACK_MADE = "pack-made"
    LEVEL_SET = "level-set"
    LEVEL_CONFIRMED = "level-confirmed"
    SCHEDULE_ADDED = "schedule-added"
    SCHEDULE_PAUSED = "schedule-paused"
    SCHEDULE_RESUMED = "schedule-resumed"
    SCHEDULE_REMOVED = "schedule-removed"
    HOLD_PLACED = "hold-placed"
    HOLD_RELEASED = "hold-released"
    SOURCE_ADDED = "source-added"
    SOURCE_ROTATED = "source-rotated"
    SOURCE_TRUSTED = "source-trusted"
    SOURCE_UNTRUSTED = "source-untrusted"
    SOURCE_REMOVED = "source-removed"
    INCOMING_TAKEN = "incoming-taken"
    INCOMING_DISCARDED = "incoming-discarded"
    DOCUMENT_OBEYED = "document-obeyed"
    TEMPLATE_WRITTEN = "template-written"
    TEMPLATE_RETIRED = "template-retired"
    TEMPLATES_TAKEN_IN = "templates-taken-in"
    DRILL_ANNOUNCED = "drill-announced"
    DRILL_BEGUN = "drill-begun"
    DRILL_MESSAGE_SENT = "drill-message-sent"
    DRILL_ENDED = "drill-ended"
    DRILL_STOPPED = "drill-stopped"
    SELF_TEST_BEGUN = "self-test-begun"
    SELF_TEST_JUDGED = "self-test-judged"
    CONTACT_VETTED = "contact-vetted"
    CONTACT_UNVETTED = "contact-unvetted"


MEANING: dict[Act, str] = {
    Act.PERSON_GRANTED: "a person was given a role, in place of the one they had",
    Act.PERSON_REVOKED: "a person's role was taken away",
    Act.ALERT_UPDATED: "an alert was replaced by a newer one, and its copies marked",
    Act.ALERT_CORRECTED: "a slip in an alert was mended on the copies that people have",
    Act.ALERT_TAKEN_BACK: "an alert was cancelled, and those who had it were told",
    Act.ALL_CLEAR_GIVEN: "those who had an alert were told that it is over",
    Act.ALERT_RECALLED: "the copies of an alert were deleted, or emptied where they were too old",
    Act.ALERT_DRAFTED: "a draft was begun",
    Act.ALERT_REVISED: "an alert's text or audience was changed; what was approved before is so no more",
    Act.ALERT_SUBMITTED: "an alert was laid before a second person",
    Act.ALERT_TAKEN_OVER: "a colleague took over a draft that its author had left behind or offered",
    Act.ALERT_OFFERED: "the author of a draft let a colleague take it over",
    Act.ALERT_KEPT: "the author of a draft kept it, after they had let a colleague take it over",
    Act.ALERT_WITHDRAWN: "an alert was made a draft again, and with that an approval lapsed",
    Act.ALERT_APPROVED: "a second person approved an alert",
    Act.ALERT_RETURNED: "a second person returned an alert to its author; the reason stands with the alert",
    Act.ALERT_SCHEDULED: "an alert was released for a later moment",
    Act.ALERT_SENT: "an alert was released: every recipient got a row",
    Act.ALERT_SENT_AGAIN: "an alert went again to those whose delivery was uncertain",
    Act.ALERT_CANCELLED: "an alert was stopped, or a draft thrown away",
    Act.ALERT_CLOSED: "an alert that was sent has reached its expiry",
    Act.ALERT_EXPIRED: "an alert reached its expiry before everybody was served, or before it was released",
    Act.BREAK_GLASS_BEGUN: "one officer began to send a critical alert on their own word",
    Act.BREAK_GLASS_STOPPED: "a break-glass was stopped before it went out",
    Act.SCHEDULE_APPROVED: "a second person approved a schedule, so that it starts",
    Act.SCHEDULE_RETURNED: "a second person refused a schedule, which was removed",
    Act.INVITATION_MADE: "an invitation was made, for a role and sectors",
    Act.INVITATION_ACCEPTED: "a person accepted an invitation, which gives them nothing yet",
    Act.INVITATION_CONFIRMED: "an owner confirmed who had accepted an invitation, and with that gave them its role",
    Act.INVITATION_REFUSED: "an owner refused who had accepted an invitation",
    Act.INVITATION_WITHDRAWN: "an invitation was withdrawn before its role was given",
    Act.INVITATION_LAPSED: "an invitation ran out before its role was given",
    Act.CODES_LOCKED: "a person was locked out of invitations after several codes that were not valid",
    Act.PERSON_ERASED: "a person was erased from the record",
    Act.SUBSCRIBED: "a subscription began",
    Act.SUBSCRIPTION_CHANGED: "a subscription was changed",
    Act.UNSUBSCRIBED: "a subscription ended",
    Act.CONTACTS_SEEN: "contacts' details were looked at",
    Act.RECORD_SEEN: "the record was looked at",
    Act.RECORD_EXPORTED: "the record was exported",
    Act.SECRET_REPLACED: "the secret was replaced: only the one before can prove what is earlier than this",
    Act.PACK_MADE: "an after-action pack was made",
    Act.LEVEL_SET: "a threat level was set",
    Act.LEVEL_CONFIRMED: "a level that a source reported was put into force by an officer",
    Act.SCHEDULE_ADDED: "a schedule was added",
    Act.SCHEDULE_PAUSED: "a schedule was paused",
    Act.SCHEDULE_RESUMED: "a schedule was let go on",
    Act.SCHEDULE_REMOVED: "a schedule was removed",
    Act.HOLD_PLACED: "all broadcasts were put on hold",
    Act.HOLD_RELEASED: "the hold of all broadcasts was released",
    Act.SOURCE_ADDED: "another system was let in",
    Act.SOURCE_ROTATED: "another system was given a new token, and its old one ended",
    Act.SOURCE_TRUSTED: "another system was allowed to send at once",
    Act.SOURCE_UNTRUSTED: "another system was made to wait for an officer with everything",
    Act.SOURCE_REMOVED: "another system was shut out",
    Act.INCOMING_TAKEN: "an item from outside was made a draft",
    Act.INCOMING_DISCARDED: "an item from outside was thrown away",
    Act.DOCUMENT_OBEYED: "a document of another system was acted on without an officer",
    Act.TEMPLATE_WRITTEN: "a version of a template was written, or an earlier one taken again",
    Act.TEMPLATE_RETIRED: "a template was taken out of use",
    Act.TEMPLATES_TAKEN_IN: "the file of templates was changed, and its new versions were kept",
    Act.DRILL_ANNOUNCED: "an exercise was planned, and its participants were told when it begins and ends",
    Act.DRILL_BEGUN: "an exercise began at its time",
    Act.DRILL_MESSAGE_SENT: "a message of an exercise was sent to its participants",
    Act.DRILL_ENDED: "an exercise ended, and its participants were told",
    Act.DRILL_STOPPED: "an exercise was stopped before its end, by a person or because of a real alert",
    Act.SELF_TEST_BEGUN: "the bot sent its self-test to the owners",
    Act.SELF_TEST_JUDGED: "the self-test was looked at, and passed or failed",
    Act.CONTACT_VETTED: "somebody vouched for a contact, who gets more than what is public from then on",
    Act.CONTACT_UNVETTED: "a contact whom somebody had vouched for gets only what is public again",
}

_SENTENCES: dict[str, str] = {act.value: sentence for act, sentence in MEANING.items()}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and through which door.

    Attributes:
        user_id: a Telegram user id; None for the administrator at the command line and for the bot itself.
        door: where the act comes from.
        detail: which source, schedule or feed it was, where the door has several.
    """

    user_id: int | None
    door: Door
    detail: str = ""

    @property
    def place(self) -> str:
        """The door in the words of the record, such as `schedule: weekly`."""
        return f"{self.door}: {self.detail}" if self.detail else self.door.value


ADMINISTRATOR = Actor(None, Door.COMMAND_LINE)
"""Whoever runs `cascade` on the machine."""

THE_BOT = Actor(None, Door.BOT)
"""The bot of its own accord."""


def in_chat(user_id: int) -> Actor:
    """Name a person who acts in a chat with the bot."""
    return Actor(user_id, Door.CHAT)


def person_or_administrator(user_id: int | None) -> Actor:
    """Name who acts where a use case takes a person's user id, and None for the command line."""
    return ADMINISTRATOR if user_id is None else in_chat(user_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is kept.

    Attributes:
        number: counts the entries from 1.
        at: when it was done.
        act: one of `Act`, or a word that this version does not know.
        place: through which door, in the words of the record.
        who: the Telegram user id of who did it; None for no person, and for one who was erased.
        whom: the person or chat to whom it was done; None likewise.
        is_who_erased: whether a person did it whose id is not there any more.
        is_whom_erased: the same of `whom`.
        seal: 64 hex digits.
    """

    number: int
    at: datetime
    act: str
    place: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    who: int | None
    whom: int | None
    is_who_erased: bool
    is_whom_erased: bool
    who_seal: str | None
    whom_seal: str | None
    seal: str

    @property
    def meaning(self) -> str:
        """What was done, in words."""
        return _SENTENCES.get(self.act, self.act)

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Entry":
        """Make it from a row of the table `audit`."""
        return cls(
            number=row.number,
            at=row.at,
            act=row.act,
            place=row.place,
            subject=row.subject,
            before=row.before,
            after=row.after,
            who=row.who,
            whom=row.whom,
            is_who_erased=row.who is None and row.who_seal is not None,
            is_whom_erased=row.whom is None and row.whom_seal is not None,
            who_seal=row.who_seal,
            whom_seal=row.whom_seal,
            seal=row.seal,
        )
