"""Builds what trust is in the chat: whom somebody vouches for, and whether a message is genuine."""

from dataclasses import dataclass

from bot.domain import Domain
from handlers.front import Handler, Verb
from handlers.report import Report
from handlers.verify import Verify
from handlers.vet import VetContacts


@dataclass(frozen=True, slots=True)
class TrustDoors:
    """What the front desk routes to."""

    commands: dict[str, Handler]
    verbs: dict[str, Verb]
    verify: Verify


def trust_doors(domain: Domain, report: Report, contact: str) -> TrustDoors:
    """Build the handlers; `contact` is whom to ask about a message that is not known."""
    verify = Verify(domain.texts, domain.verification, domain.message, report, contact)
    vet = VetContacts(domain.texts, domain.vetting, domain.directory)
    commands: dict[str, Handler] = {"verify": verify.tell, "vet": vet.tell}
    return TrustDoors(commands, {vet.kind: Verb(vet.right, vet.press)}, verify)
