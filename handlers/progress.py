"""What an officer sees after confirming: progress that edits itself, a Stop button, and a final report."""

from alerts.delivery.report import DeliveryReport
from alerts.delivery.states import DeliveryState
from alerts.errors import NotFound
from alerts.people.rights import Right
from alerts.publishing.alert import Alert, AlertStatus
from alerts.publishing.desk import Desk
from handlers.screen import Ask, Button, Reply, Screen, button_data
from handlers.texts import Html, Texts, join, lines

REASONS_SHOWN = 5


class Progress:
    """Shows how far an alert is, and takes 'stop' and 'send again'."""

    kind = "prog"
    right = Right.SEND_ALERTS

    def __init__(self, texts: Texts, desk: Desk) -> None:
        self._texts = texts
        self._desk = desk

    async def screen(self, alert_id: int) -> Screen:
        """Show an alert's progress, or what became of it once it is over."""
        return (await self.look(alert_id))[0]

    async def look(self, alert_id: int) -> tuple[Screen, bool]:
        """Show an alert's progress, and tell whether it is over: after a stop, what was under way still ends."""
        alert, report = await self._desk.report(alert_id)
        if alert.status is AlertStatus.SENDING:
            stop = Button(self._texts.plain("progress.stop"), button_data(self.kind, "stop", alert.id))
            return Screen(self._progress(alert, report), ((stop,),)), False
        return self.final(alert, report), report.done == report.recipients

    async def follow(self, alert_id: int) -> Reply:
        """Show an alert's progress in a message that edits itself from now on."""

        async def keep(shown: tuple[int, ...]) -> None:
            await self._desk.note_progress_message(alert_id, shown[0])

        return Reply((await self.screen(alert_id),), on_shown=keep)

    def over(self, alert: Alert) -> Screen:
        """Close the message that showed the progress; the report follows as a new one, which notifies."""
        return Screen(self._texts("progress.over", reference=alert.reference, headline=alert.headline))

    def final(self, alert: Alert, report: DeliveryReport) -> Screen:
        """Show the final report."""
        blocks = (
            self._texts(f"final.{alert.status}", reference=alert.reference, headline=alert.headline),
            self._counts(report),
            self._reasons(report),
            self._texts.count("final.doubled", report.uncertain_count) if report.uncertain_count else "",
        )
        uncertain = report.counts[DeliveryState.UNCERTAIN]
        if not uncertain or alert.status is not AlertStatus.SENT:
            return Screen(join(*blocks))
        again = Button(self._texts.plain("final.again", number=uncertain), button_data(self.kind, "again", alert.id))
        return Screen(join(*blocks), ((again,),))

    async def press(self, ask: Ask) -> Reply:
        """Take 'stop' or 'send again'."""
        match ask.args:
            case ("stop", number) if number.isdecimal():
                await self._desk.cancel(int(number), ask.user_id)
                return Reply((await self.screen(int(number)),), self._texts.plain("progress.stopped"))
            case ("again", number) if number.isdecimal():
                await self._desk.send_uncertain_again(int(number))
                return await self.follow(int(number))
            case _:
                raise NotFound("the button is broken")

    def _progress(self, alert: Alert, report: DeliveryReport) -> Html:
        return join(
            self._texts("progress.title", reference=alert.reference, headline=alert.headline),
            self._texts.count("progress.done", report.recipients, done=report.done),
            self._counts(report),
        )

    def _counts(self, report: DeliveryReport) -> Html:
        """List the states that have rows, in the order of the table of states."""
        return lines(
            *(
                self._texts("report.count", state=self._texts.plain(f"state.{state}"), number=number)
                for state, number in report.counts.items()
                if number
            )
        )

    def _reasons(self, report: DeliveryReport) -> Html:
        telling = [
            (state, reason, number)
            for (state, reason), number in sorted(report.reasons.items(), key=lambda item: -item[1])
            if state in {DeliveryState.FAILED, DeliveryState.GONE, DeliveryState.SKIPPED, DeliveryState.UNCERTAIN}
        ]
        return lines(
            *(
                self._texts("report.reason", reason=reason, number=number)
                for _, reason, number in telling[:REASONS_SHOWN]
            )
        )
