"""The words for how a self-test ended: whom it reached, what was wrong, and what to do about it."""

from typing import Any

from alerts.delivery.states import DeliveryState
from handlers.reckoning import span
from handlers.texts import Html, Texts, join, lines

OF_THE_PERSON = frozenset({DeliveryState.GONE, DeliveryState.FAILED})
"""States of a copy that somebody has to mend in their own Telegram, as long as others get theirs.

When nobody gets theirs, a refusal may be our own fault; that somebody has blocked the bot never is.
"""


def notice_of_passed(texts: Texts, key: str, details: dict[str, Any]) -> Html:
    """Say that every owner's copy went the whole way, how fast, and when the next test comes."""
    taken = span(texts, float(details["seconds"]))
    next_at = details["next_at"]
    return join(
        texts.count(key, details["owners"], span=taken),
        texts("self-test.next", next_at=next_at) if next_at else "",
    )


def notice_of_failed(texts: Texts, key: str, details: dict[str, Any]) -> Html:
    """Say whom it did not reach and why, whether the way is open all the same, and what to do."""
    missed = details["missed"]
    head = texts(key, due_at=details["due_at"])
    if not missed:
        return lines(head, texts("self-test.nobody"))
    listed = lines(texts("self-test.missed"), *(_entry(texts, one) for one in missed))
    return join(head, listed, _advice(texts, details))


def _advice(texts: Texts, details: dict[str, Any]) -> Html:
    if details["is_held"]:
        return texts("self-test.held")
    states, reached = {one["state"] for one in details["missed"]}, details["reached"]
    if reached:
        is_theirs = states <= {state.value for state in OF_THE_PERSON}
        well = texts.count("self-test.reached", reached)
        return lines(well, texts("self-test.theirs" if is_theirs else "self-test.look"))
    if states == {DeliveryState.GONE.value}:
        return lines(texts("self-test.answered"), texts("self-test.theirs"))
    return texts("self-test.closed")


def _entry(texts: Texts, one: dict[str, Any]) -> Html:
    who = one["name"] or texts.plain("hold.who.user", number=str(one["owner"]))
    if one["state"] == DeliveryState.SENT:
        late = one["seconds"]
        return texts("self-test.late", who=who, span=span(texts, late)) if late else texts("self-test.lost", who=who)
    state = texts.plain(f"state.{one['state']}")
    if not one["reason"]:
        return texts("unreached.entry", who=who, state=state)
    return texts("unreached.entry.reason", who=who, state=state, reason=one["reason"])
