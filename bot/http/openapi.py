"""/openapi.json: the doors for other systems, described for programs (OpenAPI 3.1)."""

from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

from bot.http.forms import AlertForm, ReceiptBody
from bot.http.problem import ProblemBody

REFUSALS = {
    "400": "the Idempotency-Key is missing, or the body broke off",
    "401": "the token is missing or wrong",
    "403": "the source uses another door",
    "408": "the body came too slowly",
    "409": "the key was used for another document",
    "413": "the body is too large",
    "415": "the body is of another type, or packed",
    "422": "the document cannot be taken; `place` names the field or element",
    "429": "too many documents, or too many wrong tokens: wait as Retry-After says",
    "503": "the database cannot be used now: try again",
}
TAKEN = {"200": "repeated, or taken back", "201": "an alert went out at once", "202": "it waits for an officer"}


def describe() -> dict[str, Any]:
    """Give the description; the models are those that read and write the bodies."""
    _, schemas = models_json_schema(
        [(AlertForm, "validation"), (ReceiptBody, "serialization"), (ProblemBody, "serialization")],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Cascade: alerts from other systems", "version": version("cascade-alerts")},
        "paths": {
            "/v1/alerts": {
                "post": {
                    "summary": "Hand in an alert, an update or a cancellation as JSON",
                    "operationId": "handInAlert",
                    "security": [{"token": []}],
                    "parameters": [
                        {
                            "name": "Idempotency-Key",
                            "in": "header",
                            "required": True,
                            "description": "Names the document: the same key twice is one alert.",
                            "schema": {"type": "string", "minLength": 1, "maxLength": 250},
                        }
                    ],
                    "requestBody": _body({"application/json": {"schema": _ref("AlertForm")}}),
                    "responses": _responses(REFUSALS),
                }
            },
            "/v1/cap": {
                "post": {
                    "summary": "Hand in a CAP 1.2 document",
                    "operationId": "handInCap",
                    "security": [{"token": []}],
                    "requestBody": _body({"application/cap+xml": {"schema": {"type": "string"}}}),
                    "responses": _responses({code: said for code, said in REFUSALS.items() if code != "409"}),
                }
            },
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas["$defs"],
        },
    }


def _ref(model: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model}"}


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": content}


def _responses(refusals: dict[str, str]) -> dict[str, Any]:
    def answers(said: dict[str, str], model: str) -> dict[str, Any]:
        return {
            code: {"description": text, "content": {"application/json": {"schema": _ref(model)}}}
            for code, text in said.items()
        }

    return answers(TAKEN, "ReceiptBody") | answers(refusals, "ProblemBody")
