"""What is written on the copies of an alert that was changed, and the fixed words of what is done at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from alerts.clock import Clock
from alerts.publishing.alert import Alert, Change
from alerts.publishing.checks import HEADLINE_LIMIT
from alerts.publishing.follow_ups import Plan
from alerts.publishing.markup import visible
from alerts.publishing.succession import Copied
from alerts.text import cut_to, utf16_length
from handlers.alert_message import CAPTION_LIMIT
from handlers.screen import Screen
from handlers.texts import Html, Texts, join

TEXT_LIMIT = 4096
"""UTF-16 units of a message (Bot API, sendMessage)."""


class ChangeMessage:
    """Renders what a follow-up makes of the copies.

    Args:
        texts: the catalogue.
        message: turns an alert into its messages.
        clock: for what is not released yet.
    """

    def __init__(self, texts: Texts, message: Callable[[Alert], tuple[Screen, ...]], clock: Clock) -> None:
        self._texts = texts
        self._message = message
        self._clock = clock

    def standing(self, found: Copied) -> tuple[Screen, ...]:
        """Give the messages of an alert as its copies read today: of a correction with the line that says so on top."""
        if not found.is_mended:
            return self._message(found.alert)
        return self._corrected(Plan(found.alert, found.first, found.first))

    def edited(self, plan: Plan) -> tuple[Screen, ...]:
        """Give the messages of a copy as they read after a correction, or once something took its place."""
        return self._corrected(plan) if plan.alert.change is Change.CORRECTION else self._marked(plan)

    def notice(self, plan: Plan) -> Screen:
        """Give the line that stands in the place of a recalled alert; it repeats nothing of it but its number."""
        sent_at, recalled_at = _sent(plan.first), self._moment(plan.alert)
        said = self._texts(
            "change.recall.notice", reference=plan.first.reference, sent_at=sent_at, recalled_at=recalled_at
        )
        return Screen(said)

    def worded(self, change: Change, earlier: Alert) -> tuple[str, str]:
        """Give headline and body of a cancellation, an all clear or a recall."""
        known = {"reference": earlier.reference, "moment": _sent(earlier)}
        headline = self._texts.plain(f"change.{change}.headline", headline=earlier.headline, **known)
        return cut_to(headline, HEADLINE_LIMIT), self._texts(f"change.{change}.body", **known)

    def fits(self, plan: Plan) -> bool:
        """Tell whether a correction can stand where the copies stand: in as many messages of the same kind."""
        before, after = self._message(plan.text), self._corrected(plan)
        return len(before) == len(after) and all(
            bool(old.attachment) == bool(new.attachment)
            and utf16_length(visible(new.html)) <= (CAPTION_LIMIT if new.attachment else TEXT_LIMIT)
            for old, new in zip(before, after, strict=True)
        )

    def _corrected(self, plan: Plan) -> tuple[Screen, ...]:
        """Give the mended text under the number and the time of the first one, with a line that says so on top."""
        mended = replace(plan.alert, reference=plan.first.reference, sending_at=_sent(plan.first), change=None)
        line = self._texts("change.corrected", moment=self._moment(plan.alert))
        return tuple(replace(screen, html=join(line, screen.html)) for screen in self._message(mended))

    def _marked(self, plan: Plan) -> tuple[Screen, ...]:
        """Give the text as it was, with a line on top that it does not hold any more, and no buttons."""
        by = plan.by or plan.alert
        line = self._texts(f"change.marked.{by.change}", moment=self._moment(by))
        was = replace(plan.text, reference=plan.first.reference, sending_at=_sent(plan.first), change=None)
        screens = (replace(screen, html=join(line, screen.html), rows=()) for screen in self._message(was))
        return tuple(self._short(screen, line, was) for screen in screens)

    def _short(self, screen: Screen, line: Html, was: Alert) -> Screen:
        """Shorten a caption to which the line was too much: what does not hold any more may be missing."""
        if screen.attachment is None or utf16_length(visible(screen.html)) <= CAPTION_LIMIT:
            return screen
        return replace(
            screen, html=join(line, self._texts("change.marked.short", headline=was.headline, reference=was.reference))
        )

    def _moment(self, alert: Alert) -> datetime:
        return alert.sending_at or self._clock.now()


def _sent(alert: Alert) -> datetime:
    return alert.sending_at or alert.created_at
