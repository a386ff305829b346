"""The one way out to subscribers: a claimed row becomes a request of prepared bytes, the answer an outcome."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson
import structlog
from telegram.error import TelegramError
from telegram.request import RequestData

from alerts.delivery.claim import Claimed
from alerts.delivery.copies import Copy, Trouble, Way
from alerts.delivery.states import DeliveryState, Outcome
from alerts.errors import StoreError
from alerts.publishing.alert import Alert, Change, Severity
from alerts.publishing.attachment import Attachment, AttachmentKind
from alerts.publishing.desk import Desk
from alerts.publishing.files import Files
from alerts.publishing.follow_ups import FollowUps
from bot.telegram.changes import Changes, CopyWords, Follow, prepare, reply_to
from bot.telegram.outcomes import outcome_of
from bot.telegram.request import AiohttpRequest, NoAnswerError
from handlers.replies import METHODS, message_fields
from handlers.screen import Screen

ALERTS_REMEMBERED = 64
UPLOAD_SECONDS = 50.0
"""How long an upload may wait for its answer."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UploadData:
    """A form that is ready; it stands in for the library's RequestData, which cannot be extended.

    Attributes:
        json_parameters: the fields beside the file.
        multipart_data: the file: field → (name, content, type).
    """

    json_parameters: dict[str, str]
    multipart_data: dict[str, tuple[str, bytes, str]]
    contains_files: bool = True


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
    follow: Follow | None = None

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
        follow_ups: tells what an alert changes that people have already.
        words: what is written on their copies.
        is_paid: messages above the free rate are paid for in Stars.
    """

    def __init__(
        self,
        request: AiohttpRequest,
        address: str,
        desk: Desk,
        files: Files,
        render: Callable[[Alert], tuple[Screen, ...]],
        *,
        follow_ups: FollowUps,
        words: CopyWords,
        is_paid: bool = False,
    ) -> None:
        self._request = request
        self._address = address
        self._desk = desk
        self._files = files
        self._render = render
        self._follow_ups = follow_ups
        self._words = words
        self._changes = Changes(lambda method, body: request.post_json(address + method, body))
        self._extras = {"allow_paid_broadcast": True} if is_paid else {}
        self._prepared: dict[int, _Prepared] = {}
        self._preparing = asyncio.Lock()
        self._uploading: set[int] = set()

    async def send(self, row: Claimed) -> Outcome:
        """Send the row's next message to its chat and tell what became of it."""
        prepared = await self._prepare(row.alert_id)
        if prepared.follow is not None:
            return await self._follow(row, prepared, prepared.follow)
        return await self._send(row, prepared)

    async def _send(self, row: Claimed, prepared: _Prepared) -> Outcome:
        part = min(row.part, len(prepared.messages) - 1)
        message, is_last = prepared.messages[part], part == len(prepared.messages) - 1
        if part == 0 and prepared.must_upload:
            outcome = await self._upload(row, prepared)
        else:
            outcome = await self._post(message.method, row, message.tail, is_last=is_last)
        if outcome.refuses_file and message.bare:
            outcome = await self._post(METHODS[None], row, message.bare, is_last=is_last)
        return outcome

    def is_ready(self, row: Claimed) -> bool:
        """Tell whether a row could be sent now: while its alert's file goes up, the others wait for its id."""
        return row.part > 0 or row.alert_id not in self._uploading

    async def repeats_uncertain(self, row: Claimed) -> bool:
        """Tell whether the row's alert is urgent enough for a double to be better than a miss."""
        prepared = await self._prepare(row.alert_id)
        return prepared.severity.repeats_uncertain or (prepared.follow is not None and bool(prepared.follow.edits))

    async def _follow(self, row: Claimed, prepared: _Prepared, follow: Follow) -> Outcome:
        """Act on what the row's chat has; while something is still under way there, wait for it."""
        copy = row.copy or Copy()
        if not copy.is_settled:
            return Outcome(DeliveryState.QUEUED)
        match follow.change:
            case Change.RECALL:
                return await self._changes.recall(row, copy, follow)
            case Change.CORRECTION | Change.MARK if copy.messages:
                return await self._changes.edit(row, copy, follow)
            case Change.MARK:
                unknown = Outcome(DeliveryState.FAILED, Trouble.UNKNOWN)
                return unknown if copy.may_be_unknown else Outcome(DeliveryState.SKIPPED, Trouble.NONE)
            case Change.CORRECTION if copy.has_left:
                return Outcome(DeliveryState.SKIPPED, "unsubscribed")
            case Change.CANCEL | Change.ALL_CLEAR if not copy.messages and not copy.may_be_unknown:
                return Outcome(DeliveryState.SKIPPED, Trouble.NONE)
            case _:
                return await self._reply(row, prepared, copy)

    async def _reply(self, row: Claimed, prepared: _Prepared, copy: Copy) -> Outcome:
        """Send a new message that answers the one that the chat has; without it, it says how it went instead."""
        answered = reply_to(copy) if row.part == 0 else None
        if answered is None or prepared.must_upload:
            outcome = await self._send(row, prepared)
            return _beside(outcome, copy.flaw if row.part else Way.ANEW)
        part_is_last = len(prepared.messages) == 1
        parameters = b'"reply_parameters":{"message_id":%d,"allow_sending_without_reply":true},' % answered.message_id
        message = prepared.messages[0]
        outcome = await self._post(message.method, row, parameters + message.tail, is_last=part_is_last)
        if outcome.refuses_file and message.bare:
            outcome = await self._post(METHODS[None], row, parameters + message.bare, is_last=part_is_last)
        return outcome if outcome.is_reply else _beside(outcome, Way.UNANSWERED)

    async def _post(self, method: str, row: Claimed, tail: bytes, *, is_last: bool) -> Outcome:
        """Make one request of prepared bytes: the chat, then the rest of the message."""
        try:
            stored = await self._request.post_json(self._address + method, b'{"chat_id":%d,%b' % (row.chat_id, tail))
        except TelegramError as error:
            return outcome_of(error)
        return _stored(stored, is_last=is_last)

    async def _post_file(self, method: str, data: UploadData, *, is_last: bool) -> tuple[Outcome, dict[str, Any]]:
        """Make one request that carries a file; give its outcome and the message that Telegram stored."""
        try:
            stored = await self._request.post(
                self._address + method, request_data=cast(RequestData, data), read_timeout=UPLOAD_SECONDS
            )
        except TelegramError as error:
            return outcome_of(error), {}
        outcome = _stored(stored, is_last=is_last)
        return outcome, cast("dict[str, Any]", stored) if outcome.message_id else {}

    async def _upload(self, row: Claimed, prepared: _Prepared) -> Outcome:
        """Send the file itself with the first message; who comes meanwhile waits in the queue for its file id."""
        if row.alert_id in self._uploading:
            return Outcome(DeliveryState.QUEUED)
        self._uploading.add(row.alert_id)
        try:
            attachment = (await self._desk.outgoing(row.alert_id)).attachment
            if attachment is None or attachment.file_id:  # another process was faster
                self._prepared.pop(row.alert_id, None)
                return Outcome(DeliveryState.QUEUED)
            data = _upload_data(row.chat_id, prepared.screens[0], attachment, await self._files.content(row.alert_id))
            is_last = len(prepared.messages) == 1
            outcome, stored = await self._post_file(METHODS[attachment.kind], data, is_last=is_last)
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
        """Give an alert's severity and its messages, prepared once however many ask at once."""
        prepared = self._prepared.get(alert_id)
        if prepared is None:
            async with self._preparing:
                prepared = self._prepared.get(alert_id) or await self._prepare_anew(alert_id)
        return prepared

    async def _prepare_anew(self, alert_id: int) -> _Prepared:
        """Render an alert's messages; a sent alert never changes."""
        alert = await self._desk.outgoing(alert_id)
        if len(self._prepared) >= ALERTS_REMEMBERED:
            self._prepared.pop(next(iter(self._prepared)))
        plan = await self._follow_ups.plan(alert) if alert.change else None
        is_mended = plan is not None and alert.change is Change.CORRECTION
        screens = self._words.edited(plan) if plan and is_mended else self._render(alert)
        messages = tuple(_message(screen, self._extras) for screen in screens)
        severity = alert.severity or Severity.INFORMATION
        follow = prepare(plan, self._words, self._extras) if plan else None
        prepared = self._prepared[alert_id] = _Prepared(severity, screens, messages, follow)
        return prepared


def _message(screen: Screen, extras: dict[str, bool]) -> _Message:
    tail = orjson.dumps(message_fields(screen) | extras)[1:]
    if screen.attachment is None:
        return _Message(METHODS[None], tail)
    bare = orjson.dumps(message_fields(replace(screen, attachment=None)) | extras)[1:]
    return _Message(METHODS[screen.attachment.kind], tail, bare)


def _beside(outcome: Outcome, way: str) -> Outcome:
    """Note beside a message that went out which way it went."""
    return outcome._replace(reason=way) if outcome.message_id is not None else outcome


def _stored(message: Any, *, is_last: bool) -> Outcome:
    """Tell what an answer means that Telegram gave in order: it holds the message."""
    message_id = message.get("message_id") if isinstance(message, dict) else None
    if not isinstance(message_id, int):
        return outcome_of(NoAnswerError("the answer held no message"))
    is_reply = "reply_to_message" in message
    state = DeliveryState.SENT if is_last else DeliveryState.QUEUED
    return Outcome(state, "", message_id, is_part=not is_last, is_reply=is_reply)


def _upload_data(chat_id: int, screen: Screen, attachment: Attachment, content: bytes) -> UploadData:
    """Make the form that carries a file along with its message."""
    kind = attachment.kind.value
    fields = {name: value for name, value in message_fields(screen).items() if name != kind}
    if attachment.kind is AttachmentKind.DOCUMENT:
        fields["disable_content_type_detection"] = True  # or a sound file would come back as something else
    return UploadData(
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
