"""What the sandbox answers when it refuses something."""

from typing import Any


class ApiError(Exception):
    """A request was refused; the caller reads why in `description`.

    Bots get the words that Telegram uses. People (`/client`) get a sentence of the sandbox's own.

    Args:
        code: the HTTP status, which the Bot API repeats as `error_code`.
        description: the whole text, with its prefix such as "Bad Request: ".
        retry_after: seconds to wait, with 429 only.
        migrate_to_chat_id: where a group has gone that became a supergroup.
    """

    def __init__(
        self, code: int, description: str, retry_after: int | None = None, *, migrate_to_chat_id: int | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrate_to_chat_id = migrate_to_chat_id

    def as_json(self) -> dict[str, Any]:
        """The body of the answer, as the Bot API shapes it."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        elif self.migrate_to_chat_id is not None:
            body["parameters"] = {"migrate_to_chat_id": self.migrate_to_chat_id}
        return body


def bad_request(reason: str) -> ApiError:
    """A 400 with Telegram's prefix."""
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    """A 403 with Telegram's prefix."""
    return ApiError(403, f"Forbidden: {reason}")


def not_implemented(what: str) -> ApiError:
    """A 501: Telegram can do it and the sandbox cannot, which it says rather than pretend."""
    return ApiError(501, f"Not Implemented: {what} is not implemented in the sandbox")


def too_many_requests(retry_after: int) -> ApiError:
    """A 429 that says how many seconds to wait."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after)
