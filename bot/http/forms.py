"""The JSON in which people's own systems hand in alerts, and get told what became of them."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from alerts.cap.message import MessageStatus, MessageType, Reference, Scope
from alerts.intake.source import Source
from alerts.intake.submission import OBJECTION_MEANING, OUTCOME_MEANING, Outcome, Receipt, Submission, Worded
from alerts.publishing.alert import Audience, Severity
from alerts.publishing.checks import BODY_LIMIT, HEADLINE_LIMIT
from alerts.publishing.incoming_item import LINK_LIMIT
from alerts.publishing.marking import Marking


class Kind(StrEnum):
    """What a document does."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"


class Meant(StrEnum):
    """Whether a document is meant."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    TEST = "test"


class BodyFormat(StrEnum):
    """How a body is written."""

    TEXT = "text"
    HTML = "html"


TYPES = {Kind.ALERT: MessageType.ALERT, Kind.UPDATE: MessageType.UPDATE, Kind.CANCEL: MessageType.CANCEL}
STATUSES = {
    Meant.ACTUAL: MessageStatus.ACTUAL,
    Meant.EXERCISE: MessageStatus.EXERCISE,
    Meant.TEST: MessageStatus.TEST,
}
CODES_AT_MOST = 100


class Strict(BaseModel):
    """Takes what it knows, in the type that it says, and nothing else."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class EarlierForm(Strict):
    """Names an earlier document of the same source, as its answer did."""

    key: str = Field(min_length=1, max_length=250, description="Its Idempotency-Key.")
    sent_at: AwareDatetime = Field(description="Its `sent_at`, as the answer to it said.")


class AlertForm(Strict):
    """An alert, an update of one, or its cancellation."""

    kind: Kind = Field(default=Kind.ALERT, description="What the document does.")
    status: Meant = Field(
        default=Meant.ACTUAL, description="An exercise or a test is marked in words and waits for an officer."
    )
    headline: str = Field(
        default="", description=f"One line of up to {HEADLINE_LIMIT} characters; needed but to cancel."
    )
    body: str = Field(default="", description=f"The text, of up to {BODY_LIMIT:,} characters; needed but to cancel.")
    body_format: BodyFormat = Field(
        default=BodyFormat.TEXT, description="`text` is taken as it stands, `html` is Telegram's subset of HTML."
    )
    severity: Severity = Field(default=Severity.INFORMATION, description="How urgent it is.")
    expires_at: AwareDatetime | None = Field(
        default=None, description="When it ends, with an offset; 24 hours after receipt if nothing is said."
    )
    sent_at: AwareDatetime | None = Field(default=None, description="When it was issued; the receipt if not said.")
    sectors: list[str] = Field(
        default_factory=list, max_length=CODES_AT_MOST, description="Codes; none means all that the source may reach."
    )
    regions: list[str] = Field(default_factory=list, max_length=CODES_AT_MOST, description="Codes; none means all.")
    marking: Marking | None = Field(
        default=None,
        description="How far it may go (TLP 2.0); that of the source if not said, and without one an officer decides.",
    )
    link: str | None = Field(
        default=None,
        max_length=LINK_LIMIT,
        pattern=r"^https?://[^\s<>\"\\^`{|}]+$",
        description="Where it can be read at its source.",
    )
    earlier: list[EarlierForm] = Field(
        default_factory=list, max_length=CODES_AT_MOST, description="What an update or a cancellation acts on."
    )

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        if self.kind is not Kind.CANCEL and not (self.headline.strip() and self.body.strip()):
            raise ValueError("headline and body are needed")
        if self.kind is not Kind.CANCEL and "severity" not in self.model_fields_set:
            raise ValueError("severity is needed")
        if self.kind is not Kind.ALERT and not self.earlier:
            raise ValueError(f"earlier is needed: what does the {self.kind} act on?")
        return self

    def submission(self, source: Source, key: str, worded: Worded, document: bytes, now: datetime) -> Submission:
        """Give it in our form.

        Args:
            source: who handed it in.
            key: its Idempotency-Key.
            worded: headline and body, checked and marked.
            document: the bytes as they came.
            now: the moment of receipt.
        """
        return Submission(
            sender=source.code,
            identifier=key,
            sent=_whole_seconds(self.sent_at or now),
            message_type=TYPES[self.kind],
            status=STATUSES[self.status],
            scope=Scope.PUBLIC,
            references=tuple(Reference(source.code, one.key, _whole_seconds(one.sent_at)) for one in self.earlier),
            headline=worded.headline,
            body=worded.body,
            severity=self.severity,
            expires_at=self.expires_at.astimezone(UTC) if self.expires_at else None,
            audience=Audience(tuple(self.sectors) or source.sectors, tuple(self.regions)),
            is_cut=worded.is_cut,
            link=self.link,
            document=document,
            marking=self.marking,
        )


def _whole_seconds(moment: datetime) -> datetime:
    """Give a moment as CAP knows it, so that it is the same again when it comes back."""
    return moment.astimezone(UTC).replace(microsecond=0)


class Reason(BaseModel):
    """Why a document waits for an officer."""

    code: str
    message: str


class ReceiptBody(BaseModel):
    """What became of a document."""

    outcome: Outcome = Field(
        description="; ".join(f"`{outcome}`: {meaning}" for outcome, meaning in OUTCOME_MEANING.items())
    )
    sender: str
    key: str = Field(description="The document's name: its Idempotency-Key, or CAP's identifier.")
    sent_at: datetime
    alert_id: int | None = Field(description="The alert that went out or was stopped.")
    reference: str | None = Field(description="What people quote of that alert.")
    reasons: list[Reason] = Field(description="Why it did not go out at once.")
    repeated: bool = Field(description="It had been received before, and nothing was done now.")

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """Put a receipt into JSON's form."""
        return cls(
            outcome=receipt.outcome,
            sender=receipt.sender,
            key=receipt.identifier,
            sent_at=receipt.sent,
            alert_id=receipt.alert_id,
            reference=receipt.reference,
            reasons=[Reason(code=one.value, message=OBJECTION_MEANING[one]) for one in receipt.objections],
            repeated=receipt.is_repeated,
        )
