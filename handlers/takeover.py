"""Under /drafts: taking over a colleague's draft, and letting a colleague take over one's own."""

from alerts.errors import NotFound, Stale
from alerts.people.rights import Right
from alerts.people.roster import Person
from alerts.publishing.desk import Desk
from handlers.compose import Compose
from handlers.drafts import LEFT, DraftsList
from handlers.screen import Ask, Button, Reply, button_data
from handlers.texts import Texts, join


class TakeOver:
    """Takes the buttons of it; they hold after a restart too."""

    kind = LEFT
    right = Right.SEND_ALERTS

    def __init__(self, texts: Texts, desk: Desk, drafts: DraftsList, compose: Compose) -> None:
        self._texts = texts
        self._desk = desk
        self._drafts = drafts
        self._compose = compose

    async def press(self, ask: Ask) -> Reply:
        """Show what is there to be taken, take it, offer one's own, or keep it after all.

        Raises:
            NotAllowed: it is beyond the officer's sectors, or somebody else's to offer.
            InvalidInput: its author can go on with it and does not offer it.
            Stale: it is no draft any more.
        """
        officer = ask.person
        if officer is None:
            raise NotFound("the person holds no role")
        match ask.args:
            case ("look", number) if number.isdecimal():
                return await self._look(int(number), officer)
            case ("over", number) if number.isdecimal():
                draft = await self._desk.take_over(int(number), officer)
                return await self._compose.take_up(ask, draft)
            case ("offer", number) if number.isdecimal():
                offered = await self._desk.offer(int(number), officer.user_id)
                return self._drafts.draft(offered, officer, is_offered=True)
            case ("keep", number) if number.isdecimal():
                kept = await self._desk.withdraw_offer(int(number), officer.user_id)
                return self._drafts.draft(kept, officer, is_offered=False)
            case _:
                raise NotFound("the button is broken")

    async def _look(self, alert_id: int, officer: Person) -> Reply:
        """Show a draft that is there to be taken, with what taking it means."""
        found = next((one for one in await self._desk.left_behind(officer) if one.id == alert_id), None)
        if found is None:
            raise Stale("this draft is not there to be taken over any more")
        html = join(self._drafts.shown(found), self._texts("drafts.left.what"))
        over = Button(self._texts.plain("drafts.take-over"), button_data(LEFT, "over", alert_id))
        back = Button(self._texts.plain("drafts.back"), button_data(DraftsList.kind, "list", 0))
        return Reply.of(html, (over,), (back,))
