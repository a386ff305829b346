"""Words the notices that the bot gives of its own accord."""

from alerts.people.notices import Notice
from handlers.screen import Screen
from handlers.texts import Texts


def notice_screen(texts: Texts, notice: Notice) -> Screen:
    """Put a notice into words."""
    return Screen(texts(f"notice.{notice.kind}", **notice.details))
