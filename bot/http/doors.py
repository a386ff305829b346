"""/v1/alerts and /v1/cap: where other systems hand in what may become an alert."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import structlog
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from alerts.cap.message import MessageStatus
from alerts.cap.reader import read
from alerts.clock import Clock
from alerts.data import UnknownCode
from alerts.errors import BadDocument, InvalidInput, NotFound, StoreError
from alerts.intake.cap_door import submission_of
from alerts.intake.intake import Intake
from alerts.intake.source import Source, SourceKind
from alerts.intake.submission import Conflict, Outcome, Receipt, Submission, TooOften, Worded
from alerts.publishing.checks import check_body, check_headline
from alerts.publishing.markup import plain_text, read_html
from alerts.subscribers.sectors import Directory
from bot.http.body import read_body
from bot.http.forms import STATUSES, AlertForm, BodyFormat, Kind, ReceiptBody
from bot.http.guard import Guard
from bot.http.problem import Problem
from bot.http.reply import JSON, json_reply
from handlers.intake_words import IntakeWording

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What no text has, and no database keeps."""

JSON_BYTES = 200_000
"""More than any body of 12,000 characters takes, whatever they are."""

KEY_LIMIT = 250
XML_TYPES = {"application/cap+xml", "application/xml", "text/xml", ""}
STATUS = {Outcome.DRAFT: 202, Outcome.SENT: 201}
"""Of a first answer; what is repeated, or was only taken back, is 200."""

log = structlog.get_logger(__name__)


class Doors:
    """Answers what is handed in.

    Args:
        intake: the use cases.
        guard: knows who is at the door.
        directory: the sectors and regions there are.
        wording: the words that are put to a document.
        clock: the source of time.
    """

    def __init__(
        self, intake: Intake, guard: Guard, directory: Directory, wording: IntakeWording, clock: Clock
    ) -> None:
        self._intake = intake
        self._guard = guard
        self._directory = directory
        self._wording = wording
        self._clock = clock

    async def cap(self, request: Request) -> Response:
        """POST /v1/cap: a CAP 1.2 document."""
        source = await self._guard.holder(request, SourceKind.CAP)
        _check_type(request, XML_TYPES, "application/cap+xml")
        document = await read_body(request)

        def read_whole() -> Submission:
            return submission_of(read(document), source, self._wording, document)

        return await self._answer(source, lambda: asyncio.to_thread(read_whole))

    async def alerts(self, request: Request) -> Response:
        """POST /v1/alerts: JSON, with an Idempotency-Key."""
        source = await self._guard.holder(request, SourceKind.JSON)
        _check_type(request, {JSON}, JSON)
        key = request.headers.get("idempotency-key", "").strip()
        if not key or len(key) > KEY_LIMIT or not key.isprintable():
            message = f"the header Idempotency-Key is needed: a name of 1 to {KEY_LIMIT} characters for this document"
            raise Problem(400, "key-missing", message, "Idempotency-Key")
        document = await read_body(request, JSON_BYTES)
        return await self._answer(source, lambda: self._read_form(source, key, document))

    async def _answer(self, source: Source, read_document: Callable[[], Awaitable[Submission]]) -> Response:
        """Take a document in, and say what became of it or what is wrong with it."""
        try:
            receipt = await self._intake.receive(source, await read_document())
        except BadDocument as error:
            log.info("intake_refused", source=source.code, place=error.place, reason=str(error))
            raise Problem(422, "document", str(error), error.place) from None
        except (InvalidInput, UnknownCode) as error:
            log.info("intake_refused", source=source.code, reason=str(error))
            raise Problem(422, "document", str(error)) from None
        except Conflict as error:
            raise Problem(409, "key-used", str(error), "Idempotency-Key") from None
        except TooOften as error:
            raise Problem(429, "too-often", str(error), Retry_After=str(error.seconds)) from None
        except NotFound as error:
            raise Problem(401, "token-wrong", str(error)) from None
        except StoreError as error:
            log.error("intake_failed", source=source.code, error=str(error))  # noqa: TRY400 - the sentence says it all
            raise Problem(503, "database", "the database cannot be used now: try again", Retry_After="10") from None
        log.info("intake_taken", source=source.code, outcome=receipt.outcome, reference=receipt.reference)
        return _receipt_reply(receipt)

    async def _read_form(self, source: Source, key: str, document: bytes) -> Submission:
        try:
            form = AlertForm.model_validate_json(document)
        except ValidationError as error:
            raise _first_fault(error) from None
        for place, check, codes in (
            ("sectors", self._directory.check_sectors, form.sectors),
            ("regions", self._directory.check_regions, form.regions),
        ):
            try:
                check(codes)
            except UnknownCode as error:
                raise BadDocument(place, f"{place}: {error}") from None
        worded = _worded(form)
        status = STATUSES[form.status]
        if status is not MessageStatus.ACTUAL:
            worded = self._wording.marked(worded, status)
        return form.submission(source, key, worded, document, self._clock.now())


def _check_type(request: Request, known: set[str], wanted: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in known:
        raise Problem(415, "content-type", f"the body must be {wanted}, not {given or 'nothing'}", "Content-Type")


def _worded(form: AlertForm) -> Worded:
    """Check headline and body, and name the one that cannot be used."""
    for place, text in (("headline", form.headline), ("body", form.body)):
        if CONTROLS.search(text):
            raise BadDocument(place, f"{place}: it has control characters in it")
    try:
        place = "headline"
        headline = check_headline(form.headline) if form.headline.strip() or form.kind is not Kind.CANCEL else ""
        place = "body"
        body = read_html(form.body) if form.body_format is BodyFormat.HTML else plain_text(form.body.strip())
        return Worded(headline, check_body(body) if body.plain.strip() or form.kind is not Kind.CANCEL else "")
    except InvalidInput as error:
        raise BadDocument(place, f"{place}: {error}") from None


def _first_fault(error: ValidationError) -> BadDocument:
    """Name the first field that is wrong; what stands in it stays out."""
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = "/".join(str(step) for step in fault["loc"])
    message = str(fault["msg"]).removeprefix("Value error, ")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return BadDocument(place, f"{place or 'the document'}: {message}{more}")


def _receipt_reply(receipt: Receipt) -> Response:
    status = 200 if receipt.is_repeated else STATUS.get(receipt.outcome, 200)
    return json_reply(ReceiptBody.of(receipt).model_dump(), status=status)
