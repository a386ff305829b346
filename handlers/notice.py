"""Words the notices that the bot gives of its own accord."""

from alerts.people.notices import Notice, NoticeKind
from handlers.hold import notice_of_hold
from handlers.incoming_words import notice_of_feed, notice_of_incoming
from handlers.screen import Screen
from handlers.texts import Texts

OF_HOLDS = frozenset({NoticeKind.HOLD_PLACED, NoticeKind.HOLD_RELEASED, NoticeKind.HOLD_STANDS})


def notice_screen(texts: Texts, notice: Notice) -> Screen:
    """Put a notice into words."""
    key = f"notice.{notice.kind}"
    match notice.kind:
        case NoticeKind.INCOMING:
            return notice_of_incoming(texts, key, notice.details)
        case NoticeKind.INCOMING_WITHDRAWN | NoticeKind.FEED_FAILS | NoticeKind.FEED_RECOVERED:
            return notice_of_feed(texts, key, notice.details)
    if notice.kind in OF_HOLDS:
        return Screen(notice_of_hold(texts, key, notice.details))
    return Screen(texts(key, **notice.details))
