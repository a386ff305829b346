import io
import logging
from dataclasses import dataclass

import pytest
import structlog

from bot.logs import HIDDEN, set_up_logging

TOKEN = "123456789:AAE_fake-token_of-the-tests_0123456789"
SECRET = "hunter2"
ADDRESS = f"https://api.telegram.org/bot{TOKEN}/sendMessage"


@dataclass
class Holder:
    """Something whose repr shows a token."""

    address: str


@pytest.fixture
def err(monkeypatch):
    """Sets logging up for one test alone, and gives standard error."""
    stream = io.StringIO()
    root = logging.getLogger()
    level = root.level
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr("sys.stderr", stream)
    set_up_logging(SECRET, TOKEN)
    yield stream
    root.setLevel(level)
    structlog.reset_defaults()


def seen(err: io.StringIO, mark: str) -> str:
    """Give what was logged, which holds a mark of the line and neither of the secrets."""
    text = err.getvalue()
    assert mark in text
    assert TOKEN.partition(":")[2] not in text
    assert SECRET not in text
    assert HIDDEN in text
    return text


VALUES = {
    "text": ADDRESS,
    "list": [1, [ADDRESS]],
    "dict": {"deep": {"er": (ADDRESS, SECRET)}},
    "key": {ADDRESS: 1},
    "bytes": ADDRESS.encode(),
    "object": Holder(ADDRESS),
    "error": RuntimeError(ADDRESS),
    "secret": f"password {SECRET}!",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_our_log_holds_no_secret(err, value):
    """Whatever a value is and however deep the token sits in it, the line is clean."""
    structlog.get_logger("bot").bind(bound=value).warning("sent_there", address=value, number=5, flag=True, none=None)
    text = seen(err, "sent_there")
    assert all(part in text for part in ("number", "5", "True", "None"))


def test_our_logs_own_words_hold_no_secret(err):
    """The event itself is cleaned, filled in or not."""
    structlog.get_logger("bot").warning(f"to {ADDRESS}")
    structlog.get_logger("bot").warning("filled with %s", ADDRESS)
    seen(err, "filled with")


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_the_libraries_log_holds_no_secret(err, value):
    """The library logs addresses; the arguments of its lines are cleaned as they come out."""
    logging.getLogger("telegram.request").error("asked %s and %r", value, value)
    seen(err, "asked")


def fail() -> None:
    """Raise an error with a cause, the token in both."""
    try:
        int(ADDRESS)
    except ValueError as error:
        raise RuntimeError(f"{ADDRESS} {SECRET}") from error


@pytest.mark.parametrize(
    "logged",
    [
        lambda error: structlog.get_logger("bot").error("it_broke", address=ADDRESS, exc_info=error),
        lambda error: logging.getLogger("aiohttp").error("it_broke", exc_info=error),
        lambda error: logging.getLogger("aiohttp").error("it_broke", exc_info=error, stack_info=True),
    ],
    ids=["ours", "library's", "library's with its stack"],
)
def test_traces_hold_no_secret(err, logged):
    """Neither the error nor its cause tells the token, and the trace is still there to read."""
    try:
        fail()
    except RuntimeError as error:
        logged(error)
    text = seen(err, "it_broke")
    assert "RuntimeError" in text
    assert "ValueError" in text
    assert "in fail" in text


def test_a_token_that_nobody_named_is_hidden_by_its_form(err):
    """Another bot's token, in a message that somebody pasted, is no business of the log either."""
    other = "987654321:AAFzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
    structlog.get_logger("bot").warning("heard", text=f"my token is {other}")
    logging.getLogger("telegram").warning("heard %s", other)
    assert other not in err.getvalue()
    assert err.getvalue().count(HIDDEN) == 2


def test_only_what_an_administrator_needs_is_logged(err):
    """Developers' lines and the libraries' chatter stay out."""
    structlog.get_logger("bot").debug("not_this")
    logging.getLogger("telegram").info("nor this")
    structlog.get_logger("bot").info("but_this")
    assert "this" in err.getvalue()
    assert "not_this" not in err.getvalue()
    assert "nor this" not in err.getvalue()


def test_nothing_but_tokens_is_hidden(err, monkeypatch):
    """Times, chats and addresses stay readable, and an empty secret hides nothing."""
    monkeypatch.setattr("sys.stderr", err)
    set_up_logging("")
    structlog.get_logger("bot").warning("started", at="12:30:05", chat=-1001234567890, url="http://127.0.0.1:8081/bot")
    assert HIDDEN not in err.getvalue()
    assert "http://127.0.0.1:8081/bot" in err.getvalue()
