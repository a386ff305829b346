"""What is wrong with a request, as JSON with one clear sentence."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.http.reply import json_reply


class Problem(Exception):
    """A request cannot be served.

    Args:
        status: of the answer.
        code: what is wrong, for programs.
        message: what is wrong, for people.
        place: the element or field to blame, "" for none.
        headers: more of the answer's.
    """

    def __init__(self, status: int, code: str, message: str, place: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.place = place
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class ProblemDetail(BaseModel):
    """What is wrong."""

    model_config = ConfigDict(title="Problem")

    code: str = Field(description="What is wrong, for programs.")
    message: str = Field(description="What is wrong, in a sentence.")
    place: str | None = Field(description="The element or field that is to blame, null for the whole.")


class ProblemBody(BaseModel):
    """The body of every answer that is an error."""

    error: ProblemDetail


def problem_reply(problem: Problem) -> Response:
    """Give the answer that says what is wrong."""
    error: dict[str, Any] = {"code": problem.code, "message": problem.message, "place": problem.place or None}
    return json_reply({"error": error}, status=problem.status, headers=problem.headers)


async def on_problem(_request: Request, error: Exception) -> Response:
    """Answer a `Problem`."""
    if not isinstance(error, Problem):
        raise error
    return problem_reply(error)


async def on_http_exception(_request: Request, error: Exception) -> Response:
    """Answer what Starlette refuses by itself: a path or a method that there is not."""
    if not isinstance(error, HTTPException):
        raise error
    words = {
        404: ("not-found", "there is nothing at this address"),
        405: ("method", "this address takes other methods"),
    }
    code, message = words.get(error.status_code, ("http", error.detail))
    return problem_reply(Problem(error.status_code, code, message, **dict(error.headers or {})))
