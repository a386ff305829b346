"""`cascade run`, `demo` and `sandbox`: the programs that stay."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
import typer
from telegram.error import InvalidToken, TelegramError

from alerts.clock import SystemClock
from alerts.errors import CascadeError, StoreError
from alerts.store.migrate import claim_purpose, migrate
from bot.app import running
from bot.cli.console import command, out
from bot.domain import build_domain
from bot.http.listen import ListenError
from bot.lock import LOST, StoppedStandingBy, only_one_runs
from bot.logs import set_up_logging
from bot.settings import Settings, SettingsError, read_settings, settings_without_effect

log = structlog.get_logger(__name__)


@command
async def run(*, verbose: Annotated[bool, typer.Option(help="Log more.")] = False) -> None:
    """Run the bot until it is stopped (Ctrl-C or SIGTERM)."""
    settings = read_settings(needs_token=True)
    secrets = (settings.bot_token.get_secret_value(), settings.secret.get_secret_value())
    set_up_logging(*secrets, is_verbose=verbose)
    for warning in settings_without_effect():
        log.warning("setting_without_effect", detail=warning)
    stopped = _stop_signal()
    try:
        async with _bot(settings, stopped) as lost:
            ends = [asyncio.create_task(event.wait()) for event in (stopped, lost)]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()
            if lost.is_set():
                raise StoreError(LOST)
    except StoppedStandingBy:
        log.info("stopped")


@command
async def demo(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page is served, on this machine only.")] = 8765,
    verbose: Annotated[bool, typer.Option(help="Log more.")] = False,
) -> None:
    """Try everything in the browser: the bot, a pretended Telegram and some people; nothing leaves this machine."""
    from bot.demo import DEMO_TOKEN, demo_running  # noqa: PLC0415 - a bot that runs needs no room for it

    set_up_logging(DEMO_TOKEN, is_verbose=verbose)
    stopped = _stop_signal()
    try:
        async with demo_running(port) as address:
            out.print(f"Cascade demo: open {address} (Ctrl-C ends it)", markup=False)
            await stopped.wait()
    except OSError as error:
        raise CascadeError(error.strerror or str(error)) from None


@command
async def sandbox(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8081,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    token: Annotated[
        list[str] | None, typer.Option(help="A token to accept; none accepts all well-formed ones.")
    ] = None,
) -> None:
    """Run the pretended Telegram alone, for drills and tests; set CASCADE_API_URL to its address."""
    from bot.sandbox import Sandbox, serve  # noqa: PLC0415 - a bot that runs needs no room for it

    set_up_logging(*(token or ()))
    stopped = _stop_signal()
    tokens = dict.fromkeys(token, "Cascade") if token else None
    try:
        async with serve(Sandbox(tokens=tokens, listen_host=host).app, host=host, port=port) as address:
            out.print(f"Bot API sandbox: {address} (chat page there too; Ctrl-C ends it)", markup=False)
            await stopped.wait()
    except OSError as error:
        raise CascadeError(error.strerror or str(error)) from None


@asynccontextmanager
async def _bot(settings: Settings, stopped: asyncio.Event) -> AsyncIterator[asyncio.Event]:
    """Stand by until the database is ours, then run the bot over it; trouble at the start ends it with one line.

    Yields:
        An event that is set when another process may run on the database, so that this one must stop.
    """
    wake = asyncio.Event()
    domain = build_domain(settings, SystemClock(), wake)
    try:
        await domain.record.refuse_foreign_secret()  # now, and not when this machine has to take over from another
        async with only_one_runs(domain.store, domain.clock, stopped) as lost:
            await migrate(domain.store)
            await claim_purpose(domain.store, "live")
            await domain.record.prove_secret()
            async with running(settings, domain, wake, lost=lost):
                yield lost
    except ListenError as error:
        raise SettingsError(f"CASCADE_HTTP_LISTEN: {error}") from None
    except InvalidToken:
        raise SettingsError(f"CASCADE_BOT_TOKEN: {settings.api_url} refuses it") from None
    except TelegramError as error:
        raise CascadeError(f"CASCADE_API_URL: {settings.api_url} cannot be reached: {error.message}") from None
    finally:
        await domain.store.close()


def _stop_signal() -> asyncio.Event:
    """Give an event that the first SIGINT or SIGTERM sets; asked for before the start, so that none is missed.

    A second one ends the process at once.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def stop() -> None:
        stopped.set()
        for number in numbers:
            loop.remove_signal_handler(number)

    for number in numbers:
        loop.add_signal_handler(number, stop)
    return stopped
