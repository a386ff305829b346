"""The answerer as the benchmark uses it: a process on a core of its own, and its side doors."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from benchmarks.machine import Broken, Child


class Server:
    """A running answerer.

    Attributes:
        address: where bots find it.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.address = f"http://127.0.0.1:{port}"

    def reset(self, *, limit: int | None = None, latency_seconds: float = 0.0) -> None:
        """Begin a run.

        Args:
            limit: messages a second, above which one more is let through and the next refused; None for no limit.
            latency_seconds: how long each message waits for its answer.
        """
        limited = {} if limit is None else {"limit": limit}
        self.get("/reset", latency=latency_seconds, **limited)

    def figures(self, chats: range | None = None, marks: tuple[int, ...] = ()) -> dict[str, Any]:
        """Tell what has come since, to all chats or to these (`Arrivals.figures`), and over how many connections."""
        scope = {} if chats is None else {"low": chats.start, "high": chats.stop}
        figures: dict[str, Any] = self.get("/figures", marks=",".join(map(str, marks)), **scope)
        return figures

    def count(self) -> int:
        """Tell how many messages have come; cheap enough to ask while they do."""
        return int(self.get("/count"))

    def ask(self, chat_id: int, text: str = "/threat") -> tuple[float, float]:
        """Let a person write to the bot, and wait until its answer arrives.

        Returns:
            When they wrote (seconds of the monotonic clock), and the seconds until the answer.

        Raises:
            Broken: the bot did not answer.
        """
        told = self.get("/ask", chat_id=chat_id, text=text)
        if told["seconds"] is None:
            raise Broken("the bot left a command unanswered")
        return told["asked"], told["seconds"]

    def get(self, path: str, **query: Any) -> Any:
        """Make a request at a side door, over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        try:
            connection.request("GET", f"{path}?{urlencode(query)}")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def answering(core: int) -> Iterator[Server]:
    """Run an answerer on a core."""
    with Child("answerer", core) as child:
        yield Server(child.hear())
