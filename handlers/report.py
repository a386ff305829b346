"""/report: in danger now first, then by situation; the bot takes no reports itself and says so every time."""

from alerts.errors import NotFound
from alerts.reporting.guide import Channel, Guidance, Guide, Situation
from handlers.screen import Ask, Button, Reply, Rows, Screen, button_data
from handlers.texts import Html, Texts, join, lines

BACK = "back"


class Report:
    """Answers /report, its buttons, and a typed message that reads like an emergency."""

    def __init__(self, texts: Texts, guide: Guide) -> None:
        self._texts = texts
        self._guide = guide

    async def tell(self, _ask: Ask) -> Reply:
        """Show the first lines and a button for each situation."""
        return Reply((self._overview(),))

    async def press(self, ask: Ask) -> Reply:
        """Show a situation, or the overview again."""
        code = ask.args[0] if ask.args else BACK
        if code == BACK:
            return Reply((self._overview(),))
        try:
            return Reply((self._situation(self._guide.situation(code)),))
        except NotFound:
            return Reply((self._overview(),), self._texts.plain("button.broken"))

    def reads_like_emergency(self, text: str) -> bool:
        """Tell whether a typed message reads like an emergency."""
        return self._guide.reads_like_emergency(text)

    def emergency(self) -> Reply:
        """Answer a message that reads like an emergency."""
        return Reply((self._overview(),), replaces=False)

    def unseen(self) -> Reply:
        """Answer a picture, a sticker, a voice message or the like: it may show an emergency, and nobody sees it."""
        return Reply((self._overview(self._texts("report.unseen")),), replaces=False)

    def _overview(self, said: str = "") -> Screen:
        html = join(
            self._first_lines(),
            said,
            self._no_reports(),
            self._texts("report.choose"),
        )
        return Screen(html, self._buttons())

    def _buttons(self) -> Rows:
        return tuple(
            (Button(situation.title, button_data("rep", situation.code)),) for situation in self._guide.situations
        )

    def _first_lines(self) -> Html:
        emergency = self._guide.emergency
        return lines(
            self._texts("report.title", title=emergency.title),
            *(self._texts("report.line", line=line) for line in emergency.lines),
        )

    def _situation(self, situation: Situation) -> Screen:
        html = join(
            lines(
                self._texts("report.title", title=situation.title),
                *(self._texts("report.line", line=line) for line in situation.lines),
            ),
            *(self._channel(channel) for channel in situation.channels),
            *(self._guidance(guidance) for guidance in situation.guidance),
            self._no_reports(),
        )
        links = [
            (Button(self._texts.plain("report.open", name=channel.name), url=way.value),)
            for channel in situation.channels
            for way in channel.ways
            if way.kind == "web"
        ]
        back = Button(self._texts.plain("report.back"), button_data("rep", BACK))
        return Screen(html, (*links, (back,)))

    def _channel(self, channel: Channel) -> Html:
        ways = [self._texts(f"report.way.{way.kind}", value=way.value) for way in channel.ways]
        return lines(
            self._texts("report.channel", name=channel.name, when=channel.when),
            *ways,
            self._texts("report.note", note=channel.hours) if channel.hours else "",
            self._texts("report.note", note=channel.note) if channel.note else "",
        )

    def _guidance(self, guidance: Guidance) -> Html:
        return lines(
            self._texts("report.title", title=guidance.title),
            *(self._texts("report.line", line=line) for line in guidance.lines),
        )

    def _no_reports(self) -> Html:
        return self._texts("report.no-reports", sentence=self._guide.no_reports)
