"""/hold: stops every broadcast at once; an owner lets them go on."""

from dataclasses import replace
from typing import Any, ClassVar

from alerts.delivery.hold import UNDO, Hold, Holds, Waiting
from alerts.errors import NotFound, Stale
from alerts.people.rights import Right, may
from handlers.screen import Ask, Button, Reply, Screen, button_data
from handlers.texts import Html, Texts, join, lines

KIND, SHOW = "hold", "show"
"""The verb of the buttons, and the action that shows what is in force and changes nothing."""

LISTED = 10
"""How many of the alerts that wait are named."""


class Holding:
    """Takes the command, the owners' buttons, and those of who may place a hold: to see it, and to take theirs back."""

    kind = KIND
    right = Right.RELEASE
    actions: ClassVar = {SHOW: Right.HOLD, "undo": Right.HOLD}

    def __init__(self, texts: Texts, holds: Holds) -> None:
        self._texts = texts
        self._holds = holds

    async def tell(self, ask: Ask) -> Reply:
        """/hold: stop at once, with no question asked, and tell what was stopped; what follows is the reason."""
        hold, is_new = await self._holds.place(ask.user_id, ask.text, name=ask.first_name)
        return await self._state(ask, hold, "hold.placed" if is_new else "hold.standing")

    async def press(self, ask: Ask) -> Reply:
        """Take 'show', 'undo', 'release', its confirmation, or the decision to go on holding."""
        match ask.args:
            case (action,) if action == SHOW:
                hold = await self._holds.current()
                shown = await self._state(ask, hold, "hold.standing") if hold else Reply.of(self._texts("hold.none"))
                return replace(shown, replaces=False)
            case (action, stamp) if stamp.isdecimal():
                hold = await self._holds.current()
                if hold is None:
                    return Reply.of(self._texts("hold.none"))
                if hold.stamp != int(stamp):
                    raise Stale("another hold is in force than the one that was shown")
                return await self._act(ask, action, hold)
            case _:
                raise NotFound("the button is broken")

    async def _act(self, ask: Ask, action: str, hold: Hold) -> Reply:
        match action:
            case "ask":
                return await self._ask_to_release(hold)
            case "keep":
                return await self._state(ask, hold, "hold.standing")
            case "release" | "undo":
                end = self._holds.release if action == "release" else self._holds.undo
                released = await end(ask.user_id, hold.stamp, name=ask.first_name)
                waiting = await self._holds.waiting()
                done = self._texts("hold.released", since=released.since)
                return Reply.of(join(done, self._listed(waiting, "hold.going", "hold.going.none")))
            case _:
                raise NotFound("the button is broken")

    async def _state(self, ask: Ask, hold: Hold, title: str) -> Reply:
        may_release = may(ask.role, Right.RELEASE)
        may_undo = self._holds.may_undo(hold, ask.user_id)
        html = join(
            lines(
                self._texts(title, since=hold.since, who=who(self._texts, hold.by, hold.name)),
                reason(self._texts, hold.why),
            ),
            self._listed(await self._holds.waiting(), "hold.waiting", "hold.waiting.none"),
            self._texts("hold.meanwhile"),
            self._texts("hold.by-you" if may_release else "hold.by-owners"),
            self._texts("hold.undo.how", seconds=int(UNDO.total_seconds())) if may_undo else "",
        )
        rows = (
            *([(self._button("hold.undo", "undo", hold),)] if may_undo else []),
            *([(self._button("hold.release", "ask", hold),)] if may_release else []),
        )
        return Reply.of(html, *rows)

    async def _ask_to_release(self, hold: Hold) -> Reply:
        waiting = self._listed(await self._holds.waiting(), "hold.then", "hold.then.none")
        yes, no = self._button("hold.release.yes", "release", hold), self._button("hold.release.no", "keep", hold)
        html = join(lines(self._texts("hold.ask"), reason(self._texts, hold.why)), waiting)
        return Reply.of(html, (yes,), (no,))

    def _listed(self, waiting: Waiting, title: str, none: str) -> Html:
        """List the alerts that wait, most urgent first, under their number of recipients."""
        if not waiting.rows:
            return self._texts(none)
        entries = [
            self._texts("hold.alert", reference=one.reference, headline=one.headline, number=one.rows)
            for one in waiting.alerts[:LISTED]
        ]
        more = len(waiting.alerts) - LISTED
        rest = self._texts.count("hold.more", more) if more > 0 else ""
        return lines(self._texts.count(title, waiting.rows), *entries, rest)

    def _button(self, label: str, action: str, hold: Hold) -> Button:
        return Button(self._texts.plain(label), button_data(self.kind, action, hold.stamp))


def hold_line(texts: Texts, hold: Hold | None) -> Html:
    """Say that an alert waits because of a hold; empty when there is none."""
    if hold is None:
        return Html("")
    return texts("hold.line", who=who(texts, hold.by, hold.name), since=hold.since)


def who(texts: Texts, by: int | None, name: str) -> str:
    """Name whoever placed or released a hold."""
    if by is None:
        return texts.plain("hold.who.command-line")
    return name or texts.plain("hold.who.user", number=str(by))


def reason(texts: Texts, why: str) -> Html:
    """Say why, empty when no reason was given."""
    return texts("hold.why", why=why) if why else Html("")


def notice_of_hold(texts: Texts, key: str, details: dict[str, Any], *, stands: bool) -> Screen:
    """Put a notice about a hold into words; one of a hold that stands has the button that shows it."""
    named = who(texts, details["by"], details["name"])
    html = lines(texts(key, **(details | {"who": named})), reason(texts, details.get("why", "")))
    show = Button(texts.plain("hold.show"), button_data(KIND, SHOW))
    return Screen(html, ((show,),) if stands else ())
