"""What somebody's sectors allow them with an audience."""

from alerts.errors import NotAllowed
from alerts.people.rights import IS_FOR_SECTORS
from alerts.people.roster import Person
from alerts.publishing.alert import Audience


def check_scope(person: Person, audience: Audience) -> None:
    """Hold an audience against the sectors that a person is limited to.

    Raises:
        NotAllowed: it goes beyond them.
    """
    is_limited = person.sectors or person.role in IS_FOR_SECTORS
    if is_limited and (not audience.sectors or set(audience.sectors) - set(person.sectors)):
        raise NotAllowed(f"you may send alerts to these sectors only: {', '.join(person.sectors)}")


def check_stop(person: Person, audience: Audience) -> None:
    """Hold an alert that is to be stopped against a person: an officer stops any, who is for sectors those to them.

    Raises:
        NotAllowed: it goes beyond their sectors.
    """
    if person.role in IS_FOR_SECTORS:
        check_scope(person, audience)


def reaches(person: Person, audience: Audience) -> bool:
    """Tell whether an audience has to do with a person's sectors: one for all sectors has."""
    is_limited = person.sectors or person.role in IS_FOR_SECTORS
    return not is_limited or not audience.sectors or bool(set(audience.sectors) & set(person.sectors))
