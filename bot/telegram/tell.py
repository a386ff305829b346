"""Gives people the notices that wait for them in the store."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import structlog
from telegram.error import BadRequest, TelegramError

from alerts.errors import CascadeError, StoreError
from alerts.people.notices import Notice, NoticeKind, Notices
from handlers.notice import notice_screen
from handlers.replies import Replies
from handlers.screen import Reply, Screen
from handlers.texts import Texts

log = structlog.get_logger(__name__)


class Teller:
    """Sends each notice once; one that does not get through for want of a connection is sent at the next look.

    Args:
        notices: what waits.
        replies: the way to a person.
        texts: the words of a notice.
        special: makes the screens of kinds that need more than words.

    What was given and could not be noted is remembered here: it is not sent again, only the noting is tried again.
    """

    def __init__(
        self,
        notices: Notices,
        replies: Replies,
        texts: Texts,
        special: Mapping[NoticeKind, Callable[[Notice], Awaitable[tuple[Screen, ...]]]] = MappingProxyType({}),
    ) -> None:
        self._notices = notices
        self._replies = replies
        self._texts = texts
        self._special = special
        self._unnoted: dict[int, str | None] = {}

    async def look(self) -> None:
        """Give every notice that waits."""
        for notice_id, failure in list(self._unnoted.items()):
            await self._note(notice_id, failure)
        for notice in await self._notices.waiting(besides=self._unnoted):
            try:
                await self._give(notice)
            except BadRequest as error:
                await self._note(notice.id, error.message)
            except TelegramError as error:
                log.warning("notice_not_given", notice=notice.id, reason=error.message)
            except StoreError as error:
                log.error("notice_not_given", notice=notice.id, error=str(error))  # noqa: TRY400 - the sentence says it all
            except (CascadeError, LookupError) as error:  # what it tells of is gone, or a value of its sentence
                log.exception("notice_cannot_be_worded", notice=notice.id, kind=notice.kind.value)
                await self._note(notice.id, f"it cannot be put into words: {error}")

    async def _give(self, notice: Notice) -> None:
        """Send one; a person who cannot be written to is noted as such."""
        is_there = False

        async def keep(_shown: tuple[int, ...]) -> None:
            nonlocal is_there
            is_there = True
            await self._note(notice.id, None)

        special = self._special.get(notice.kind)
        screens = await special(notice) if special else (notice_screen(self._texts, notice),)
        await self._replies.send(notice.user_id, Reply(screens, on_shown=keep))
        if not is_there:
            log.warning("notice_undeliverable", notice=notice.id, user_id=notice.user_id)
            await self._note(notice.id, "the person cannot be written to")

    async def _note(self, notice_id: int, failure: str | None) -> None:
        """Note that a notice is done with; if the database cannot, remember it."""
        self._unnoted[notice_id] = failure
        try:
            await self._notices.given(notice_id, failure)
        except StoreError as error:
            log.error("notice_not_noted", notice=notice_id, error=str(error))  # noqa: TRY400 - the sentence says it all
        else:
            del self._unnoted[notice_id]
