"""Gives people the notices that wait for them in the store."""

import structlog
from telegram.error import BadRequest, TelegramError

from alerts.people.notices import Notice, Notices
from handlers.notice import notice_screen
from handlers.replies import Replies
from handlers.screen import Reply
from handlers.texts import Texts

log = structlog.get_logger(__name__)


class Teller:
    """Sends each notice once; one that does not get through for want of a connection is sent at the next look."""

    def __init__(self, notices: Notices, replies: Replies, texts: Texts) -> None:
        self._notices = notices
        self._replies = replies
        self._texts = texts

    async def look(self) -> None:
        """Give every notice that waits."""
        for notice in await self._notices.waiting():
            try:
                await self._give(notice)
            except BadRequest as error:
                await self._notices.given(notice.id, failure=error.message)
            except TelegramError as error:
                log.warning("notice_not_given", notice=notice.id, reason=error.message)

    async def _give(self, notice: Notice) -> None:
        """Send one; a person who cannot be written to is noted as such."""
        is_there = False

        async def keep(_shown: tuple[int, ...]) -> None:
            nonlocal is_there
            is_there = True
            await self._notices.given(notice.id)

        await self._replies.send(notice.user_id, Reply((notice_screen(self._texts, notice),), on_shown=keep))
        if not is_there:
            log.warning("notice_undeliverable", notice=notice.id, user_id=notice.user_id)
            await self._notices.given(notice.id, failure="the person cannot be written to")
