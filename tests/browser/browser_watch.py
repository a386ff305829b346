"""What a browser test must not do: ask others for anything, complain on the console, leave processes behind."""

import os
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

_POLL_SECONDS = 0.05


class Watch:
    """Collects what a page should not do.

    Args:
        origin: the only one that pages may ask.

    Attributes:
        complaints: requests to other origins, errors and warnings on the console, scripts that failed.
    """

    def __init__(self, origin: str) -> None:
        self.complaints: list[str] = []
        self._origin = origin

    def over(self, context: BrowserContext) -> None:
        """Watch all pages of a context."""
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", self._failed)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(f"{self._origin}/"):
            self.complaints.append(f"asked {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type} on the console: {message.text}")

    def _failed(self, error: WebError) -> None:
        self.complaints.append(f"script failed: {error.error}")


def descendants() -> set[int]:
    """Give the processes that this one has started, and those that they have, where the system tells (/proc)."""
    parents = {process: parent for process, (_, parent) in _processes().items()}
    found: set[int] = set()
    newest = {os.getpid()}
    while newest:
        newest = {process for process, parent in parents.items() if parent in newest}
        found |= newest
    return found


def left_over(processes: set[int], patience_seconds: float) -> set[int]:
    """Wait for processes to end, and give those that have not."""
    until = time.monotonic() + patience_seconds
    while True:
        running = {process for process, (state, _) in _processes().items() if state != "Z"}
        if not processes & running or time.monotonic() > until:
            return processes & running
        time.sleep(_POLL_SECONDS)


def _processes() -> dict[int, tuple[str, int]]:
    """Give the state and the parent of every process; a dead one that nobody has asked after is in state Z."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        found[int(file.parent.name)] = (state, int(parent))
    return found
