"""The self-test: when it comes, whom it reaches, and what is said of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from support.clock import DrivenClock
from support.outbox import Outbox
from support.record import TRAIL, noted

from alerts.delivery.hold import Holds
from alerts.delivery.states import DeliveryState
from alerts.drills.judgement import Missed
from alerts.drills.selftest import SelfTest
from alerts.people.notices import Notices
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.schedule.recurrence import Recurrence
from alerts.store import Store
from alerts.subscribers.roll import Profile
from alerts.subscribers.sectors import Directory
from handlers.drill_words import DrillWording
from handlers.texts import Texts

LONDON = ZoneInfo("Europe/London")
OWNERS = (900, 901)


class Bench:
    """A self-test over a database with two owners, a contact and an officer."""

    def __init__(self, store: Store, clock: DrivenClock, directory: Directory, rule: str = "monthly 1 10:00") -> None:
        self.store, self.clock = store, clock
        self.outbox = Outbox(store, clock, directory)
        self.roster = Roster(store, clock, TRAIL, directory)
        self.notices = Notices(store, clock)
        self.tests = self.with_rule(rule)

    def with_rule(self, rule: str) -> SelfTest:
        """Make one that follows this rule."""
        parsed = Recurrence.parse(rule, LONDON, self.clock.now()) if rule else None
        words = DrillWording(Texts(LONDON)).self_test
        return SelfTest(store=self.store, clock=self.clock, trail=TRAIL, rule=parsed, words=words)

    def at(self, moment: str) -> None:
        """Move the clock to a moment in UTC."""
        wanted = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        self.clock.elapsed_seconds = (wanted - self.clock.start).total_seconds()

    async def send(self, state: DeliveryState = DeliveryState.SENT, **outcome: object) -> list[int]:
        """Claim what waits, end each row so, and give the chats."""
        rows = await self.outbox.claim()
        for row in rows:
            message = {"message_id": 1} if state is DeliveryState.SENT else {}
            await self.outbox.record(row, state, **(message | outcome))
        return sorted(row.chat_id for row in rows)

    async def told(self) -> list[tuple[int, str]]:
        """Give whom which notice waits for."""
        return [(notice.user_id, notice.kind.value) for notice in await self.notices.waiting()]


@pytest.fixture
async def bench(store: Store, clock: DrivenClock, directory: Directory) -> Bench:
    """A self-test whose rule counts from now on."""
    built = Bench(store, clock, directory)
    for owner in OWNERS:
        await built.roster.grant(owner, Role.OWNER)
    await built.roster.grant(13, Role.OFFICER)
    await built.outbox.subscribe(1)
    await built.tests.look()
    return built


async def test_the_whole_way_is_tried_and_told(bench: Bench):
    """On its day the owners alone are sent it by rows of the outbox, and learn that it passed, and how fast."""
    bench.at("2026-12-01 09:59:59")
    await bench.tests.look()
    assert await bench.outbox.claim() == []
    bench.at("2026-12-01 10:00:02")
    await bench.tests.look()
    await bench.tests.look()
    assert (await bench.tests.newest()).judged_at is None  # type: ignore[union-attr]
    bench.clock.elapsed_seconds += 3
    assert await bench.send() == list(OWNERS)
    await bench.tests.look()
    newest = await bench.tests.newest()
    assert newest is not None
    assert (newest.has_passed, newest.key) == (True, "2026-12-01T10:00")
    passed = await bench.notices.waiting()
    assert [(one.user_id, one.kind) for one in passed] == [(owner, "self-test-passed") for owner in OWNERS]
    assert (passed[0].details["owners"], passed[0].details["seconds"]) == (2, 3.0)
    assert passed[0].details["next_at"] == datetime(2027, 1, 1, 10, tzinfo=UTC)
    assert [entry["act"] for entry in await noted(bench.store)][-2:] == ["self-test-begun", "self-test-judged"]
    assert await bench.outbox.desk.newest(5) == []
    await bench.tests.look()
    assert len(await bench.told()) == 2


@pytest.mark.parametrize(
    ("state", "outcome", "failure"),
    [
        (DeliveryState.GONE, {"reason": "Forbidden: bot was blocked by the user"}, "gone (Forbidden: bot was blocked"),
        (DeliveryState.FAILED, {"reason": "Bad Request: chat not found"}, "failed (Bad Request: chat not found)"),
        (DeliveryState.UNCERTAIN, {}, "owner 900: uncertain; owner 901: uncertain"),
    ],
)
async def test_what_failed_is_named(bench: Bench, state: DeliveryState, outcome: dict[str, object], failure: str):
    """A copy that did not arrive makes the test fail, with the owner and the reason."""
    bench.at("2026-12-01 10:00")
    await bench.tests.look()
    await bench.send(state, **outcome)
    await bench.tests.look()
    newest = await bench.tests.newest()
    assert newest is not None
    assert failure in newest.failure
    assert await bench.told() == [(who, "self-test-failed") for who in (13, *OWNERS)]
    [told, *_] = await bench.notices.waiting()
    assert (told.details["reached"], told.details["is_held"]) == (0, False)
    assert [one["owner"] for one in told.details["missed"]] == list(OWNERS)


async def test_one_who_has_blocked_the_bot_is_named_to_the_owners(bench: Bench):
    """The test fails for one, and the owners alone are told who it is, why, and that the others were reached."""
    await bench.roster.grant(901, Role.OWNER, name="Olu Adeyemi")
    bench.at("2026-12-01 10:00")
    await bench.tests.look()
    for row in await bench.outbox.claim():
        if row.chat_id == 901:
            await bench.outbox.record(row, DeliveryState.GONE, reason="blocked the bot")
        else:
            await bench.outbox.record(row, DeliveryState.SENT, message_id=1)
    await bench.tests.look()
    assert await bench.told() == [(owner, "self-test-failed") for owner in OWNERS]
    [told, _] = await bench.notices.waiting()
    assert told.details["reached"] == 1
    missed = Missed(901, "Olu Adeyemi", "gone", "blocked the bot")
    assert told.details["missed"] == [missed.document()]
    assert (await bench.tests.newest()).failure == str(missed) == "owner 901: gone (blocked the bot)"  # type: ignore[union-attr]


async def test_an_owner_without_a_name_is_called_as_they_subscribed(bench: Bench):
    """The name that they gave themselves stands in, and none is made up for who gave none."""
    await bench.outbox.roll.subscribe(900, "private", Profile("Ola Berg", sectors=("aviation",)))
    bench.at("2026-12-01 10:00")
    await bench.tests.look()
    await bench.send(DeliveryState.GONE, reason="blocked the bot")
    await bench.tests.look()
    [told, *_] = await bench.notices.waiting()
    assert [(one["owner"], one["name"]) for one in told.details["missed"]] == [(900, "Ola Berg"), (901, "")]


async def test_a_copy_that_came_late_fails(bench: Bench):
    """More than a minute from the row to Telegram's answer is too long."""
    bench.at("2026-12-01 10:00")
    await bench.tests.look()
    bench.clock.elapsed_seconds += 61
    await bench.send()
    await bench.tests.look()
    assert (await bench.tests.newest()).failure == (  # type: ignore[union-attr]
        "owner 900: sent after 61 seconds; owner 901: sent after 61 seconds"
    )


async def test_nothing_sent_is_judged_after_two_minutes_and_taken_back(bench: Bench):
    """A sender that stands still is found out, a hold is named, and the test does not arrive hours later."""
    await Holds(bench.store, bench.clock, TRAIL).place(OWNERS[0], "false alarm")
    bench.at("2026-12-01 10:00")
    await bench.tests.look()
    bench.clock.elapsed_seconds += 119
    await bench.tests.look()
    assert (await bench.tests.newest()).judged_at is None  # type: ignore[union-attr]
    bench.clock.elapsed_seconds += 1
    await bench.tests.look()
    newest = await bench.tests.newest()
    assert newest is not None
    assert newest.failure == "all broadcasts are on hold; owner 900: queued; owner 901: queued"
    assert set((await bench.outbox.states(newest.alert_id)).values()) == {"skipped"}


async def test_no_owner_is_a_failure(store: Store, clock: DrivenClock, directory: Directory):
    """With nobody to send it to, the test says so where it can: in check and in the health answer."""
    bench = Bench(store, clock, directory)
    await bench.tests.look()
    bench.at("2026-12-01 10:00")
    await bench.tests.look()
    await bench.tests.look()
    assert (await bench.tests.newest()).failure == "there is no owner to send it to"  # type: ignore[union-attr]


async def test_times_that_nobody_was_there_for_are_made_up_once(bench: Bench):
    """After three months without a bot one test comes, for the last of its times, and then the next in its turn."""
    bench.at("2027-03-15 08:00")
    await bench.tests.look()
    newest = await bench.tests.newest()
    assert newest is not None
    assert newest.due_at == datetime(2027, 3, 1, 10, tzinfo=UTC)
    await bench.send()
    await bench.tests.look()
    await bench.tests.look()
    assert await bench.outbox.claim() == []
    assert bench.tests.next_at() == datetime(2027, 4, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "due", "key"),
    [
        ("2027-03-27 12:00", "2027-03-28 01:30", "2027-03-28T01:30"),
        ("2027-10-30 12:00", "2027-10-31 00:30", "2027-10-31T01:30"),
    ],
)
async def test_both_changes_of_the_clocks(
    store: Store, clock: DrivenClock, directory: Directory, begins: str, due: str, key: str
):
    """A wall time that is skipped is tested once, later; one that comes twice is tested once, at its first."""
    bench = Bench(store, clock, directory, rule="daily 01:30")
    bench.at(begins)
    await bench.tests.look()
    moment = datetime.fromisoformat(due).replace(tzinfo=UTC)
    begun: list[str] = []
    for minutes in range(-30, 150, 10):
        bench.at((moment + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat())
        await bench.tests.look()
        newest = await bench.tests.newest()
        if newest is not None and newest.key not in begun:
            begun.append(newest.key)
            assert newest.due_at == moment
    assert begun == [key]


async def test_without_a_rule_there_is_none(bench: Bench):
    """Switched off, nothing comes, and nothing is said to come."""
    off = bench.with_rule("")
    bench.at("2026-12-01 10:00")
    await off.look()
    assert (await off.newest(), off.next_at()) == (None, None)
