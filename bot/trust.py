"""Builds what trust is in the chat: whom somebody vouches for, and whether a message is genuine."""

from bot.domain import Domain
from bot.doors import Doors
from handlers.front import Verb
from handlers.verify import Verify
from handlers.vet import VetContacts


def trust_doors(domain: Domain, verify: Verify) -> Doors:
    """Build the handlers; a message that is forwarded to the bot leads to `verify` as well as its command."""
    vet = VetContacts(domain.texts, domain.vetting, domain.directory)
    return Doors(
        commands={"verify": verify.tell, "vet": vet.tell},
        verbs={vet.kind: Verb(vet.right, vet.press)},
    )
