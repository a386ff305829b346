"""What has to be done every few seconds, hours or days, run by APScheduler and each a function that can be called."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from telegram.error import TelegramError

from alerts.audit.daily import DailyLink
from alerts.clock import Clock
from alerts.delivery.dispatcher import log_fault
from alerts.delivery.hold import Holds
from alerts.drills.exercises import Exercises
from alerts.drills.selftest import SelfTest
from alerts.intake.feeds import Feeds
from alerts.intake.intake import Intake
from alerts.levels.watch import Watch
from alerts.people.invitations import Invitations
from alerts.people.notices import Notices
from alerts.pictures.album import Album
from alerts.publishing.desk import Desk
from alerts.publishing.feeds.watch import NewsWatch
from alerts.publishing.incoming import Incoming
from alerts.schedule.clockwork import Clockwork
from alerts.store import Store
from bot.telegram.follow import Follower
from bot.telegram.inbox import Inbox
from bot.telegram.menus import Menus
from bot.telegram.reviewer import Reviewer
from bot.telegram.tell import Teller

SCHEDULE_SECONDS = 1
"""How often it is looked whether a schedule is due: how late it may be, and how soon a change of one counts."""

DRILL_SECONDS = 5
"""How often it is looked whether an exercise begins or ends."""

SELF_TEST_SECONDS = 5
"""How often it is looked whether a self-test is due, and what has become of it."""

REVIEW_SECONDS = 1
FOLLOW_SECONDS = 2
MENU_SECONDS = 5
HEARTBEAT_SECONDS = 5
TIDY_SECONDS = 2
CLOSE_SECONDS = 30
HOLD_SECONDS = 30
WATCH_SECONDS = 5
"""How often it is looked whether an official source is due; it says itself how often it wants to be asked."""

FORGET_SECONDS = 3600
FEED_SECONDS = 15
INCOMING_SECONDS = 5
NEWS_SECONDS = 15
"""How often it is looked whether a feed is due; each says itself how often it is read."""

STOP_SECONDS = 2
HEARTBEAT = "heartbeat"

log = structlog.get_logger(__name__)


class Upkeep:
    """The recurring duties of a running bot."""

    def __init__(
        self,
        *,
        store: Store,
        desk: Desk,
        inbox: Inbox,
        menus: Menus,
        follower: Follower,
        reviewer: Reviewer,
        teller: Teller,
        notices: Notices,
        daily_link: DailyLink,
        album: Album,
        clockwork: Clockwork,
        exercises: Exercises,
        self_test: SelfTest,
        holds: Holds,
        watch: Watch,
        intake: Intake,
        feeds: Feeds,
        incoming: Incoming,
        invitations: Invitations,
        news: NewsWatch,
        clock: Clock,
    ) -> None:
        self._store = store
        self._clock = clock
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._under_way: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        self._duties: dict[str, tuple[Callable[[], Awaitable[object]], float]] = {
            "schedules": (clockwork.fire_due, SCHEDULE_SECONDS),
            "schedule_losses": (clockwork.tell_of_losses, FOLLOW_SECONDS),
            "drills": (exercises.look, DRILL_SECONDS),
            "self_test": (self_test.look, SELF_TEST_SECONDS),
            "follow": (follower.look, FOLLOW_SECONDS),
            "reviews": (reviewer.look, REVIEW_SECONDS),
            "due": (desk.send_due, SCHEDULE_SECONDS),
            "notices": (teller.look, FOLLOW_SECONDS),
            "daily_link": (daily_link.look, CLOSE_SECONDS),
            "menus": (menus.refresh, MENU_SECONDS),
            "heartbeat": (self.beat, HEARTBEAT_SECONDS),
            "tidy": (store.tidy, TIDY_SECONDS),
            "close": (desk.close_expired, CLOSE_SECONDS),
            "hold": (holds.remind, HOLD_SECONDS),
            "watch": (watch.look, WATCH_SECONDS),
            "news": (news.poll_due, NEWS_SECONDS),
            "incoming": (incoming.announce, INCOMING_SECONDS),
            "lapse_incoming": (incoming.lapse_old, FORGET_SECONDS),
            "lapse_invitations": (invitations.lapse_old, FORGET_SECONDS),
            "forget": (inbox.forget_old, FORGET_SECONDS),
            "forget_notices": (notices.forget_old, FORGET_SECONDS),
            "forget_pictures": (album.forget_old, FORGET_SECONDS),
            "forget_documents": (intake.forget_old, FORGET_SECONDS),
            "intake_feeds": (feeds.look, FEED_SECONDS),
        }

    def start(self) -> None:
        """Begin; a duty that is late runs once as soon as it can, and never twice at a time."""
        for name, (duty, seconds) in self._duties.items():
            self._scheduler.add_job(
                self._supervise,
                "interval",
                args=(name, duty),
                seconds=seconds,
                next_run_time=self._clock.now(),
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
            )
        self._scheduler.start()

    async def stop(self) -> None:
        """Let the duties under way end, begin none, and say that nothing runs any more."""
        self._is_stopping = True
        self._scheduler.pause()
        await asyncio.sleep(0)  # what the scheduler has begun this moment sees that it stops
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=STOP_SECONDS)
            for task in late:  # such as one that waits for a feed which does not answer
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._scheduler.shutdown(wait=False)
        await self._store.keep_fact(HEARTBEAT, "")

    async def beat(self) -> None:
        """Leave a sign that this process is alive, for the command line to see."""
        await self._store.keep_fact(HEARTBEAT, f"{self._clock.now().isoformat()} {os.getpid()}")

    async def _supervise(self, name: str, duty: Callable[[], Awaitable[object]]) -> None:
        """Run a duty so that it ends whole even when the scheduler does not wait for it."""
        if self._is_stopping:
            return
        task = asyncio.create_task(_guarded(name, duty))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if not self._is_stopping:
                raise  # at the end the scheduler cancels what `stop` has waited for, and would log it as an error


async def _guarded(name: str, duty: Callable[[], Awaitable[object]]) -> None:
    """Run a duty; a fault is logged, and the duty comes round again."""
    try:
        await duty()
    except TelegramError as error:
        log.warning("duty_failed", duty=name, error=type(error).__name__)
    except Exception as error:
        log_fault("duty_failed", error, duty=name)
