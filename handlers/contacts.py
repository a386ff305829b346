"""/contacts: who is on the roll, page by page, for who is responsible for their sectors; each look is in the record."""

from alerts.errors import NotFound
from alerts.people.contacts import Contacts
from alerts.people.rights import Right
from alerts.people.roster import Person
from alerts.subscribers.roll import Subscriber
from alerts.subscribers.sectors import Directory
from alerts.subscribers.states import SubscriberStatus
from handlers.choices import page_of, pager
from handlers.screen import Ask, Reply
from handlers.texts import Html, Texts, join, lines


class ContactsList:
    """Answers /contacts and takes the buttons under it."""

    kind = "ctc"
    right = Right.SEE_CONTACTS

    def __init__(self, texts: Texts, contacts: Contacts, directory: Directory) -> None:
        self._texts = texts
        self._contacts = contacts
        self._sectors = {sector.code: sector.name for sector in directory.sectors}
        self._regions = {region.code: region.name for region in directory.regions}

    async def tell(self, ask: Ask) -> Reply:
        """/contacts: the first page."""
        return await self._page(ask.person, 0)

    async def press(self, ask: Ask) -> Reply:
        """Take a button of the pager."""
        match ask.args:
            case ("list", _):
                return await self._page(ask.person, page_of(ask.args))
            case _:
                raise NotFound("the button is broken")

    async def _page(self, person: Person | None, number: int) -> Reply:
        if person is None:
            raise NotFound("contacts are shown to people with a role")
        page = await self._contacts.page(person, number)
        of = self._texts.listing([self._sectors.get(code, code) for code in person.sectors], most=6)
        theirs = of or self._texts.plain("contacts.all-sectors")
        title = self._texts.count("contacts.title", page.window.total, sectors=theirs)
        shown = [self._contact(contact) for contact in page.items]
        html = join(title, *shown, self._texts("contacts.noted"))
        return Reply.of(html, *pager(self._texts, page.window, self.kind, "list"))

    def _contact(self, contact: Subscriber) -> Html:
        """Show a contact in three lines: who, what they receive, and whether it reaches them."""
        profile = contact.profile
        name = profile.name or self._texts.plain("contacts.no-name")
        is_person = contact.kind == "private"
        about = ", ".join(part for part in (profile.job, profile.organisation) if part)
        sectors = self._texts.listing([self._sectors.get(code, code) for code in profile.sectors])
        regions = self._texts.listing([self._regions.get(code, code) for code in profile.regions], 3)
        return lines(
            self._texts("contacts.name" if is_person else "contacts.group", name=name),
            self._texts("contacts.about", about=about) if about else "",
            self._texts(
                "contacts.receives", sectors=sectors, regions=regions or self._texts.plain("subscribe.regions.empty")
            ),
            self._texts("contacts.suspended", reason=contact.reason or "")
            if contact.status is SubscriberStatus.SUSPENDED
            else "",
        )
