"""/drafts: what waits for approval, what has come from outside, and the officer's own; each can be opened."""

import re
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from alerts.clock import Clock
from alerts.errors import NotAllowed, NotFound, Stale
from alerts.people.rights import Right
from alerts.people.roster import Person
from alerts.publishing.alert import UNRELEASED, Alert, AlertStatus
from alerts.publishing.desk import Desk
from alerts.publishing.drafts import Drafts, reads_only
from alerts.publishing.incoming import Incoming
from alerts.publishing.incoming_item import IncomingState, Received, source_of
from alerts.publishing.scope import check_let_into, may_stop
from alerts.publishing.split import split_html
from alerts.publishing.takeover import TAKEABLE
from alerts.text import cut_to
from handlers.choices import page_of, pager
from handlers.compose import Compose
from handlers.incoming_words import source_name, unchecked
from handlers.review import Reviewing
from handlers.screen import Ask, Button, Reply, button_data, column
from handlers.texts import Html, Texts, join, lines
from handlers.waiting import BACK, WAITS, Waiting

SHOWN = 2_500
"""UTF-16 units of a text that are shown before it is opened: with the frame around it that is one message."""

LINK_SHOWN = 500
"""Characters of a link that is written out too; a longer one stands behind its button alone."""

LABEL = 40
"""UTF-16 units of a headline on a button."""

LEFT = "lef"
"""The buttons of taking over (handlers/takeover.py)."""

_PUBLIC_HOST = re.compile(r"([a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)


class DraftsList:
    """Answers /drafts and takes the buttons under what it shows; all of them hold after a restart too."""

    kind = "dra"
    right = Right.SEND_ALERTS
    actions: ClassVar = {"list": Right.SEE_ALERTS, "item": Right.SEE_ALERTS, "draft": Right.SEE_ALERTS}

    def __init__(
        self,
        texts: Texts,
        drafts: Drafts,
        incoming: Incoming,
        desk: Desk,
        compose: Compose,
        waiting: Waiting,
        clock: Clock,
    ) -> None:
        self._waiting = waiting
        self._texts = texts
        self._drafts = drafts
        self._incoming = incoming
        self._desk = desk
        self._compose = compose
        self._clock = clock

    async def tell(self, ask: Ask) -> Reply:
        """/drafts: list all of it."""
        return await self._list(_officer(ask), 0)

    async def press(self, ask: Ask) -> Reply:
        """Take a button of the list, of an item's page or of a draft's."""
        officer = _officer(ask)
        match ask.args:
            case ("list", _):
                return await self._list(officer, page_of(ask.args))
            case ("item", number) if number.isdecimal():
                return self._item(await self._incoming.find(int(number), officer), officer)
            case (action, number, news) if number.isdecimal() and news.isdecimal():
                return await self._act_on_item(ask, officer, action, int(number), int(news))
            case (action, number) if number.isdecimal():
                return await self._act_on_draft(ask, officer, action, int(number))
            case _:
                raise NotFound("the button is broken")

    async def _act_on_item(self, ask: Ask, officer: Person, action: str, item_id: int, news: int) -> Reply:
        match action:
            case "open":
                return await self._compose.take_up(ask, await self._incoming.adopt(item_id, officer, news))
            case "drop":
                return self._ask_to_discard(await self._incoming.find(item_id, officer))
            case "gone":
                gone = await self._incoming.discard(item_id, officer, news)
                shown = self._texts("drafts.item.discarded", headline=gone.headline)
                return Reply.of(shown, (self._button("drafts.back", "list", 0),))
            case _:
                raise NotFound("the button is broken")

    async def _act_on_draft(self, ask: Ask, officer: Person, action: str, alert_id: int) -> Reply:
        draft = await self._own(alert_id, officer)
        if draft.status in WAITS:
            return Reply((await self._waiting.screen(alert_id, officer.user_id),))
        yes, no = (f"drafts.discard.{answer}" for answer in ("yes", "no"))
        match action:
            case "draft":
                return self.draft(draft, officer, is_offered=await self._desk.is_offered(alert_id))
            case "take":
                return await self._compose.change(ask, alert_id)
            case "throw":
                html = self._texts("drafts.draft.ask", headline=self._name(draft))
                return Reply.of(html, (self._button(yes, "thrown", alert_id),), (self._button(no, "draft", alert_id),))
            case "thrown":
                await self._desk.discard(alert_id, ask.user_id)
                shown = self._texts("drafts.draft.discarded", headline=self._name(draft))
                return Reply.of(shown, (self._button("drafts.back", "list", 0),))
            case _:
                raise NotFound("the button is broken")

    async def _own(self, alert_id: int, officer: Person) -> Alert:
        draft = await self._desk.find(alert_id)
        if draft.author != officer.user_id and not reads_only(officer):
            raise NotAllowed("this draft belongs to another officer")
        if draft.status not in UNRELEASED:
            raise Stale(f"this alert is {draft.status} already")
        return draft

    async def press_waiting(self, ask: Ask) -> Reply:
        """Take 'change it' under an alert that waits or was returned, which opens it; or show how one stands."""
        match ask.args:
            case ("edit", number) if number.isdecimal():
                return await self._compose.change(ask, int(number))
            case ("show", number) if number.isdecimal():
                alert, officer = await self._desk.find(int(number)), _officer(ask)
                if alert.author != officer.user_id and not may_stop(officer, alert.audience):
                    raise NotAllowed("this alert is for other sectors than yours")
                check_let_into(officer, alert)
                return Reply((await self._waiting.screen(alert.id, officer.user_id),))
            case _:
                raise NotFound("the button is broken")

    async def _list(self, officer: Person, number: int) -> Reply:
        page = await self._drafts.page(officer, number)
        approvals = [one for one in page.others if one.status is AlertStatus.SUBMITTED]
        left = [one for one in page.others if one.status in TAKEABLE]
        stoppable = [one for one in page.others if one.status not in {AlertStatus.SUBMITTED, *TAKEABLE}]
        others = [
            *(Button(_label(self._name(one)), button_data(Reviewing.kind, "look", one.id)) for one in approvals),
            *(Button(_label(self._name(one)), button_data(BACK, "show", one.id)) for one in stoppable),
            *(Button(_label(self._name(one)), button_data(LEFT, "look", one.id)) for one in left),
        ]
        items = [self._button("drafts.entry", "item", item.id, name=_label(item.headline)) for item in page.items]
        drafts = [
            self._button("drafts.entry", "draft", draft.id, name=_label(self._name(draft))) for draft in page.drafts
        ]
        rows = (*column(*others, *items, *drafts), *pager(self._texts, page.window, self.kind, "list"))
        if not rows:
            return Reply.of(self._texts("drafts.none.all" if reads_only(officer) else "drafts.none"))
        html = join(
            self._texts("drafts.approvals") if approvals else "",
            *(self._draft_lines(alert) for alert in approvals),
            self._texts("drafts.going") if stoppable else "",
            *(self._draft_lines(alert) for alert in stoppable),
            self._texts("drafts.left") if left else "",
            *(self._draft_lines(draft) for draft in left),
            self._texts("drafts.incoming") if items else "",
            *(self._item_lines(item) for item in page.items),
            self._texts("drafts.all" if reads_only(officer) else "drafts.own") if drafts else "",
            *(self._draft_lines(draft) for draft in page.drafts),
        )
        return Reply.of(html, *rows)

    def _item_lines(self, item: Received) -> Html:
        """Say in a few lines what an item is, and what it is not: checked."""
        return lines(
            self._texts("drafts.headline", headline=item.headline),
            self._texts("incoming.test") if item.is_test else "",
            self._texts(
                "drafts.item.age", age=self._age(item.changed_at), source=source_name(self._texts, item.source)
            ),
        )

    def _draft_lines(self, draft: Alert) -> Html:
        source = source_of(draft.origin)
        return lines(
            self._texts("drafts.headline", headline=self._name(draft)),
            unchecked(self._texts, source) if source else "",
            self._texts("drafts.draft.age", reference=draft.reference, age=self._age(draft.created_at)),
            "" if draft.status is AlertStatus.DRAFT else self._texts(f"drafts.status.{draft.status}"),
        )

    def _item(self, item: Received, officer: Person) -> Reply:
        """Show what has come in as what it is: words of others."""
        link = (Button(self._texts.plain("drafts.link"), url=item.link),) if item.link and _is_public(item.link) else ()
        html = join(
            lines(
                unchecked(self._texts, item.source),
                self._texts("incoming.test") if item.is_test else "",
                self._texts("drafts.item.published", published_at=item.published_at) if item.published_at else "",
                self._texts("drafts.item.arrived", arrived_at=item.arrived_at),
                self._texts("drafts.item.edited", changed_at=item.changed_at) if _is_edited(item) else "",
                self._texts("drafts.item.made-before") if item.alert_id and item.state is IncomingState.WAITING else "",
            ),
            self._texts("drafts.headline", headline=item.headline),
            self._quoted(item.body),
            self._texts("drafts.item.link", link=item.link) if item.link and len(item.link) <= LINK_SHOWN else "",
        )
        if item.state is not IncomingState.WAITING:
            state = self._texts(f"drafts.state.{item.state}")
            return Reply.of(join(state, html), link, (self._button("drafts.back", "list", 0),))
        decide = (
            self._button("drafts.open", "open", item.id, item.news),
            self._button("drafts.discard", "drop", item.id, item.news),
        )
        return Reply.of(html, () if reads_only(officer) else decide, link, (self._button("drafts.back", "list", 0),))

    def draft(self, draft: Alert, officer: Person, *, is_offered: bool) -> Reply:
        """Show a draft of the officer's own with what can be done with it."""
        go_on = (
            self._button("drafts.go-on", "take", draft.id),
            self._button("drafts.discard", "throw", draft.id),
        )
        offer = ("drafts.keep", "keep") if is_offered else ("drafts.offer", "offer")
        pass_on = (Button(self._texts.plain(offer[0]), button_data(LEFT, offer[1], draft.id)),)
        html = join(self.shown(draft), self._texts("drafts.offered") if is_offered else "")
        rows = () if reads_only(officer) else (go_on, pass_on)
        return Reply.of(html, *rows, (self._button("drafts.back", "list", 0),))

    def shown(self, draft: Alert) -> Html:
        """Show a draft as far as it is written."""
        source = source_of(draft.origin)
        return join(
            self._texts("drafts.draft.age", reference=draft.reference, age=self._age(draft.created_at)),
            unchecked(self._texts, source) if source else "",
            self._texts("drafts.headline", headline=self._name(draft)),
            self._quoted(draft.body),
        )

    def _ask_to_discard(self, item: Received) -> Reply:
        yes = self._button("drafts.discard.yes", "gone", item.id, item.news)
        no = self._button("drafts.discard.no", "item", item.id)
        return Reply.of(self._texts("drafts.item.ask", headline=item.headline), (yes,), (no,))

    def _quoted(self, body: str) -> Html:
        """Show a text, or as much of its beginning as one message can hold."""
        first, *more = split_html(body, SHOWN)
        return join(Html(first), self._texts("drafts.goes-on") if more else "")

    def _name(self, draft: Alert) -> str:
        return draft.headline or self._texts.plain("drafts.untitled")

    def _age(self, moment: datetime) -> object:
        return max(self._clock.now() - moment, moment - moment)

    def _button(self, key: str, action: str, *numbers: int, **values: object) -> Button:
        return Button(self._texts.plain(key, **values), button_data(self.kind, action, *numbers))


def _officer(ask: Ask) -> Person:
    if ask.person is None:
        raise NotFound("the person holds no role")
    return ask.person


def _label(headline: str) -> str:
    short = cut_to(headline, LABEL)
    return short if short == " ".join(headline.split()) else f"{short}…"


def _is_edited(item: Received) -> bool:
    return item.changed_at != item.arrived_at


def _is_public(link: str) -> bool:
    """Tell whether a link can stand behind a button: Telegram refuses the whole message for one that it doubts."""
    try:
        return bool(_PUBLIC_HOST.fullmatch(urlsplit(link).hostname or ""))
    except ValueError:
        return False
