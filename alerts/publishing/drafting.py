"""Drafts: begun, changed, taken back and thrown away by who writes them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, in_chat
from alerts.errors import Stale
from alerts.publishing.alert import Alert, AlertKind, AlertStatus, Audience
from alerts.publishing.approvals import Verdict, lapse, word_for
from alerts.publishing.audience import LeftOut, count_left_out, count_members, count_unreachable
from alerts.publishing.bench import Bench
from alerts.publishing.content import Content, check_editable, check_part, columns_of
from alerts.publishing.follow_up import count_recipients
from alerts.publishing.record import attachment_columns, find_alert, insert_alert, move_alert, update_alert
from alerts.publishing.reviews import Task, settle
from alerts.publishing.succession import add_targets
from alerts.publishing.versions import Version, keep_version
from alerts.store.tables import alerts


class Drafting(Bench):
    """The use cases of a draft."""

    async def newest_draft(self, author: int) -> Alert | None:
        """Give the draft that an officer began last, None when there is none."""
        mine = (alerts.c.author == author) & (alerts.c.status == AlertStatus.DRAFT.value)
        async with self._store.reading() as connection:
            row = (await connection.execute(select(alerts).where(mine).order_by(alerts.c.id.desc()).limit(1))).first()
        return Alert.from_row(row) if row else None

    async def start_draft(self, author: int) -> Alert:
        """Open an empty draft."""
        now = self._clock.now()
        values = {
            "kind": AlertKind.ADHOC.value,
            "status": AlertStatus.DRAFT.value,
            "author": author,
            "origin": "chat",
            "created_at": now,
        }
        async with self._store.writing() as connection:
            draft = await insert_alert(connection, values)
            await keep_version(connection, draft, author, now)
            await self._note(connection, Act.ALERT_DRAFTED, in_chat(author), None, draft)
        return draft

    async def draft_within(self, connection: AsyncConnection, content: Content, author: int) -> Alert:
        """Write a draft that has its text already, inside the caller's transaction."""
        now = self._clock.now()
        begun = {"status": AlertStatus.DRAFT.value, "author": author, "origin": "chat", "created_at": now}
        draft = await insert_alert(connection, columns_of(content, self._directory, now) | begun)
        await add_targets(connection, draft.id, content.follows)
        await keep_version(connection, draft, author, now)
        await self._note(connection, Act.ALERT_DRAFTED, in_chat(author), None, draft)
        return draft

    async def revise(self, alert_id: int, author: int, *, seen: int | None = None, **changes: Any) -> Alert:
        """Change parts of an alert that nobody has received; with the text every approval of it lapses.

        The parts are `headline`, `body` (HTML), `severity`, `marking`, `sectors`, `regions`, `named` (chats),
        `expires_at`, `send_at` (None for at once), and `attachment`, which Telegram has already.

        Args:
            alert_id: the alert.
            author: who wrote it and changes it.
            seen: the revision that the author has before them, so that nothing newer is overwritten unseen.
            changes: the parts with their new values.

        Raises:
            InvalidInput: a part cannot be used; the draft is as it was.
            Changed: it is another text than the author has seen; the draft is as it was.
            Stale: it has gone out, or is over.
        """
        now = self._clock.now()
        values: dict[str, Any] = {}
        for part, value in changes.items():
            is_file = part == "attachment"
            values |= attachment_columns(value) if is_file else {part: check_part(self._directory, part, value, now)}
        async with self._store.writing() as connection:
            before = await self._own(connection, alert_id, author)
            if seen is not None:
                await self._check_revision(connection, before, seen)
            check_editable(before, values.keys())
            if before.status is not AlertStatus.DRAFT:
                await move_alert(connection, before, AlertStatus.DRAFT, now)
                await lapse(connection, alert_id, now)
            await update_alert(connection, alert_id, revision=before.revision + 1, **values)
            draft = await find_alert(connection, alert_id)
            version = await keep_version(connection, draft, author, now)
            parts = [part.value for part in version.differs(Version.of(before))]
            await self._note(connection, Act.ALERT_REVISED, in_chat(author), before, draft, parts=parts)
        return draft

    async def take_back(self, alert_id: int, author: int) -> Alert:
        """Make a draft again of an alert that waits or was returned; what was approved is so no more.

        Raises:
            NotAllowed: it is somebody else's.
            Stale: it has gone out, or is over.
        """
        now = self._clock.now()
        async with self._store.writing() as connection:
            before = await self._own(connection, alert_id, author)
            if before.status is AlertStatus.DRAFT:
                return before
            word = await word_for(connection, alert_id)
            is_break = before.status is AlertStatus.APPROVED and word and word.verdict is Verdict.BREAK_GLASS
            await move_alert(connection, before, AlertStatus.DRAFT, now)
            await lapse(connection, alert_id, now)
            await settle(connection, alert_id, author, Task.AWAIT)
            draft = await find_alert(connection, alert_id)
            act = Act.BREAK_GLASS_STOPPED if is_break else Act.ALERT_WITHDRAWN
            await self._note(connection, act, in_chat(author), before, draft)
        return draft

    async def discard(self, alert_id: int, author: int) -> None:
        """Throw a draft away; it stays on record as cancelled.

        Raises:
            Stale: it is no draft any more.
        """
        async with self._store.writing() as connection:
            draft = await self._own(connection, alert_id, author)
            if draft.status not in {AlertStatus.DRAFT, AlertStatus.REJECTED}:
                raise Stale(f"this alert is {draft.status} already")
            await move_alert(connection, draft, AlertStatus.CANCELLED, self._clock.now(), ended_by=author)
            over = await find_alert(connection, alert_id)
            await self._note(connection, Act.ALERT_CANCELLED, in_chat(author), draft, over)

    async def count_for(self, alert: Alert) -> int:
        """Count who would receive an alert now; of a change also those who have what it changes."""
        async with self._store.reading() as connection:
            return await count_recipients(connection, alert)

    async def count_recipients(self, audience: Audience) -> int:
        """Count who would receive an alert now."""
        async with self._store.reading() as connection:
            return await count_members(connection, audience)

    async def count_left_out(self, audience: Audience) -> LeftOut:
        """Count whom the marking of an alert would keep it from now."""
        async with self._store.reading() as connection:
            return await count_left_out(connection, audience)

    async def count_unreachable(self, audience: Audience) -> int:
        """Count who would receive an alert if the bot could reach them now."""
        async with self._store.reading() as connection:
            return await count_unreachable(connection, audience)
