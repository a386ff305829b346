"""Who may do what: one table, read by the handlers, the command line, the tests and the docs."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to Cascade, the most trusted last; everybody is a contact."""

    CONTACT = "contact"
    AUDITOR = "auditor"
    DEPUTY = "deputy"
    LEAD = "lead"
    OFFICER = "officer"
    OWNER = "owner"


IS_FOR_SECTORS = frozenset({Role.LEAD, Role.DEPUTY})
"""Roles that somebody holds for named sectors, at least one."""

MAY_BE_LIMITED = IS_FOR_SECTORS | {Role.OFFICER}
"""Roles that can be held for some sectors alone; the others are for all of them."""


class Right(StrEnum):
    """Something that a person may be allowed to do."""

    SUBSCRIBE = "subscribe"
    READ = "read"
    SEND_ALERTS = "send-alerts"
    APPROVE = "approve"
    STOP = "stop"
    SEE_ALERTS = "see-alerts"
    SEE_CONTACTS = "see-contacts"
    VET = "vet"
    SCHEDULE = "schedule"
    SET_LEVEL = "set-level"
    HOLD = "hold"
    RELEASE = "release"
    WRITE_TEMPLATES = "write-templates"
    DRILL = "drill"
    MANAGE_PEOPLE = "manage-people"
    AUDIT = "audit"


MEANING: dict[Right, str] = {
    Right.SUBSCRIBE: "subscribe, choose sectors and regions, unsubscribe",
    Right.READ: "ask for the threat level, how to report, what is in force, whether a message is genuine, and help",
    Right.SEND_ALERTS: "write alerts and submit them, and send, update and correct what was approved",
    Right.APPROVE: "approve or return what somebody else has submitted, and confirm what comes from outside",
    Right.STOP: "stop, cancel and recall alerts at once: an officer any, a lead and a deputy those of their sectors",
    Right.SEE_ALERTS: "see every alert within their sectors, its report and its history",
    Right.SEE_CONTACTS: "see the contacts of their sectors",
    Right.VET: "vouch for the contacts of their sectors, who then get more than what is public",
    Right.SCHEDULE: "set up what goes out by itself, pause and remove it",
    Right.SET_LEVEL: "record a reading of a threat level",
    Right.HOLD: "stop all broadcasts at once, whatever sectors they are limited to, and undo that within 60 seconds",
    Right.RELEASE: "let stopped broadcasts go on",
    Right.WRITE_TEMPLATES: "write and change templates",
    Right.DRILL: "run exercises",
    Right.MANAGE_PEOPLE: "invite people, grant and revoke roles",
    Right.AUDIT: "read the record of who did what",
}

_CONTACT = frozenset({Right.SUBSCRIBE, Right.READ})
_DEPUTY = _CONTACT | {Right.SEND_ALERTS, Right.STOP, Right.SEE_ALERTS, Right.SEE_CONTACTS}
_OFFICER = _DEPUTY | {
    Right.VET,
    Right.APPROVE,
    Right.SCHEDULE,
    Right.SET_LEVEL,
    Right.HOLD,
    Right.WRITE_TEMPLATES,
    Right.DRILL,
}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CONTACT: _CONTACT,
    Role.AUDITOR: _CONTACT | {Right.SEE_ALERTS, Right.SEE_CONTACTS, Right.AUDIT},
    Role.DEPUTY: _DEPUTY,
    Role.LEAD: _DEPUTY | {Right.VET},
    Role.OFFICER: _OFFICER,
    Role.OWNER: frozenset(Right),
}


def may(role: Role, right: Right) -> bool:
    """Tell whether a role holds a right."""
    return right in RIGHTS[role]
