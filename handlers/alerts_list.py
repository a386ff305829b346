"""/alerts: what is in force, for whom it is, its history, and what officers can do about it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from alerts.errors import NotAllowed, NotFound
from alerts.people.rights import Right, may
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, AlertStatus, Audience, Change
from alerts.publishing.follow_ups import FollowUps
from alerts.publishing.in_force import InForce, sees_all
from alerts.publishing.markup import visible
from alerts.publishing.scope import check_scope, check_stop
from alerts.publishing.succession import Copied
from alerts.text import cut_to, utf16_length
from handlers.change_message import ChangeMessage
from handlers.choices import page_of, pager
from handlers.compose import Compose
from handlers.progress import Progress
from handlers.screen import Ask, Button, Reply, Screen, button_data, column
from handlers.texts import Html, Texts, join, lines

LABEL = 40
"""UTF-16 units of a headline on a button."""

PAST_TEXT = 400
"""UTF-16 units of an earlier version's text that are shown."""

PAST_VERSIONS = 6
"""Versions that are shown at most, the newest of them."""

WRITTEN = (Change.UPDATE, Change.CORRECTION, Change.ALL_CLEAR)
AT_ONCE = (Change.CANCEL, Change.RECALL)


class AlertsList:
    """Answers /alerts and takes the buttons under what it shows; all of them hold after a restart too."""

    kind = "alt"
    right = Right.READ
    write_kind = "chg"
    stop_kind = "tak"

    def __init__(
        self,
        *,
        texts: Texts,
        in_force: InForce,
        follow_ups: FollowUps,
        changes: ChangeMessage,
        compose: Compose,
        progress: Progress,
    ) -> None:
        self._texts = texts
        self._in_force = in_force
        self._follow_ups = follow_ups
        self._changes = changes
        self._compose = compose
        self._progress = progress

    async def tell(self, ask: Ask) -> Reply:
        """/alerts: the newest first."""
        return await self._list(ask, 0)

    async def press(self, ask: Ask) -> Reply:
        """Take a button of the list, of an alert or of its history."""
        match ask.args:
            case ("list", _):
                return await self._list(ask, page_of(ask.args))
            case ("show", number) if number.isdecimal():
                return await self._show(ask, int(number))
            case ("past", number) if number.isdecimal():
                return await self._past(ask, int(number))
            case _:
                raise NotFound("the button is broken")

    async def write(self, ask: Ask) -> Reply:
        """Take 'update', 'correct' or 'all clear': the draft opens where an alert is written.

        Raises:
            NotAllowed: the alert lies outside the officer's sectors.
            InvalidInput: it takes no such change now.
        """
        match ask.args:
            case (change, number) if change in set(WRITTEN) and number.isdecimal():
                draft = await self._follow_ups.draft(int(number), Change(change), _officer(ask))
                return replace(await self._compose.take_up(ask, draft), replaces=False)
            case _:
                raise NotFound("the button is broken")

    async def take_back(self, ask: Ask) -> Reply:
        """Take 'cancel' or 'recall': one question, and then it is done.

        Raises:
            NotAllowed: the alert lies outside the officer's sectors.
            InvalidInput: it takes no such change now.
        """
        match ask.args:
            case ("ask", change, number) if change in set(AT_ONCE) and number.isdecimal():
                return await self._ask(_officer(ask), Change(change), int(number))
            case ("do", change, number) if change in set(AT_ONCE) and number.isdecimal():
                told = await self._follow_ups.at_once(int(number), Change(change), _officer(ask))
                if told is None:
                    return Reply.of(self._texts("alert-list.stopped-unread"))
                return await self._progress.follow(told.id)
            case _:
                raise NotFound("the button is broken")

    async def _list(self, ask: Ask, number: int) -> Reply:
        page = await self._in_force.page(ask.chat_id, ask.person, number)
        above, none, title = Html(""), "alert-list.none", "alert-list.in-force"
        if sees_all(ask.person):
            none, title = "alert-list.none.all", "alert-list.all"
        elif not await self._in_force.is_subscribed(ask.chat_id):
            above, none, title = self._texts("alert-list.unsubscribed"), "alert-list.none.public", "alert-list.public"
        if not page.items:
            return Reply.of(join(above, self._texts(none)))
        html = join(
            above,
            self._texts(title),
            *(self._entry(found, is_numbered=sees_all(ask.person)) for found in page.items),
        )
        listed = [found.alert for found in page.items]
        entries = [self._button("alert-list.entry", "show", one.id, name=_label(one.headline)) for one in listed]
        rows = (*column(*entries), *pager(self._texts, page.window, self.kind, "list"))
        return Reply((Screen(html, rows, is_protected=_are_protected(listed)),))

    def _entry(self, found: Copied, *, is_numbered: bool) -> Html:
        """Name an alert by the reference that people have; `is_numbered` puts a correction's own beside it."""
        alert = found.alert
        return lines(
            self._texts("alert-list.headline", headline=alert.headline),
            self._texts(
                "alert-list.facts",
                severity=self._texts.plain(f"severity.{alert.severity}") if alert.severity else "",
                reference=found.reference,
                moment=found.sent_at,
            ),
            self._mended(found, is_numbered=is_numbered),
            self._state(alert),
        )

    def _mended(self, found: Copied, *, is_numbered: bool) -> Html:
        """Say of an alert whose copies were corrected when that was, and to officers under which number of its own."""
        if not found.is_mended:
            return Html("")
        key = "alert-list.corrected.number" if is_numbered else "alert-list.corrected"
        return self._texts(key, moment=found.alert.sending_at, reference=found.alert.reference)

    def _state(self, alert: Alert) -> Html:
        """Say whether an alert holds, in words."""
        if alert.change in {Change.CANCEL, Change.ALL_CLEAR, Change.RECALL}:
            return self._texts(f"alert-list.state.{alert.change}")
        if alert.status in {AlertStatus.SENDING, AlertStatus.SENT} and alert.expires_at:
            return self._texts(f"alert-list.state.{alert.status}", expires_at=alert.expires_at)
        return self._texts(f"alert-list.state.{alert.status}")

    async def _show(self, ask: Ask, alert_id: int) -> Reply:
        """Show an alert as people have it, with what can be done below."""
        found = await self._in_force.find(alert_id, ask.chat_id, ask.person)
        alert = found.alert
        versions = await self._in_force.history(alert.id, ask.chat_id, ask.person)
        *before, last = _with_files_that_are_there(self._changes.standing(found))
        past = (self._button("alert-list.past", "past", alert.id),) if len(versions) > 1 else ()
        back = (self._button("alert-list.back", "list", 0),)
        actions = await self._actions(ask.person, alert) if ask.group is None else ()
        rows = tuple(row for row in (*actions, (*past, *back)) if row)
        return Reply((*before, replace(last, rows=rows)))

    async def _actions(self, person: Person | None, alert: Alert) -> tuple[tuple[Button, ...], ...]:
        if person is None:
            return ()
        possible = await self._follow_ups.possible(alert)
        writes = [
            self._action(change, self.write_kind, change)
            for change in WRITTEN
            if change in possible and _lets(check_scope, person, alert, Right.SEND_ALERTS)
        ]
        stops = [
            self._action(change, self.stop_kind, "ask", change)
            for change in AT_ONCE
            if change in possible and _lets(check_stop, person, alert, Right.STOP)
        ]
        report = Button(self._texts.plain("alert-list.report"), button_data(self._progress.kind, "report", alert.id))
        reports = (report,) if _lets(check_scope, person, alert, Right.SEE_ALERTS) else ()
        made = [replace(button, data=f"{button.data}:{alert.id}") for button in (*writes, *stops)]
        return (tuple(made[:2]), tuple(made[2:4]), tuple(made[4:]), reports)

    def _action(self, change: Change, *data: str) -> Button:
        return Button(self._texts.plain(f"alert-list.do.{change}"), button_data(*data))

    async def _ask(self, officer: Person, change: Change, alert_id: int) -> Reply:
        found = await self._in_force.find(alert_id, officer.user_id, officer)
        alert = found.alert
        check_stop(officer, alert.audience)
        yes = Button(self._texts.plain(f"alert-list.{change}.yes"), button_data(self.stop_kind, "do", change, alert.id))
        html = self._texts(f"alert-list.{change}.ask", reference=found.reference, headline=alert.headline)
        return replace(Reply.of(html, (yes,), (self._button("alert-list.keep", "show", alert.id),)), replaces=False)

    async def _past(self, ask: Ask, alert_id: int) -> Reply:
        versions = await self._in_force.history(alert_id, ask.chat_id, ask.person)
        shown = versions[-PAST_VERSIONS:]
        html = join(
            self._texts("alert-list.past.title"),
            self._texts("alert-list.past.cut", number=len(shown)) if len(shown) < len(versions) else "",
            *(self._version(found, ask.person, is_newest=found is versions[-1]) for found in shown),
        )
        back = (self._button("alert-list.past.back", "show", versions[-1].alert.id),)
        return Reply((Screen(html, (back,), is_protected=_are_protected([found.alert for found in shown])),))

    def _version(self, found: Copied, person: Person | None, *, is_newest: bool) -> Html:
        """Show one version: when it went out, what it was, and how it begins."""
        version = found.alert
        text = visible(version.body)
        short = cut_to(text, PAST_TEXT)
        return lines(
            self._texts(
                "alert-list.past.version",
                moment=version.sending_at,
                what=self._texts.plain(f"alert-list.version.{version.change or 'first'}"),
                reference=found.reference,
            ),
            self._mended(found, is_numbered=True) if person and may(person.role, Right.SEE_ALERTS) else "",
            self._texts("alert-list.headline", headline=version.headline),
            self._texts("alert-list.past.text", text=f"{short}…" if utf16_length(text) > PAST_TEXT else short),
            self._texts("alert-list.past.newest" if is_newest else "alert-list.past.superseded"),
        )

    def _button(self, key: str, action: str, number: int, **values: object) -> Button:
        return Button(self._texts.plain(key, **values), button_data(self.kind, action, number))


def _officer(ask: Ask) -> Person:
    if ask.person is None:
        raise NotFound("the person holds no role")
    return ask.person


def _lets(check: Callable[[Person, Audience], None], person: Person, alert: Alert, right: Right) -> bool:
    """Tell whether somebody's role and sectors let them do something with an alert."""
    if not may(person.role, right):
        return False
    try:
        check(person, alert.audience)
    except NotAllowed:
        return False
    return True


def _with_files_that_are_there(screens: tuple[Screen, ...]) -> tuple[Screen, ...]:
    """Leave out files that Telegram does not have yet."""
    return tuple(
        replace(screen, attachment=None) if screen.attachment and not screen.attachment.file_id else screen
        for screen in screens
    )


def _are_protected(listed: Sequence[Alert]) -> bool:
    """Tell whether words of any of these may not be passed on, so that what quotes them may not either."""
    return any(alert.marking is not None and alert.marking.rule.is_protected for alert in listed)


def _label(headline: str) -> str:
    short = cut_to(headline, LABEL)
    return short if short == " ".join(headline.split()) else f"{short}…"
