"""/verify: is this message genuine? Asked with a reference or a check code, or by forwarding the message."""

import asyncio
import re
from dataclasses import replace

from alerts.drills.drill import DrillPart
from alerts.publishing.alert import Alert, Change
from alerts.publishing.comparison import Place, differences, foreign_links
from alerts.publishing.genuine import read_code
from alerts.publishing.markup import visible
from alerts.publishing.verification import Finding, TooManyTries, Verdict, Verification
from handlers.drill_message import Outgoing, frame_of
from handlers.report import Report
from handlers.screen import Ask, Reply, Screen
from handlers.texts import Html, Texts, join, lines

_REFERENCE = re.compile(r"(?<![\w-])[CX]-\d{4}-\d{4,9}(?![\w-])", re.IGNORECASE)
_CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}", re.IGNORECASE)
_PRINTED = re.compile(rf"/verify\s+({_CODE.pattern})(?![\w-])", re.IGNORECASE)
"""A code as it stands under a message; a word such as STAY-SAFE in a text is none."""

_DIGITS = re.compile(r"[0-9]")

SHORTEST_TEXT = 60
"""Characters behind /verify that are more than a reference and a code: somebody has pasted the message."""


class Verify:
    """Answers whether a message is genuine, and never repeats what somebody sent: it shows what our text says.

    Args:
        texts: the catalogue.
        verification: the use case.
        message: renders our text, of an exercise too, to hold the other one against it.
        report: answers what reads like an emergency.
        contact: whom to ask about a message that is not known.
    """

    def __init__(
        self, texts: Texts, verification: Verification, message: Outgoing, report: Report, contact: str
    ) -> None:
        self._texts = texts
        self._verification = verification
        self._message = message
        self._report = report
        self._contact = contact

    def is_meant(self, ask: Ask, *, is_asked: bool) -> bool:
        """Tell whether a text that is no command asks this: a forwarded message, or a reference or code alone.

        Args:
            ask: what was typed or forwarded.
            is_asked: a conversation waits for what the person says next.
        """
        if ask.forwarded is None:
            return not is_asked and _is_token(ask.text.strip())
        return not is_asked or ask.forwarded.is_ours or bool(_REFERENCE.search(ask.text))

    async def tell(self, ask: Ask) -> Reply:
        """/verify, with what is to be checked or without."""
        return await self.check(ask) if ask.text else Reply.of(self._texts("verify.how"))

    async def check(self, ask: Ask) -> Reply:
        """Check a reference, a code, or the text of a message with either in it."""
        reference, code = _reference_in(ask.text), _code_in(ask.text)
        try:
            finding = await self._verification.ask(ask.user_id, ask.chat_id, reference, code)
        except TooManyTries as error:
            return Reply.of(self._texts("verify.wait", minutes=error.minutes))
        if finding.alert is None:
            return self._unknown(ask)
        is_text = ask.forwarded is not None or len(ask.text) >= SHORTEST_TEXT
        return await self._known(ask, finding, finding.alert, is_text=is_text)

    def _unknown(self, ask: Ask) -> Reply:
        """Say that nothing is known; what reads like an emergency is answered as one first."""
        urgent = self._report.emergency().screens if self._report.reads_like_emergency(ask.text) else ()
        return Reply((*urgent, Screen(self._texts("verify.unknown", contact=self._contact))))

    async def _known(self, ask: Ask, finding: Finding, alert: Alert, *, is_text: bool) -> Reply:
        places: tuple[Place, ...] = ()
        has_foreign_link = False
        if is_text:
            ours = self._copies(finding, alert)
            links = ask.forwarded.links if ask.forwarded else ()
            places = await asyncio.to_thread(differences, [visible(html) for html in ours], ask.text)
            has_foreign_link = foreign_links(ours, links)
        is_altered = bool(places) or has_foreign_link or finding.has_other_code
        html = join(
            self._texts("verify.altered" if is_altered else f"verify.{_named(finding, alert)}"),
            self._facts(finding, alert),
            self._altered(finding, places, has_foreign_link=has_foreign_link) if is_altered else "",
            self._texts(f"verify.now.{_named(finding, alert)}") if is_altered else "",
            self._exercise(finding),
            self._newest(finding),
            self._texts("verify.corrected") if finding.is_former else "",
            self._texts("verify.elsewhere") if ask.forwarded and not ask.forwarded.is_ours and not is_altered else "",
            self._texts("verify.picture") if ask.attachment else "",
        )
        return Reply((Screen(html, is_protected=alert.audience.marking.rule.is_protected),))

    def _copies(self, finding: Finding, alert: Alert) -> list[str]:
        """Give all that copies of an alert read: each of its texts, with and without what was written on top since."""
        sent_at = alert.sending_at or alert.created_at
        mended = [
            replace(one, id=alert.id, reference=alert.reference, sending_at=sent_at, change=None)
            for one in finding.later
            if one.change is Change.CORRECTION
        ]
        plain = [*self._message(alert), *self._message(replace(alert, change=None))]
        plain += [screen for one in mended for screen in self._message(one)]
        lines_on_top = [
            self._texts(
                "change.corrected" if one.change is Change.CORRECTION else f"change.marked.{one.change}", moment=m
            )
            for one in finding.later
            if one.change is not Change.RECALL and (m := one.sending_at)
        ]
        return [join(line, screen.html) for line in ("", *lines_on_top) for screen in plain]

    def _facts(self, finding: Finding, alert: Alert) -> Html:
        """Give the true headline and time, or the marking alone to whom it is not for."""
        marking = alert.marking
        label = Html("")
        if marking is not None:
            label = self._texts("verify.marking", label=marking.label, words=self._texts(f"marking.{marking}"))
        if not finding.may_read:
            return lines(label, self._texts("verify.not-yours"))
        return lines(
            self._texts("verify.headline", headline=(finding.text or alert).headline),
            self._texts("verify.sent", reference=alert.reference, sent_at=alert.sending_at or alert.created_at),
            self._texts("verify.until", expires_at=alert.expires_at) if alert.expires_at and not finding.played else "",
            label,
        )

    def _exercise(self, finding: Finding) -> Html:
        """Say where an exercise stands by now, under a message that does not tell of its end."""
        played = finding.played
        if played is None or played.part not in {DrillPart.ANNOUNCEMENT, DrillPart.MESSAGE}:
            return Html("")
        return self._texts(f"verify.played.{played.status}")

    def _altered(self, finding: Finding, places: tuple[Place, ...], *, has_foreign_link: bool) -> Html:
        """Say what differs, in our words alone, and to those alone who may read them."""
        shown = [
            self._texts("verify.added" if place.is_addition else "verify.differs", ours=place.ours)
            for place in places
            if finding.may_read
        ]
        return lines(
            self._texts("verify.other-code") if finding.has_other_code else "",
            self._texts("verify.link") if has_foreign_link else "",
            self._texts("verify.places") if shown else "",
            *shown,
        )

    def _newest(self, finding: Finding) -> Html:
        newest = finding.newest
        if newest is None:
            return self._texts("verify.newest.closed") if finding.verdict is Verdict.UPDATED else Html("")
        sent_at = newest.sending_at or newest.created_at
        return self._texts("verify.newest", reference=newest.reference, headline=newest.headline, sent_at=sent_at)


def _named(finding: Finding, alert: Alert) -> str:
    """Name the words for what was found; a message of an exercise has some of its own for what it tells."""
    return f"{finding.verdict}.{frame_of(alert)}" if finding.played else str(finding.verdict)


def _reference_in(text: str) -> str | None:
    found = _REFERENCE.search(text)
    return found[0].upper() if found else None


def _code_in(text: str) -> str | None:
    """Find the check code: in a message where it is printed, else whatever stands beside a reference or alone."""
    printed = _PRINTED.findall(text)
    if printed:
        return read_code(printed[-1])
    rest = "".join(_REFERENCE.sub(" ", text).split())
    return read_code(rest) if len(text) < SHORTEST_TEXT else None


def _is_token(text: str) -> bool:
    """Tell whether a text is nothing but a reference, or a code as it is printed."""
    return bool(_REFERENCE.fullmatch(text)) or bool(_CODE.fullmatch(text) and _DIGITS.search(text) and read_code(text))
