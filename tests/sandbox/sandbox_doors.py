"""A clock that the tests turn by hand, and ways to call the sandbox without a network."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

TOKEN = "4242:sandbox-token"
BOT_ID = 4242


@dataclass
class Clock:
    """Unix seconds that stand still until a test moves them."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        """What time it is."""
        return self.now


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return orjson.loads(self.body)


@dataclass
class Caller:
    """Calls the ASGI application as a server would; `gone` is a client that hangs up."""

    app: Any
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        """One request and its whole answer."""
        parts = urlsplit(target)
        named = {"host": "127.0.0.1:8765", **(headers or {})}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "http",
            "method": method,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8765),
        }
        waiting = [body]
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            if waiting:
                return {"type": "http.request", "body": waiting.pop(), "more_body": False}
            await self.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        answered = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:]))


@dataclass
class BotCaller:
    """Calls Bot API methods with JSON, as one bot."""

    caller: Caller
    token: str = TOKEN

    async def __call__(self, method: str, **params: Any) -> Any:
        """The whole answer, whether ok or not."""
        target = f"/bot{self.token}/{method}"
        return (await self.caller("POST", target, orjson.dumps(params), {"content-type": "application/json"})).json

    async def ok(self, method: str, **params: Any) -> Any:
        """The result of a call that has to succeed."""
        answer = await self(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def refused(self, method: str, **params: Any) -> str:
        """The description of a call that has to fail."""
        answer = await self(method, **params)
        assert not answer["ok"], answer
        assert answer["description"]
        return str(answer["description"])


@dataclass
class PersonCaller:
    """Calls the door for people with JSON."""

    caller: Caller

    async def get(self, target: str) -> Any:
        """The content of an answer."""
        return (await self.caller("GET", target)).json

    async def post(self, target: str, content: Any = None) -> Answer:
        """The answer to a change."""
        body = b"" if content is None else orjson.dumps(content)
        return await self.caller("POST", target, body, {"content-type": "application/json"})
