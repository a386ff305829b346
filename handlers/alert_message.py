"""What subscribers get: an alert as one message or several, the same in the preview and in every chat."""

from dataclasses import replace
from datetime import datetime

from alerts.clock import Clock
from alerts.publishing.alert import ENDS, Alert, AlertKind, AlertStatus, Change
from alerts.publishing.desk import Content
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.markup import visible
from alerts.publishing.split import split_html
from alerts.reporting.guide import Guide
from alerts.subscribers.sectors import Directory
from alerts.text import utf16_length
from handlers.screen import Button, Screen, button_data
from handlers.texts import Html, Texts, join, lines

SAID_ABOVE = frozenset({Change.UPDATE, Change.CORRECTION})
"""Changes that are named above the headline; the others have it in their own words."""

CAPTION_LIMIT = 1024
"""UTF-16 units of a caption (Bot API, sendPhoto)."""


class AlertMessage:
    """Renders alerts."""

    def __init__(self, texts: Texts, directory: Directory, guide: Guide, codes: CheckCodes, clock: Clock) -> None:
        self._texts = texts
        self._sectors = {sector.code: sector.name for sector in directory.sectors}
        self._regions = {region.code: region.name for region in directory.regions}
        self._guide = guide
        self._codes = codes
        self._clock = clock

    def __call__(self, alert: Alert) -> tuple[Screen, ...]:
        """Make the messages of an alert: one, or several for a long text; a draft is shown as of now.

        A picture or document carries the whole text where it fits a caption, and else goes before it with the headline.
        """
        pieces = split_html(alert.body)
        if alert.attachment is None:
            return self._texts_of(alert, pieces)
        (whole, *more) = self._texts_of(alert, pieces)
        if not more and utf16_length(visible(whole.html)) <= CAPTION_LIMIT:
            return (replace(whole, attachment=alert.attachment),)
        caption = lines(self._change(alert), self._head(alert), self._texts("alert.follows", reference=alert.reference))
        picture = Screen(caption, attachment=alert.attachment, is_protected=_is_protected(alert))
        return (picture, whole, *more)

    def _texts_of(self, alert: Alert, pieces: tuple[str, ...]) -> tuple[Screen, ...]:
        """Put the frame around the pieces: each says whose it is, the last has the buttons."""
        moment = alert.sending_at or self._clock.now()
        threat = Button(self._texts.plain("threat.button"), button_data("cmd", "threat"))
        report = Button(self._texts.plain("report.button"), button_data("cmd", "report"))
        screens: list[Screen] = []
        for number, piece in enumerate(pieces, start=1):
            part = self._texts("alert.part", part=number, parts=len(pieces)) if len(pieces) > 1 else ""
            facts = (
                self._facts(alert, moment) if number == 1 else self._texts("alert.goes-on", reference=alert.reference)
            )
            top = lines(self._change(alert), self._head(alert), facts, part)
            is_last = number == len(pieces)
            again = self._marking(alert) if len(pieces) > 1 else Html("")
            html = join(top, Html(piece), self._foot(alert, again) if is_last else "")
            rows = ((report, threat),) if is_last else ()
            screens.append(Screen(html, rows, is_protected=_is_protected(alert)))
        return tuple(screens)

    def sketch(self, content: Content, *, is_marked: bool = True) -> tuple[Screen, ...]:
        """Make the messages of an alert that is not written yet, nor perhaps marked."""
        return self(
            Alert(
                id=0,
                reference=self._texts.plain("alert.reference.later"),
                kind=content.kind,
                status=AlertStatus.DRAFT,
                severity=content.severity,
                headline=content.headline,
                body=content.body,
                sectors=content.audience.sectors,
                regions=content.audience.regions,
                expires_at=content.expires_at,
                author=None,
                origin="preview",
                revision=1,
                created_at=self._clock.now(),
                sending_at=None,
                finished_at=None,
                progress_message_id=None,
                reported_at=None,
                marking=content.audience.marking if is_marked else None,
                named=content.audience.named,
            )
        )

    def audience(self, alert: Alert) -> str:
        """Say whom an alert is for, in a line."""
        if alert.kind is AlertKind.LEVEL and not alert.sectors and not alert.regions:
            return self._texts.plain("alert.for.levels")
        if alert.named:
            return self._texts.plain("alert.for.named")
        sectors = self._texts.listing([self._sectors.get(code, code) for code in alert.sectors])
        regions = self._texts.listing([self._regions.get(code, code) for code in alert.regions])
        sectors = sectors or self._texts.plain("alert.for.all-sectors")
        return f"{sectors} · {regions}" if regions else sectors

    def _change(self, alert: Alert) -> Html:
        """Say above an alert that takes the place of an earlier one that it does."""
        return self._texts(f"alert.change.{alert.change}") if alert.change in SAID_ABOVE else Html("")

    def _head(self, alert: Alert) -> Html:
        severity = self._texts.plain(f"severity.{alert.severity}") if alert.severity else ""
        return lines(self._texts("alert.head", severity=severity, headline=alert.headline), self._marking(alert))

    def _marking(self, alert: Alert) -> Html:
        """Say how far an alert may go; one from before there were markings went out without."""
        if alert.marking is None:
            return Html("") if alert.id else self._texts("alert.marking.later")
        words = self._texts(f"marking.{alert.marking}")
        return self._texts("alert.marking", label=alert.marking.label, words=words)

    def _facts(self, alert: Alert, moment: datetime) -> Html:
        return self._texts("alert.facts", reference=alert.reference, moment=moment, audience=self.audience(alert))

    def _foot(self, alert: Alert, marking: Html) -> Html:
        numbers = [f"{channel.name} {channel.ways[0].value}" for channel in self._guide.footer]
        return lines(
            in_force_line(self._texts, alert),
            self._texts("alert.report", numbers=" · ".join(numbers)),
            self._check(alert),
            marking,
        )

    def _check(self, alert: Alert) -> Html:
        """Give the code by which anybody can ask whether this is genuine; a sketch has no reference to make it of."""
        if alert.marking is None and alert.id:
            return Html("")
        code = self._codes.of(alert) if alert.id else self._texts.plain("alert.code.later")
        return self._texts("alert.check", code=code)


def in_force_line(texts: Texts, alert: Alert) -> Html:
    """Say until when an alert is in force; a level has no known end, and what ends an alert has none."""
    if alert.expires_at is None or alert.kind is AlertKind.LEVEL or alert.change in ENDS:
        return Html("")
    return texts("alert.expires", expires_at=alert.expires_at)


def _is_protected(alert: Alert) -> bool:
    """Tell whether Telegram is to let nobody forward or save the copies of an alert."""
    return alert.marking is not None and alert.marking.rule.is_protected
