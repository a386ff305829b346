"""/threat-level.json: every level in force, as a document that a cache may keep."""

from datetime import timedelta

import orjson
from starlette.requests import Request
from starlette.responses import Response

from alerts.levels.register import CurrentLevel, Register
from bot.http.reply import JSON, cached_reply


class ThreatLevels:
    """Answers /threat-level.json."""

    def __init__(self, register: Register) -> None:
        self._register = register

    async def answer(self, request: Request) -> Response:
        """Give the levels; a level that nobody has read or set yet is null."""
        found = await self._register.current()
        body = orjson.dumps({"levels": [_entry(one) for one in found]}, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)
        changed = [one.reading.seen_at for one in found if one.reading]
        changed += [one.reading.seen_at + _limit(one) for one in found if one.reading and one.is_stale]
        return cached_reply(request, body, JSON, max(changed, default=None))


def _limit(one: CurrentLevel) -> timedelta:
    return timedelta(hours=one.scheme.stale_after_hours)


def _entry(one: CurrentLevel) -> dict[str, object]:
    scheme, reading, level = one.scheme, one.reading, one.level
    return {
        "scheme": scheme.code,
        "name": scheme.name,
        "area": scheme.area,
        "set_by": scheme.set_by,
        "level": level.name if level else None,
        "rank": level.rank if level else None,
        "ranks": len(scheme.levels),
        "definition": (level.definition or None) if level else None,
        "since": reading.since if reading else None,
        "seen_at": reading.seen_at.replace(microsecond=0) if reading else None,
        "source": reading.source if reading else None,
        "stale": one.is_stale,
        "stale_after_hours": scheme.stale_after_hours,
        "official_address": scheme.official_address,
    }
