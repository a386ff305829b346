"""What participants of an exercise get: each message, and each part of a long one, has EXERCISE at both ends."""

from dataclasses import replace
from datetime import datetime

from alerts.clock import Clock
from alerts.drills.drill import DrillPart, DrillText
from alerts.drills.messages import ORIGIN
from alerts.publishing.alert import Alert, AlertKind, AlertStatus
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.split import split_html
from handlers.alert_message import AlertMessage
from handlers.screen import Button, Screen, button_data
from handlers.texts import Html, Texts, join, lines

ACKNOWLEDGE = "xak"
"""The verb of 'I have read this'."""

FRAMES = {
    DrillPart.ANNOUNCEMENT: "exercise",
    DrillPart.MESSAGE: "exercise",
    DrillPart.END: "over",
    DrillPart.STOPPED: "stopped",
    DrillPart.REAL: "real",
}
"""Which words stand above and below a message, by what it is in its exercise."""

SELF_TEST = "self-test"


class DrillMessage:
    """Renders messages of exercises and self-tests; of how a live alert looks the check code alone is in it."""

    def __init__(self, texts: Texts, codes: CheckCodes, clock: Clock) -> None:
        self._texts = texts
        self._codes = codes
        self._clock = clock

    def __call__(self, alert: Alert) -> tuple[Screen, ...]:
        """Make the messages of one part of an exercise; a file's caption has the words too.

        The last has the check code and the button.
        """
        frame = frame_of(alert)
        pieces = split_html(alert.body)
        moment = alert.sending_at or self._clock.now()
        screens = [
            Screen(
                self._framed(
                    frame,
                    lines(self._facts(alert, moment), self._part(number, len(pieces))),
                    Html(piece),
                    self._check(alert) if number == len(pieces) else Html(""),
                )
            )
            for number, piece in enumerate(pieces, start=1)
        ]
        if frame != SELF_TEST:
            read = Button(self._texts.plain("drill.read"), button_data(ACKNOWLEDGE, alert.id))
            screens[-1] = replace(screens[-1], rows=((read,),))
        if alert.attachment is not None:
            caption = self._framed(frame, self._facts(alert, moment), self._texts("drill.follows"), Html(""))
            screens.insert(0, Screen(caption, attachment=alert.attachment))
        return tuple(screens)

    def sketch(self, text: DrillText) -> tuple[Screen, ...]:
        """Make the messages of a part that is not written yet; there is nothing to press under it."""
        now = self._clock.now()
        alert = Alert(
            id=0,
            reference=self._texts.plain("alert.reference.later"),
            kind=AlertKind.DRILL,
            status=AlertStatus.DRAFT,
            severity=text.severity,
            headline=text.headline,
            body=text.body,
            sectors=(),
            regions=(),
            expires_at=None,
            author=None,
            origin=f"{ORIGIN}{DrillPart.MESSAGE}",
            revision=1,
            created_at=now,
            sending_at=now,
            finished_at=None,
            progress_message_id=None,
            reported_at=None,
        )
        return tuple(Screen(screen.html) for screen in self(alert))

    def _framed(self, frame: str, facts: Html, piece: Html, check: Html) -> Html:
        return join(self._texts(f"drill.top.{frame}"), facts, piece, check, self._texts(f"drill.bottom.{frame}"))

    def _facts(self, alert: Alert, moment: datetime) -> Html:
        return self._texts("drill.facts", reference=alert.reference, moment=moment)

    def _check(self, alert: Alert) -> Html:
        """Give the code by which anybody can ask whether this is genuine; a self-test goes to owners alone."""
        if alert.kind is AlertKind.SELF_TEST:
            return Html("")
        code = self._codes.of(alert) if alert.id else self._texts.plain("alert.code.later")
        return self._texts("alert.check", code=code)

    def _part(self, number: int, parts: int) -> str:
        return self._texts("alert.part", part=number, parts=parts) if parts > 1 else ""


class Outgoing:
    """Renders whatever the outbox holds: a live alert as one, a message of an exercise as what it is."""

    def __init__(self, live: AlertMessage, drill: DrillMessage) -> None:
        self._live = live
        self._drill = drill

    def __call__(self, alert: Alert) -> tuple[Screen, ...]:
        """Make the messages."""
        return self._live(alert) if alert.kind.is_live else self._drill(alert)


def frame_of(alert: Alert) -> str:
    """Name the words that stand around a message."""
    if alert.kind is AlertKind.SELF_TEST:
        return SELF_TEST
    return FRAMES[DrillPart(alert.origin.removeprefix(ORIGIN))]
