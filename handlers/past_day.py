"""/threat with a day: what the level was then, what it meant at that time, and how sure the dates are."""

from datetime import date, timedelta

from alerts.levels.chronicle import Chronicle, DayAnswer, Era, Silence
from handlers.screen import Button, Reply, button_data
from handlers.texts import Html, Texts, join, lines


class PastDay:
    """Answers what the levels were on a day.

    Args:
        texts: the catalogue.
        chronicle: what is known of the past.
    """

    def __init__(self, texts: Texts, chronicle: Chronicle) -> None:
        self._texts = texts
        self._chronicle = chronicle

    def is_today(self, day: date) -> bool:
        """Tell whether a day is the present one in the readers' zone."""
        return day == self._chronicle.today()

    async def tell(self, day: date) -> Reply:
        """Show every scheme's level on that day, or say that nothing is known of it."""
        texts = self._texts
        now = (Button(texts.plain("threat.button"), button_data("cmd", "threat")),)
        history = (Button(texts.plain("history.button"), button_data("cmd", "history")),)
        if day > self._chronicle.today():
            return Reply.of(texts("past.ahead", day=day), now, history)
        answers = await self._chronicle.on(day)
        return Reply.of(join(texts("past.title", day=day), *map(self._block, answers)), now, history)

    def _block(self, answer: DayAnswer) -> Html:
        texts, name = self._texts, self._texts("threat.scheme", name=answer.scheme.name)
        era = answer.era
        if era is None or era.level is None:
            return lines(name, self._silence(answer))
        level, ranks = era.level, len(answer.scheme.levels)
        meant = level.definition_on(answer.day)
        return lines(
            name,
            texts("threat.level", level=level.name, rank=level.rank, ranks=ranks),
            texts("past.meant", definition=meant) if meant else "",
            self._dates(answer, era),
            texts("past.changed-then", before=answer.before.name) if answer.before and era.start == answer.day else "",
            texts("past.doubt") if answer.is_near_doubt else "",
        )

    def _dates(self, answer: DayAnswer, era: Era) -> Html:
        """Say from when to when, and how sure the first day is."""
        about = "about-" if era.is_start_approximate else ""
        ends = "on" if answer.lasts else "until"
        last = era.end - timedelta(days=1)
        return self._texts(
            f"past.{about}{ends}", start=era.start, end=last, surety=self._texts.plain(f"surety.{era.surety}")
        )

    def _silence(self, answer: DayAnswer) -> Html:
        match answer.silence:
            case Silence.BEFORE:
                return self._texts("past.before", start=answer.known_from)
            case Silence.GAP:
                return self._texts("past.gap", address=answer.scheme.official_address)
            case _:
                return self._texts("past.nothing", address=answer.scheme.official_address)
