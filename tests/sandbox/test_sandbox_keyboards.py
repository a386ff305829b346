"""Which keyboards come with a message."""

from typing import Any

import pytest

from bot.sandbox import ApiError
from bot.sandbox.keyboards import check_markup


def inline(*buttons: Any) -> dict[str, Any]:
    """A keyboard of one row."""
    return {"inline_keyboard": [list(buttons)]}


def refusal(markup: dict[str, Any], *, inline_only: bool = False) -> str:
    """Why a keyboard is refused."""
    with pytest.raises(ApiError) as refused:
        check_markup(markup, inline_only=inline_only)
    return refused.value.description


def test_inline_buttons_keep_their_one_action() -> None:
    """Of several actions the first that Telegram looks for is kept, with the looks; the rest goes."""
    given = inline(
        {"text": "a", "callback_data": "x", "url": "example.org", "style": "danger"},
        {"text": "b", "callback_data": "y", "unknown": 1},
        {"text": "c", "copy_text": {"text": "copied"}},
    )
    assert check_markup(given) == inline(
        {"text": "a", "style": "danger", "url": "http://example.org/"},
        {"text": "b", "callback_data": "y"},
        {"text": "c", "copy_text": {"text": "copied"}},
    )


def test_empty_keyboards_are_none() -> None:
    """No rows, or rows without buttons, are no keyboard."""
    assert check_markup(None) is None
    assert check_markup({}) is None
    assert check_markup({"inline_keyboard": []}) is None
    assert check_markup({"inline_keyboard": [[]]}) is None
    assert check_markup({"remove_keyboard": False}) is None


def test_callback_data_has_1_to_64_bytes() -> None:
    """The length counts bytes of UTF-8."""
    assert check_markup(inline({"text": "x", "callback_data": "é" * 32}))
    assert check_markup(inline({"text": "x", "callback_data": "y"}))
    too_long = inline({"text": "x", "callback_data": "é" * 32 + "x"})
    assert refusal(too_long) == "Bad Request: BUTTON_DATA_INVALID"
    nothing = "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
    assert refusal(inline({"text": "x", "callback_data": ""})) == f"Bad Request: {nothing}"


def test_at_most_a_hundred_buttons() -> None:
    """The 101st button is one too many."""
    button = {"text": "x", "callback_data": "y"}
    assert check_markup({"inline_keyboard": [[button] * 50] * 2})
    assert refusal({"inline_keyboard": [[button] * 50, [button] * 51]}) == "Bad Request: reply markup is too long"


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ("x", "can't parse inline keyboard button: InlineKeyboardButton must be an Object"),
        ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"text": 5}, 'can\'t parse inline keyboard button: Field "text" must be of type String'),
        ({"text": " ", "callback_data": "x"}, "BUTTON_TEXT_INVALID"),
        ({"text": "x"}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        (
            {"text": "x", "callback_data": 5},
            'can\'t parse inline keyboard button: Field "callback_data" must be of type String',
        ),
        ({"text": "x", "web_app": "y"}, 'can\'t parse inline keyboard button: Field "web_app" must be of type Object'),
        ({"text": "x", "url": "nothing"}, "inline keyboard button URL 'nothing' is invalid: Wrong HTTP URL"),
        ({"text": "x", "copy_text": {"text": "y" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
    ],
)
def test_buttons_that_are_refused(button: Any, reason: str) -> None:
    """What is wrong with a button is said as Telegram says it."""
    assert refusal(inline(button)) == f"Bad Request: {reason}"


def test_rows_must_be_rows() -> None:
    """A flat list of buttons is no keyboard."""
    flat = {"inline_keyboard": [{"text": "x", "callback_data": "y"}]}
    expected = 'Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    assert refusal(flat) == expected


def test_games_and_payments_are_not_implemented() -> None:
    """Their buttons get an honest 501."""
    assert refusal(inline({"text": "x", "pay": True})).startswith("Not Implemented: a button that pays")
    assert refusal(inline({"text": "x", "callback_game": {}})).startswith("Not Implemented: a button for a game")


def test_other_keyboards() -> None:
    """Reply keyboards, their removal and forced replies pass with a message and not with an edit."""
    assert check_markup({"keyboard": [["a", {"text": "b"}]]}) == {"keyboard": [[{"text": "a"}, {"text": "b"}]]}
    assert check_markup({"remove_keyboard": True}) == {"remove_keyboard": True}
    assert check_markup({"force_reply": True}) == {"force_reply": True}
    assert refusal({"remove_keyboard": True}, inline_only=True) == "Bad Request: inline keyboard expected"
    assert refusal({"keyboard": [[5]]}).endswith("KeyboardButton must be a String or an Object")
