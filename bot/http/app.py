"""The application of the HTTP surface: every route in one table."""

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.http.doors import Doors
from bot.http.health import Health
from bot.http.levels import ThreatLevels
from bot.http.openapi import describe
from bot.http.problem import Problem, on_http_exception, on_problem
from bot.http.public import PublicAlerts
from bot.http.reply import JSON, cached_reply


def http_app(health: Health, levels: ThreatLevels, public: PublicAlerts, doors: Doors) -> Starlette:
    """Build the application; it holds nothing itself."""
    description = orjson.dumps(describe(), option=orjson.OPT_INDENT_2)

    async def openapi(request: Request) -> Response:
        return cached_reply(request, description, JSON, None)

    return Starlette(
        routes=[
            Route("/health", health.answer),
            Route("/threat-level.json", levels.answer),
            Route("/alerts.atom", public.feed),
            Route("/alerts/{reference}.cap", public.document),
            Route("/openapi.json", openapi),
            Route("/v1/alerts", doors.alerts, methods=["POST"]),
            Route("/v1/cap", doors.cap, methods=["POST"]),
        ],
        exception_handlers={Problem: on_problem, HTTPException: on_http_exception},
    )
