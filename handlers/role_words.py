"""What roles, and the people who hold them, are called."""

from collections.abc import Sequence

from alerts.people.rights import MAY_BE_LIMITED, Role
from alerts.people.roster import Person
from alerts.subscribers.sectors import Directory
from handlers.texts import Texts

SECTORS_NAMED = 40
"""So many sectors of a role are named where it stands alone: all that are shipped."""

SECTORS_LISTED = 4
"""So many are named where several roles are listed, or under a picture."""


class RoleWords:
    """Names roles with the sectors that they are for."""

    def __init__(self, texts: Texts, directory: Directory) -> None:
        self._texts = texts
        self.sectors = {sector.code: sector.name for sector in directory.sectors}

    def role(self, role: Role) -> str:
        """Name a role, such as `duty officer`."""
        return self._texts.plain(f"role.{role}")

    def does(self, role: Role) -> str:
        """Say in half a sentence what a role may do."""
        return self._texts.plain(f"role.{role}.does")

    def office(self, role: Role, sectors: Sequence[str], most: int = SECTORS_NAMED) -> str:
        """Name a role with its sectors, such as `sector lead for Aviation; Retail`; beyond `most` with a number."""
        if sectors:
            named = self._texts.listing([self.sectors.get(code, code) for code in sectors], most)
            return self._texts.plain("role.for", role=self.role(role), sectors=named)
        if role in MAY_BE_LIMITED:
            return self._texts.plain("role.for-all", role=self.role(role))
        return self.role(role)

    def name(self, person: Person) -> str:
        """Name a person; one whose name nobody has given is called by their number."""
        return person.name or self.number(person.user_id)

    def number(self, user_id: int) -> str:
        """Name somebody by their Telegram user id."""
        return self._texts.plain("person.number", number=str(user_id))

    def actor(self, user_id: int | None, known: Sequence[Person]) -> str:
        """Name who did something: by name if they hold a role, None is the command line."""
        if user_id is None:
            return self._texts.plain("person.administrator")
        return next((self.name(person) for person in known if person.user_id == user_id), self.number(user_id))
