"""The part of the door for people where they type a bot's name and choose what it offers (docs/sandbox.md)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.inline import ask_inline, choose_result, find_query
from bot.sandbox.replies import as_json, body, required, route
from bot.sandbox.world import World


class InlineDoor:
    """Serves inline queries from a world.

    Args:
        world: the state.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What it answers to."""
        queries = "/client/accounts/{account:int}/inline"
        return [
            route(queries, self._ask, "POST"),
            route(f"{queries}/{{query}}", self._show),
            route(f"{queries}/{{query}}/choice", self._choose, "POST"),
        ]

    async def _ask(self, request: Request) -> Response:
        given = await body(request)
        chat = self._world.chat(request.path_params["account"], required(given, "peer", int))
        bot = self._world.bot(required(given, "bot", int))
        query = ask_inline(self._world, chat, bot, required(given, "query", str))
        return as_json({"inline_query_id": query.id}, 202)

    async def _show(self, request: Request) -> Response:
        query = find_query(self._world, request.path_params["account"], request.path_params["query"])
        offered = None if query.results is None else [result.for_people() for result in query.results]
        return as_json({"results": offered})

    async def _choose(self, request: Request) -> Response:
        given = await body(request)
        chat = self._world.chat(request.path_params["account"], required(given, "peer", int))
        message = choose_result(self._world, chat, request.path_params["query"], required(given, "result_id", str))
        return as_json({"message": message.for_people()}, 201)
