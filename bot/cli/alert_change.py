"""`cascade alert update|correct|all-clear|recall`: change an alert that people have already."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from alerts.errors import InvalidInput
from alerts.publishing.alert import Alert, AlertStatus, Change, Severity
from alerts.publishing.checks import check_body, check_headline, read_expiry
from alerts.publishing.desk import Content
from alerts.publishing.follow_ups import Plan
from alerts.publishing.markup import read_html
from bot.cli.alert_named import Named, id_of
from bot.cli.console import command, confirm, err, opened, out, read_text
from bot.cli.hold import warn_when_held
from bot.cli.options import Yes
from bot.domain import Domain

Headline = Annotated[str | None, typer.Option(help="The new headline; without it the old one stays.")]
Body = Annotated[Path | None, typer.Option("--file", help="The new text, UTF-8; without it the old one stays.")]


@command
async def update(
    alert: Named,
    *,
    headline: Headline = None,
    file: Body = None,
    severity: Annotated[Severity | None, typer.Option(help="How urgent it is now.")] = None,
    expires: Annotated[str, typer.Option(help="A span or a moment; without it the alert's own.")] = "",
    yes: Yes = False,
) -> None:
    """Send a newer version: a reply to the copy in each chat, which is marked as updated; prints its id."""
    _check_new(headline, file)
    async with opened() as domain:
        alert_id = await _ask(domain, alert, Change.UPDATE, yes=yes)
        content = _altered(await domain.follow_ups.content(alert_id, Change.UPDATE), headline, file)
        if severity is not None:
            content = replace(content, severity=severity)
        if expires:
            content = replace(content, expires_at=read_expiry(expires, domain.clock.now(), domain.texts.zone))
        await _issue(domain, content)


@command
async def correct(alert: Named, *, headline: Headline = None, file: Body = None, yes: Yes = False) -> None:
    """Mend a slip: the copies are edited in place, with a note that says so; prints the correction's id."""
    _check_new(headline, file)
    async with opened() as domain:
        alert_id = await _ask(domain, alert, Change.CORRECTION, yes=yes)
        content = _altered(await domain.follow_ups.content(alert_id, Change.CORRECTION), headline, file)
        await _check_fit(domain, alert_id, content)
        await _issue(domain, content)


@command
async def all_clear(alert: Named, *, headline: Headline = None, file: Body = None, yes: Yes = False) -> None:
    """Tell everybody who has an alert that it is over, and mark their copies; prints the all clear's id."""
    async with opened() as domain:
        alert_id = await _ask(domain, alert, Change.ALL_CLEAR, yes=yes)
        await _issue(domain, _altered(await domain.follow_ups.content(alert_id, Change.ALL_CLEAR), headline, file))


@command
async def recall(alert: Named, *, yes: Yes = False) -> None:
    """Delete every copy of an alert and leave a line in its place; older than 48 hours, the text is replaced."""
    async with opened() as domain:
        await take_back(domain, await domain.desk.find(await id_of(domain, alert)), Change.RECALL, yes=yes)


async def take_back(domain: Domain, alert: Alert, change: Change, *, yes: bool) -> None:
    """Cancel or recall an alert, and print the id of what tells people."""
    await _ask(domain, alert.reference, change, yes=yes)
    told = await domain.follow_ups.at_once(alert.id, change)
    if told is None:
        err.print(f"{alert.reference} is stopped: nobody had received it, so nobody has to be told", markup=False)
        return
    out.print(told.id)
    await warn_when_held(domain)


def add_changes(app: typer.Typer) -> None:
    """Put these commands under `alert`."""
    app.command("update")(update)
    app.command("correct")(correct)
    app.command("all-clear")(all_clear)
    app.command("recall")(recall)


def _check_new(headline: str | None, file: Path | None) -> None:
    """Refuse a change that changes nothing: that is a slip of the hand."""
    if headline is None and file is None:
        raise InvalidInput("nothing-new", "say what is new: --headline, --file or both")


async def _ask(domain: Domain, named: str, change: Change, *, yes: bool) -> int:
    """Ask whether the alert that is meant is to be changed, and give its id."""
    alert = await domain.desk.find(await id_of(domain, named))
    found = await domain.reports.copied(alert)
    confirm(f"{change.capitalize()} {found.reference} ({alert.headline}) for everybody who has it?", yes=yes)
    return alert.id


def _altered(content: Content, headline: str | None, file: Path | None) -> Content:
    """Put in what is new."""
    return replace(
        content,
        headline=check_headline(headline) if headline is not None else content.headline,
        body=check_body(read_html(read_text(file))) if file is not None else content.body,
    )


async def _check_fit(domain: Domain, alert_id: int, content: Content) -> None:
    """Refuse a correction that cannot stand in the place of the messages that people have."""
    earlier = await domain.desk.find(alert_id)
    mended = replace(earlier, headline=content.headline, body=content.body, change=Change.CORRECTION)
    if not domain.changes.fits(Plan(mended, earlier, earlier)):
        raise InvalidInput(
            "too-different", "too long to stand in the place of the messages that people have: send an update"
        )


async def _issue(domain: Domain, content: Content) -> None:
    alert, recipients = await domain.desk.issue(content, origin="command line")
    err.print(f"{alert.reference} -> {recipients} recipients", markup=False)
    out.print(alert.id)
    if alert.status is AlertStatus.SUBMITTED:
        err.print(f"{alert.reference} waits for approval by a second person")
    await warn_when_held(domain)
