"""Who is at the door: the source that holds a request's token."""

from collections import OrderedDict, deque

import structlog
from starlette.requests import Request

from alerts.clock import Clock
from alerts.intake.source import Source, SourceKind
from alerts.intake.sources import Sources
from bot.http.problem import Problem

WRONG_AT_MOST = 10
WRONG_SECONDS = 60.0
"""So many wrong tokens from one address in so many seconds are answered one by one; then it has to wait."""

ADDRESSES_REMEMBERED = 1000
TOKEN_LENGTH_AT_MOST = 200

log = structlog.get_logger(__name__)


class Guard:
    """Knows sources by their tokens, and slows down who guesses.

    A right token passes whatever came before it: behind a proxy all have one address, and no stranger may lock a source
    out. A token has 256 bits, so that guessing is hopeless anyway; the limit keeps the log
    readable.
    """

    def __init__(self, sources: Sources, clock: Clock) -> None:
        self._sources = sources
        self._clock = clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    async def holder(self, request: Request, kind: SourceKind) -> Source:
        """Give the source whose token a request carries.

        Raises:
            Problem: there is no token, a wrong one, or the source uses another door.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            message = "a token is needed: Authorization: Bearer TOKEN"
            raise Problem(401, "token-missing", message, WWW_Authenticate='Bearer realm="cascade"')
        address = request.client.host if request.client else ""
        source = await self._sources.holder_of(token) if len(token) <= TOKEN_LENGTH_AT_MOST else None
        if source is None:
            raise self._refusal(address)
        if source.kind is not kind:
            message = f"the source {source.code} is of the kind {source.kind}, which does not use this door"
            raise Problem(403, "other-door", message)
        return source

    def _refusal(self, address: str) -> Problem:
        """Count a wrong token, and give the answer to it."""
        now = self._clock.monotonic()
        wrong = self._wrong.setdefault(address, deque(maxlen=WRONG_AT_MOST))
        self._wrong.move_to_end(address)
        if len(self._wrong) > ADDRESSES_REMEMBERED:
            self._wrong.popitem(last=False)
        if len(wrong) == WRONG_AT_MOST and now - wrong[0] < WRONG_SECONDS:
            seconds = int(WRONG_SECONDS - (now - wrong[0])) + 1
            message = f"too many wrong tokens came from this address: wait {seconds} seconds"
            return Problem(429, "too-many-wrong-tokens", message, Retry_After=str(seconds))
        wrong.append(now)
        log.warning("intake_token_refused", address=address)
        return Problem(401, "token-wrong", "no source holds this token", WWW_Authenticate='Bearer realm="cascade"')
