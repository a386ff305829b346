"""The library: templates are listed, written and taken out of use here, and every version of each is kept."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.audit.entry import THE_BOT, Act, Actor, in_chat
from alerts.audit.trail import Trail
from alerts.clock import Clock
from alerts.data.entry import CODE_BYTES_AT_MOST
from alerts.errors import NotFound, Stale
from alerts.store import Store
from alerts.store.authority import alert_templates, template_versions
from alerts.subscribers.sectors import Directory
from alerts.templates.template import Template

FROM_FILE, FROM_CHAT = "file", "chat"
"""Where a version comes from: `templates.toml`, or an officer."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a template; once written it never changes.

    Attributes:
        number: counts the versions of a template, whatever their origin.
        origin: `file` or `chat`.
        is_retired: the template is not offered, as long as no later version offers it again.
        author: Telegram user id of the officer, None for the file's.
    """

    template: Template
    number: int
    origin: str
    is_retired: bool
    author: int | None
    written_at: datetime

    @property
    def code(self) -> str:
        """The template's code."""
        return self.template.code

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Make it from a row of the table `template_versions`."""
        template = Template.from_document(row.code, row.content)
        return cls(template, row.number, row.origin, row.is_retired, row.author, row.written_at)


class Library:
    """The use cases of a template.

    Args:
        store: the database.
        clock: the source of time.
        trail: the record.
        directory: the sectors and regions there are.
        shipped: the templates of the file.
    """

    def __init__(
        self, store: Store, clock: Clock, trail: Trail, directory: Directory, shipped: Sequence[Template]
    ) -> None:
        self._store = store
        self._clock = clock
        self._trail = trail
        self._directory = directory
        self._shipped = tuple(shipped)

    async def take_in(self) -> int:
        """Keep the file's templates as versions, those that are new or were changed; give their number.

        The first time is the installation's beginning; a later change of the file is noted in the record.
        """
        async with self._store.writing() as connection:
            is_first = (await connection.execute(select(template_versions.c.code).limit(1))).first() is None
            taken: dict[str, int] = {}
            for template in self._shipped:
                kept = [one for one in await _versions(connection, template.code) if one.origin == FROM_FILE]
                if not kept or kept[-1].template != template:
                    taken[template.code] = (await self._keep(connection, template, FROM_FILE, None)).number
            if taken and not is_first:
                now = self._clock.now()
                await self._trail.note(
                    connection, Act.TEMPLATES_TAKEN_IN, THE_BOT, now, subject="templates", after=taken
                )
        return len(taken)

    async def offered(self, *, in_drills: bool = False) -> list[Version]:
        """List the newest version of each template that an alert, or else a drill, can be begun from."""
        return [
            one
            for one in await self.everything()
            if not one.is_retired and (in_drills or not one.template.is_for_drills)
        ]

    async def everything(self) -> list[Version]:
        """List the version in use of each template, the retired ones at the end.

        First come those of the file, in its order, then the officers' by name.
        """
        async with self._store.reading() as connection:
            rows = (await connection.execute(_IN_ORDER)).all()
        by_code: dict[str, list[Version]] = {template.code: [] for template in self._shipped}
        for row in rows:
            by_code.setdefault(row.code, []).append(Version.from_row(row))
        places = {template.code: place for place, template in enumerate(self._shipped)}
        found = [
            _newest(self._with_the_files(code, versions))
            for code, versions in by_code.items()
            if code in places or any(one.origin == FROM_CHAT for one in versions)
        ]
        last = len(places)
        return sorted(found, key=lambda one: (one.is_retired, places.get(one.code, last), one.template.title.lower()))

    async def current(self, code: str) -> Version:
        """Give the version of a template that is in use. Raises `NotFound`."""
        return _newest(await self.versions(code))

    async def version(self, code: str, number: int) -> Version:
        """Give one version. Raises `NotFound`."""
        for one in await self.versions(code):
            if one.number == number:
                return one
        raise NotFound(f"the template {code} has no version {number}")

    async def versions(self, code: str) -> list[Version]:
        """Give every version of a template, oldest first. Raises `NotFound` when there is none of this code."""
        async with self._store.reading() as connection:
            return _some(self._with_the_files(code, await _versions(connection, code)), code)

    async def write(self, template: Template, by: int, base: int) -> Version:
        """Keep a new version of a template.

        Args:
            template: what it says now; with an empty code it is a new one, which gets one from its name.
            by: the officer.
            base: the number of the version that the officer changed, 0 for a new template.

        Raises:
            Stale: somebody has written another version meanwhile.
            UnknownCode: a sector or region is not in the directory.
        """
        self._directory.check_sectors(template.audience.sectors)
        self._directory.check_regions(template.audience.regions)
        async with self._store.writing() as connection:
            if not template.code:
                template = await _with_code(connection, template)
            before = _newest_or_none(await _versions(connection, template.code))
            _check_base(before, base)
            kept = await self._keep(connection, template, FROM_CHAT, by)
            await self._note(connection, Act.TEMPLATE_WRITTEN, in_chat(by), kept, before)
        return kept

    async def retire(self, code: str, by: int, base: int) -> Version:
        """Take a template out of use; its versions stay, and one of them can be taken again by `write`.

        Raises:
            NotFound: there is none of this code.
            Stale: somebody has written another version meanwhile, or it is out of use already.
        """
        async with self._store.writing() as connection:
            before = _newest(_some(await _versions(connection, code), code))
            _check_base(before, base)
            if before.is_retired:
                raise Stale(f"the template {code} is out of use already")
            kept = await self._keep(connection, before.template, FROM_CHAT, by, is_retired=True)
            await self._note(connection, Act.TEMPLATE_RETIRED, in_chat(by), kept, before)
        return kept

    async def remember(self, alert_id: int, version: Version) -> None:
        """Keep from which version of which template an alert was begun."""
        async with self._store.writing() as connection:
            values = {"alert_id": alert_id, "code": version.code, "number": version.number}
            await connection.execute(delete(alert_templates).where(alert_templates.c.alert_id == alert_id))
            await connection.execute(insert(alert_templates).values(**values))

    async def of_alert(self, alert_id: int) -> tuple[str, int] | None:
        """Give code and version of the template that an alert was begun from, None when there was none."""
        statement = select(alert_templates).where(alert_templates.c.alert_id == alert_id)
        async with self._store.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return (row.code, row.number) if row else None

    def _with_the_files(self, code: str, versions: list[Version]) -> list[Version]:
        """Add what the file says and no start of the bot has kept yet, for whoever looks before that."""
        kept = [one.template for one in versions if one.origin == FROM_FILE][-1:]
        unkept = [one for one in self._shipped if one.code == code and [one] != kept]
        number = versions[-1].number + 1 if versions else 1
        return versions + [Version(one, number, FROM_FILE, False, None, self._clock.now()) for one in unkept]

    async def _keep(
        self, connection: AsyncConnection, template: Template, origin: str, by: int | None, *, is_retired: bool = False
    ) -> Version:
        highest = select(func.max(template_versions.c.number)).where(template_versions.c.code == template.code)
        number = ((await connection.execute(highest)).scalar_one() or 0) + 1
        now = self._clock.now()
        values = {"code": template.code, "number": number, "content": template.document(), "origin": origin}
        about = {"is_retired": is_retired, "author": by, "written_at": now}
        await connection.execute(insert(template_versions).values(**values, **about))
        return Version(template, number, origin, is_retired, by, now)

    async def _note(
        self, connection: AsyncConnection, act: Act, by: Actor, kept: Version, before: Version | None
    ) -> None:
        await self._trail.note(
            connection,
            act,
            by,
            self._clock.now(),
            subject=f"template {kept.code}",
            before=_noted(before) if before else None,
            after=_noted(kept),
        )


_IN_ORDER = select(template_versions).order_by(template_versions.c.code, template_versions.c.number)


async def _versions(connection: AsyncConnection, code: str) -> list[Version]:
    rows = (await connection.execute(_IN_ORDER.where(template_versions.c.code == code))).all()
    return [Version.from_row(row) for row in rows]


def _some(versions: list[Version], code: str) -> list[Version]:
    if not versions:
        raise NotFound(f"there is no template {code}")
    return versions


def _newest(versions: Sequence[Version]) -> Version:
    """Give the version in use: what an officer wrote last, else what the file has."""
    by_officers = [one for one in versions if one.origin == FROM_CHAT]
    return (by_officers or versions)[-1]


def _newest_or_none(versions: Sequence[Version]) -> Version | None:
    return _newest(versions) if versions else None


def _check_base(before: Version | None, base: int) -> None:
    if (before.number if before else 0) != base:
        raise Stale("somebody has changed this template since it was opened")


def _noted(version: Version) -> dict[str, Any]:
    """Name a version for the record: its number, and its text by a hash."""
    digest = sha256(version.template.text).hexdigest()
    return {"version": version.number, "retired": version.is_retired, "sha256": digest}


async def _with_code(connection: AsyncConnection, template: Template) -> Template:
    """Give a new template a code that none has, made from its name."""
    known = set((await connection.execute(select(template_versions.c.code).distinct())).scalars())
    plain = unicodedata.normalize("NFKD", template.title).encode("ascii", "ignore").decode().lower()
    name = "-".join(re.findall(r"[a-z0-9]+", plain)) or "template"
    code, number = name[:CODE_BYTES_AT_MOST].strip("-"), 1
    while code in known:
        number += 1
        end = f"-{number}"
        code = name[: CODE_BYTES_AT_MOST - len(end)].strip("-") + end
    return Template.from_document(code, template.document())
