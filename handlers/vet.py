"""/vet: the contacts for whom nobody vouches yet, and the button that does so."""

from alerts.errors import NotFound, Stale
from alerts.paging import Page
from alerts.people.rights import Right
from alerts.people.roster import Person
from alerts.subscribers.sectors import Directory
from alerts.subscribers.vetting import Contact, Vetting
from handlers.choices import page_of, pager
from handlers.marking_words import contact_name
from handlers.screen import Ask, Button, Reply, button_data, column
from handlers.texts import Texts, join, lines


class VetContacts:
    """Answers /vet and takes the buttons under what it shows; all of them hold after a restart too."""

    kind = "vet"
    right = Right.VET

    def __init__(self, texts: Texts, vetting: Vetting, directory: Directory) -> None:
        self._texts = texts
        self._vetting = vetting
        self._sectors = {sector.code: sector.name for sector in directory.sectors}

    async def tell(self, ask: Ask) -> Reply:
        """/vet: list who waits."""
        return self._list(await self._vetting.waiting(_person(ask), 0))

    async def press(self, ask: Ask) -> Reply:
        """Take a button of the list or of a contact's page."""
        person = _person(ask)
        match ask.args:
            case ("list", _):
                return self._list(await self._vetting.waiting(person, page_of(ask.args)))
            case ("one", chat, page) if _is_chat(chat):
                return self._contact(await self._vetting.find(int(chat), person), page)
            case ("yes", chat, page, *seen) if _is_chat(chat) and len(seen) <= 1:
                return await self._vouch(person, int(chat), page, "".join(seen))
            case _:
                raise NotFound("the button is broken")

    async def _vouch(self, person: Person, chat_id: int, page: str, seen: str) -> Reply:
        """Vouch for what was shown; whoever says something else by now is shown anew, and not vetted."""
        try:
            contact = await self._vetting.vet(chat_id, person, seen)
        except Stale:
            return self._contact(await self._vetting.find(chat_id, person), page, "vet.changed")
        back = self._button("vet.back", "list", page_of((page,)))
        return Reply.of(self._texts("vet.done", name=contact_name(self._texts, contact)), (back,))

    def _list(self, page: Page[Contact]) -> Reply:
        if not page.items:
            return Reply.of(self._texts("vet.none"))
        entries = (
            self._button("vet.entry", "one", one.chat_id, page.window.number, name=contact_name(self._texts, one)[:40])
            for one in page.items
        )
        html = join(self._texts.count("vet.list", page.window.total), self._texts("vet.means"))
        return Reply.of(html, *column(*entries), *pager(self._texts, page.window, self.kind, "list"))

    def _contact(self, contact: Contact, page: str, above: str = "") -> Reply:
        missing = self._texts.plain("subscribe.not-given")
        is_group = contact.chat_id < 0
        html = join(
            self._texts(above) if above else "",
            lines(
                self._texts("summary.name", value=contact.name or missing),
                "" if is_group else self._texts("summary.organisation", value=contact.organisation or missing),
                "" if is_group else self._texts("summary.job", value=contact.job or missing),
                self._texts("summary.sectors", value="; ".join(self._sectors.get(one, one) for one in contact.sectors)),
                self._texts("vet.chat", number=str(contact.chat_id)),
            ),
            self._texts("vet.group" if is_group else "vet.person") if not contact.is_vetted else self._texts("vet.is"),
        )
        back = (self._button("vet.back", "list", page_of((page,))),)
        if contact.is_vetted:
            return Reply.of(html, back)
        mark = self._vetting.mark_of(contact)
        return Reply.of(html, (self._button("vet.yes", "yes", contact.chat_id, page_of((page,)), mark),), back)

    def _button(self, key: str, action: str, *facts: int | str, **values: object) -> Button:
        return Button(self._texts.plain(key, **values), button_data(self.kind, action, *facts))


def _person(ask: Ask) -> Person:
    if ask.person is None:
        raise NotFound("the person holds no role")
    return ask.person


def _is_chat(text: str) -> bool:
    return text.removeprefix("-").isdecimal()
