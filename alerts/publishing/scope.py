"""What somebody's sectors allow them with an audience, and whom a marking for named persons lets in."""

from alerts.errors import NotAllowed, NotFound
from alerts.people.rights import IS_FOR_SECTORS, Right, may
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, Audience


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


def answers_for_alerts(person: Person) -> bool:
    """Tell whether somebody answers for what goes out, by approving or auditing: no marking keeps it from them."""
    return may(person.role, Right.APPROVE) or may(person.role, Right.AUDIT)


def is_let_into(person: Person, alert: Alert) -> bool:
    """Tell whether a marking for named persons lets somebody see an alert who may see those of their sectors.

    It does if they are named, have written it, or answer for what goes out (docs/decisions/0031).
    """
    audience = alert.audience
    if not audience.marking.rule.is_named_only or person.user_id in {alert.author, *audience.named}:
        return True
    return answers_for_alerts(person)


def check_let_into(person: Person, alert: Alert) -> None:
    """Hold an alert that would be shown against who is to see it.

    Raises:
        NotFound: it is for named persons, and not for this one, who is not to learn that there is one.
    """
    if not is_let_into(person, alert):
        raise NotFound(f"there is no alert {alert.id} for this person")
