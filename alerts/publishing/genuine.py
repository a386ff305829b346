"""The check code under an alert: an HMAC over its reference and what it says, short enough to be read out."""

import hmac
from collections.abc import Callable
from hashlib import sha256

import orjson
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.publishing.alert import Alert
from alerts.store.authority import check_codes

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without I, L and O, which look like 1 and 0, and without U."""

CODE_LENGTH = 8
"""Characters: one in a million million guesses is right by chance, and ten are allowed in ten minutes."""

_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


class CheckCodes:
    """Makes check codes.

    Args:
        key: gives the installation's secret (`CASCADE_SECRET`); asked when it is needed.
    """

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def of(self, alert: Alert) -> str:
        """Give the code of what an alert says now, such as `7K3M-9QXD`."""
        return self.made_from(alert.reference, digest_of(alert))

    def made_from(self, reference: str, digest: str) -> str:
        """Give the code of a reference and the digest of a text."""
        seal = hmac.new(self._key(), f"check code:{reference}:{digest}".encode(), sha256).digest()
        number = int.from_bytes(seal[:5])
        letters = "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
        return f"{letters[: CODE_LENGTH // 2]}-{letters[CODE_LENGTH // 2 :]}"

    async def keep(self, connection: AsyncConnection, alert: Alert) -> None:
        """Note the code that stands under an alert from now on, in the transaction that sends or changes it."""
        code, digest = self.of(alert), digest_of(alert)
        known = select(check_codes.c.code).where(check_codes.c.code == code)
        if (await connection.execute(known)).first() is None:
            await connection.execute(insert(check_codes).values(code=code, alert_id=alert.id, digest=digest))


def digest_of(alert: Alert) -> str:
    """Name what an alert says by 64 hex digits: its words, its marking, how urgent it is and until when it holds."""
    told = [
        alert.headline,
        alert.body,
        alert.severity,
        alert.marking,
        alert.expires_at.isoformat() if alert.expires_at else None,
    ]
    return sha256(orjson.dumps(told)).hexdigest()


def read_code(text: str) -> str | None:
    """Read a check code as people type it, in small letters and with O for 0; None when the text is none."""
    letters = text.strip().upper().translate(_READ_AS)
    if len(letters) != CODE_LENGTH or set(letters) - set(ALPHABET):
        return None
    return f"{letters[: CODE_LENGTH // 2]}-{letters[CODE_LENGTH // 2 :]}"
