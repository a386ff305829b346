"""What an alert said at each of its revisions, who wrote that, and what has changed from one to another."""

import difflib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.publishing.alert import Alert, Severity
from alerts.publishing.markup import visible
from alerts.store.authority import alert_versions


class Part(StrEnum):
    """A part of an alert that a reader can be told has changed."""

    HEADLINE = "headline"
    BODY = "body"
    SEVERITY = "severity"
    SECTORS = "sectors"
    REGIONS = "regions"
    EXPIRY = "expiry"
    MARKING = "marking"
    NAMED = "named"
    SEND_AT = "when"
    FILE = "file"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Version:
    """What an alert said at one revision.

    Attributes:
        who: Telegram user id of who wrote it, None for the command line and for the bot itself.
        more: what has no column of its own: its marking, whom it names, when it is to go
            out, the file that goes along, and other marks.
    """

    alert_id: int
    revision: int
    who: int | None
    at: datetime
    headline: str
    body: str
    severity: Severity | None
    sectors: tuple[str, ...]
    regions: tuple[str, ...]
    expires_at: datetime | None
    more: dict[str, Any]

    @classmethod
    def of(cls, alert: Alert, who: int | None = None, at: datetime | None = None) -> "Version":
        """Make the version that an alert is now."""
        file = alert.attachment
        more: dict[str, Any] = {Part.MARKING.value: alert.audience.marking.value}
        if alert.named:
            more[Part.NAMED.value] = list(alert.named)
        if alert.send_at:
            more[Part.SEND_AT.value] = alert.send_at.astimezone(UTC).isoformat()
        if file:
            more[Part.FILE.value] = [file.kind.value, file.name, file.file_id]
        return cls(
            alert.id,
            alert.revision,
            who,
            at or alert.created_at,
            alert.headline,
            alert.body,
            alert.severity,
            alert.sectors,
            alert.regions,
            alert.expires_at,
            more,
        )

    @classmethod
    def from_row(cls, row: Row[Any]) -> "Version":
        """Make it from a row of the table `alert_versions`."""
        return cls(
            row.alert_id,
            row.revision,
            row.who,
            row.at,
            row.headline,
            row.body,
            Severity(row.severity) if row.severity else None,
            tuple(row.sectors),
            tuple(row.regions),
            row.expires_at,
            dict(row.more),
        )

    @property
    def sha256(self) -> str:
        """Name this text in the record: a SHA-256 of all that it says, as 64 hex digits."""
        file = self.more.get(Part.FILE.value)
        said = [
            self.headline,
            self.body,
            self.severity,
            self.sectors,
            self.regions,
            self.expires_at.astimezone(UTC).isoformat() if self.expires_at else None,
            self.more | ({Part.FILE.value: file[:2]} if file else {}),
        ]
        return sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def differs(self, before: "Version") -> tuple[Part, ...]:
        """Name the parts in which this version is another than an earlier one."""
        mine, theirs = self.parts, before.parts
        return tuple(part for part in Part if mine[part] != theirs[part])

    @property
    def parts(self) -> dict[Part, object]:
        """All that it says, part by part."""
        apart = (Part.MARKING, Part.NAMED, Part.SEND_AT, Part.FILE)
        return {
            Part.HEADLINE: self.headline,
            Part.BODY: self.body,
            Part.SEVERITY: self.severity,
            Part.SECTORS: self.sectors,
            Part.REGIONS: self.regions,
            Part.EXPIRY: self.expires_at,
            **{part: self.more.get(part.value) for part in apart},
            Part.MORE: {key: value for key, value in self.more.items() if key not in set(apart)},
        }


def changed_lines(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the lines of a text that were taken out and those that were put in, without their formatting."""
    old, new = (visible(html).splitlines() for html in (before, after))
    taken_out, put_in = [], []
    for line in difflib.ndiff(old, new):
        if line.startswith("- ") and line[2:].strip():
            taken_out.append(line[2:].strip())
        elif line.startswith("+ ") and line[2:].strip():
            put_in.append(line[2:].strip())
    return tuple(taken_out), tuple(put_in)


async def keep_version(connection: AsyncConnection, alert: Alert, who: int | None, now: datetime) -> Version:
    """Keep what an alert says at its present revision, and who wrote that."""
    version = Version.of(alert, who, now)
    await connection.execute(
        insert(alert_versions).values(
            alert_id=alert.id,
            revision=alert.revision,
            who=who,
            at=now,
            headline=alert.headline,
            body=alert.body,
            severity=alert.severity.value if alert.severity else None,
            sectors=list(alert.sectors),
            regions=list(alert.regions),
            expires_at=alert.expires_at,
            more=version.more,
        )
    )
    return version


async def find_version(connection: AsyncConnection, alert_id: int, revision: int) -> Version | None:
    """Give what an alert said at a revision; None for one from before versions were kept."""
    mine = (alert_versions.c.alert_id == alert_id) & (alert_versions.c.revision == revision)
    row = (await connection.execute(select(alert_versions).where(mine))).one_or_none()
    return Version.from_row(row) if row else None


async def versions_of(connection: AsyncConnection, alert_id: int) -> list[Version]:
    """Give all that an alert has said, oldest first."""
    mine = select(alert_versions).where(alert_versions.c.alert_id == alert_id).order_by(alert_versions.c.revision)
    return [Version.from_row(row) for row in (await connection.execute(mine)).all()]


async def writers_of(connection: AsyncConnection, alert: Alert) -> frozenset[int]:
    """Name everybody who wrote any of an alert: none of them may approve it."""
    wrote = select(alert_versions.c.who).where(alert_versions.c.alert_id == alert.id).distinct()
    return frozenset(who for who in {alert.author, *(await connection.execute(wrote)).scalars()} if who is not None)
