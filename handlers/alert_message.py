"""What subscribers get: an alert as one message, the same in the preview and in every chat."""

from datetime import datetime

from alerts.clock import Clock
from alerts.publishing.alert import Alert, AlertKind
from alerts.reporting.guide import Guide
from alerts.subscribers.sectors import Directory
from handlers.screen import Button, Screen, button_data
from handlers.texts import Html, Texts, join, lines


class AlertMessage:
    """Renders alerts."""

    def __init__(self, texts: Texts, directory: Directory, guide: Guide, clock: Clock) -> None:
        self._texts = texts
        self._sectors = {sector.code: sector.name for sector in directory.sectors}
        self._regions = {region.code: region.name for region in directory.regions}
        self._guide = guide
        self._clock = clock

    def __call__(self, alert: Alert) -> Screen:
        """Make the message of an alert; a draft is shown as of now."""
        moment = alert.sending_at or self._clock.now()
        threat = Button(self._texts.plain("threat.button"), button_data("cmd", "threat"))
        report = Button(self._texts.plain("report.button"), button_data("cmd", "report"))
        html = join(
            lines(self._head(alert), self._facts(alert, moment)),
            Html(alert.body),
            self._foot(alert),
        )
        return Screen(html, ((report, threat),))

    def audience(self, alert: Alert) -> str:
        """Say whom an alert is for, in a line."""
        if alert.kind is AlertKind.LEVEL:
            return self._texts.plain("alert.for.levels")
        sectors = self._texts.listing([self._sectors.get(code, code) for code in alert.sectors])
        regions = self._texts.listing([self._regions.get(code, code) for code in alert.regions])
        sectors = sectors or self._texts.plain("alert.for.all-sectors")
        return f"{sectors} · {regions}" if regions else sectors

    def _head(self, alert: Alert) -> Html:
        severity = self._texts.plain(f"severity.{alert.severity}") if alert.severity else ""
        return self._texts("alert.head", severity=severity, headline=alert.headline)

    def _facts(self, alert: Alert, moment: datetime) -> Html:
        return self._texts("alert.facts", reference=alert.reference, moment=moment, audience=self.audience(alert))

    def _foot(self, alert: Alert) -> Html:
        numbers = [f"{channel.name} {channel.ways[0].value}" for channel in self._guide.footer]
        return lines(
            self._texts("alert.expires", expires_at=alert.expires_at) if alert.expires_at else "",
            self._texts("alert.report", numbers=" · ".join(numbers)),
        )
