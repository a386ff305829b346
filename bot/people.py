"""Builds what people, roles and invitations are in the chat: commands, buttons, the conversation and the notices."""

from collections.abc import Awaitable, Callable

from alerts.people.notices import Notice, NoticeKind
from alerts.store.conversations import Conversations
from bot.domain import Domain
from bot.doors import Doors
from handlers.appoint import Appoint
from handlers.contacts import ContactsList
from handlers.front import Verb
from handlers.invitations import InvitationsList
from handlers.join import Join
from handlers.people import People
from handlers.role_notice import RoleGiven
from handlers.role_words import RoleWords
from handlers.screen import Screen


def join_door(domain: Domain) -> Join:
    """Build what takes an invitation: a link that is opened leads to it, and a button."""
    return Join(domain.texts, domain.invitations, RoleWords(domain.texts, domain.directory))


def people_doors(domain: Domain, conversations: Conversations, join: Join, username: Callable[[], str]) -> Doors:
    """Build the handlers; `username` gives the bot's name, which is known once it runs."""
    texts, words = domain.texts, RoleWords(domain.texts, domain.directory)
    shown = _invitations(domain, username)
    appoint = Appoint(texts, domain.roster, domain.invitations, conversations, shown, words)
    people = People(texts, domain.roster, domain.roll, domain.invitations, appoint, words)
    contacts = ContactsList(texts, domain.contacts, domain.directory)
    return Doors(
        commands={"people": people.tell, "invite": appoint.start, "contacts": contacts.tell},
        verbs={
            people.kind: Verb(people.right, people.press),
            shown.kind: Verb(shown.right, shown.press),
            contacts.kind: Verb(contacts.right, contacts.press),
            join.kind: Verb(join.right, join.press),
        },
        flows=(appoint,),
    )


def people_notices(
    domain: Domain, username: Callable[[], str]
) -> dict[NoticeKind, Callable[[Notice], Awaitable[tuple[Screen, ...]]]]:
    """Build what words the notices that name a role or carry buttons."""
    words = RoleWords(domain.texts, domain.directory)
    return {
        NoticeKind.INVITATION_ACCEPTED: _invitations(domain, username).screens,
        NoticeKind.ROLE_GIVEN: RoleGiven(domain.texts, words).screens,
    }


def _invitations(domain: Domain, username: Callable[[], str]) -> InvitationsList:
    words = RoleWords(domain.texts, domain.directory)
    return InvitationsList(domain.texts, domain.invitations, domain.roster, words, username, domain.clock)
