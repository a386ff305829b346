"""Words the notices that the bot gives of its own accord."""

from typing import Any

from alerts.people.notices import Notice, NoticeKind
from handlers.hold import notice_of_hold
from handlers.incoming_words import notice_of_feed, notice_of_incoming
from handlers.level_report import source_name
from handlers.release_words import nobody_reached, person
from handlers.screen import Button, Rows, Screen, button_data
from handlers.self_test_words import notice_of_failed, notice_of_passed
from handlers.texts import Html, Texts
from handlers.waiting import BACK

OF_HOLDS = frozenset({NoticeKind.HOLD_PLACED, NoticeKind.HOLD_RELEASED, NoticeKind.HOLD_STANDS})


OF_SOURCES = frozenset(
    {NoticeKind.LEVEL_WITHDRAWN, NoticeKind.LEVEL_SENT, NoticeKind.SOURCE_SILENT, NoticeKind.SOURCE_BACK}
)


OF_RELEASE = frozenset(
    {
        NoticeKind.ALERT_APPROVED,
        NoticeKind.ALERT_RETURNED,
        NoticeKind.ALERT_TAKEN_OVER,
        NoticeKind.ALERT_STOPPED,
        NoticeKind.ALERT_RAN_OUT,
        NoticeKind.ALERT_NOT_SENT,
        NoticeKind.ALERT_WORD_LOST,
        NoticeKind.SCHEDULE_APPROVED,
        NoticeKind.SCHEDULE_RETURNED,
    }
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
    if notice.kind in OF_RELEASE:
        return notice_of_release(texts, key, notice)
    if notice.kind is NoticeKind.ALERT_NOBODY_REACHED:
        return Screen(nobody_reached(texts, key, notice.details))
    if notice.kind in OF_HOLDS:
        return notice_of_hold(texts, key, notice.details, stands=notice.kind is not NoticeKind.HOLD_RELEASED)
    if notice.kind in OF_SOURCES:
        return Screen(_of_source(texts, key, notice.details))
    if notice.kind is NoticeKind.SELF_TEST_PASSED:
        return Screen(notice_of_passed(texts, key, notice.details))
    if notice.kind is NoticeKind.SELF_TEST_FAILED:
        return Screen(notice_of_failed(texts, key, notice.details))
    return Screen(texts(key, **notice.details))


def _of_source(texts: Texts, key: str, details: dict[str, Any]) -> Html:
    """Put a notice about an official source into words, with what went wrong if something did."""
    words: dict[str, object] = {"source": source_name(texts, details["source"])}
    if problem := details.get("problem"):
        words["problem"] = texts(f"problem.{problem}", **details["details"])
    return texts(key, **(details | words))


def notice_of_release(texts: Texts, key: str, notice: Notice) -> Screen:
    """Put into words what became of what somebody wrote; what they can change is one press away."""
    details = notice.details
    who = person(texts, details.get("by"), details.get("name", "") if "alert" in details else details["who"])
    words: dict[str, object] = {"who": who}
    if problem := details.get("problem"):
        words["problem"] = texts(f"problem.{problem}")
    changeable = {NoticeKind.ALERT_RETURNED, NoticeKind.ALERT_NOT_SENT}
    rows: Rows = ()
    if notice.kind in changeable:
        rows = ((Button(texts.plain("waiting.change"), button_data(BACK, "edit", details["alert"])),),)
    return Screen(texts(key, **(details | words)), rows)
