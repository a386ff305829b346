"""The words of a marking: what each lets its readers do, whom it keeps out, and what in a text looks too sensitive."""

from alerts.publishing.alert import Audience
from alerts.publishing.audience import LeftOut, Missed
from alerts.publishing.marking import Marking
from alerts.subscribers.vetting import Contact
from handlers.texts import Html, Texts, lines


def marking_button(texts: Texts, marking: Marking) -> str:
    """Label the button that chooses a marking."""
    return texts.plain("marking.button", label=marking.label, words=texts.plain(f"marking.{marking}.short"))


MISSED_SHOWN = 8
"""Named persons who do not get an alert that a preview calls by name; the others are counted."""


def left_out_words(texts: Texts, audience: Audience, left_out: LeftOut, remedy: str = "/vet") -> Html:
    """Say how many of an audience do not get an alert, and why; nothing when everybody does.

    Args:
        texts: the catalogue.
        audience: whom the alert is for.
        left_out: whom the marking keeps out.
        remedy: the command by which contacts are vetted where this is read.
    """
    label = audience.marking.label
    return lines(
        texts.count("marking.unvetted", left_out.unvetted, label=label, remedy=remedy) if left_out.unvetted else "",
        texts.count("marking.groups", left_out.groups, label=label) if left_out.groups else "",
        *(
            texts("marking.missed", name=contact_name(texts, one), reason=one.reason)
            for one in left_out.missed[:MISSED_SHOWN]
        ),
        texts.count("marking.missed.more", more) if (more := len(left_out.missed) - MISSED_SHOWN) > 0 else "",
    )


def nobody_words(texts: Texts, audience: Audience, left_out: LeftOut, unreachable: int) -> Html:
    """Say that an alert cannot be sent since nobody would get it, and why, as far as `left_out_words` has not."""
    cut_off = texts.count("compose.nobody.unreachable", unreachable) if unreachable else ""
    if audience.named:
        why = texts("compose.nobody.named")
    else:
        why = Html("") if unreachable or left_out != LeftOut() else texts("compose.nobody.subscribed")
    return lines(texts("compose.nobody"), cut_off, why)


def sensitive_words(texts: Texts, found: tuple[str, ...], marking: Marking) -> Html:
    """Warn of what looks more sensitive than a marking; nothing when nothing does."""
    if not found:
        return Html("")
    return texts("marking.sensitive", label=marking.label, found=texts.listing(list(found)))


def contact_name(texts: Texts, contact: Contact | Missed) -> str:
    """Call a contact by what they said of themselves, or else by their number."""
    said = ", ".join(part for part in (contact.name, contact.organisation) if part)
    return said or texts.plain("contact.number", number=str(contact.chat_id))
