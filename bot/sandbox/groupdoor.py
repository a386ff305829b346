"""The part of the door for people where groups are founded and their members changed (docs/sandbox.md)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.errors import ApiError
from bot.sandbox.groups import Group
from bot.sandbox.replies import as_json, body, number, optional, required, route
from bot.sandbox.world import World


class GroupDoor:
    """Serves /client/groups from a world.

    Args:
        world: the state.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What it answers to."""
        group = "/client/groups/{group}"
        return [
            route("/client/groups", self._add, "POST"),
            route(group, self._show),
            route(f"{group}/members", self._set_member, "POST"),
            route(f"{group}/bots", self._set_bot, "POST"),
            route(f"{group}/migrate", self._migrate, "POST"),
        ]

    async def _add(self, request: Request) -> Response:
        given = await body(request)
        members, bots = _ids(given, "members"), _ids(given, "bots")
        for user_id in members:
            self._world.account(user_id)
        for user_id in bots:
            self._world.bot(user_id)
        group = self._world.add_group(
            title=optional(given, "title", str) or "",
            kind=optional(given, "kind", str) or "group",
            creator=required(given, "creator", int),
            id=optional(given, "id", int),
        )
        for user_id in dict.fromkeys(members):
            if user_id not in group.seats:
                self._world.add_member(group, user_id)
        for user_id in dict.fromkeys(bots):
            self._world.add_bot(group, user_id)
        return as_json(_described(group), 201)

    async def _show(self, request: Request) -> Response:
        return as_json(_described(self._group(request)))

    async def _set_member(self, request: Request) -> Response:
        return await self._set(request, "account")

    async def _set_bot(self, request: Request) -> Response:
        return await self._set(request, "bot")

    async def _set(self, request: Request, name: str) -> Response:
        group, given = self._group(request), await body(request)
        user_id, by = required(given, name, int), optional(given, "by", int)
        status, rights = optional(given, "status", str) or "member", optional(given, "rights", dict) or {}
        if not all(type(value) is bool for value in rights.values()):
            raise ApiError(400, "A right is true or false.")
        seat = group.seats.get(user_id)
        if status in ("member", "administrator") and (seat is None or not seat.is_inside):
            self._add_user(group, user_id, name, by=by, rights=rights if status == "administrator" else None)
        else:
            self._change(group, user_id, status, by=by, rights=rights)
        return as_json(_described(group))

    def _add_user(
        self, group: Group, user_id: int, name: str, *, by: int | None, rights: dict[str, bool] | None
    ) -> None:
        """Let an account or a bot in, as an administrator if there are rights."""
        if name == "bot":
            self._world.add_bot(group, user_id, by=by, administrator=rights is not None, **(rights or {}))
            return
        self._world.add_member(group, user_id, by=by)
        if rights is not None:
            self._world.promote(group, user_id, by=by, **rights)

    def _change(self, group: Group, user_id: int, status: str, *, by: int | None, rights: dict[str, bool]) -> None:
        """Lead somebody who is or was in a group from one status to another."""
        world, seat = self._world, group.seats.get(user_id)
        if status == "administrator":
            world.promote(group, user_id, by=by, **rights)
        elif status == "restricted":
            world.restrict(group, user_id, by=by, **rights)
        elif status == "kicked":
            world.remove_member(group, user_id, by=by)
        elif status == "member" and seat is not None and seat.status == "administrator":
            world.demote(group, user_id, by=by)
        elif status == "member" or (status == "left" and seat is not None and seat.status == "kicked"):
            world.lift(group, user_id, by=by)
        elif status == "left":
            world.remove_member(group, user_id, by=user_id)
        else:
            raise ApiError(400, "A status is one of administrator, member, restricted, left and kicked.")

    async def _migrate(self, request: Request) -> Response:
        return as_json(_described(self._world.migrate(self._group(request))))

    def _group(self, request: Request) -> Group:
        return self._world.group(number(request.path_params["group"], "group"))


def _described(group: Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "kind": group.kind,
        "title": group.title,
        "members": [
            {
                "id": seat.user.id,
                "is_bot": seat.user.is_bot,
                "name": seat.user.name,
                "status": seat.status,
                "is_anonymous": seat.is_anonymous,
            }
            for seat in group.members()
        ],
    }


def _ids(given: dict[str, Any], name: str) -> list[int]:
    ids: list[int] = optional(given, name, list) or []
    if not all(type(value) is int for value in ids):
        raise ApiError(400, f"The field {name} is a list of ids.")
    return ids
