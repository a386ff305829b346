"""From a filled template to a draft: the live end of filling one, which leads to the preview of /compose."""

from typing import Any

from alerts.clock import Clock
from alerts.publishing.alert import Alert
from alerts.publishing.desk import Desk
from alerts.store.conversations import Conversation
from alerts.templates.library import Library, Version
from handlers.compose import Compose
from handlers.screen import Ask, Reply

SETTLED = ("headline", "body", "severity", "regions", "expiry")
"""The parts of a draft that a template always brings along."""


class TemplateDraft:
    """Makes the draft, and hands it over to /compose."""

    def __init__(self, desk: Desk, library: Library, compose: Compose, clock: Clock) -> None:
        self._desk = desk
        self._library = library
        self._compose = compose
        self._clock = clock

    async def finish(self, ask: Ask, _conversation: Conversation, version: Version, filled: tuple[str, str]) -> Reply:
        """Put the texts into a draft that says where it is from, and show its preview.

        An officer who is limited to sectors is asked for them, unless the template's own lie within.
        """
        template = version.template
        headline, body = filled
        sectors, is_settled = _within(template.audience.sectors, ask.person.sectors if ask.person else ())
        draft = await self._empty_draft(ask.user_id)
        marked: dict[str, Any] = {"marking": template.marking} if template.marking else {}
        draft = await self._desk.revise(
            draft.id,
            ask.user_id,
            headline=headline,
            body=body,
            severity=template.severity,
            sectors=sectors,
            regions=template.audience.regions,
            expires_at=self._clock.now() + template.life,
            **marked,
        )
        await self._library.remember(draft.id, version)
        return await self._compose.take_up(ask, draft, (*SETTLED, *(["sectors"] if is_settled else [])))

    async def _empty_draft(self, author: int) -> Alert:
        """Give the empty draft that /compose has opened, or a new one: what an officer has written stays theirs."""
        newest = await self._desk.newest_draft(author)
        is_empty = newest is not None and not (newest.headline or newest.body or newest.attachment)
        return newest if newest is not None and is_empty else await self._desk.start_draft(author)


def _within(wanted: tuple[str, ...], scope: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """Give a template's sectors as far as an officer may send to them, and tell whether that is all of them."""
    if not scope:
        return wanted, True
    return tuple(code for code in wanted if code in scope), bool(wanted) and set(wanted) <= set(scope)
