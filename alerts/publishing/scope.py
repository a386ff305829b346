"""What somebody's sectors allow them with an audience."""

from alerts.errors import NotAllowed
from alerts.people.rights import IS_FOR_SECTORS
from alerts.people.roster import Person
from alerts.publishing.alert import Audience


def may_send(person: Person, audience: Audience) -> bool:
    """Tell whether an audience lies within the sectors that a person is limited to."""
    is_limited = person.sectors or person.role in IS_FOR_SECTORS
    return not is_limited or bool(audience.sectors and set(audience.sectors) <= set(person.sectors))


def may_stop(person: Person, audience: Audience) -> bool:
    """Tell whether a person may stop an alert: an officer stops any, who is for sectors those to them."""
    return person.role not in IS_FOR_SECTORS or may_send(person, audience)


def check_scope(person: Person, audience: Audience) -> None:
    """Hold an audience against the sectors that a person is limited to.

    Raises:
        NotAllowed: it goes beyond them.
    """
    if not may_send(person, audience):
        raise NotAllowed(f"you may send alerts to these sectors only: {', '.join(person.sectors)}")


def check_stop(person: Person, audience: Audience) -> None:
    """Hold an alert that is to be stopped against a person.

    Raises:
        NotAllowed: it goes beyond their sectors.
    """
    if not may_stop(person, audience):
        raise NotAllowed(f"you may stop alerts to these sectors only: {', '.join(person.sectors)}")


def reaches(person: Person, audience: Audience) -> bool:
    """Tell whether an audience has to do with a person's sectors: one for all sectors has."""
    is_limited = person.sectors or person.role in IS_FOR_SECTORS
    return not is_limited or not audience.sectors or bool(set(audience.sectors) & set(person.sectors))
