"""/health: is the database there, does the bot send, and are its sources read?"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from alerts.clock import Clock
from alerts.drills.selftest import SelfTest
from alerts.errors import StoreError
from alerts.store import Store
from bot.http.reply import json_reply
from bot.http.standings import Standings
from bot.upkeep import HEARTBEAT, HEARTBEAT_SECONDS

LATE = timedelta(seconds=3 * HEARTBEAT_SECONDS)


class Health:
    """Answers /health: 200 while the database answers and the bot sends, else 503. A source that fails is only told.

    Args:
        store: the database.
        clock: the source of time.
        is_sending: tells whether the dispatcher runs.
        standings: give each source with its last good reading.
        self_test: knows how the last self-test ended.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        is_sending: Callable[[], bool],
        standings: Sequence[Standings] = (),
        self_test: SelfTest | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._is_sending = is_sending
        self._standings = tuple(standings)
        self._self_test = self_test

    async def answer(self, _request: Request) -> Response:
        """Give the state of everything."""
        try:
            beat = await self._store.fact(HEARTBEAT)
            tested = await self._self_test.newest() if self._self_test else None
            sources = [standing for give in self._standings for standing in await give()]
        except StoreError as error:
            document = {"ok": False, "database": {"ok": False, "detail": str(error)}, "dispatcher": None, "sources": []}
            document["self_test"] = None
            return json_reply(document, status=503)
        beaten_at = datetime.fromisoformat(beat.split()[0]) if beat else None
        is_alive = beaten_at is not None and self._clock.now() - beaten_at <= LATE and self._is_sending()
        document = {
            "ok": is_alive,
            "database": {"ok": True, "detail": ""},
            "dispatcher": {"ok": is_alive, "heartbeat_at": beaten_at},
            "sources": [
                {"name": one.name, "ok": one.ok, "last_good_at": one.last_good_at, "detail": one.detail}
                for one in sources
            ],
            "self_test": {"ok": tested.has_passed, "at": tested.judged_at, "detail": tested.failure}
            if tested and tested.judged_at
            else None,
        }
        return json_reply(document, status=200 if is_alive else 503)
