"""The part of the door for people where drills and benchmarks set the stage: /control (docs/sandbox.md)."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.errors import ApiError
from bot.sandbox.faults import Faults
from bot.sandbox.replies import as_json, body, optional, required, route
from bot.sandbox.world import World

_MOST_ACCOUNTS = 100_000


class ControlDoor:
    """Serves /control.

    Args:
        world: the state.
        faults: what goes wrong on purpose.
    """

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults

    def routes(self) -> list[Route]:
        """What it answers to."""
        return [
            route("/control/faults", self._show_faults),
            route("/control/faults", self._replace_faults, "PUT"),
            route("/control/faults", self._add_fault, "POST"),
            route("/control/faults", self._clear_faults, "DELETE"),
            route("/control/accounts", self._add_accounts, "POST"),
            route("/control/stats", self._stats),
            route("/control/reset", self._reset, "POST"),
        ]

    async def _show_faults(self, _request: Request) -> Response:
        return as_json(self._faults.as_json())

    async def _replace_faults(self, request: Request) -> Response:
        given = await body(request)
        rules = required(given, "rules", list)
        if not all(isinstance(rule, Mapping) for rule in rules):
            raise ApiError(400, "A rule is a JSON object.")
        self._faults.replace(rules, seed=optional(given, "seed", int) or 0)
        return as_json(self._faults.as_json())

    async def _add_fault(self, request: Request) -> Response:
        self._faults.add(await body(request))
        return as_json(self._faults.as_json(), 201)

    async def _clear_faults(self, _request: Request) -> Response:
        self._faults.clear()
        return as_json({})

    async def _add_accounts(self, request: Request) -> Response:
        given = await body(request)
        count, bot_id = required(given, "count", int), optional(given, "bot", int)
        if not 0 < count <= _MOST_ACCOUNTS:
            raise ApiError(400, f"The count is a number from 1 to {_MOST_ACCOUNTS:,}.")
        bots = [self._world.bot(bot_id)] if bot_id is not None else self._world.bots.values()
        ids = self._world.add_crowd(count, *(bots if optional(given, "start", bool) else ()))
        return as_json({"first_id": ids[0], "last_id": ids[-1], "count": count}, 201)

    async def _stats(self, _request: Request) -> Response:
        journal = self._world.journal
        by_status = {str(status or "none"): count for status, count in journal.by_status.items()}
        return as_json(
            {
                "sent": journal.sent,
                "by_status": by_status,
                "accounts": len(self._world.accounts),
                "chats": sum(len(bot.chats) for bot in self._world.bots.values()),
            }
        )

    async def _reset(self, _request: Request) -> Response:
        self._faults.clear()
        self._world.journal.clear()
        return as_json({})
