"""Tells a person of the role that they were given."""

from alerts.people.notices import Notice
from alerts.people.rights import Role
from handlers.role_words import RoleWords
from handlers.screen import Screen
from handlers.texts import Texts


class RoleGiven:
    """Words the notice of a new role, with what it may do."""

    def __init__(self, texts: Texts, words: RoleWords) -> None:
        self._texts = texts
        self._words = words

    async def screens(self, notice: Notice) -> tuple[Screen, ...]:
        """Name the role, its sectors and what it may do."""
        role = Role(notice.details["role"])
        office = self._words.office(role, notice.details["sectors"])
        return (Screen(self._texts("notice.role-given", office=office, does=self._words.does(role))),)
