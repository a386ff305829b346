"""The part of the door for people where they send files, fetch them, and forward messages (docs/sandbox.md)."""

from typing import Any
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.chats import Chat
from bot.sandbox.errors import ApiError
from bot.sandbox.forms import Upload, read_parameters
from bot.sandbox.groups import Seat
from bot.sandbox.media import PHOTO, UNKNOWN_TYPE
from bot.sandbox.replies import HEADERS, as_json, body, number, optional, required, route
from bot.sandbox.world import World


class ParcelDoor:
    """Serves what comes and goes as a file from a world.

    Args:
        world: the state.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What it answers to."""
        chat = "/client/accounts/{account:int}/chats/{peer}"
        return [
            route(f"{chat}/files", self._say_file, "POST"),
            route(f"{chat}/forwards", self._forward, "POST"),
            route("/client/files/{serial:int}", self._download),
        ]

    async def _say_file(self, request: Request) -> Response:
        chat, given = self._find(request), await read_parameters(request.scope, request.receive)
        file, caption, kind = given.get("file"), given.get("caption", ""), given.get("as", "document")
        if not isinstance(file, Upload):
            raise ApiError(400, "The form has to bring a file.")
        entities = _entities(given.get("entities"))
        if kind == "photo":
            message = self._world.say_photo(chat, file.data, caption, entities)
        elif kind == "document":
            message = self._world.say_document(chat, file.data, file.file_name, file.mime_type, caption, entities)
        else:
            raise ApiError(400, "A file is sent as a photo or as a document.")
        return as_json({"message": message.for_people()}, 201)

    async def _forward(self, request: Request) -> Response:
        chat, given = self._find(request), await body(request)
        message_id, peer = required(given, "message_id", int), optional(given, "from", int)
        source = chat if peer is None else self._world.chat(request.path_params["account"], peer)
        if message_id not in source.messages:
            raise ApiError(404, f"There is no message {message_id} in this chat.")
        message = self._world.forward(chat, source.messages[message_id])
        return as_json({"message": message.for_people()}, 201)

    async def _download(self, request: Request) -> Response:
        """Give out a file; of documents the browser shows none, since they may hold a script."""
        media = self._world.library.at(request.path_params["serial"])
        if media is None:
            raise ApiError(404, "There is no such file.")
        if media.kind == PHOTO:
            return Response(media.data, headers=HEADERS, media_type=media.mime_type)
        name = quote(media.file_name or "", safe="")
        headers = {**HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(media.data, headers=headers, media_type=UNKNOWN_TYPE)

    def _find(self, request: Request) -> Chat | Seat:
        return self._world.chat(request.path_params["account"], number(request.path_params["peer"], "peer"))


def _entities(given: Any) -> list[Any]:
    """The list in the field of a form, which holds it as JSON."""
    try:
        entities = orjson.loads(given) if given else []
    except orjson.JSONDecodeError:
        entities = None
    if not isinstance(entities, list):
        raise ApiError(400, "The field entities is a list.")
    return entities
