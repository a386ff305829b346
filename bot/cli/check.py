"""`cascade check` and `cascade migrate`: is everything as it should be?"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import typer

from alerts.clock import SystemClock
from alerts.data import DataError
from alerts.errors import CascadeError, FetchFailed, StoreError
from alerts.people.rights import Role
from alerts.publishing.feeds import SOURCES
from alerts.publishing.feeds.source import Watched, watched
from alerts.publishing.feeds.watch import read_state
from alerts.store.migrate import migrate, newest_revision, revision
from bot.cli.console import FAILED, command, moment, no_database, opened, out, print_json
from bot.cli.hold import found_hold
from bot.cli.options import Json
from bot.domain import Domain, build_domain
from bot.secret import exposed_secret, missing_database, secret_path
from bot.settings import Settings, SettingsError, read_settings, settings_without_effect
from bot.telegram.identity import username_of


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        name: what was looked at.
        ok: whether it works; one that does not makes `check` fail.
        detail: what is so.
        is_warning: it works, and somebody should look at it: the line begins with `warn`, the document's detail with
            `warning: `, and `check` does not fail.
    """

    name: str
    ok: bool
    detail: str
    is_warning: bool = False

    @property
    def mark(self) -> str:
        """How its line begins."""
        return ("warn" if self.is_warning else "ok  ") if self.ok else "FAIL"

    def document(self) -> dict[str, object]:
        """Give it as scripts read it."""
        is_warned_of = self.ok and self.is_warning
        return {"name": self.name, "ok": self.ok, "detail": f"{'warning: ' if is_warned_of else ''}{self.detail}"}


@command
async def check(*, as_json: Json = False) -> None:
    """Check settings, data files, database, token and officers: a line each, exit code 1 if any fails."""
    findings = await _findings()
    ok = all(finding.ok for finding in findings)
    if as_json:
        print_json({"ok": ok, "checks": [finding.document() for finding in findings]})
    else:
        for finding in findings:
            out.print(f"{finding.mark} {finding.name}: {finding.detail}", markup=False)
    if not ok:
        raise typer.Exit(FAILED)


@command
async def migrate_database() -> None:
    """Bring the database to this program's version; `run` does so too."""
    async with opened(makes=True):
        out.print(f"the database is at revision {newest_revision()}")


async def _findings() -> list[Finding]:
    """Check one thing after the other; what cannot be checked without an earlier one is left out."""
    try:
        settings = read_settings(needs_token=True)
    except SettingsError as error:
        return [Finding("settings", ok=False, detail=str(error))]
    findings = [_settings()]
    findings.append(Finding("http", ok=True, detail=_http(settings)))
    try:
        domain = build_domain(settings, SystemClock())
    except DataError as error:
        return [*findings, Finding("data", ok=False, detail=str(error))]
    shipped = f"{len(domain.directory.sectors)} sectors, {len(domain.directory.regions)} regions"
    findings.append(Finding("data", ok=True, detail=shipped))
    try:
        absent = _absent(settings)
        database = absent or await _found("database", lambda: _database(domain))
        can_read = database.ok and absent is None
        findings.append(database)
        findings.append(await _found("token", lambda: _token(settings)))
        findings += await _feeds(domain, may_read=can_read)
        if can_read:
            findings.append(await _found("record", lambda: _record(domain, settings)))
            findings.append(await _officers(domain, settings))
            findings += await _hold(domain)
            findings += await _self_test(domain)
            findings += [await _feed(domain, feed) for feed in watched(settings.news_feeds, SOURCES)]
    finally:
        await domain.store.close()
    return findings


def _absent(settings: Settings) -> Finding | None:
    """Warn that there is no SQLite file yet, and make none; it fails where one has been, since its secret is there.

    A folder that is not there is left to the database, which names it.
    """
    missing = missing_database(settings)
    if missing is None or not missing.parent.is_dir():
        return None
    had_one = secret_path(settings.database_url).exists()
    words = no_database(missing) + (", but its secret's file is there: restore a backup" if had_one else "")
    return Finding("database", ok=not had_one, detail=words, is_warning=True)


async def _found(name: str, look: Callable[[], Awaitable[str]]) -> Finding:
    """Run one check: it gives the detail, or raises with what is wrong."""
    try:
        return Finding(name, ok=True, detail=await look())
    except CascadeError as error:
        return Finding(name, ok=False, detail=str(error))


async def _database(domain: Domain) -> str:
    before = await revision(domain.store)
    await migrate(domain.store)
    purpose = await domain.store.fact("purpose")
    if purpose == "demo":
        raise CascadeError("it is marked as a demo's, and 'run' refuses it: choose another CASCADE_DATABASE_URL")
    await domain.store.keep_fact("checked", domain.clock.now().isoformat())
    was = f", migrated from {before or 'empty'}" if before != newest_revision() else ""
    return f"can be read and written, revision {newest_revision()}{was}"


async def _record(domain: Domain, settings: Settings) -> str:
    """Say whether the secret is the one that seals the record; whether the record is whole, `audit verify` says."""
    await domain.record.prove_secret()
    if (file := exposed_secret(settings)) is not None:
        raise CascadeError(f"the secret's file {file} can be read by others on this machine: chmod 600 it")
    newest = await domain.record.newest()
    entries = f"{newest.number:,} entries, the newest of {moment(newest.at)}" if newest else "empty"
    return f"sealed with this secret, {entries}"


async def _token(settings: Settings) -> str:
    username = await username_of(settings.bot_token.get_secret_value(), settings.api_url)
    return f"{settings.api_url} knows it as @{username}"


async def _feeds(domain: Domain, *, may_read: bool) -> list[Finding]:
    """Ask each official source, and say when the bot last read it.

    It fails when it gives nothing now and the bot has had no good reading for too long either.
    """
    findings = []
    for source in domain.watch.sources:
        try:
            stated = (await domain.watch.try_out(source)).levels
            now = "says " + ", ".join(f"{scheme} {level.name}" for scheme, level in stated.items())
            missing = [scheme for scheme in source.schemes if scheme not in stated]
            now += f", and nothing of {', '.join(missing)}" if missing else ""
            is_well = not missing
        except FetchFailed as error:
            now, is_well = f"cannot be read: {error}", False
        detail = f"{source.address} {now}"
        if may_read:
            found = next(one for one in await domain.watch.watched() if one.source is source)
            read_at = found.state.read_at if found.state else None
            detail += f"; last good reading by the bot: {moment(read_at) or 'none yet'}"
            if found.state and found.state.problem:
                detail += f", and {found.state.failures} failed since ({found.state.problem})"
            is_well = is_well or not domain.watch.is_silent(found)
        findings.append(Finding("feed", ok=is_well, detail=detail))
    return findings


def _settings() -> Finding:
    """Warn of what is set and does nothing: most often it is the misspelt name of a setting that matters."""
    idle = settings_without_effect()
    return Finding("settings", ok=True, detail="; ".join(idle) or "every one can be used", is_warning=bool(idle))


def _http(settings: Settings) -> str:
    """Say where the HTTP surface listens; that it is not encrypted is the operator's to mend, so it fails no check."""
    if settings.listen is None:
        return "off"
    return settings.listen.warning or f"{settings.listen}, for this machine alone"


async def _officers(domain: Domain, settings: Settings) -> Finding:
    """Say who holds a role and who of them cannot be written to; that is theirs to mend, so it fails no check.

    It warns where nobody is an owner, nor will be at the start: so it is before the first one is granted.
    """
    try:
        return await _counted_officers(domain, settings)
    except StoreError as error:
        return Finding("officers", ok=False, detail=str(error))


async def _counted_officers(domain: Domain, settings: Settings) -> Finding:
    people = await domain.roster.everybody()
    found = f"{len(people)} hold a role"
    has_owner = any(person.role is Role.OWNER for person in people)
    if not has_owner:
        coming = ", ".join(map(str, settings.owners))
        found += f"; {coming} become owners at the first start" if coming else "; there is NO OWNER: set CASCADE_OWNERS"
    unreachable = set(await domain.roll.unreachable([person.user_id for person in people]))
    names = [f"{person.user_id} {person.name}".strip() for person in people if person.user_id in unreachable]
    if names:
        found += f"; CANNOT BE REACHED until they press Start in the bot's chat: {', '.join(names)}"
    return Finding("officers", ok=True, detail=found, is_warning=not (has_owner or settings.owners))


async def _hold(domain: Domain) -> list[Finding]:
    """Say that a hold is in force; it is meant, so it fails no check, and only seen if there is one."""
    try:
        detail = await found_hold(domain)
    except StoreError as error:
        return [Finding("hold", ok=False, detail=str(error))]
    return [Finding("hold", ok=True, detail=detail)] if detail else []


async def _self_test(domain: Domain) -> list[Finding]:
    """Say how the last self-test ended, and when the next comes; one that failed is a failure until the next passes."""
    try:
        newest = await domain.self_test.newest()
    except StoreError as error:
        return [Finding("self-test", ok=False, detail=str(error))]
    when, next_at = domain.texts.when, domain.self_test.next_at()
    coming = f"the next comes {when(next_at)}" if next_at else "off (CASCADE_SELF_TEST)"
    if newest is None:
        return [Finding("self-test", ok=True, detail=f"none yet; {coming}")]
    if newest.judged_at is None:
        return [Finding("self-test", ok=True, detail=f"under way since {when(newest.begun_at)}; {coming}")]
    ended = (
        f"failed {when(newest.judged_at)}: {newest.failure}" if newest.failure else f"passed {when(newest.judged_at)}"
    )
    return [Finding("self-test", ok=newest.has_passed, detail=f"{ended}; {coming}")]


async def _feed(domain: Domain, feed: Watched) -> Finding:
    """Say when the bot read a watched feed last, and why it cannot now; nothing is fetched here."""
    name = f"feed {feed.source.code}"
    try:
        state = await read_state(domain.store, feed)
    except StoreError as error:
        return Finding(name, ok=False, detail=str(error))
    texts = domain.texts
    read = f"last read {texts.when(state.read_at)}" if state.read_at else "not read yet"
    if state.failure is None or state.failing_since is None:
        return Finding(name, ok=True, detail=read)
    reason = texts.plain(f"problem.{state.failure['problem']}", **state.failure["details"])
    return Finding(name, ok=False, detail=f"fails since {texts.when(state.failing_since)}, {read}: {reason}")
