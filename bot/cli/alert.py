"""`cascade alert`: send from a file, follow, report, send again and stop."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from alerts.cap.writer import write
from alerts.delivery.states import DeliveryState
from alerts.errors import InvalidInput
from alerts.publishing.alert import UNRELEASED, Alert, AlertStatus, Audience, Change, Severity
from alerts.publishing.attachment import Attachment, AttachmentKind, check_attachment
from alerts.publishing.checks import check_body, check_headline, read_expiry
from alerts.publishing.desk import Content
from alerts.publishing.marking import Marking
from alerts.publishing.markup import read_html, visible
from bot.cli.alert_change import add_changes, take_back
from bot.cli.alert_named import Named, id_of
from bot.cli.alert_return import give_back
from bot.cli.console import (
    WRONG_USE,
    command,
    confirm,
    err,
    fail,
    moment,
    opened,
    out,
    print_json,
    print_table,
    read_text,
    told,
)
from bot.cli.hold import warn_when_held
from bot.cli.options import Json, Regions, Sectors, Yes, audience_words
from bot.cli.report import report
from bot.domain import Domain
from bot.upkeep import HEARTBEAT, HEARTBEAT_SECONDS
from handlers.marking_words import left_out_words, sensitive_words
from handlers.reckoning import time_left

app = typer.Typer(help="Alerts: send from a file, follow and stop.", no_args_is_help=True)
LOOK_SECONDS = 0.25
LISTED = 50
MARKINGS = "; ".join(f"{marking}: {marking.rule.meaning}" for marking in Marking)


@app.command("send")
@command
async def send(
    *,
    headline: Annotated[str, typer.Option(help="One line of up to 120 characters.")],
    file: Annotated[Path, typer.Option(help="The text, UTF-8; <b>, <i>, <a href> and the like are formatting.")],
    severity: Annotated[Severity, typer.Option(help="How urgent it is.")],
    marking: Annotated[Marking, typer.Option(help=MARKINGS)] = Marking.CLEAR,
    to: Annotated[
        list[int] | None, typer.Option(help="A person's Telegram number, for red; repeat for several.")
    ] = None,
    sector: Sectors = None,
    region: Regions = None,
    expires: Annotated[str, typer.Option(help="A span (90min, 6h, 2d) or a moment (2026-11-24 18:00).")] = "24h",
    photo: Annotated[Path | None, typer.Option(help="A picture to go along: JPEG, PNG or WebP.")] = None,
    document: Annotated[Path | None, typer.Option(help="A file to go along, of up to 50 MB.")] = None,
    yes: Yes = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until every recipient has been dealt with.")] = False,
) -> None:
    """Send an alert, and print its id, and its reference aside; while two people may approve, it waits for one."""
    attachment, upload = _attached(photo, document)
    async with opened(makes=True) as domain:
        content = Content(
            headline=check_headline(headline),
            body=check_body(read_html(read_text(file))),
            severity=severity,
            expires_at=read_expiry(expires, domain.clock.now(), domain.texts.zone),
            audience=Audience(tuple(sector or ()), tuple(region or ()), marking=marking, named=tuple(to or ())),
            attachment=attachment,
            upload=upload,
        )
        domain.directory.check_sectors(content.audience.sectors)
        domain.directory.check_regions(content.audience.regions)
        recipients = await domain.desk.count_recipients(content.audience)
        err.print(f"{severity.upper()}: {content.headline} -> {recipients} recipients, {marking.label}", markup=False)
        await _warn_of_marking(domain, content)
        confirm("Send it now?", yes=yes)
        alert, recipients = await domain.desk.issue(content, origin="command line")
        out.print(alert.id)
        is_submitted = alert.status is AlertStatus.SUBMITTED
        err.print(
            f"{alert.reference} {'waits for approval by a second person' if is_submitted else 'is its reference'}"
        )
        await warn_when_held(domain)
        if wait:
            await _released(domain, alert.id)
            await _follow(domain, alert.id, recipients)


@app.command("list")
@command
async def list_alerts(
    *, limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = LISTED, as_json: Json = False
) -> None:
    """List alerts, newest first."""
    async with opened(makes=True) as domain:
        found = await domain.desk.newest(limit)
    if as_json:
        print_json({"alerts": [_summary(alert) | {"recipients": recipients} for alert, recipients in found]})
        return
    rows: list[tuple[object, ...]] = [
        (a.id, a.reference, a.status, a.severity, recipients, told(domain, a.expires_at), a.headline)
        for a, recipients in found
    ]
    print_table(("id", "reference", "status", "severity", "recipients", "expires", "headline"), rows, "no alerts yet")


@app.command("show")
@command
async def show(
    alert: Named,
    *,
    as_json: Json = False,
    as_cap: Annotated[bool, typer.Option("--cap", help="As a CAP 1.2 document.")] = False,
) -> None:
    """Show an alert with its text."""
    if as_json and as_cap:
        fail("an alert is shown as --json or as --cap", WRONG_USE)
    async with opened() as domain:
        alert_id = await id_of(domain, alert)
        if as_cap:
            sys.stdout.buffer.write(write(await domain.publisher.message(alert_id)))
            return
        shown, found = await domain.desk.report(alert_id)
    if as_json:
        audience = {"sectors": list(shown.sectors), "regions": list(shown.regions)}
        file = {"kind": shown.attachment.kind, "name": shown.attachment.name} if shown.attachment else None
        print_json(
            _summary(shown)
            | {"recipients": found.recipients, "reference": shown.reference, "body": shown.body}
            | audience
            | {"attachment": file, "marking": shown.marking}
        )
        return
    out.print(f"{shown.reference} ({shown.status}) {shown.severity}: {shown.headline}", markup=False)
    expiry = f"expires {told(domain, shown.expires_at)}" if shown.expires_at else "no expiry yet"
    out.print(f"{expiry}; {audience_words(shown.audience)}\n\n{shown.body}", markup=False)


app.command("report")(report)
app.command("return")(give_back)
add_changes(app)


@app.command("cancel")
@command
async def cancel(
    alert: Named,
    *,
    tell: Annotated[
        bool, typer.Option("--tell", help="Also tell everybody who has it, and mark their copies as cancelled.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Stop an alert: what is unsent stays unsent."""
    async with opened() as domain:
        standing, found = await domain.desk.report(await id_of(domain, alert))
        if tell:
            await take_back(domain, standing, Change.CANCEL, yes=yes)
            return
        confirm(f"Stop {standing.reference} ({standing.headline})?", yes=yes)
        stopped = await domain.desk.cancel(standing.id, by=None)
    out.print(f"{stopped.reference} is {stopped.status}")
    if found.counts[DeliveryState.SENT]:
        err.print("those who have it were not told: 'cascade alert cancel --tell' does that")


@app.command("again")
@command
async def again(alert: Named, *, yes: Yes = False) -> None:
    """Send an alert again to those who may not have received it: the uncertain rows."""
    async with opened() as domain:
        sent, found = await domain.desk.report(await id_of(domain, alert))
        uncertain = found.counts[DeliveryState.UNCERTAIN]
        confirm(f"Send {sent.reference} ({sent.headline}) again to {uncertain} whose delivery is uncertain?", yes=yes)
        rows = await domain.desk.send_uncertain_again(sent.id)
        out.print(f"{sent.reference} goes again to {rows} whose delivery was uncertain")
        await warn_when_held(domain)
        await _warn_when_nothing_runs(domain)


async def _released(domain: Domain, alert_id: int) -> None:
    """Wait until an alert is let out; end with 1 when it is returned, stopped, or runs out."""
    await _warn_when_nothing_runs(domain)
    while (alert := await domain.desk.find(alert_id)).status in UNRELEASED:
        if alert.status is AlertStatus.REJECTED:
            fail(f"{alert.reference} was {alert.status}")
        await asyncio.sleep(LOOK_SECONDS)


async def _follow(domain: Domain, alert_id: int, recipients: int) -> None:
    """Show progress on a terminal until the alert is over; end with 1 if it was not sent to its end."""
    left = TextColumn("{task.fields[left]}", markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), left)
    with Progress(*columns, console=err, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("sending", total=recipients, left="")
        while (live := await domain.reports.live(alert_id)) is not None:
            progress.update(task, completed=live.counted.done, left=unescape(time_left(domain.texts, live)))
            await asyncio.sleep(LOOK_SECONDS)
        alert, found = await domain.desk.report(alert_id)
        progress.update(task, completed=found.done, left="")
    counts = ", ".join(f"{number} {state}" for state, number in found.counts.items() if number)
    err.print(f"{alert.reference} {alert.status}: {counts}", markup=False)
    if alert.status not in {AlertStatus.SENT, AlertStatus.CLOSED}:
        fail(f"{alert.reference} was {alert.status}")


async def _warn_when_nothing_runs(domain: Domain) -> None:
    beat = await domain.store.fact(HEARTBEAT)
    last = datetime.fromisoformat(beat.split()[0]) if beat else datetime.min.replace(tzinfo=UTC)
    if domain.clock.now() - last > timedelta(seconds=3 * HEARTBEAT_SECONDS):
        err.print("no bot runs on this database now: the alert is queued and goes out when 'cascade run' starts")


async def _warn_of_marking(domain: Domain, content: Content) -> None:
    """Say whom the marking keeps out, and what in the text looks more sensitive."""
    audience = content.audience
    left_out = await domain.desk.count_left_out(audience)
    found = domain.sensitivity.warnings(content.headline, content.body, audience.marking)
    for words in (
        left_out_words(domain.texts, audience, left_out, "cascade subscribers vet"),
        sensitive_words(domain.texts, found, audience.marking),
    ):
        if words:
            err.print(visible(words), markup=False)


def _attached(photo: Path | None, document: Path | None) -> tuple[Attachment | None, bytes]:
    """Read the file that goes along, if there is one, and hold it against what Telegram takes."""
    if photo is not None and document is not None:
        fail("an alert carries one file: a --photo or a --document", WRONG_USE)
    file = photo or document
    if file is None:
        return None, b""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidInput("file", f"{file} cannot be read: {error.strerror}") from None
    kind = AttachmentKind.PHOTO if photo else AttachmentKind.DOCUMENT
    return check_attachment(kind, file.name, content), content


def _summary(alert: Alert) -> dict[str, object]:
    return {
        "id": alert.id,
        "status": alert.status,
        "severity": alert.severity,
        "headline": alert.headline,
        "created_at": moment(alert.created_at),
        "expires_at": moment(alert.expires_at),
    }
