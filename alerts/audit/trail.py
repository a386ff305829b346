"""Writes the record: every entry is sealed with an HMAC over itself and the seal of the entry before.

Who holds the database without the key can neither change, remove, move nor add an entry unnoticed. People stand in an
entry by a sealed commitment (docs/decisions/0027-the-record-is-a-chain.md), so that erasing a person leaves it whole.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import Act, Actor
from alerts.errors import Stale, WrongSecret
from alerts.store.authority import audit
from alerts.store.tables import meta

HEAD = "audit_head"
"""Where `meta` keeps the newest link as `number:seal`; PostgreSQL locks its row while an entry is written."""

MARK = "audit_mark"
"""Where `meta` keeps by what a secret is known to be this database's; it tells nothing of the secret itself."""

Values = Mapping[str, Any]


class Trail:
    """Appends to the record.

    Args:
        key: gives the installation's secret (`CASCADE_SECRET`); asked when it is needed.
    """

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key
        self._is_proved = False

    async def prove(self, connection: AsyncConnection) -> None:
        """Make sure that the secret is the one that seals this database's record; the first one is marked as that.

        Args:
            connection: a transaction that writes.

        Raises:
            WrongSecret: it is another one; nothing may be noted with it.
        """
        if self._is_proved:
            return
        mark = await _fact(connection, MARK)
        if mark is None:
            if not await self._sealed_the_newest(connection):
                raise WrongSecret(REFUSED)
            await connection.execute(insert(meta).values(key=MARK, value=self.mark()))
            return  # proved once this is committed, and not before
        if not hmac.compare_digest(mark, self.mark()):
            raise WrongSecret(REFUSED)
        self._is_proved = True

    async def adopt(self, connection: AsyncConnection) -> None:
        """Take the secret at hand for this database's from now on, in place of one that is lost or known to others.

        Raises:
            Stale: it is this database's already.
        """
        if await _fact(connection, MARK) in {None, self.mark()}:
            raise Stale("this secret seals the record already: there is nothing to replace")
        await connection.execute(update(meta).where(meta.c.key == MARK).values(value=self.mark()))

    def mark(self) -> str:
        """Give what this secret is known by."""
        return self._hmac(b"the mark of a secret")

    @property
    def key(self) -> Callable[[], bytes]:
        """What gives the secret, for what else is sealed with it."""
        return self._key

    async def note(
        self,
        connection: AsyncConnection,
        act: Act,
        by: Actor,
        now: datetime,
        *,
        subject: str,
        whom: int | None = None,
        before: Values | None = None,
        after: Values | None = None,
    ) -> None:
        """Append an entry, inside the transaction of the act and as its last statement: it locks the chain's end.

        Args:
            connection: the transaction of the act.
            act: what was done.
            by: who did it, and through which door.
            now: when.
            subject: what it was done to, such as `alert 12` or `person`.
            whom: the person whom it was done to; their id stands nowhere else in the entry.
            before: what changed, as it was: values that JSON can hold, no secrets, no names of contacts.
            after: what changed, as it is now.

        Raises:
            WrongSecret: the secret is not this database's.
        """
        await self.prove(connection)
        link = await _fact(connection, HEAD)
        number, _, seal = (link or "0:").partition(":")
        row = {
            "number": int(number) + 1,
            "at": now,
            "act": act.value,
            "place": by.place,
            "subject": subject,
            "before": dict(before or {}),
            "after": dict(after or {}),
            **self._person("who", by.user_id),
            **self._person("whom", whom),
        }
        row["seal"] = self.seal(row, seal)
        await connection.execute(insert(audit), row)
        newest = f"{row['number']}:{row['seal']}"
        if link is None:
            await connection.execute(insert(meta).values(key=HEAD, value=newest))
        else:
            await connection.execute(update(meta).where(meta.c.key == HEAD).values(value=newest))

    def seal(self, row: Values, before: str) -> str:
        """Give the seal of an entry that follows on the one with the seal `before`, as 64 hex digits.

        Args:
            row: the columns of `audit`; a person counts by the commitment alone.
            before: the seal of the entry before, empty for the first.
        """
        told = [
            before,
            row["number"],
            row["at"].astimezone(UTC).isoformat(),
            row["act"],
            row["place"],
            row["subject"],
            row["before"],
            row["after"],
            row["who_seal"],
            row["whom_seal"],
        ]
        return self._hmac(orjson.dumps(told, option=orjson.OPT_SORT_KEYS))

    def commitment(self, user_id: int, salt: str) -> str:
        """Give what an entry is sealed with in place of a person's id; the salt goes when the person is erased."""
        return self._hmac(f"person:{salt}:{user_id}".encode())

    async def _sealed_the_newest(self, connection: AsyncConnection) -> bool:
        """Tell whether the newest entry, if there is one, was sealed with this secret."""
        newest = select(audit).order_by(audit.c.number.desc()).limit(2)
        rows = [dict(row._mapping) for row in (await connection.execute(newest)).all()]  # noqa: SLF001 - its public name
        before = rows[1]["seal"] if len(rows) > 1 else ""
        return not rows or hmac.compare_digest(rows[0]["seal"], self.seal(rows[0], before))

    def _person(self, part: str, user_id: int | None) -> dict[str, object]:
        if user_id is None:
            return {part: None, f"{part}_salt": None, f"{part}_seal": None}
        salt = secrets.token_hex(16)
        return {part: user_id, f"{part}_salt": salt, f"{part}_seal": self.commitment(user_id, salt)}

    def _hmac(self, told: bytes) -> str:
        return hmac.new(self._key(), told, sha256).hexdigest()


async def _fact(connection: AsyncConnection, key: str) -> str | None:
    """Read a fact, and on PostgreSQL lock its row until the transaction ends."""
    return (await connection.execute(_FACT, {"fact": key})).scalar_one_or_none()


_FACT = select(meta.c.value).where(meta.c.key == bindparam("fact")).with_for_update()

REFUSED = (
    "the secret is not the one that seals this database's record: put the right one, or the file that held it, back in "
    "its place (docs/operations.md)"
)
