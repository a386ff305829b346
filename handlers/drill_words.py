"""What exercises and self-tests tell of themselves: when one begins and ends, that it is over, that this is real."""

from alerts.drills.drill import Drill, DrillPlan, DrillText
from alerts.publishing.alert import Severity
from handlers.texts import Texts, join


class DrillWording:
    """Words the messages that an exercise sends of its own accord, and the self-test."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def announcement(self, plan: DrillPlan) -> DrillText:
        """Tell when an exercise begins and ends."""
        times = {"begins_at": plan.begins_at, "ends_at": plan.ends_at}
        return self._text("announcement", plan.title, self._texts("drill.text.announcement", title=plan.title, **times))

    def message(self, headline: str, body: str, severity: Severity) -> DrillText:
        """Word what an officer wrote: it says how urgent the pretended alert is.

        Args:
            headline: plain text.
            body: canonical HTML.
            severity: of the pretended alert.
        """
        urgency = self._texts.plain(f"severity.{severity}")
        played = join(self._texts("drill.text.played", severity=urgency, headline=headline), body)
        return DrillText(self._texts.plain("drill.headline.message", title=headline), played, severity)

    def end(self, drill: Drill) -> DrillText:
        """Tell that an exercise is over."""
        return self._text("end", drill.title, self._texts("drill.text.end", title=drill.title))

    def stopped(self, drill: Drill, reason: str) -> DrillText:
        """Tell that a person has stopped it."""
        why = self._texts("drill.text.why", reason=reason) if reason else ""
        return self._text("stopped", drill.title, join(self._texts("drill.text.stopped", title=drill.title), why))

    def real(self, drill: Drill) -> DrillText:
        """Tell that it is stopped because something real has happened."""
        return self._text("real", drill.title, self._texts("drill.text.real", title=drill.title))

    def self_test(self) -> DrillText:
        """Tell an owner what the self-test is."""
        return DrillText(self._texts.plain("self-test.headline"), self._texts("self-test.text"))

    def _text(self, part: str, title: str, body: str) -> DrillText:
        return DrillText(self._texts.plain(f"drill.headline.{part}", title=title), body)
