"""The verdict of `make chaos`: a run in which all went well passes, and each way of breaking the promise is named."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from chaos_bot import TOKEN
from chaos_faults import draw
from chaos_verdict import Crash, Evidence, Restart, Row, complaints

PEOPLE = range(1, 11)
BLOCKED = 10
DOUBLED = 1
Change = Callable[[Evidence], Evidence]


def sound(seed: int = 2) -> Evidence:
    """Make the evidence of a run in which all went well: one chat doubled and counted, one blocked."""
    rows = [Row(chat, "sent", int(chat == DOUBLED), 1, None) for chat in PEOPLE if chat != BLOCKED]
    return Evidence(
        plan=replace(draw(seed), recipients=len(PEOPLE)),
        rate=300,
        stored={chat: [1] * (1 + (chat == DOUBLED)) for chat in PEOPLE if chat != BLOCKED} | {BLOCKED: []},
        blocked=frozenset({BLOCKED}),
        rows=[*rows, Row(BLOCKED, "gone", 0, None, "blocked")],
        suspended=frozenset({BLOCKED}),
        report={"status": "sent", "recipients": 10, "counts": {"sent": 9, "gone": 1}, "uncertain_count": 1},
        logs="started",
        crashes=[Crash(leased=30, in_flight=0)],
        restarts=[Restart(1.9, 3.5)],
    )


def with_row(chat: int, **values: object) -> Change:
    """Change a row, and the report with it."""

    def change(evidence: Evidence) -> Evidence:
        rows = [replace(row, **values) if row.chat_id == chat else row for row in evidence.rows]
        states = [row.state for row in rows]
        counts = {state: states.count(state) for state in states}
        doubts = sum(row.uncertain_count for row in rows)
        return replace(evidence, rows=rows, report=evidence.report | {"counts": counts, "uncertain_count": doubts})

    return change


def with_copies(chat: int, *messages: int) -> Change:
    """Change what is in a chat."""
    return lambda evidence: replace(evidence, stored=evidence.stored | {chat: list(messages)})


def with_report(**values: object) -> Change:
    """Change the report alone."""
    return lambda evidence: replace(evidence, report=evidence.report | values)


WRONG: dict[str, Change] = {
    "sent, and nothing arrived": with_copies(2),
    "the message that is recorded is not in the chat": with_copies(2, 7),
    "more copies than the rows admit": with_copies(2, 1, 2),
    "rows of reachable chats that are not sent": with_row(2, state="failed"),
    "blocked chats whose row is not gone": with_row(BLOCKED, state="failed"),
    "9 rows for 10 recipients": lambda evidence: replace(evidence, rows=evidence.rows[:-1]),
    "wrongly suspended": lambda evidence: replace(evidence, suspended=frozenset({2, BLOCKED})),
    "gone and not suspended": lambda evidence: replace(evidence, suspended=frozenset()),
    "kill 1 left 31 rows leased": lambda evidence: replace(evidence, crashes=[Crash(31, 0)]),
    "restart 1 sent nothing": lambda evidence: replace(evidence, restarts=[Restart(None, None)]),
    "restart 1 sent its first message 2.10 s": lambda evidence: replace(evidence, restarts=[Restart(2.1, 3)]),
    "no restart had anything to send": lambda evidence: replace(evidence, restarts=[]),
    "the report does not add up": with_report(recipients=11),
    "the report says": with_report(counts={"sent": 10}),
    "the report counts 2 doubts": with_report(uncertain_count=2),
    "the alert is sending": with_report(status="sending"),
    "a token is in a log": lambda evidence: replace(evidence, logs=f"/bot{TOKEN}/sendMessage"),
    "an error inside Cascade": lambda evidence: replace(evidence, logs="[error    ] send_broke delivery=1"),
    "the bot ended with 1": lambda evidence: replace(evidence, code=1),
}


def test_a_run_without_a_fault_passes() -> None:
    """Counted doubles, blocked chats and, for an advisory, rows that are listed as uncertain are nothing wrong."""
    assert complaints(sound()) == []
    listed = with_row(2, state="uncertain", uncertain_count=1, message_id=None)
    assert complaints(listed(sound(seed=1))) == []
    assert complaints(with_copies(2)(listed(sound(seed=1)))) == []
    assert len(complaints(listed(sound(seed=2)))) == 1


@pytest.mark.parametrize("words", WRONG)
def test_what_breaks_the_promise_is_named(words: str) -> None:
    """Each way of breaking the promise is seen and named."""
    found = complaints(WRONG[words](sound()))
    assert any(complaint.startswith(words) for complaint in found), found


def test_a_seed_always_means_the_same_run() -> None:
    """A seed gives the same plan each time, another seed another, and fifty seeds have every kind of fault."""
    plans = [draw(seed) for seed in range(1, 51)]
    assert plans == [draw(seed) for seed in range(1, 51)]
    assert len({plan.words for plan in plans}) == 50
    kinds = {rule["fault"] for plan in plans for rule in plan.rules}
    assert kinds == {"latency", "429", "5xx", "reset_before", "reset_after", "hang", "garbage", "outage"}
    assert {len(plan.kills) for plan in plans} == {1, 2}
    assert [plan.severity for plan in plans[:2]] == ["advisory", "urgent"]
