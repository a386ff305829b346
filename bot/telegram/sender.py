"""The one way out to subscribers: a claimed row becomes a request of prepared bytes, the answer an outcome."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import orjson
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.request import RequestData

from alerts.delivery.queue import Claimed
from alerts.delivery.states import DeliveryState, Outcome
from alerts.publishing.alert import Alert, Severity
from alerts.publishing.desk import Desk
from bot.telegram.outcomes import outcome_of
from bot.telegram.request import AiohttpRequest, NoAnswerError
from handlers.replies import NO_PREVIEW, keyboard
from handlers.screen import Screen

ALERTS_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class PreparedData:
    """A request whose JSON is ready; it stands in for the library's RequestData, which cannot be extended."""

    json_payload: bytes
    contains_files: bool = False


class TelegramSender:
    """Sends claimed rows with the Bot API's sendMessage.

    Args:
        request: the connections.
        address: the address of the method, `…/bot<token>/sendMessage`; never logged.
        desk: gives the alert of a row.
        render: turns an alert into the message that subscribers get.
    """

    def __init__(self, request: AiohttpRequest, address: str, desk: Desk, render: Callable[[Alert], Screen]) -> None:
        self._request = request
        self._address = address
        self._desk = desk
        self._render = render
        self._prepared: dict[int, tuple[Severity, bytes]] = {}

    async def send(self, row: Claimed) -> Outcome:
        """Send the row's alert to its chat and tell what became of it."""
        _, body = await self._prepare(row.alert_id)
        payload = b'{"chat_id":%d,%b' % (row.chat_id, body)
        try:
            stored = await self._request.post(self._address, request_data=cast(RequestData, PreparedData(payload)))
        except TelegramError as error:
            return outcome_of(error)
        except (KeyError, TypeError, ValueError):
            return outcome_of(NoAnswerError("the answer could not be read"))
        message_id = stored.get("message_id") if isinstance(stored, dict) else None
        if not isinstance(message_id, int):
            return outcome_of(NoAnswerError("the answer held no message"))
        return Outcome(DeliveryState.SENT, message_id=message_id)

    async def repeats_uncertain(self, row: Claimed) -> bool:
        """Tell whether the row's alert is urgent enough for a double to be better than a miss."""
        severity, _ = await self._prepare(row.alert_id)
        return severity.repeats_uncertain

    async def _prepare(self, alert_id: int) -> tuple[Severity, bytes]:
        """Give an alert's severity and its message as JSON without the chat; a sent alert never changes."""
        if alert_id not in self._prepared:
            alert = await self._desk.find(alert_id)
            if len(self._prepared) >= ALERTS_REMEMBERED:
                self._prepared.pop(next(iter(self._prepared)))
            severity = alert.severity or Severity.INFORMATION
            self._prepared[alert_id] = (severity, _json_tail(self._render(alert)))
        return self._prepared[alert_id]


def _json_tail(screen: Screen) -> bytes:
    """Encode everything but the chat, without the opening brace."""
    fields: dict[str, object] = {
        "text": screen.html,
        "parse_mode": ParseMode.HTML,
        "link_preview_options": NO_PREVIEW.to_dict(),
    }
    if (buttons := keyboard(screen.rows)) is not None:
        fields["reply_markup"] = buttons.to_dict()
    return orjson.dumps(fields)[1:]
