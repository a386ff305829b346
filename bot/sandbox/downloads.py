"""The third door, through which bots fetch files: `/file/bot<token>/<file_path>`, as getFile gives the path."""

import orjson

from bot.sandbox.api import Send
from bot.sandbox.errors import ApiError
from bot.sandbox.forms import Receive, Scope
from bot.sandbox.media import UNKNOWN_TYPE
from bot.sandbox.world import World

FILE_PREFIX = "/file/bot"


class FileDoor:
    """Serves the files that bots have asked for with getFile, as an ASGI application.

    Args:
        world: the state that holds them.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Serve one request whose path starts with `FILE_PREFIX`."""
        status, kind = 200, UNKNOWN_TYPE
        try:
            body = self._read(scope)
        except ApiError as error:
            status, kind, body = error.code, "application/json", orjson.dumps(error.as_json())
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _read(self, scope: Scope) -> bytes:
        if scope["method"] not in ("GET", "HEAD"):
            raise ApiError(405, "Method Not Allowed")
        token, _, path = scope["path"][len(FILE_PREFIX) :].partition("/")
        media = self._world.library.lent(self._world.bot_for(token).id, path)
        if media is None:
            raise ApiError(404, "Not Found")
        return media.data
