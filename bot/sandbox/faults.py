"""Faults on purpose: what goes wrong between a bot and the sandbox, by rules that are data.

Nothing here speaks HTTP; bot/sandbox/api.py carries out what is decided here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from bot.sandbox.faultrules import Rule, read_rule


@dataclass(frozen=True, slots=True)
class Stroke:
    """What happens to one request.

    Attributes:
        delay_seconds: how long it waits before it is handled.
        rule: what becomes of it then; None if it is answered rightly.
        words: the whole for the journal.
    """

    delay_seconds: float
    rule: Rule | None
    words: str


class Faults:
    """The rules in force, in their order.

    For each request the rules are gone through from the first to the last: every latency that strikes adds to the
    delay, and the first of another kind that strikes ends the search. Chance is drawn only for rules that fit, so the
    same requests in the same order meet the same faults.

    Args:
        clock: gives Unix seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._now = clock
        self.rules: list[Rule] = []
        self.clear()

    def clear(self) -> None:
        """Let everything go well again."""
        self.replace(())

    def replace(self, rules: Iterable[Mapping[str, Any]], *, seed: int = 0) -> None:
        """Put other rules in the place of all there are, or leave those in force if one is malformed.

        Args:
            rules: their fields, as docs/sandbox.md has them; the times in them count from now.
            seed: where chance begins.

        Raises:
            ApiError: 400, a rule is malformed.
        """
        now = self._now()
        self.rules = [read_rule(rule, now) for rule in rules]
        self.seed = seed
        self._random = Random(seed)  # noqa: S311 - chance that can be repeated is what it is for

    def add(self, rule: Mapping[str, Any]) -> None:
        """Put a rule behind those there are; chance goes on where it was.

        Raises:
            ApiError: 400, it is malformed.
        """
        self.rules.append(read_rule(rule, self._now()))

    def as_json(self) -> dict[str, Any]:
        """The seed and the rules, each with how often it has struck."""
        return {"seed": self.seed, "rules": [rule.as_json() for rule in self.rules]}

    def strike(self, method: str, chat_id: Any) -> Stroke | None:
        """Decide what goes wrong with a request, and count it; None if nothing does.

        Args:
            method: its name in lower case.
            chat_id: a number or a channel's name, None where the request has none.
        """
        now, delay = self._now(), 0.0
        words: list[str] = []
        for rule in self.rules:
            probability = rule.fields["probability"]
            if not rule.fits(method, chat_id, now) or (probability < 1 and self._random.random() >= probability):
                continue
            rule.struck += 1
            if rule.kind != "latency":
                return Stroke(delay, rule, "; ".join([*words, rule.words]))
            seconds = self._random.uniform(rule.fields["min"], rule.fields["max"])
            delay += seconds
            words.append(f"latency {seconds:.3f} s")
        return Stroke(delay, None, "; ".join(words)) if words else None
