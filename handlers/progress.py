"""What an officer sees after confirming: progress that edits itself, a Stop button, and a final report."""

from dataclasses import replace
from typing import ClassVar

from alerts.audit.entry import Act, in_chat
from alerts.audit.record import Record
from alerts.delivery.states import DeliveryState
from alerts.errors import NotFound
from alerts.people.rights import Right
from alerts.people.roster import Person
from alerts.publishing.alert import UNRELEASED, Alert, AlertStatus
from alerts.publishing.desk import Desk
from alerts.publishing.reports import FullReport, LiveReport, Reports
from alerts.publishing.scope import check_let_into, check_scope, is_let_into
from alerts.publishing.succession import Copied
from handlers.alert_message import in_force_line
from handlers.choices import PAGE_SIZE, page_of, pager
from handlers.hold import hold_line
from handlers.reckoning import change_lines, count_lines, reason_lines, speed_lines, time_left, unreached_lines
from handlers.release_words import word_line
from handlers.review import stop_button
from handlers.screen import Ask, Button, Reply, Screen, button_data
from handlers.texts import Html, Texts, join, lines


class Progress:
    """Shows how far an alert is and what became of it, and takes the buttons under both."""

    kind = "prog"
    right = Right.SEND_ALERTS
    actions: ClassVar = {"stop": Right.STOP, "report": Right.SEE_ALERTS, "who": Right.SEE_CONTACTS}

    def __init__(self, texts: Texts, desk: Desk, reports: Reports, record: Record) -> None:
        self._texts = texts
        self._desk = desk
        self._reports = reports
        self._record = record

    async def screen(self, alert_id: int) -> Screen:
        """Show an alert's progress, or what became of it once it is over."""
        return (await self.look(alert_id))[0]

    async def look(self, alert_id: int) -> tuple[Screen, bool]:
        """Show an alert's progress, and tell whether it is over: after a stop, what was under way still ends."""
        live = await self._reports.live(alert_id)
        if live is None:
            report = await self._reports.full(alert_id)
            return self.final(report), report.is_over
        return Screen(self._progress(live), ((stop_button(self._texts, live.alert),),)), False

    async def follow(self, alert_id: int) -> Reply:
        """Show an alert's progress in a message that edits itself from now on."""

        async def keep(shown: tuple[int, ...]) -> None:
            await self._desk.note_progress_message(alert_id, shown[0])

        return Reply((await self.screen(alert_id),), on_shown=keep)

    async def over(self, alert: Alert) -> Screen:
        """Close the message that showed the progress; the report follows as a new one, which notifies."""
        found = await self._reports.copied(alert)
        html = join(
            lines(
                self._texts(f"progress.over.{alert.status}", reference=found.reference, headline=alert.headline),
                self._until(alert),
            ),
            self._texts("progress.below"),
        )
        return Screen(html)

    def final(self, report: FullReport) -> Screen:
        """Show the final report."""
        alert, counted = report.alert, report.counted
        html = join(
            lines(
                self._texts(f"final.{alert.status}", reference=report.copied.reference, headline=alert.headline),
                self._until(alert),
            ),
            self._mended(report.copied),
            count_lines(self._texts, counted),
            change_lines(self._texts, report.change) or reason_lines(self._texts, counted),
            speed_lines(self._texts, counted, report.waits),
            self._texts.count("final.doubled", counted.uncertain_count) if counted.uncertain_count else "",
            word_line(self._texts, report.word),
        )
        buttons = []
        if (uncertain := counted.counts[DeliveryState.UNCERTAIN]) and alert.status is AlertStatus.SENT:
            again = self._texts.plain("final.again", number=uncertain)
            buttons.append(Button(again, button_data(self.kind, "again", alert.id)))
        if counted.unreached:
            buttons.append(Button(self._texts.plain("unreached.show"), button_data(self.kind, "who", alert.id, 0)))
        return Screen(html, tuple((button,) for button in buttons))

    async def press(self, ask: Ask) -> Reply:
        """Take 'send again', or a button of the list of those who were not reached.

        Raises:
            NotAllowed: to send again or to see names is for who may send to all sectors of the alert, and so is a stop
                by who is for sectors.
        """
        match ask.args:
            case ("stop", number) if number.isdecimal():  # the button of earlier versions
                return await self.stop(replace(ask, args=(number,)))
            case ("again", number) if number.isdecimal():
                await self._check_scope(ask, int(number))
                await self._desk.send_uncertain_again(int(number), ask.user_id)
                return await self.follow(int(number))
            case ("report", number) if number.isdecimal():
                await self._check_scope(ask, int(number))
                return Reply((await self.screen(int(number)),))
            case ("who", number, _) if number.isdecimal():
                await self._check_scope(ask, int(number))
                return Reply((await self._unreached(ask, int(number), page_of(ask.args)),))
            case _:
                raise NotFound("the button is broken")

    async def stop(self, ask: Ask) -> Reply:
        """Take 'stop', under whatever message of an alert, from anybody who may stop it."""
        match ask.args:
            case (number,) if number.isdecimal():
                alert = await self._desk.stop(int(number), _officer(ask))
            case _:
                raise NotFound("the button is broken")
        if not is_let_into(_officer(ask), alert):
            return Reply.of(self._texts("release.stopped-unseen", reference=alert.reference))
        if alert.sending_at is None:
            return Reply.of(self._texts("release.cancelled", reference=alert.reference, headline=alert.headline))
        return Reply((await self.screen(alert.id),), self._texts.plain("progress.stopped"))

    async def _check_scope(self, ask: Ask, alert_id: int) -> None:
        alert = await self._desk.find(alert_id)
        if alert.status in UNRELEASED:
            raise NotFound("it has not gone out")
        check_let_into(_officer(ask), alert)
        check_scope(_officer(ask), alert.audience)

    async def _unreached(self, ask: Ask, alert_id: int, page: int) -> Screen:
        """List a page of those who were not reached, with the ways to the others and back; the look is noted."""
        found = await self._reports.unreached(alert_id, page, PAGE_SIZE)
        await self._record.note_seen(Act.CONTACTS_SEEN, in_chat(ask.user_id), f"alert {alert_id}", len(found.listed))
        back = Button(self._texts.plain("unreached.back"), button_data(self.kind, "report", alert_id))
        turns = pager(self._texts, found.window, self.kind, "who", alert_id)
        return Screen(unreached_lines(self._texts, found), (*turns, (back,)))

    def _mended(self, found: Copied) -> Html:
        """Say of the report of a correction that it is one, and by which number the record knows it."""
        return self._texts("report.correction", reference=found.alert.reference) if found.is_mended else Html("")

    def _until(self, alert: Alert) -> Html:
        """Say until when an alert is in force that has been sent whole."""
        return in_force_line(self._texts, alert) if alert.status is AlertStatus.SENT else Html("")

    def _progress(self, live: LiveReport) -> Html:
        counted = live.counted
        return join(
            self._texts("progress.title", reference=live.copied.reference, headline=live.alert.headline),
            self._mended(live.copied),
            hold_line(self._texts, live.hold),
            self._texts.count("progress.done", counted.recipients, done=counted.done),
            count_lines(self._texts, counted),
            time_left(self._texts, live),
        )


def _officer(ask: Ask) -> Person:
    if ask.person is None or ask.group is not None:
        raise NotFound("alerts are looked after by people with a role, in private chats")
    return ask.person
