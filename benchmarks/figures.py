"""The figures of the benchmark: what each is, what it must reach, and how it follows from what was measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Measured = Mapping[str, Any]
"""What the scenarios gave, under their names; one that did not run is missing."""

FREE, PAID = "30", "1000"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: as scripts know it.
        says: what it is, for people.
        unit: behind the value: `×`, ` s`, ` ms`, ` MB` or nothing.
        target: what it must reach.
        is_most: the target is the most it may be, in place of the least.
        find: takes it out of what was measured; a `KeyError` means that its scenario did not run.
    """

    name: str
    says: str
    unit: str
    target: float
    is_most: bool
    find: Callable[[Measured], float]

    def entry(self, measured: Measured) -> dict[str, float | bool | None]:
        """Give the value, the target and whether it is met; what was not measured is null and not met."""
        try:
            value = round(self.find(measured), 4)
        except KeyError:
            return {"value": None, "target": self.target, "met": False}
        return {"value": value, "target": self.target, "met": self.is_met(value)}

    def is_met(self, value: float) -> bool:
        """Tell whether a value reaches the target."""
        return value <= self.target if self.is_most else value >= self.target

    @property
    def bound(self) -> str:
        """The target as people write it."""
        return f"{'≤' if self.is_most else '≥'} {self.target:,g}{self.unit}"


def against(*others: str) -> Callable[[Measured], float]:
    """Compare Cascade's messages a second with the best of these senders'."""

    def find(measured: Measured) -> float:
        rates = measured["throughput"]["messages_per_second"]
        return float(rates["cascade"] / max(rates[other] for other in others))

    return find


def most_in_a_second(measured: Measured) -> float:
    """Give the largest share of a limit in any second; at 30/s one message more is allowed, and not counted."""
    shares = ((found["most_in_a_second"] - (rate == FREE)) / int(rate) for rate, found in measured["rate"].items())
    return float(max(shares))


def refusals(measured: Measured) -> float:
    """Count the 429s of all broadcasts that kept a limit."""
    answered = [*measured["rate"].values(), measured["urgent"], measured["answers"]]
    return float(sum(found["refused"] for found in answered))


def both(name: str) -> Callable[[Measured], float]:
    """Give the worse of SQLite's and PostgreSQL's values."""
    return lambda measured: float(max(measured["scale_sqlite"][name], measured["scale_postgresql"][name]))


def one(scenario: str, name: str) -> Callable[[Measured], float]:
    """Give a value as a scenario measured it."""
    return lambda measured: float(measured[scenario][name])


def kept(rate: str) -> Callable[[Measured], float]:
    """Give the share of a limit that a broadcast kept."""
    return lambda measured: float(measured["rate"][rate]["share"])


FIGURES = (
    Figure(
        "throughput_vs_ceiling",
        "durable messages a second without a limit, against aiohttp posting the same bytes",
        "",
        0.85,
        is_most=False,
        find=against("ceiling"),
    ),
    Figure(
        "throughput_vs_ptb",
        "the same against python-telegram-bot at its best",
        " ×",
        13.0,
        is_most=False,
        find=against("ptb", "ptb-limiter"),
    ),
    Figure("throughput_vs_aiogram", "the same against aiogram", " ×", 4.0, is_most=False, find=against("aiogram")),
    Figure(
        "throughput_vs_telebot", "the same against pyTelegramBotAPI", " ×", 2.5, is_most=False, find=against("telebot")
    ),
    Figure("rate_kept_30", "share of 30/s kept over a whole broadcast", "", 0.99, is_most=False, find=kept("30")),
    Figure("rate_kept_300", "share of 300/s kept", "", 0.99, is_most=False, find=kept("300")),
    Figure("rate_kept_1000", "share of 1,000/s kept", "", 0.99, is_most=False, find=kept(PAID)),
    Figure(
        "most_in_a_second",
        "most messages in any one second, as a share of the limit (at 30/s one more is allowed)",
        "",
        1.03,
        is_most=True,
        find=most_in_a_second,
    ),
    Figure("too_many_requests", "refusals with 429, over all broadcasts", "", 0, is_most=True, find=refusals),
    Figure(
        "cpu_vs_bare_at_1000",
        "processor time at 1,000/s, against a bare sender with the same pacing",
        " ×",
        1.35,
        is_most=True,
        find=lambda measured: measured["rate"][PAID]["cpu_share"] / measured["rate"][PAID]["cpu_bare"],
    ),
    Figure(
        "urgent_first_s",
        "an urgent alert while 100,000 routine rows are under way: its first message",
        " s",
        1.0,
        is_most=True,
        find=one("urgent", "first_seconds"),
    ),
    Figure(
        "urgent_last_ratio",
        "its last message, against the same alert alone",
        " ×",
        1.05,
        is_most=True,
        find=lambda measured: measured["urgent"]["last_seconds"] / measured["urgent"]["alone_seconds"],
    ),
    Figure(
        "answer_p99_added_ms",
        "what a broadcast at 30/s adds to the p99 of answers to /threat",
        " ms",
        100.0,
        is_most=True,
        find=lambda measured: measured["answers"]["busy_p99_ms"] - measured["answers"]["idle_p99_ms"],
    ),
    Figure(
        "plan_1m_sqlite_s",
        "planning 1,000,000 deliveries in one transaction, SQLite",
        " s",
        2.5,
        is_most=True,
        find=one("scale_sqlite", "plan_seconds"),
    ),
    Figure(
        "plan_1m_postgresql_s",
        "the same, PostgreSQL",
        " s",
        15.0,
        is_most=True,
        find=one("scale_postgresql", "plan_seconds"),
    ),
    Figure(
        "plan_answer_p99_ms",
        "p99 of answers to /threat asked meanwhile, the worse of the two",
        " ms",
        1000.0,
        is_most=True,
        find=both("answer_p99_ms"),
    ),
    Figure(
        "plan_memory_mb",
        "memory that planning adds, the worse of the two",
        " MB",
        50.0,
        is_most=True,
        find=both("plan_memory_mb"),
    ),
    Figure(
        "cost_ratio_sqlite",
        "cost of a delivery with 1,000,000 rows against 10,000, SQLite",
        " ×",
        1.2,
        is_most=True,
        find=one("scale_sqlite", "cost_ratio"),
    ),
    Figure(
        "cost_ratio_postgresql",
        "the same, PostgreSQL",
        " ×",
        1.2,
        is_most=True,
        find=one("scale_postgresql", "cost_ratio"),
    ),
    Figure(
        "rss_mb",
        "resident memory of the whole process with 1,000,000 rows, at its most",
        " MB",
        150.0,
        is_most=True,
        find=both("peak_mb"),
    ),
)


def figures(measured: Measured) -> dict[str, dict[str, float | bool | None]]:
    """Give every figure under its name."""
    return {figure.name: figure.entry(measured) for figure in FIGURES}
