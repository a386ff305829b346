"""The parts of an alert as /compose asks for them: their order, which are there, and which come next."""

from typing import Any

from alerts.publishing.alert import Alert
from alerts.publishing.marking import Marking
from alerts.store.conversations import Conversation
from handlers.conversation import LEFT
from handlers.screen import Ask

PARTS = ("headline", "body", "severity", "marking", "sectors", "regions", "named", "expiry")

FILE, WHEN = "file", "when"
"""The steps that ask for a picture or document, and for a later time; they are reached from the preview alone."""


def parts_of(marking: Marking | None) -> tuple[str, ...]:
    """Give the parts of an alert of a marking: what is TLP:RED names persons and no sectors."""
    left_out = {"sectors", "regions"} if marking and marking.rule.is_named_only else {"named"}
    return tuple(part for part in PARTS if part not in left_out)


def beginning(ask: Ask, draft: Alert, known: tuple[str, ...] = ()) -> dict[str, Any]:
    """Give what a conversation about a draft knows from the start; `known` parts were answered, be it with 'all'."""
    scope = list(ask.person.sectors) if ask.person else []
    done = sorted({*done_of(draft), *known})
    known_so_far = {"alert": draft.id, "done": done, "marking": draft.marking, "seen": draft.revision}
    return known_so_far | {"scope": scope, LEFT: "flow.left.draft"}


def done_of(draft: Alert) -> list[str]:
    """Name the parts that a draft holds; all sectors or all regions cannot be told from not asked yet."""
    held = {
        "headline": draft.headline,
        "body": draft.body,
        "severity": draft.severity,
        "marking": draft.marking,
        "named": draft.named,
        "sectors": draft.sectors,
        "regions": draft.regions,
        "expiry": draft.expires_at,
        FILE: draft.attachment,
    }
    fixed = {"sectors", "regions", "marking", "named"} if draft.change else set()
    return sorted({part for part, value in held.items() if value} | fixed)


def marked(conversation: Conversation, draft: Alert, marking: Marking) -> tuple[dict[str, Any], list[str]]:
    """Give what a marking changes in a draft, and which parts are answered by then.

    What is TLP:RED is for the persons whom it names, within the sectors that its author is limited to; with another
    marking the names are forgotten, and sectors and regions are asked for again.
    """
    is_named = marking.rule.is_named_only
    changes: dict[str, Any] = {"marking": marking}
    if is_named:
        changes |= {"sectors": conversation.data["scope"], "regions": []}
    elif draft.named:
        changes["named"] = []
    done = {*conversation.data["done"], "marking"}
    if is_named is not bool(draft.marking and draft.marking.rule.is_named_only):
        done -= {"sectors", "regions", "named"}
    return changes, sorted(done)


def step_before(conversation: Conversation) -> str:
    """Name where 'back' leads: to the preview once every part is there, else to the step before."""
    parts = parts_of(marking_of(conversation))
    if set(parts) <= set(conversation.data["done"]) or conversation.step in {FILE, WHEN}:
        return "preview"
    steps = ("begin", *parts)
    return steps[max(steps.index(conversation.step) - 1, 0)] if conversation.step in steps else "marking"


def next_part(done: list[str], marking: Marking | None) -> str:
    """Name the first part that is still missing, or the preview."""
    return next((part for part in parts_of(marking) if part not in done), "preview")


def marking_of(conversation: Conversation) -> Marking | None:
    """Give the marking that was chosen so far."""
    marking = conversation.data.get("marking")
    return Marking(marking) if marking else None
