import inspect
from datetime import timedelta

import pytest
import telegram.error
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
from bot.telegram.outcomes import GONE_REASONS, OUTCOMES, SHUT_OUT_REASONS, outcome_of, wait_of
from bot.telegram.request import NoAnswerError, NotSentError, ServerFaultError

RETRY, FAILED, GONE, UNCERTAIN = (
    DeliveryState.RETRY,
    DeliveryState.FAILED,
    DeliveryState.GONE,
    DeliveryState.UNCERTAIN,
)

EXPECTED: dict[type[TelegramError], tuple[object, Outcome]] = {
    NotSentError: ("no connection", Outcome(RETRY, "no connection", is_no_try=True)),
    NoAnswerError: ("no answer", Outcome(UNCERTAIN, "no answer", may_have_arrived=True)),
    ServerFaultError: ("502", Outcome(RETRY, "502", may_have_arrived=True)),
    BadRequest: ("Chat not found", Outcome(FAILED, "Chat not found")),
    TimedOut: (None, Outcome(UNCERTAIN, "Timed out", may_have_arrived=True)),
    NetworkError: ("broken", Outcome(RETRY, "broken", may_have_arrived=True)),
    Forbidden: ("something new", Outcome(GONE, "something new")),
    ChatMigrated: (-1001, Outcome(RETRY, "the group became a supergroup", moved_to=-1001)),
    RetryAfter: (
        7,
        Outcome(RETRY, "Telegram asked to wait", retry_after=timedelta(seconds=7), is_no_try=True),
    ),
    InvalidToken: ("Unauthorized", Outcome(RETRY, "Unauthorized", stops_everything=True, is_no_try=True)),
    Conflict: ("other getUpdates", Outcome(RETRY, "other getUpdates", stops_everything=True, is_no_try=True)),
    EndPointNotFound: ("none", Outcome(RETRY, "none", stops_everything=True, is_no_try=True)),
    PassportDecryptionError: ("x", Outcome(FAILED, "PassportDecryptionError: x")),
    TelegramError: ("garbage", Outcome(UNCERTAIN, "garbage", may_have_arrived=True)),
}


def test_the_map_holds_every_error_class_of_the_library():
    """A class that a new version of the library brings has to be given a meaning before the tests pass again."""
    of_the_library = {
        kind
        for _, kind in inspect.getmembers(telegram.error, inspect.isclass)
        if issubclass(kind, TelegramError) and kind.__module__ == "telegram.error"
    }
    assert of_the_library | {NotSentError, NoAnswerError, ServerFaultError} == set(OUTCOMES)


def test_no_class_stands_after_one_of_its_bases():
    """The first class that fits is the most specific one."""
    kinds = list(OUTCOMES)
    hidden = [(a, b) for place, a in enumerate(kinds) for b in kinds[place + 1 :] if issubclass(b, a)]
    assert hidden == []


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
@pytest.mark.parametrize("kind", OUTCOMES, ids=lambda kind: kind.__name__)
def test_each_class_has_its_outcome(kind):
    """Every error class becomes exactly the outcome that is written down here."""
    argument, outcome = EXPECTED[kind]
    assert outcome_of(kind(*([] if argument is None else [argument]))) == outcome


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Forbidden: bot was blocked by the user", "blocked the bot"),
        ("Forbidden: user is deactivated", "the account was deleted"),
        ("Forbidden: bot was kicked from the group chat", "removed the bot from the chat"),
        ("Forbidden: bot was kicked from the supergroup chat", "removed the bot from the chat"),
        ("Forbidden: bot is not a member of the channel chat", "removed the bot from the chat"),
        ("Forbidden: the group chat was deleted", "the group was deleted"),
    ],
)
def test_telegrams_words_in_a_403_become_ours(theirs, ours):
    """The report says in our words why a chat is gone."""
    assert outcome_of(Forbidden(theirs)) == Outcome(GONE, ours)


def test_every_gone_reason_is_tried_above():
    """A wording that is added to the map has to be added to the tests."""
    assert set(GONE_REASONS) == {
        "blocked by the user",
        "user is deactivated",
        "kicked",
        "not a member",
        "group chat was deleted",
    }


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Bad Request: not enough rights to send text messages to the chat", "the bot may not write in the chat"),
        ("Bad Request: have no rights to send a message", "the bot may not write in the chat"),
        ("Bad Request: CHAT_WRITE_FORBIDDEN", "the bot may not write in the chat"),
        ("Bad Request: CHAT_RESTRICTED", "the bot may not write in the chat"),
        ("Bad Request: need administrator rights in the channel chat", "the bot may not post in the channel"),
    ],
)
def test_a_400_that_closes_a_group_is_gone(theirs, ours):
    """A chat in which the bot may not write is gone, with our words for it, however Telegram capitalises its own."""
    assert outcome_of(BadRequest(theirs)) == Outcome(GONE, ours)


def test_every_shut_out_reason_is_tried_above():
    """A wording that is added to this map has to be added to the tests, in lower case."""
    assert set(SHUT_OUT_REASONS) == {
        "not enough rights to send text messages",
        "have no rights to send a message",
        "chat_write_forbidden",
        "need administrator rights in the channel",
        "chat_restricted",
    }
    assert all(theirs == theirs.lower() for theirs in SHUT_OUT_REASONS)


@pytest.mark.parametrize(
    "theirs",
    [
        "Not enough rights to send photos to the chat",
        "Not enough rights to send documents to the chat",
        "Not enough rights to send media messages to the chat",
        "CHAT_SEND_PHOTOS_FORBIDDEN",
        "CHAT_SEND_DOCS_FORBIDDEN",
        "CHAT_SEND_MEDIA_FORBIDDEN",
    ],
)
def test_a_400_about_files_closes_nothing(theirs):
    """A chat that takes texts and no files stays on the list; the outcome says that its text may go without."""
    assert outcome_of(BadRequest(theirs)) == Outcome(FAILED, theirs, refuses_file=True)


@pytest.mark.parametrize(
    "theirs", ["Chat not found", "message text is empty", "can't parse entities", "message is too long"]
)
def test_a_400_about_one_message_closes_nothing(theirs):
    """What Telegram refuses of one message fails that row, and suspends nobody."""
    assert outcome_of(BadRequest(theirs)) == Outcome(FAILED, theirs)


def test_a_reason_is_cut_to_what_a_report_can_show():
    """A long answer of the server does not flood the report."""
    assert outcome_of(BadRequest("x" * 500)).reason == "x" * 200


@pytest.mark.parametrize(("has_timedelta", "kind"), [("0", int), ("1", timedelta)])
@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
def test_a_wait_is_read_in_either_of_the_librarys_types(monkeypatch, has_timedelta, kind):
    """Whatever PTB_TIMEDELTA says, the wait is the same."""
    monkeypatch.setenv("PTB_TIMEDELTA", has_timedelta)
    error = RetryAfter(timedelta(seconds=9))
    assert type(error.retry_after) is kind
    assert wait_of(error) == timedelta(seconds=9)
