"""Who may do what: one table, read by the handlers, the command line, the tests and the docs."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to Cascade; everybody is a contact."""

    CONTACT = "contact"
    OFFICER = "officer"
    OWNER = "owner"


class Right(StrEnum):
    """Something that a person may be allowed to do."""

    SUBSCRIBE = "subscribe"
    READ = "read"
    SEND_ALERTS = "send-alerts"
    SCHEDULE = "schedule"
    SET_LEVEL = "set-level"
    HOLD = "hold"
    RELEASE = "release"
    MANAGE_PEOPLE = "manage-people"


MEANING: dict[Right, str] = {
    Right.SUBSCRIBE: "subscribe, choose sectors and regions, unsubscribe",
    Right.READ: "ask for the threat level, how to report, and help",
    Right.SEND_ALERTS: "compose, send, stop and follow alerts",
    Right.SCHEDULE: "set up what goes out by itself, pause and remove it",
    Right.SET_LEVEL: "record a reading of a threat level",
    Right.HOLD: "stop all broadcasts at once, whatever sectors they are limited to",
    Right.RELEASE: "let stopped broadcasts go on",
    Right.MANAGE_PEOPLE: "grant and revoke roles",
}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CONTACT: frozenset({Right.SUBSCRIBE, Right.READ}),
    Role.OFFICER: frozenset(
        {Right.SUBSCRIBE, Right.READ, Right.SEND_ALERTS, Right.SCHEDULE, Right.SET_LEVEL, Right.HOLD}
    ),
    Role.OWNER: frozenset(Right),
}


def may(role: Role, right: Right) -> bool:
    """Tell whether a role holds a right."""
    return right in RIGHTS[role]
