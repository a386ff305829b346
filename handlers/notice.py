"""Words the notices that the bot gives of its own accord."""

from typing import Any

from alerts.people.notices import Notice, NoticeKind
from handlers.hold import notice_of_hold
from handlers.incoming_words import notice_of_feed, notice_of_incoming
from handlers.level_report import source_name
from handlers.screen import Button, Screen, button_data
from handlers.texts import Html, Texts

OF_HOLDS = frozenset({NoticeKind.HOLD_PLACED, NoticeKind.HOLD_RELEASED, NoticeKind.HOLD_STANDS})


OF_SOURCES = frozenset(
    {NoticeKind.LEVEL_WITHDRAWN, NoticeKind.LEVEL_SENT, NoticeKind.SOURCE_SILENT, NoticeKind.SOURCE_BACK}
)


def notice_screen(texts: Texts, notice: Notice) -> Screen:
    """Put a notice into words."""
    key = f"notice.{notice.kind}"
    match notice.kind:
        case NoticeKind.INCOMING:
            return notice_of_incoming(texts, key, notice.details)
        case NoticeKind.INCOMING_WITHDRAWN | NoticeKind.FEED_FAILS | NoticeKind.FEED_RECOVERED:
            return notice_of_feed(texts, key, notice.details)
    if notice.kind is NoticeKind.CONTACTS_UNVETTED:
        show = Button(texts.plain("notice.contacts-unvetted.button"), button_data("cmd", "vet"))
        return Screen(texts(key), ((show,),))
    if notice.kind in OF_HOLDS:
        return Screen(notice_of_hold(texts, key, notice.details))
    if notice.kind in OF_SOURCES:
        return Screen(_of_source(texts, key, notice.details))
    return Screen(texts(key, **notice.details))


def _of_source(texts: Texts, key: str, details: dict[str, Any]) -> Html:
    """Put a notice about an official source into words, with what went wrong if something did."""
    words: dict[str, object] = {"source": source_name(texts, details["source"])}
    if problem := details.get("problem"):
        words["problem"] = texts(f"problem.{problem}", **details["details"])
    return texts(key, **(details | words))
