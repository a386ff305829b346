"""Brings updates to the bots that have set a webhook.

Source: https://core.telegram.org/bots/api#setwebhook. How long Telegram waits between two attempts is not documented.
"""

import asyncio
import ipaddress
import os
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from bot.sandbox.errors import bad_request
from bot.sandbox.people import Bot
from bot.sandbox.updates import Webhook

Execute = Callable[[Bot, bytes], Awaitable[None]]

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
ANSWER_SECONDS = 60.0
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of the header
_LONGEST_SECRET = 256
_SECRET = re.compile(r"[A-Za-z0-9_-]*")
_MOST_CONNECTIONS, _USUAL_CONNECTIONS = 100, 40
_PORTS = (80, 88, 443, 8443)


def read_webhook(params: Mapping[str, Any]) -> Webhook | None:
    """Check what setWebhook was given; None if it takes the webhook away.

    Raises:
        ApiError: 400, it is no address that the sandbox would call, or the secret is malformed.
    """
    url, secret = params.get("url", ""), params.get("secret_token", "")
    if len(secret) > _LONGEST_SECRET:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if not url:
        return None
    _check_address(url)
    connections = params.get("max_connections", _USUAL_CONNECTIONS)
    return Webhook(url, secret, min(max(connections, 1), _MOST_CONNECTIONS))


def _check_address(url: str) -> None:
    """Unlike Telegram, the sandbox also calls this machine, by plain HTTP and on any port."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port or 443
    except ValueError:
        raise bad_request("bad webhook: Invalid URL specified") from None
    if host and scheme in ("http", "https") and _is_here(host):
        return
    if scheme != "https" or not host:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Webhooks:
    """The deliveries to all bots with a webhook, which run while the sandbox is served.

    Args:
        execute: calls the method that stands in the answer of a webhook.
        clock: gives Unix seconds.
        waits: seconds between the attempts for one update; the last is for all that follow.
        answer_seconds: how long a webhook may take to answer.
    """

    def __init__(
        self,
        execute: Execute,
        clock: Callable[[], float],
        waits: Sequence[float] = WAITS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._execute = execute
        self._now = clock
        self._waits = waits
        self._timeout = aiohttp.ClientTimeout(total=answer_seconds)
        self._session: aiohttp.ClientSession | None = None
        self._deliveries: dict[int, _Delivery] = {}

    def open(self, bots: Iterable[Bot]) -> None:
        """Begin to deliver, also what has waited since before."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=self._timeout)
        for bot in bots:
            self.look_after(bot)

    def look_after(self, bot: Bot) -> None:
        """Deliver as the bot's webhook has it now; to be called whenever that has changed."""
        delivery = self._deliveries.pop(bot.id, None)
        if delivery is not None:
            delivery.stop()
        if self._session is not None and bot.updates.webhook is not None:
            self._deliveries[bot.id] = _Delivery(
                bot, bot.updates.webhook, self._session, self._execute, self._now, self._waits
            )

    async def aclose(self) -> None:
        """Stop; what was not delivered waits on."""
        tasks = [task for delivery in self._deliveries.values() for task in delivery.stop()]
        self._deliveries.clear()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None


class _Delivery:
    """Brings one bot its updates: in order within a chat, and up to so many at once."""

    def __init__(
        self,
        bot: Bot,
        webhook: Webhook,
        session: aiohttp.ClientSession,
        execute: Execute,
        now: Callable[[], float],
        waits: Sequence[float],
    ) -> None:
        self._bot = bot
        self._webhook = webhook
        self._session = session
        self._execute = execute
        self._now = now
        self._waits = waits
        self._slots = asyncio.Semaphore(webhook.max_connections)
        self._lanes: dict[int | None, deque[dict[str, Any]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        bot.updates.follower = self._take
        for update in bot.updates.waiting():
            self._take(update)

    def stop(self) -> set[asyncio.Task[None]]:
        """Deliver nothing more.

        Returns:
            What is still ending.
        """
        self._bot.updates.follower = None
        for task in self._tasks:
            task.cancel()
        return set(self._tasks)

    def _take(self, update: dict[str, Any]) -> None:
        chat_id = _chat_id(update)
        lane = self._lanes.setdefault(chat_id, deque())
        lane.append(update)
        if len(lane) == 1:
            task = asyncio.get_running_loop().create_task(self._empty(chat_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _empty(self, chat_id: int | None) -> None:
        lane = self._lanes[chat_id]
        while lane:
            await self._deliver(lane[0])
            lane.popleft()
        del self._lanes[chat_id]

    async def _deliver(self, update: dict[str, Any]) -> None:
        """Try until the webhook takes the update or nobody wants it any more."""
        updates, update_id = self._bot.updates, update["update_id"]
        for wait in chain(self._waits, repeat(self._waits[-1])):
            async with self._slots:
                if not updates.holds(update_id, self._now()):
                    return
                answer = await self._post(update)
            if answer is not None:
                updates.confirm(update_id)
                await self._execute(self._bot, answer)
                return
            await asyncio.sleep(wait)

    async def _post(self, update: dict[str, Any]) -> bytes | None:
        """Call the webhook once; None if it does not take the update, which its info then tells."""
        headers = {"Content-Type": "application/json"}
        if self._webhook.secret_token:
            headers[_SECRET_HEADER] = self._webhook.secret_token
        try:
            async with self._session.post(
                self._webhook.url, data=orjson.dumps(update), headers=headers, allow_redirects=False
            ) as answer:
                content = await answer.read()
            if 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP
                return content
            problem = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except TimeoutError:
            problem = "Read timeout expired"
        except aiohttp.ClientConnectorDNSError:
            problem = "Failed to resolve host"
        except aiohttp.ClientConnectorError as error:
            problem = os.strerror(error.os_error.errno or 0)
        except (aiohttp.ClientError, OSError):
            problem = "Connection closed"
        self._webhook.last_error_date = int(self._now())
        self._webhook.last_error_message = problem
        return None


def _chat_id(update: Mapping[str, Any]) -> int | None:
    """Where it happened; updates of no chat stand in one line of their own."""
    content = next(value for name, value in update.items() if name != "update_id")
    chat = content.get("chat") or content.get("message", {}).get("chat")
    return chat["id"] if chat else None
