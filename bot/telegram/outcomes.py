"""What an error of the library means for a delivery: the one place where errors become outcomes."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    PassportDecryptionError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from alerts.delivery.states import DeliveryState, Outcome
from bot.telegram.request import NoAnswerError, NotSentError, ServerFaultError

GONE_REASONS = {
    "blocked by the user": "blocked the bot",
    "user is deactivated": "the account was deleted",
    "kicked": "removed the bot from the chat",
    "not a member": "removed the bot from the chat",
    "group chat was deleted": "the group was deleted",
}
"""Telegram's words in a 403, and ours for the report."""

SHUT_OUT_REASONS = {
    "not enough rights to send text messages": "the bot may not write in the chat",
    "have no rights to send a message": "the bot may not write in the chat",
    "chat_write_forbidden": "the bot may not write in the chat",
    "need administrator rights in the channel": "the bot may not post in the channel",
    "chat_restricted": "the bot may not write in the chat",
}
"""Telegram's words in a 400 that says that a group or channel is closed to the bot, in lower case, and ours."""

FILE_REFUSALS = (
    "not enough rights to send photos",
    "not enough rights to send documents",
    "not enough rights to send media",
    "chat_send_photos_forbidden",
    "chat_send_docs_forbidden",
    "chat_send_media_forbidden",
)
"""Telegram's words in a 400 that says that a chat takes texts and no files, in lower case."""


class CopyAnswer(StrEnum):
    """What Telegram says of a message that was to be edited or deleted; a flood, a block and the like are outcomes."""

    SAME = "it says that already"
    GONE = "there is no such message"
    FIXED = "it can be changed no more"
    OTHER_KIND = "it has no text, or no caption"


COPY_ANSWERS = {
    "message is not modified": CopyAnswer.SAME,
    "message to edit not found": CopyAnswer.GONE,
    "message to delete not found": CopyAnswer.GONE,
    "message_id_invalid": CopyAnswer.GONE,
    "message identifier is not specified": CopyAnswer.GONE,
    "message can't be edited": CopyAnswer.FIXED,
    "message can't be deleted": CopyAnswer.FIXED,
    "there is no text in the message to edit": CopyAnswer.OTHER_KIND,
    "there is no caption in the message to edit": CopyAnswer.OTHER_KIND,
}
"""Telegram's words in a 400 to an edit or a deletion, in lower case, and what they mean."""


def about_copy(error: TelegramError) -> CopyAnswer | None:
    """Tell what a refusal says of the message that was to be changed; None when it says nothing of it."""
    if not isinstance(error, BadRequest):
        return None
    words = error.message.lower()
    return next((answer for theirs, answer in COPY_ANSWERS.items() if theirs in words), None)


def wait_of(error: RetryAfter) -> timedelta:
    """Give the wait that a 429 asks for; the library's type for it depends on PTB_TIMEDELTA."""
    wait = error.retry_after
    return wait if isinstance(wait, timedelta) else timedelta(seconds=wait)


def _reason(error: TelegramError) -> str:
    return error.message[:200]


def _gone(error: TelegramError) -> Outcome:
    words = next((ours for theirs, ours in GONE_REASONS.items() if theirs in error.message), _reason(error))
    return Outcome(DeliveryState.GONE, words)


def _asked_to_wait(error: TelegramError) -> Outcome:
    wait = wait_of(error) if isinstance(error, RetryAfter) else None
    return Outcome(DeliveryState.RETRY, "Telegram asked to wait", retry_after=wait, is_no_try=True)


def _operator_fault(error: TelegramError) -> Outcome:
    return Outcome(DeliveryState.RETRY, _reason(error), stops_everything=True, is_no_try=True)


def _refused(error: TelegramError) -> Outcome:
    words = error.message.lower()
    for theirs, ours in SHUT_OUT_REASONS.items():
        if theirs in words:
            return Outcome(DeliveryState.GONE, ours)
    return Outcome(DeliveryState.FAILED, _reason(error), refuses_file=any(theirs in words for theirs in FILE_REFUSALS))


def _moved(error: TelegramError) -> Outcome:
    new_id = error.new_chat_id if isinstance(error, ChatMigrated) else None
    return Outcome(DeliveryState.RETRY, "the group became a supergroup", moved_to=new_id)


def _not_sent(error: TelegramError) -> Outcome:
    return Outcome(DeliveryState.RETRY, _reason(error), is_no_try=True)


def _no_answer(error: TelegramError) -> Outcome:
    return Outcome(DeliveryState.UNCERTAIN, _reason(error), may_have_arrived=True)


def _server_fault(error: TelegramError) -> Outcome:
    return Outcome(DeliveryState.RETRY, _reason(error), may_have_arrived=True)


OUTCOMES: dict[type[TelegramError], Callable[[TelegramError], Outcome]] = {
    NotSentError: _not_sent,
    NoAnswerError: _no_answer,
    ServerFaultError: _server_fault,
    BadRequest: _refused,
    TimedOut: _no_answer,
    NetworkError: _server_fault,
    Forbidden: _gone,
    ChatMigrated: _moved,
    RetryAfter: _asked_to_wait,
    InvalidToken: _operator_fault,
    Conflict: _operator_fault,
    EndPointNotFound: _operator_fault,
    PassportDecryptionError: _refused,
    TelegramError: _no_answer,
}
"""Every error class of the library and what it means, most specific first."""


def outcome_of(error: TelegramError) -> Outcome:
    """Tell what an error means for the delivery that met it."""
    return next(meaning(error) for kind, meaning in OUTCOMES.items() if isinstance(error, kind))
