"""The `reply_markup` of a message: which keyboards and buttons Telegram takes.

Source: https://core.telegram.org/bots/api#inlinekeyboardmarkup. That more than 100 buttons are refused is what bots
report; the documentation gives no number.
"""

from typing import Any

from bot.sandbox.errors import ApiError, bad_request, not_implemented
from bot.sandbox.links import checked_link, mentioned_user
from bot.sandbox.rules import MAX_BUTTONS, MAX_CALLBACK_DATA_BYTES, MAX_COPY_TEXT

# In the order in which Telegram looks for them; it takes the first and drops the rest.
_ACTIONS = (
    "url",
    "callback_data",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
    "login_url",
    "web_app",
    "copy_text",
)
_LOOKS = ("icon_custom_emoji_id", "style")
_ONLY_ELSEWHERE = {"callback_game": "a button for a game", "pay": "a button that pays"}
_FLAGS = ("remove_keyboard", "force_reply")


def check_markup(given: dict[str, Any] | None, *, inline_only: bool = False) -> dict[str, Any] | None:
    """Check a keyboard and give it back as Telegram would store it.

    Args:
        given: the parameter, already known to be an object.
        inline_only: whether other kinds than inline keyboards are out of place, as in edits.

    Returns:
        The keyboard, or None if it holds nothing.

    Raises:
        ApiError: 400 in Telegram's words, or 501 for buttons of games and payments.
    """
    if not given:
        return None
    rows = given.get("inline_keyboard")
    if rows is not None:
        rows = _rows(rows, 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
        checked = [[_inline_button(button) for button in row] for row in rows if row]
        return {"inline_keyboard": checked} if checked else None
    if inline_only:
        raise bad_request("inline keyboard expected")
    if given.get("keyboard"):
        rows = _rows(given["keyboard"], 'field "keyboard" must be an Array of Arrays')
        return {**given, "keyboard": [[_button(button) for button in row] for row in rows]}
    return given if any(given.get(flag) is True for flag in _FLAGS) else None


def is_inline(markup: dict[str, Any] | None) -> bool:
    """Whether it hangs under a message, rather than replacing the keyboard of the device."""
    return markup is not None and "inline_keyboard" in markup


def _rows(given: Any, complaint: str) -> list[list[Any]]:
    if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
        raise bad_request(complaint)
    if sum(map(len, given)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return given


def _button(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        return {"text": given}
    if not isinstance(given, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be a String or an Object")
    _text(given, "can't parse keyboard button")
    return given


def _inline_button(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _wrong("InlineKeyboardButton must be an Object")
    button: dict[str, Any] = {"text": _text(given, "can't parse inline keyboard button")}
    button.update({name: given[name] for name in _LOOKS if given.get(name)})
    for name, what in _ONLY_ELSEWHERE.items():
        if given.get(name) is not None:
            raise not_implemented(what)
    for action in _ACTIONS:
        value = given.get(action)
        if value is None or (action in ("url", "callback_data") and value == ""):
            continue
        button[action] = _checked(action, value)
        return button
    raise _wrong("Text buttons are unallowed in the inline keyboard")


def _text(given: dict[str, Any], prefix: str) -> str:
    if "text" not in given:
        raise bad_request(f'{prefix}: Can\'t find field "text"')
    text = given["text"]
    if not isinstance(text, str):
        raise bad_request(f'{prefix}: Field "text" must be of type String')
    if not text.strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    return text


def _checked(action: str, value: Any) -> Any:
    if action in ("login_url", "web_app", "copy_text", "switch_inline_query_chosen_chat"):
        if not isinstance(value, dict):
            raise _wrong(f'Field "{action}" must be of type Object')
        return _copied(value) if action == "copy_text" else value
    if not isinstance(value, str):
        raise _wrong(f'Field "{action}" must be of type String')
    if action == "callback_data" and not 1 <= len(value.encode()) <= MAX_CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if action == "url":
        if mentioned_user(value) is not None:
            return value
        link = checked_link(value)
        if link is None:
            raise bad_request(f"inline keyboard button URL '{value}' is invalid: Wrong HTTP URL")
        return link
    return value


def _copied(value: dict[str, Any]) -> dict[str, Any]:
    text = value.get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_COPY_TEXT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return value


def _wrong(what: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {what}")
