"""`cascade alert report`: what became of every recipient of an alert, and by name who was not reached."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import orjson
import typer

from alerts.audit.entry import ADMINISTRATOR, Act
from alerts.delivery.recipients import Recipient
from alerts.publishing.change_report import ChangeReport, Copies
from alerts.publishing.markup import visible
from alerts.publishing.reports import FullReport
from bot.cli.alert_named import Named, id_of
from bot.cli.console import WRONG_USE, command, fail, moment, opened, out, print_json, print_table, told
from bot.cli.options import Json
from bot.cli.pack import write_pack
from bot.domain import Domain
from bot.settings import read_settings
from handlers.release_words import word_line

DIGITS = 3
"""Digits after the point of seconds and rates in the document."""


@command
async def report(
    alert: Named,
    *,
    recipients: Annotated[
        bool, typer.Option("--recipients", help="List by name who was not reached, and why.")
    ] = False,
    everybody: Annotated[bool, typer.Option("--all", help="List every recipient, the reached ones too.")] = False,
    pack: Annotated[
        bool,
        typer.Option("--pack", help="A ZIP with a page, its data and a chart: texts, approvals, timeline, delivery."),
    ] = False,
    file: Annotated[Path | None, typer.Option("--out", help="Where the pack goes: a new file.")] = None,
    as_json: Json = False,
) -> None:
    """Tell what became of every recipient of an alert."""
    if pack and (recipients or everybody or as_json):
        fail("a pack names no recipients: --pack goes with --out alone", WRONG_USE)
    if file is not None and not pack:
        fail("--out says where a --pack goes", WRONG_USE)
    async with opened() as domain:
        alert_id = await id_of(domain, alert)
        if pack:
            await write_pack(domain, alert_id, file, _document, read_settings().operator)
            return
        found = await domain.reports.full(alert_id)
        if recipients or everybody:
            await domain.record.note_seen(Act.CONTACTS_SEEN, ADMINISTRATOR, f"alert {alert_id}")
        listed = domain.reports.recipients(alert_id, everybody=everybody) if recipients or everybody else None
        if not as_json:
            _print_report(domain, found)
            if listed is not None:
                await _print_recipients(domain, listed)
        elif listed is None:
            print_json(_document(found))
        else:
            await _stream(_document(found), listed)


def _print_report(domain: Domain, found: FullReport) -> None:
    alert, counted, waits = found.alert, found.counted, found.waits
    out.print(f"{found.copied.reference} {alert.status}: {alert.headline}", markup=False)
    if found.copied.is_mended:
        out.print(f"its correction, {alert.reference} in the record", markup=False)
    if found.word is not None:
        out.print(visible(word_line(domain.texts, found.word)), markup=False)
    rows: list[tuple[object, ...]] = [(state, f"{number:,}") for state, number in counted.counts.items()]
    print_table(("state", "rows"), [*rows, ("recipients", f"{counted.recipients:,}")], "")
    for (state, reason), number in _reasons(found):
        out.print(f"{number:,} {state}: {reason}", markup=False)
    if found.change is not None:
        _print_change(found.change)
    if counted.uncertain_count:
        out.print(f"attempts that may have arrived twice: {counted.uncertain_count:,}")
    if counted.first_sent_at is not None and counted.last_sent_at is not None:
        first, last = domain.texts.when(counted.first_sent_at), domain.texts.when(counted.last_sent_at)
        out.print(f"first sent {first}, last sent {last}")
    if counted.rate_per_second is not None:
        out.print(f"in between, {counted.rate_per_second:,.1f} recipients a second")
    if waits.p50_seconds is not None:
        spans = f"p50 {waits.p50_seconds:,.1f} s, p99 {waits.p99_seconds:,.1f} s"
        out.print(f"from the confirmation to Telegram's answer: {spans}")


def _print_change(change: ChangeReport) -> None:
    """Say what became of the copies that a follow-up acts on."""
    earlier = ", ".join(change.references)
    parts = ((f"{change.change} of {earlier}", change.copies), (f"copies of {earlier} marked", change.marked))
    for title, copies in parts:
        if copies is not None:
            done = ", ".join(
                f"{number:,} {what.replace('_', ' ')}" for what, number in _copies(copies).items() if number
            )
            out.print(f"{title}: {done or 'no copies'}", markup=False)


def _copies(copies: Copies) -> dict[str, int]:
    return {
        "replied": copies.replied,
        "edited": copies.edited,
        "deleted": copies.deleted,
        "anew": copies.anew,
        "waiting": copies.waiting,
        "could_not": copies.not_done,
    }


def _changed(change: ChangeReport | None) -> dict[str, object]:
    """Give what a document says of a follow-up; nothing for any other alert."""
    if change is None:
        return {}
    marked = None
    if change.marked is not None:
        marked = _copies(change.marked) | {"reasons": [_why(one) for one in change.marked.could_not]}
    return {
        "change": change.change,
        "changes": [{"id": alert.id, "reference": alert.reference} for alert in change.earlier],
        "copies": _copies(change.copies) | {"reasons": [_why(one) for one in change.copies.could_not]},
        "marked": marked,
    }


def _why(reason: tuple[str, int]) -> dict[str, object]:
    return {"reason": reason[0], "rows": reason[1]}


async def _print_recipients(domain: Domain, listed: AsyncIterator[list[Recipient]]) -> None:
    """Print the list part by part, each with its headings, so that a long one needs no memory."""
    headings = ("chat", "kind", "name or title", "organisation", "state", "reason", "since", "perhaps doubled")
    is_empty = True
    async for part in listed:
        rows: list[tuple[object, ...]] = [
            (
                one.chat_id,
                one.kind,
                _printable(one.name),
                _printable(one.organisation),
                one.state,
                one.reason,
                told(domain, one.at),
                one.uncertain_count or "",
            )
            for one in part
        ]
        out.print()
        print_table(headings, rows, "")
        is_empty = False
    if is_empty:
        out.print("nobody is left to list: everybody was reached")


async def _stream(document: dict[str, object], listed: AsyncIterator[list[Recipient]]) -> None:
    """Print one JSON document whose list of recipients is written as it is read."""
    write = sys.stdout.buffer.write
    write(orjson.dumps(document)[:-1] + b',"recipients_listed":[')
    separator = b"\n"
    async for part in listed:
        for one in part:
            write(separator + orjson.dumps(_entry(one)))
            separator = b",\n"
    write(b"]}\n")
    sys.stdout.buffer.flush()


def _document(found: FullReport) -> dict[str, object]:
    alert, counted, waits = found.alert, found.counted, found.waits
    return {
        "id": alert.id,
        "reference": alert.reference,
        "reference_on_copies": found.copied.reference,
        "status": alert.status,
        "recipients": counted.recipients,
        "counts": {str(state): number for state, number in counted.counts.items()},
        "uncertain_count": counted.uncertain_count,
        "first_sent_at": moment(counted.first_sent_at),
        "last_sent_at": moment(counted.last_sent_at),
        "rate_per_second": _rounded(counted.rate_per_second),
        "p50_seconds": _rounded(waits.p50_seconds),
        "p99_seconds": _rounded(waits.p99_seconds),
        "reasons": [{"state": state, "reason": reason, "rows": number} for (state, reason), number in _reasons(found)],
        **_changed(found.change),
    }


def _entry(one: Recipient) -> dict[str, object]:
    return {
        "chat_id": one.chat_id,
        "kind": one.kind,
        "name": one.name,
        "organisation": one.organisation,
        "state": one.state,
        "reason": one.reason or None,
        "at": moment(one.at),
        "uncertain_count": one.uncertain_count,
    }


def _reasons(found: FullReport) -> list[tuple[tuple[str, str], int]]:
    """Give the reasons, the commonest first."""
    return sorted(
        (((state.value, reason), number) for (state, reason), number in found.counted.reasons.items()),
        key=lambda item: (-item[1], item[0]),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _printable(text: str) -> str:
    """Take out what would steer the terminal: people choose their names themselves."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
