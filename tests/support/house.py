"""A desk under the rule of two persons, and what its tests do there over and over."""

from support.outbox import Outbox

from alerts.people.notices import NoticeKind, Notices
from alerts.publishing.alert import Alert
from alerts.publishing.approvals import Verdict, word_for

DANA, EVE, OLU, LEE = 501, 502, 503, 504


async def submitted(house: Outbox, **changes: object) -> Alert:
    """Let Dana submit a draft."""
    draft = await house.draft(DANA, **changes)
    [dana] = await house.grant(DANA)
    alert, recipients = await house.desk.confirm(draft.id, draft.revision, dana)
    assert recipients == 1
    return alert


async def word(house: Outbox, alert: Alert) -> Verdict | None:
    """Tell on which word an alert goes out."""
    async with house.store.reading() as connection:
        found = await word_for(connection, alert.id)
    return found.verdict if found else None


async def notices(house: Outbox) -> list[tuple[int, NoticeKind]]:
    """Give whom which notice waits for."""
    return [(one.user_id, one.kind) for one in await Notices(house.store, house.clock).waiting()]
