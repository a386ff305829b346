"""A person at the sandbox's chat client, over its real HTTP door: types, presses, reads, blocks."""

import asyncio
import json
from collections.abc import Callable
from contextlib import closing, suppress
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp

PATIENCE_SECONDS = 10.0
Message = dict[str, Any]
Found = TypeVar("Found")


def words_of(message: Message) -> str:
    """Give the words of a message: its text, or the caption of its picture."""
    return message["text"] or message.get("caption") or ""


class Person:
    """An account with the bot's chat open.

    Attributes:
        messages: the chat by message id, kept up to date by server-sent events.
        notices: what the bot's answers to presses said, newest last.
    """

    def __init__(self, http: aiohttp.ClientSession, base: str, account: int, bot: int) -> None:
        self.account = account
        self.messages: dict[int, Message] = {}
        self.notices: list[str] = []
        self.answers = 0
        self._http = http
        self._peer = bot
        self._base = f"{base}/client/accounts/{account}/chats/{bot}"
        self._events = f"{base}/client/events?account={account}"
        self._changed = asyncio.Condition()
        self._listener: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        """Open the stream of events; it is open when this returns."""
        answer = await self._http.get(self._events, timeout=aiohttp.ClientTimeout(total=None))
        answer.raise_for_status()
        self._listener = asyncio.create_task(self._take(answer))

    async def leave(self) -> None:
        """Close the stream."""
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    async def say(self, text: str, entities: list[dict[str, Any]] | None = None) -> int:
        """Send a text and give its message id."""
        body = {"text": text} | ({"entities": entities} if entities else {})
        return int((await self._post("messages", body))["message"]["message_id"])

    async def forward(self, message_id: int, source: int | None = None) -> int:
        """Forward a message of this chat, or of one's chat with somebody else, to the bot; give the new one's id."""
        body = {"message_id": message_id} | ({"from": source} if source else {})
        return int((await self._post("forwards", body))["message"]["message_id"])

    async def cannot_forward(self, message_id: int) -> bool:
        """Try to forward a message, and tell whether Telegram's app refuses."""
        async with self._http.post(f"{self._base}/forwards", json={"message_id": message_id}) as answer:
            return answer.status == HTTPStatus.CONFLICT

    async def send_sticker(self) -> None:
        """Send a sticker."""
        await self._post("messages", {"sticker": "👍"})

    async def press(self, label: str, *, message_id: int | None = None) -> None:
        """Press the newest button whose text contains the label, and wait for the bot's answer to it."""
        found, data = await self._wait_for(lambda: self._button(label, message_id), f"a button '{label}'")
        await self.press_data(found, data)

    async def press_data(self, message_id: int, data: str) -> None:
        """Send callback data as a modified client could, and wait for the answer."""
        before = self.answers
        await self._post("presses", {"message_id": message_id, "data": data})
        await self._wait_for(lambda: self.answers > before, "an answer to the press")

    async def reads(self, text: str, *, after: int = 0) -> Message:
        """Wait for a message of the bot that contains the text, newer than a given message id, and give it."""
        return await self._wait_for(lambda: self._message(text, after), f"a message with '{text}'")

    async def block(self) -> None:
        """Block the bot."""
        await self._post("block", {})

    async def unblock(self) -> None:
        """Unblock the bot."""
        await self._post("unblock", {})

    async def menu(self) -> list[str]:
        """Give the commands of the menu as this person sees it."""
        async with self._http.get(self._base) as answer:
            return [command["command"] for command in (await answer.json())["commands"]]

    async def answered(self, number: int) -> None:
        """Wait until so many presses have been answered since the chat was opened."""
        await self._wait_for(lambda: self.answers >= number, f"{number} answers to presses")

    async def button(self, label: str) -> tuple[int, str]:
        """Wait for a button whose text contains the label, and give its message id and data; the newest one."""
        return await self._wait_for(lambda: self._button(label, None), f"a button '{label}'")

    def buttons(self, message: Message) -> list[str]:
        """Give the texts of a message's buttons."""
        rows = (message["reply_markup"] or {}).get("inline_keyboard", [])
        return [button["text"] for row in rows for button in row]

    def is_bots(self, message: Message) -> bool:
        """Tell whether a message is by the bot."""
        return bool(message["from"]["is_bot"])

    def received(self) -> list[str]:
        """Give the texts of the bot's messages, oldest first."""
        return [words_of(message) for _, message in sorted(self.messages.items()) if self.is_bots(message)]

    @property
    def newest(self) -> int:
        """Id of the newest message of the chat, 0 in an empty one."""
        return max(self.messages, default=0)

    def _message(self, text: str, after: int) -> Message | None:
        for message_id, message in sorted(self.messages.items(), reverse=True):
            if message_id > after and self.is_bots(message) and text in words_of(message):
                return message
        return None

    def _button(self, label: str, wanted: int | None) -> tuple[int, str] | None:
        for message_id, message in sorted(self.messages.items(), reverse=True):
            rows = (message["reply_markup"] or {}).get("inline_keyboard", [])
            for button in (button for row in rows for button in row):
                if label in button["text"] and wanted in {None, message_id}:
                    return message_id, button.get("callback_data", "")
        return None

    async def _wait_for(self, look: Callable[[], Found | None], what: str) -> Found:
        async with self._changed:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._changed.wait_for(look)
            except TimeoutError:
                chat = "\n---\n".join(self.received()[-5:])
                raise AssertionError(f"{self.account} waited for {what}; the chat ends with:\n{chat}") from None
            found = look()
        assert found is not None
        return found

    async def _post(self, action: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self._http.post(f"{self._base}/{action}", json=body) as answer:
            assert answer.status < 400, f"{action}: {answer.status} {await answer.text()}"
            return dict(await answer.json())

    async def _take(self, answer: aiohttp.ClientResponse) -> None:
        kind = ""
        with closing(answer):
            async for line in answer.content:
                text = line.decode().strip()
                if text.startswith("event:"):
                    kind = text.removeprefix("event:").strip()
                elif text.startswith("data:"):
                    async with self._changed:
                        self._note(kind, json.loads(text.removeprefix("data:")))
                        self._changed.notify_all()

    def _note(self, kind: str, data: dict[str, Any]) -> None:
        if data["peer"] != self._peer:
            return
        match kind:
            case "message" | "edit":
                self.messages[data["message"]["message_id"]] = data["message"]
            case "delete":
                self.messages.pop(data["message_id"], None)
            case "answer":
                self.answers += 1
                self.notices.append(data["text"] or "")
