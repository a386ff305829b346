"""Names for accounts that are wanted by the thousand."""

_FIRST = (
    "Amira",
    "Ben",
    "Chloe",
    "Dev",
    "Ewa",
    "Femi",
    "Grace",
    "Hugh",
    "Isla",
    "Jamal",
    "Kirsty",
    "Leo",
    "Mei",
    "Nia",
)
_LAST = (
    "Ahmed",
    "Baker",
    "Campbell",
    "Davies",
    "Evans",
    "Fraser",
    "Green",
    "Hughes",
    "Islam",
    "Jones",
    "Kaur",
    "Lewis",
)


def name_of(number: int) -> tuple[str, str]:
    """First and last name of one of a crowd; the number stands behind it, so that each has a name of its own."""
    return _FIRST[number % len(_FIRST)], f"{_LAST[number // len(_FIRST) % len(_LAST)]} {number}"
