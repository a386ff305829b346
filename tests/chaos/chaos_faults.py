"""What goes wrong in one run, all of it drawn from the seed."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

FULL_RUN = 2000
"""For so many recipients the counts of faults below are meant; a smaller run has fewer."""

SEND = {"methods": ["sendMessage"]}
Rule = dict[str, Any]


@dataclass(frozen=True)
class Kill:
    """One kill -9 and the start after it.

    Attributes:
        at_share: the share of the recipients that have a message when it comes; None for a kill while the bot starts.
        after_seconds: how long after that moment, or after the start of the process, it comes.
        pause_seconds: how long after it the bot is started again.
    """

    at_share: float | None
    after_seconds: float
    pause_seconds: float

    @property
    def words(self) -> str:
        """When it comes, for the line of a run."""
        if self.at_share is None:
            return f"{self.after_seconds:.2f} s into the start"
        return f"{self.at_share:.0%}"


@dataclass(frozen=True)
class Plan:
    """A run.

    Attributes:
        severity: the alert's.
        rules: the sandbox's, as docs/sandbox.md has them; they count from the moment of the alert.
        kills: in their order.
        blocked: how many recipients have blocked the bot without it having been told.
        words: the faults, for the line of a run.
    """

    seed: int
    recipients: int
    severity: str
    rules: tuple[Rule, ...]
    kills: tuple[Kill, ...]
    blocked: int
    words: str

    @property
    def repeats_uncertain(self) -> bool:
        """Whether a send without an answer is repeated; else it is listed."""
        return self.severity == "urgent"


def draw(seed: int, recipients: int = FULL_RUN) -> Plan:
    """Draw a run: an urgent alert for an even seed, an advisory for an odd one."""
    chance = Random(seed)  # noqa: S311 - chance that can be repeated is what it is for
    kinds = chance.sample(list(KINDS), chance.randint(4, len(KINDS)))
    chance.shuffle(kinds)
    rules = [_latency(chance)]
    rules += [KINDS[kind](chance, _Scale(recipients / FULL_RUN)) for kind in sorted(kinds, key=_outage_first)]
    blocked = chance.choice((0, 1, 5, 20)) * recipients // FULL_RUN
    words = [_words(rule) for rule in rules]
    if blocked:
        words.append(f"{blocked} blocked")
    return Plan(
        seed=seed,
        recipients=recipients,
        severity="advisory" if seed % 2 else "urgent",
        rules=tuple(rules),
        kills=_kills(chance),
        blocked=blocked,
        words=", ".join(words),
    )


@dataclass(frozen=True)
class _Scale:
    """Makes counts fit the size of a run."""

    share: float

    def __call__(self, count: int) -> int:
        return max(1, round(count * self.share))


def _kills(chance: Random) -> tuple[Kill, ...]:
    """One or two kills; three in ten of the second ones come while the bot is starting."""
    first = Kill(chance.uniform(0.02, 0.6), chance.uniform(0, 0.2), chance.uniform(0, 0.5))
    if chance.random() < 1 / 2:
        return (first,)
    if chance.random() < 3 / 10:
        return first, Kill(None, chance.uniform(0.2, 2.5), chance.uniform(0, 0.5))
    return first, Kill(chance.uniform(first.at_share or 0, 0.85), chance.uniform(0, 0.2), chance.uniform(0, 0.5))


def _latency(chance: Random) -> Rule:
    """Make answers slow: either all about the same, or some of them a lot."""
    if chance.random() < 1 / 2:
        low = chance.uniform(0.0, 0.05)
        return {"fault": "latency", "min": low, "max": low + 0.01, **SEND}
    return {"fault": "latency", "max": chance.uniform(0.05, 0.4), "probability": chance.uniform(0.05, 0.3), **SEND}


def _too_many(chance: Random, scale: _Scale) -> Rule:
    return {
        "fault": "429",
        "retry_after": chance.randint(1, 3),
        "parameters": chance.random() < 4 / 5,
        "count": scale(chance.randint(1, 4)),
        "probability": chance.uniform(0.002, 0.02),
        **SEND,
    }


def _server_error(chance: Random, scale: _Scale) -> Rule:
    status = chance.choice((500, 502, 504))
    return {"fault": "5xx", "status": status, "after": chance.random() < 1 / 2, **_often(chance, scale)}


def _reset_before(chance: Random, scale: _Scale) -> Rule:
    return {"fault": "reset_before", **_often(chance, scale)}


def _reset_after(chance: Random, scale: _Scale) -> Rule:
    return {"fault": "reset_after", **_often(chance, scale)}


def _hang(chance: Random, scale: _Scale) -> Rule:
    few = {"count": scale(chance.randint(1, 4)), "probability": chance.uniform(0.005, 0.05), **SEND}
    return {"fault": "hang", "after": chance.random() < 1 / 2, **few}


def _garbage(chance: Random, scale: _Scale) -> Rule:
    body = chance.choice(("html", "json"))
    return {"fault": "garbage", "body": body, "after": chance.random() < 1 / 2, **_often(chance, scale)}


def _outage(chance: Random, _scale: _Scale) -> Rule:
    """Let everything fail for a while, the bot's start and its polling with it."""
    begins = chance.uniform(1.5, 8.0)
    answer = chance.choice(("close", "502"))
    return {"fault": "outage", "answer": answer, "from": begins, "until": begins + chance.uniform(0.3, 3.0)}


def _often(chance: Random, scale: _Scale) -> Rule:
    return {"count": scale(chance.randint(5, 40)), "probability": chance.uniform(0.01, 0.1), **SEND}


KINDS: dict[str, Callable[[Random, _Scale], Rule]] = {
    "429": _too_many,
    "5xx": _server_error,
    "reset_before": _reset_before,
    "reset_after": _reset_after,
    "hang": _hang,
    "garbage": _garbage,
    "outage": _outage,
}


def _outage_first(kind: str) -> bool:
    """Put the outage before the others, which would else be used up in it."""
    return kind != "outage"


def _words(rule: Rule) -> str:
    after = " after" if rule.get("after") else ""
    match rule["fault"]:
        case "latency":
            return f"latency to {rule['max']:.2f} s"
        case "outage":
            return f"outage ({rule['answer']}) {rule['from']:.1f} to {rule['until']:.1f} s"
        case "5xx":
            return f"{rule['status']}{after} x{rule['count']}"
        case kind:
            return f"{kind.replace('_', ' ')}{after} x{rule['count']}"
