"""The bank holidays of countries and their parts, from the package `holidays`, under codes such as `GB-ENG`."""

from collections.abc import Container
from dataclasses import dataclass, field
from functools import cache

from alerts.errors import InvalidInput
from alerts.schedule.restraint import OfficeHours, Restraint

_QUOTED_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A country or a part of one, with its bank holidays; two of the same code are equal.

    Attributes:
        code: the country's two letters, and after a hyphen those of the part: `GB-ENG`, `NL`.
        place: as people call it: `England`; the code where the package knows no name.
        days: the package's calendar, which reckons each year when it is first asked for.
    """

    code: str
    place: str
    days: Container[object] = field(repr=False, compare=False)

    def __contains__(self, day: object) -> bool:
        return day in self.days


@cache
def find_place(code: str) -> Place:
    """Find the bank holidays of a place by its code, such as `GB-ENG` or `GB/SCT`; letter case does not matter.

    Raises:
        InvalidInput: the package knows no such place; the text names those there are in that country.
    """
    from holidays import country_holidays  # noqa: PLC0415 - its 2 MB come with the first place only

    country, _, part = code.strip().upper().replace("/", "-").partition("-")
    parts = _countries().get(country)
    if parts is None:
        wrong = code.strip()[:_QUOTED_AT_MOST]
        raise InvalidInput(
            "holidays-place", f"no bank holidays are known for '{wrong}': write a place such as GB-ENG", near="GB-ENG"
        )
    if part and part not in parts:
        near = ", ".join([country, *(f"{country}-{known}" for known in parts)])
        raise InvalidInput(
            "holidays-place", f"no bank holidays are known for '{country}-{part}'; there are: {near}", near=near
        )
    days = country_holidays(country, subdiv=part or None)
    if not part:
        return Place(country, country, days)
    (name, *_) = days.get_subdivision_aliases().get(part) or [part]
    return Place(f"{country}-{part}", name, days)


def read_restraint(place: str | None, office_hours: str | None) -> Restraint:
    """Make a restraint of the code of a place and of office hours, either of which may be absent or empty.

    Raises:
        InvalidInput: one of them cannot be read.
    """
    return Restraint(find_place(place) if place else None, OfficeHours.parse(office_hours) if office_hours else None)


@cache
def _countries() -> dict[str, list[str]]:
    from holidays import list_supported_countries  # noqa: PLC0415 - as above

    return list_supported_countries(include_aliases=False)
