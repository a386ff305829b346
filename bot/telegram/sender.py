"""The one way out to subscribers: a claimed row becomes a request of prepared bytes, the answer an outcome."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import structlog
from telegram.error import TelegramError
from telegram.request import RequestData

from alerts.delivery.queue import Claimed
from alerts.delivery.states import DeliveryState, Outcome
from alerts.errors import StoreError
from alerts.publishing.alert import Alert, Severity
from alerts.publishing.attachment import Attachment, AttachmentKind
from alerts.publishing.desk import Desk
from alerts.publishing.files import Files
from bot.telegram.outcomes import outcome_of
from bot.telegram.request import AiohttpRequest, NoAnswerError
from handlers.replies import METHODS, message_fields
from handlers.screen import Screen

ALERTS_REMEMBERED = 64
UPLOAD_SECONDS = 50.0
"""How long an upload may wait for its answer; with what connecting takes it stays below a lease."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PreparedData:
    """A request that is ready; it stands in for the library's RequestData, which cannot be extended.

    Attributes:
        json_payload: the body, when there are no files.
        json_parameters: the fields beside the files.
        multipart_data: the files: field → (name, content, type).
    """

    json_payload: bytes = b""
    contains_files: bool = False
    json_parameters: dict[str, str] = field(default_factory=dict)
    multipart_data: dict[str, tuple[str, bytes, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Message:
    """One message of an alert, as JSON without the chat and the opening brace.

    Attributes:
        bare: the same without its file, for a chat that takes none; empty for a text.
    """

    method: str
    tail: bytes
    bare: bytes = b""


@dataclass(frozen=True, slots=True)
class _Prepared:
    severity: Severity
    screens: tuple[Screen, ...]
    messages: tuple[_Message, ...]

    @property
    def must_upload(self) -> bool:
        """Whether its file is still ours alone."""
        attachment = self.screens[0].attachment
        return attachment is not None and not attachment.file_id


class TelegramSender:
    """Sends claimed rows with the Bot API's sendMessage, sendPhoto and sendDocument.

    Args:
        request: the connections.
        address: the address of the methods, `…/bot<token>/`; never logged.
        desk: gives the alert of a row.
        files: gives its file, as long as Telegram does not have it.
        render: turns an alert into the messages that subscribers get.
    """

    def __init__(
        self,
        request: AiohttpRequest,
        address: str,
        desk: Desk,
        files: Files,
        render: Callable[[Alert], tuple[Screen, ...]],
    ) -> None:
        self._request = request
        self._address = address
        self._desk = desk
        self._files = files
        self._render = render
        self._prepared: dict[int, _Prepared] = {}
        self._uploading: set[int] = set()

    async def send(self, row: Claimed) -> Outcome:
        """Send the row's next message to its chat and tell what became of it."""
        prepared = await self._prepare(row.alert_id)
        part = min(row.part, len(prepared.messages) - 1)
        message, is_last = prepared.messages[part], part == len(prepared.messages) - 1
        if part == 0 and prepared.must_upload:
            outcome = await self._upload(row, prepared)
        else:
            outcome, _ = await self._post(message.method, _addressed(row, message.tail), is_last=is_last)
        if outcome.refuses_file and message.bare:
            outcome, _ = await self._post(METHODS[None], _addressed(row, message.bare), is_last=is_last)
        return outcome

    def is_ready(self, row: Claimed) -> bool:
        """Tell whether a row could be sent now: while its alert's file goes up, the others wait for its id."""
        return row.part > 0 or row.alert_id not in self._uploading

    async def repeats_uncertain(self, row: Claimed) -> bool:
        """Tell whether the row's alert is urgent enough for a double to be better than a miss."""
        return (await self._prepare(row.alert_id)).severity.repeats_uncertain

    async def _post(self, method: str, data: PreparedData, *, is_last: bool) -> tuple[Outcome, dict[str, Any]]:
        """Make one request; give its outcome and the message that Telegram stored."""
        patience = UPLOAD_SECONDS if data.contains_files else self._request.read_timeout
        try:
            stored = await self._request.post(
                self._address + method, request_data=cast(RequestData, data), read_timeout=patience
            )
        except TelegramError as error:
            return outcome_of(error), {}
        except (KeyError, TypeError, ValueError):
            return outcome_of(NoAnswerError("the answer could not be read")), {}
        message_id = stored.get("message_id") if isinstance(stored, dict) else None
        if not isinstance(message_id, int):
            return outcome_of(NoAnswerError("the answer held no message")), {}
        state = DeliveryState.SENT if is_last else DeliveryState.QUEUED
        return Outcome(state, message_id=message_id, is_part=not is_last), cast("dict[str, Any]", stored)

    async def _upload(self, row: Claimed, prepared: _Prepared) -> Outcome:
        """Send the file itself with the first message; who comes meanwhile waits in the queue for its file id."""
        if row.alert_id in self._uploading:
            return Outcome(DeliveryState.QUEUED)
        self._uploading.add(row.alert_id)
        try:
            attachment = (await self._desk.find(row.alert_id)).attachment
            if attachment is None or attachment.file_id:  # another process was faster
                self._prepared.pop(row.alert_id, None)
                return Outcome(DeliveryState.QUEUED)
            data = _upload_data(row.chat_id, prepared.screens[0], attachment, await self._files.content(row.alert_id))
            is_last = len(prepared.messages) == 1
            outcome, stored = await self._post(METHODS[attachment.kind], data, is_last=is_last)
            if file_id := _file_id(stored, attachment.kind):
                await self._keep(row.alert_id, file_id)
            return outcome
        finally:
            self._uploading.discard(row.alert_id)

    async def _keep(self, alert_id: int, file_id: str) -> None:
        """Keep Telegram's name of a file; if the database cannot, the next message carries the file up once more."""
        try:
            await self._files.uploaded(alert_id, file_id)
        except StoreError as error:
            log.error("upload_not_noted", alert=alert_id, error=str(error))  # noqa: TRY400 - the sentence says it all
        else:
            self._prepared.pop(alert_id, None)

    async def _prepare(self, alert_id: int) -> _Prepared:
        """Give an alert's severity and its messages; a sent alert never changes."""
        if alert_id not in self._prepared:
            alert = await self._desk.find(alert_id)
            if len(self._prepared) >= ALERTS_REMEMBERED:
                self._prepared.pop(next(iter(self._prepared)))
            screens = self._render(alert)
            messages = tuple(_message(screen) for screen in screens)
            self._prepared[alert_id] = _Prepared(alert.severity or Severity.INFORMATION, screens, messages)
        return self._prepared[alert_id]


def _message(screen: Screen) -> _Message:
    tail = orjson.dumps(message_fields(screen))[1:]
    if screen.attachment is None:
        return _Message(METHODS[None], tail)
    bare = orjson.dumps(message_fields(Screen(screen.html, screen.rows)))[1:]
    return _Message(METHODS[screen.attachment.kind], tail, bare)


def _addressed(row: Claimed, tail: bytes) -> PreparedData:
    """Put the chat before the rest of a message."""
    return PreparedData(b'{"chat_id":%d,%b' % (row.chat_id, tail))


def _upload_data(chat_id: int, screen: Screen, attachment: Attachment, content: bytes) -> PreparedData:
    """Make the form that carries a file along with its message."""
    kind = attachment.kind.value
    fields = {name: value for name, value in message_fields(screen).items() if name != kind}
    if attachment.kind is AttachmentKind.DOCUMENT:
        fields["disable_content_type_detection"] = True  # or a sound file would come back as something else
    return PreparedData(
        contains_files=True,
        json_parameters={"chat_id": str(chat_id)} | {name: _as_form(value) for name, value in fields.items()},
        multipart_data={kind: (attachment.name, content, "application/octet-stream")},
    )


def _as_form(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _file_id(stored: dict[str, Any], kind: AttachmentKind) -> str:
    """Find Telegram's name of the file in the message that it stored; of a picture that of its largest size."""
    found = stored.get(kind.value)
    largest = found[-1] if isinstance(found, list) and found else found
    return str(largest["file_id"]) if isinstance(largest, dict) and "file_id" in largest else ""
