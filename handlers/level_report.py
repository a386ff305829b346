"""What an official source reports: shown to officers with a preview of the alert and one button that sends it."""

from dataclasses import dataclass

from alerts.clock import Clock
from alerts.delivery.hold import Holds
from alerts.errors import NotFound
from alerts.levels.register import Announce
from alerts.levels.reports import Report, Reports
from alerts.levels.scheme import Schemes
from alerts.people.notices import Notice
from alerts.publishing.alert import OF_LEVELS
from alerts.publishing.desk import Desk
from handlers.alert_message import AlertMessage
from handlers.hold import hold_line
from handlers.release_words import pushed_line
from handlers.screen import Ask, Button, Reply, Screen, button_data
from handlers.texts import Html, Texts, join

VERB = "lvr"


@dataclass(frozen=True, slots=True)
class LevelReported:
    """Shows officers what a source reports, and takes the button with which one of them confirms it."""

    texts: Texts
    reports: Reports
    schemes: Schemes
    desk: Desk
    message: AlertMessage
    announce: Announce
    holds: Holds
    clock: Clock

    async def screens(self, notice: Notice) -> tuple[Screen, ...]:
        """Show the report of a notice as it stands now, with what would go out and the button that sends it."""
        report = await self.reports.find(notice.details["source"], notice.details["scheme"])
        if not report.is_open or report.level.name != notice.details["level"]:
            return (Screen(self._head(report, "level-report.settled")),)
        proposal = await self.reports.propose(report)
        sketch = self.message.sketch(self.announce(proposal, self.clock.now()))
        recipients = await self.desk.count_recipients(OF_LEVELS)
        minutes = notice.details["minutes"]
        html = join(
            self._head(report, "level-report.change"),
            self.texts("level-report.preview", message=Html("\n\n".join(screen.html for screen in sketch))),
            self.texts.count("set-level.recipients", recipients),
            self.texts("compose.needs-second") if await self.desk.needs_second_person() else "",
            self.texts.count("level-report.second", minutes) if minutes else self.texts("level-report.waits"),
        )
        return (Screen(html, ((self._button(report),),)),)

    async def press(self, ask: Ask) -> Reply:
        """Take the button: what was shown goes into force and out, unless it was settled or has changed since."""
        match ask.args:
            case (source, scheme, version, rank) if version.isdecimal() and rank.isdecimal():
                report = await self.reports.find(source, scheme)
            case _:
                raise NotFound("the button is broken")
        shown = self.schemes.scheme(scheme).level_ranked(int(rank))
        if report.reading and report.reading.level == shown.name:
            in_force = self.texts("level-report.in-force", scheme=self._name(scheme), level=shown.name)
            return Reply.of(in_force, notice=self.texts.plain("level-report.pressed"))
        reading, sent = await self.reports.confirm(source, scheme, version=int(version), rank=int(rank), by=ask.user_id)
        done = self.texts("set-level.done", scheme=self._name(scheme), level=reading.level)
        pushed = pushed_line(self.texts, *sent) if sent else ""
        return Reply.of(join(done, pushed, hold_line(self.texts, await self.holds.current())))

    def _head(self, report: Report, key: str) -> Html:
        return self.texts(
            key,
            source=source_name(self.texts, report.sighting.source),
            scheme=self._name(report.sighting.scheme),
            level=report.level.name,
            first_at=report.sighting.first_at,
            before=report.reading.level if report.reading else "",
        )

    def _button(self, report: Report) -> Button:
        sighting, version = report.sighting, report.reading.version if report.reading else 0
        data = button_data(VERB, sighting.source, sighting.scheme, version, report.level.rank)
        return Button(self.texts.plain("level-report.confirm", level=report.level.name), data)

    def _name(self, scheme: str) -> str:
        return self.schemes.scheme(scheme).name


def source_name(texts: Texts, source: str) -> str:
    """Name a source as people know it."""
    return texts.plain(f"source.{source}")
