"""The composition root: builds every part, starts them in order, stops them in reverse."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from telegram.ext import ExtBot

from alerts.audit.daily import DailyLink
from alerts.delivery.chats import CHAT_SPACING_SECONDS
from alerts.delivery.dispatcher import Dispatcher
from alerts.delivery.pacer import Pacer
from alerts.delivery.queue import LostLead, Queue
from alerts.people.notices import NoticeKind, Notices
from alerts.pictures.album import Album
from alerts.pictures.studio import Studio
from alerts.publishing.feeds import SOURCES
from alerts.publishing.feeds.source import watched
from alerts.publishing.feeds.watch import NewsWatch
from alerts.publishing.files import Files
from alerts.store.conversations import Conversations
from bot.domain import Domain
from bot.fetch import HttpFetch
from bot.front import front_desk
from bot.http.surface import surface
from bot.levels import level_reported
from bot.memory import share_one_heap
from bot.people import people_notices
from bot.releases import Releases
from bot.settings import Settings
from bot.telegram.follow import Follower
from bot.telegram.inbox import Inbox, Reception
from bot.telegram.limiter import ReplyLimiter
from bot.telegram.menus import Menus
from bot.telegram.polling import POLL_SECONDS, Poller
from bot.telegram.request import AiohttpRequest
from bot.telegram.sender import TelegramSender
from bot.telegram.tell import Teller
from bot.upkeep import Upkeep
from handlers.level_pictures import LevelPictures
from handlers.photos import Photos

CONNECTIONS_AT_LEAST = 8
CONNECTIONS_AT_MOST = 64
"""At 1,000 messages a second they keep the rate while an answer takes up to 64 ms; at 300 and less, up to 200 ms."""

STOP_SECONDS = 6.0
"""How long a stop waits for what is under way; the whole stop takes less than ten seconds."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(
    settings: Settings,
    domain: Domain,
    wake: asyncio.Event,
    *,
    chat_spacing_seconds: float = CHAT_SPACING_SECONDS,
    lost: asyncio.Event | None = None,
) -> AsyncIterator[ExtBot[None]]:
    """Run the bot while the caller is inside: the database is open and migrated, everything else is built here.

    Args:
        settings: the environment.
        domain: the use cases.
        wake: set when rows were queued; the same that the domain got.
        chat_spacing_seconds: how far messages to one chat are kept apart; a server without limits needs none.
        lost: set when the right to send is lost: nothing is sent or polled from then on. It is set here, too, when the
            database says that another process has taken over.

    Raises:
        InvalidToken: Telegram refuses the token.
        ListenError: the HTTP surface cannot have its address.
        NetworkError: Telegram cannot be reached at the start.
    """
    share_one_heap()
    clock, texts, store = domain.clock, domain.texts, domain.store
    rate = settings.rate
    connections = min(max(CONNECTIONS_AT_LEAST, rate // 5), CONNECTIONS_AT_MOST)
    token = settings.bot_token.get_secret_value()

    out = AiohttpRequest(connections=connections)
    sender = TelegramSender(
        out,
        f"{settings.api_url}/bot{token}/",
        domain.desk,
        Files(store),
        domain.outgoing,
        follow_ups=domain.follow_ups,
        words=domain.changes,
        is_paid=settings.paid_broadcast,
    )
    pacer = Pacer(clock, rate, chat_spacing_seconds, sender.is_ready)
    bot: ExtBot[None] = ExtBot(
        token,
        base_url=f"{settings.api_url}/bot",
        base_file_url=f"{settings.api_url}/file/bot",
        request=out,
        get_updates_request=AiohttpRequest(connections=2, answer_seconds=POLL_SECONDS + 10),
        rate_limiter=ReplyLimiter(pacer),
    )
    album, boards, charts = Album(store, clock), Studio(clock), Studio(clock)
    pictures = LevelPictures(texts, boards, charts, settings.theme) if settings.theme else None
    releases = Releases.build(domain, Conversations(store, clock))
    front, progress, replies = front_desk(settings, domain, bot, Photos(bot, album, clock), pictures, releases)
    reception = Reception(Inbox(store, clock), bot, front.handle, front.only_reads, clock)
    poller = Poller(bot, reception, clock)
    queue = Queue(store, holder=secrets.token_hex(8), on_expired=domain.desk.note_expired)
    dispatcher = Dispatcher(
        queue=queue,
        pacer=pacer,
        sender=sender,
        clock=clock,
        wake=wake,
        workers=connections,
        per_second=rate,
        jitter=random.random,
    )
    notices, news = Notices(store, clock), watched(settings.news_feeds, SOURCES)
    upkeep = Upkeep(
        store=store,
        desk=domain.desk,
        inbox=Inbox(store, clock),
        menus=Menus(bot, store, domain.roster, texts),
        follower=Follower(domain.desk, progress, replies),
        reviewer=releases.reviewer(domain, replies),
        teller=Teller(
            notices,
            replies,
            texts,
            {
                NoticeKind.LEVEL_REPORTED: level_reported(domain).screens,
                **people_notices(domain, lambda: bot.username),
                **releases.notices,
            },
        ),
        notices=notices,
        daily_link=DailyLink(store, clock, settings.zone, settings.audit_link_time),
        album=album,
        clockwork=domain.clockwork,
        exercises=domain.exercises,
        self_test=domain.self_test,
        holds=domain.holds,
        watch=domain.watch,
        intake=domain.intake,
        feeds=domain.feeds,
        incoming=domain.incoming,
        invitations=domain.invitations,
        news=NewsWatch(
            store=store,
            clock=clock,
            feeds=news,
            fetch=HttpFetch(),
            incoming=domain.incoming,
            chance=random.random,
        ),
        clock=clock,
    )

    dispatching: list[asyncio.Task[None]] = []

    def is_sending() -> bool:
        return any(not task.done() for task in dispatching)

    async with surface(domain, settings.listen, is_sending, news), bot:
        await upkeep.beat()
        log.info("started", bot=bot.username, rate_per_second=rate)
        await domain.roster.make_first_owners(settings.owners)
        await domain.library.take_in()
        await queue.take_over(clock.now())
        await reception.resume()
        upkeep.start()
        lost = lost or asyncio.Event()
        sending = asyncio.create_task(_until_lost(dispatcher, lost))
        dispatching.append(sending)
        polling = asyncio.create_task(poller.run())
        giving_up = asyncio.create_task(_give_up(lost, dispatcher, poller))
        try:
            yield bot
        finally:
            giving_up.cancel()
            poller.stop()
            dispatcher.stop()
            ends = {polling, sending, asyncio.create_task(reception.drain(STOP_SECONDS))}
            _, late = await asyncio.wait(ends, timeout=STOP_SECONDS + 1)
            for task in late:
                task.cancel()
            await asyncio.gather(*ends, giving_up, return_exceptions=True)
            await upkeep.stop()
            await asyncio.gather(boards.aclose(), charts.aclose())
            log.info("stopped")


async def _until_lost(dispatcher: Dispatcher, lost: asyncio.Event) -> None:
    """Send until stopped; when another process has taken over, say so."""
    try:
        await dispatcher.run()
    except LostLead as error:
        log.error("sending_lost", error=str(error))  # noqa: TRY400 - the sentence says it all
        lost.set()


async def _give_up(lost: asyncio.Event, dispatcher: Dispatcher, poller: Poller) -> None:
    """Stop sending and polling once the right to is lost."""
    await lost.wait()
    dispatcher.stop()
    poller.stop()
