"""For each refusal in docs/telegram-errors.md a request that meets it."""

from collections.abc import Mapping

from sandbox_doors import BOT_ID
from sandbox_pictures import filled, form, png
from sandbox_requests import (
    ANN,
    BEN,
    CHANNEL,
    GROUP,
    OTHER_BOT,
    SUPERGROUP,
    Try,
    about,
    article,
    busy,
    button,
    command,
    entity,
    failing,
    hook,
    html,
    offer,
    passing,
    scope,
    text,
    typed,
    upload,
)

from bot.sandbox.media import MAX_FILE, MAX_PHOTO

BAD = "400 Bad Request: "
MARKUP = BAD + "can't parse entities: "
ENTITY = BAD + "can't parse MessageEntity: "
RESULT = BAD + "can't parse inline query result: "
BUTTON = BAD + "can't parse inline keyboard button: "
COMMAND = BAD + "can't parse BotCommand: "
SCOPE = BAD + "can't parse BotCommandScope: "
SOME = [{"text": "x", "callback_data": "y"}]
NOWHERE = {"chat_id": ANN, "message_id": 999}
GROUP_TEXT = {"chat_id": SUPERGROUP, "text": "x"}
CHANNEL_TEXT = {"chat_id": CHANNEL, "text": "x"}

TRIES: Mapping[str, Try] = {
    "401 Unauthorized": Try("getMe", token="9:unknown"),
    "404 Not Found": Try("getEverything"),
    "405 Method Not Allowed": Try("getMe", http="PUT"),
    "409 Conflict: can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first": Try(
        "getUpdates", before=lambda town: town.world.bots[BOT_ID].updates.set_webhook(hook())
    ),
    "413 Request Entity Too Large": upload("sendDocument", document=("large.bin", bytes(MAX_FILE + 1))),
    "429 Too Many Requests: retry after {seconds}": Try(
        "sendMessage",
        {"chat_id": ANN, "text": "x"},
        "Too Many Requests: retry after 1",
        busy,
        parameters={"retry_after": 1},
    ),
    "403 Forbidden: bot was blocked by the user": Try(
        "sendMessage",
        {"chat_id": ANN, "text": "x"},
        before=lambda town: town.world.set_blocked(town.ann, blocked=True),
    ),
    "403 Forbidden: bots can't send messages to bots": Try("sendMessage", {"chat_id": OTHER_BOT, "text": "x"}),
    "403 Forbidden: bot was kicked from the {kind} chat": Try(
        "sendMessage",
        GROUP_TEXT,
        "Forbidden: bot was kicked from the supergroup chat",
        lambda town: town.world.remove_bot(town.group(SUPERGROUP), BOT_ID),
    ),
    "403 Forbidden: bot is not a member of the {kind} chat": Try(
        "sendMessage",
        CHANNEL_TEXT,
        "Forbidden: bot is not a member of the channel chat",
        lambda town: town.world.remove_member(town.group(CHANNEL), BOT_ID, by=BOT_ID),
    ),
    BAD + "group chat was upgraded to a supergroup chat": Try(
        "sendMessage",
        {"chat_id": GROUP, "text": "x"},
        before=lambda town: town.world.migrate(town.group(GROUP), id=-1000000000011),
        parameters={"migrate_to_chat_id": -1000000000011},
    ),
    BAD + "chat not found": Try("sendMessage", {"chat_id": 5, "text": "x"}),
    BAD + "not enough rights to send {what} to the chat": Try(
        "sendMessage",
        GROUP_TEXT,
        "Bad Request: not enough rights to send text messages to the chat",
        lambda town: town.world.restrict(town.group(SUPERGROUP), BOT_ID),
    ),
    BAD + "need administrator rights in the channel chat": Try(
        "sendMessage", CHANNEL_TEXT, before=lambda town: town.world.demote(town.group(CHANNEL), BOT_ID)
    ),
    BAD + "chat_id is empty": Try("sendMessage", {"text": "x"}),
    BAD + "message identifier is not specified": Try("deleteMessage", {"chat_id": ANN}),
    BAD + "message text is empty": text(""),
    BAD + "text must be non-empty": text(" \u200b "),
    BAD + "message is too long": text("x" * 4097),
    BAD + "message caption is too long": upload("sendPhoto", photo=png(9, 9), caption="x" * 1025),
    BAD + "message to be replied not found": text("x", reply_parameters={"message_id": 999}),
    BAD + 'can\'t find field "message_id"': text("x", reply_parameters={"quote": "x"}),
    BAD + "message to edit not found": Try("editMessageText", {**NOWHERE, "text": "x"}),
    BAD + "message can't be edited": about("editMessageText", "said", text="x"),
    BAD
    + "message is not modified: specified new message content and reply markup are exactly the same"
    + " as a current content and reply markup of the message": about("editMessageReplyMarkup", "sent"),
    BAD + "there is no text in the message to edit": about("editMessageText", "photo", text="x"),
    BAD + "there is no caption in the message to edit": about("editMessageCaption", "sent", caption="x"),
    BAD + "message to delete not found": Try("deleteMessage", NOWHERE),
    BAD + "message can't be deleted": Try(
        "deleteMessage", lambda town: {"chat_id": SUPERGROUP, "message_id": town.other_message()}
    ),
    BAD + "message can't be deleted for everyone": Try(
        "deleteMessage",
        lambda town: {"chat_id": ANN, "message_id": town.sent.message_id},
        before=lambda town: setattr(town.clock, "now", town.clock.now + 48 * 3600),
    ),
    BAD + "message to forward not found": Try("forwardMessage", {**NOWHERE, "from_chat_id": ANN}),
    BAD + "the message can't be forwarded": passing("forwardMessage", "protected"),
    BAD + "message to copy not found": Try("copyMessage", {**NOWHERE, "from_chat_id": ANN}),
    BAD + "the message can't be copied": passing("copyMessage", "protected"),
    BAD + "query is too old and response timeout expired or query ID is invalid": Try(
        "answerCallbackQuery", {"callback_query_id": "999"}
    ),
    BAD + "MESSAGE_TOO_LONG": Try(
        "answerCallbackQuery", lambda town: {"callback_query_id": town.press(), "text": "x" * 201}
    ),
    BAD + "URL_INVALID": Try(
        "answerCallbackQuery", lambda town: {"callback_query_id": town.press(), "url": "https://example.org/"}
    ),
    BAD + "wrong parameter action in request": Try("sendChatAction", {"chat_id": ANN, "action": "sleeping"}),
    BAD + "unsupported parse_mode": text("x", parse_mode="BBCode"),
    MARKUP + 'Can\'t find end tag corresponding to start tag "{tag}"': html(
        "<b>x", 'Can\'t find end tag corresponding to start tag "b"'
    ),
    MARKUP + 'Unsupported start tag "{tag}" at byte offset {offset}': html(
        "é<p>x</p>", 'Unsupported start tag "p" at byte offset 2'
    ),
    MARKUP + "Unexpected end tag at byte offset {offset}": html("x</b>", "Unexpected end tag at byte offset 1"),
    MARKUP + 'Unmatched end tag at byte offset {offset}, expected "</{tag}>", found "</{other}>"': html(
        "<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'
    ),
    MARKUP + "Unclosed start tag at byte offset {offset}": html("x<b", "Unclosed start tag at byte offset 1"),
    MARKUP + 'Unclosed start tag "{tag}" at byte offset {offset}': html(
        "x<a href=", 'Unclosed start tag "a" at byte offset 1'
    ),
    MARKUP + "Unclosed end tag at byte offset {offset}": html("<b>x</b", "Unclosed end tag at byte offset 4"),
    MARKUP + 'Empty attribute name in the tag "{tag}" at byte offset {offset}': html(
        '<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'
    ),
    MARKUP + "Unexpected end of name token at byte offset {offset}": html(
        "<a href=x/>y</a>", "Unexpected end of name token at byte offset 8"
    ),
    MARKUP + 'Tag "span" must have class "tg-spoiler" at byte offset {offset}': html(
        "<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'
    ),
    MARKUP + "Invalid custom emoji identifier specified": html('<tg-emoji emoji-id="x">👍</tg-emoji>'),
    MARKUP + "Invalid date specified": html('<tg-time unix="x">now</tg-time>'),
    MARKUP
    + "Text contains invalid Unicode characters after decoding HTML entities,"
    + " check for unmatched surrogate code units": html("&#xD83D;"),
    ENTITY + "expected an Object": text("x", entities=["bold"]),
    ENTITY + 'Can\'t find field "{name}"': text(
        "x", entities=[{"type": "bold"}], says="Bad Request: can't parse MessageEntity: Can't find field \"offset\""
    ),
    ENTITY + 'Field "{name}" must be of type {type}': entity(
        'can\'t parse MessageEntity: Field "length" must be of type Number', length="1"
    ),
    ENTITY + "Unsupported type specified": entity(type="shiny"),
    BAD + "receive an entity with incorrect {name} {value}": entity(
        "receive an entity with incorrect offset -1", offset=-1
    ),
    BAD + "entity begins after the end of the text at UTF-16 offset {offset}": entity(
        "entity begins after the end of the text at UTF-16 offset 9", offset=9
    ),
    BAD + "entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}": entity(
        "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9", length=9
    ),
    BAD + "entity begins in a middle of {symbol}": entity(
        "entity begins in a middle of a UTF-16 symbol at byte offset 4", on="🚨x", offset=1
    ),
    BAD + "entity beginning at UTF-16 offset {offset} ends in a middle of {symbol}": entity(
        "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4", on="🚨x"
    ),
    BAD + "entity URL '{url}' is invalid: Wrong HTTP URL": entity(
        "entity URL 'no address' is invalid: Wrong HTTP URL", type="text_link", url="no address"
    ),
    BAD + "object expected as {what}": text("x", reply_markup=[], says="Bad Request: object expected as reply markup"),
    BAD + "can't parse {what} JSON object": text(
        "x", reply_parameters="{", says="Bad Request: can't parse reply parameters JSON object"
    ),
    BAD + "too many inline query results specified": offer(*[article(id=str(number)) for number in range(51)]),
    RESULT + "Inline query result must be an object": offer("x"),
    RESULT + 'Can\'t find field "{name}"': offer(
        {"type": "article", "id": "1", "title": "x"},
        says="can't parse inline query result: Can't find field \"input_message_content\"",
    ),
    RESULT + 'Field "{name}" must be of type {type}': offer(
        article(title=5), says='can\'t parse inline query result: Field "title" must be of type String'
    ),
    BAD + "RESULT_ID_INVALID": offer(article(id="x" * 65)),
    BAD + "RESULT_ID_DUPLICATE": offer(article(), article()),
    BAD + "ARTICLE_TITLE_EMPTY": offer(article(title=" ")),
    BAD + "inline keyboard expected": about("editMessageText", "sent", text="x", reply_markup={"force_reply": True}),
    BAD + 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays': text(
        "x", reply_markup={"inline_keyboard": SOME}
    ),
    BAD + 'field "keyboard" must be an Array of Arrays': text("x", reply_markup={"keyboard": SOME}),
    BAD + "reply markup is too long": text("x", reply_markup={"inline_keyboard": [SOME * 101]}),
    BAD + "can't parse keyboard button: KeyboardButton must be a String or an Object": text(
        "x", reply_markup={"keyboard": [[5]]}
    ),
    BAD + "can't parse keyboard button: Can't find field \"text\"": text("x", reply_markup={"keyboard": [[{}]]}),
    BAD + 'can\'t parse keyboard button: Field "text" must be of type String': text(
        "x", reply_markup={"keyboard": [[{"text": 5}]]}
    ),
    BUTTON + "InlineKeyboardButton must be an Object": text("x", reply_markup={"inline_keyboard": [["x"]]}),
    BUTTON + 'Can\'t find field "text"': button(callback_data="y"),
    BUTTON + 'Field "{name}" must be of type {type}': button(
        'can\'t parse inline keyboard button: Field "callback_data" must be of type String', text="x", callback_data=5
    ),
    BUTTON + "Text buttons are unallowed in the inline keyboard": button(text="x"),
    BAD + "BUTTON_TEXT_INVALID": button(text=" ", callback_data="y"),
    BAD + "BUTTON_DATA_INVALID": button(text="x", callback_data="y" * 65),
    BAD + "BUTTON_COPY_TEXT_INVALID": button(text="x", copy_text={"text": ""}),
    BAD + "inline keyboard button URL '{url}' is invalid: Wrong HTTP URL": button(
        "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL", text="x", url="nowhere"
    ),
    BAD + "there is no photo in the request": Try("sendPhoto", {"chat_id": ANN}),
    BAD + "there is no document in the request": Try("sendDocument", {"chat_id": ANN, "document": "attach://it"}),
    BAD + "file must be non-empty": upload("sendDocument", document=("empty.txt", b"")),
    BAD + "file of size {size} bytes is too big for a photo; the maximum size is {limit} bytes": Try(
        "sendPhoto",
        says="Bad Request: file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
        options=lambda: {"data": form(chat_id=str(ANN), photo=filled(png(9, 9), MAX_PHOTO + 1))},
    ),
    BAD + "IMAGE_PROCESS_FAILED": upload("sendPhoto", photo=b"no picture"),
    BAD + "PHOTO_INVALID_DIMENSIONS": upload("sendPhoto", photo=png(5000, 5001)),
    BAD + "wrong file identifier/HTTP URL specified": Try(
        "sendPhoto", lambda town: {"chat_id": ANN, "photo": town.file_id(town.photo, OTHER_BOT)}
    ),
    BAD + "can't use file of type {type} as {other}": Try(
        "sendPhoto",
        lambda town: {"chat_id": ANN, "photo": town.file_id(town.document)},
        "Bad Request: can't use file of type Document as Photo",
    ),
    BAD + "failed to get HTTP URL content: the sandbox fetches nothing, send the file itself": Try(
        "sendPhoto", {"chat_id": ANN, "photo": "https://example.org/road.jpg"}
    ),
    BAD + "file_id not specified": Try("getFile"),
    BAD + "invalid file_id": Try("getFile", {"file_id": "invented"}),
    BAD + "file is too big": Try("getFile", lambda town: {"file_id": town.large_file()}),
    BAD + "invalid user_id specified": Try("getChatMember", {"chat_id": ANN, "user_id": 5}),
    BAD + "member not found": Try("getChatMember", {"chat_id": ANN, "user_id": BEN}),
    BAD + "member list is inaccessible": Try(
        "getChatAdministrators",
        {"chat_id": CHANNEL},
        before=lambda town: town.world.demote(town.group(CHANNEL), BOT_ID),
    ),
    BAD + "there are no administrators in the private chat": Try("getChatAdministrators", {"chat_id": ANN}),
    BAD + "can't leave private chats": Try("leaveChat", {"chat_id": ANN}),
    BAD + "BOT_COMMANDS_TOO_MUCH": Try("setMyCommands", {"commands": [{"command": "x", "description": "x"}] * 101}),
    BAD + "BOT_COMMAND_INVALID": command(command="Help", description="x"),
    BAD + "command must be non-empty": command(command="/", description="x"),
    BAD + "command length must not exceed {limit}": command(
        "command length must not exceed 32", command="x" * 33, description="x"
    ),
    BAD + "command description must be non-empty": command(command="x", description=" "),
    BAD + "command description length must not exceed {limit}": command(
        "command description length must not exceed 256", command="x", description="x" * 257
    ),
    COMMAND + "expected an Object": Try("setMyCommands", {"commands": ["help"]}),
    COMMAND + 'Can\'t find field "{name}"': command(
        "can't parse BotCommand: Can't find field \"description\"", command="x"
    ),
    COMMAND + 'Field "{name}" must be of type String': command(
        'can\'t parse BotCommand: Field "command" must be of type String', command=5, description="x"
    ),
    SCOPE + 'Can\'t find field "type"': scope(kind="chat"),
    SCOPE + 'Field "type" must be of type String': scope(type=5),
    SCOPE + "Unsupported type specified": scope(type="everywhere"),
    SCOPE + "Empty chat_id specified": scope(type="chat"),
    SCOPE + "Invalid user_id specified": scope(type="chat_member", chat_id=SUPERGROUP),
    BAD + "can't use specified scope in private chats": scope(type="chat_administrators", chat_id=ANN),
    BAD + "can't change commands in channel chats": scope(type="chat", chat_id=CHANNEL),
    BAD + "invalid language code specified": Try("getMyName", {"language_code": "English"}),
    BAD + "BOT_TITLE_INVALID": Try("setMyName", {"name": "x" * 65}),
    BAD + "DESCRIPTION_TOO_LONG": Try("setMyDescription", {"description": "x" * 513}),
    BAD + "ABOUT_TOO_LONG": Try("setMyShortDescription", {"short_description": "x" * 121}),
    BAD + "bad webhook: An HTTPS URL must be provided for webhook": Try("setWebhook", {"url": "http://bot.example/"}),
    BAD + "bad webhook: Invalid URL specified": Try("setWebhook", {"url": "https://[bot.example/"}),
    BAD + "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443": Try(
        "setWebhook", {"url": "https://bot.example:444/"}
    ),
    BAD + "secret token is too long": Try("setWebhook", {"url": "https://bot.example/", "secret_token": "x" * 257}),
    BAD + "secret token contains unallowed characters": Try(
        "setWebhook", {"url": "https://bot.example/", "secret_token": "x y"}
    ),
    BAD + "strings must be encoded in UTF-8": Try("sendMessage", options=lambda: {"data": b"text=%ff"}),
    BAD + "can't parse JSON object": Try("sendMessage", options=lambda: typed("application/json", b"{")),
    BAD + "expected an Object": Try("sendMessage", options=lambda: typed("application/json", b"[]")),
    BAD + "can't parse multipart form data": Try("sendMessage", options=lambda: typed("multipart/form-data", b"x")),
    BAD + 'parameter "{name}" is required': Try("setMyCommands", says='Bad Request: parameter "commands" is required'),
    BAD + 'field "{name}" must be of type {type}': text(
        "x", disable_notification="perhaps", says='Bad Request: field "disable_notification" must be of type Boolean'
    ),
    BAD + 'field "{name}" must be an Array of {type}': Try(
        "getUpdates",
        {"allowed_updates": [5]},
        'Bad Request: field "allowed_updates" must be an Array of String',
    ),
    BAD + "expected an Array of {type}": Try(
        "setMyCommands", {"commands": {}}, "Bad Request: expected an Array of BotCommand"
    ),
    "500 Internal Server Error": failing(500),
    "502 Bad Gateway": failing(502),
    "504 Gateway Timeout": failing(504),
    "501 Not Implemented: {what} is not implemented in the sandbox": text(
        "x", parse_mode="MarkdownV2", says="Not Implemented: parse_mode MarkdownV2 is not implemented in the sandbox"
    ),
}
# The refusals of a request that waits, by what comes between.
ENDINGS = {
    "409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running": (
        "getUpdates",
        {"timeout": 0},
    ),
    "409 Conflict: terminated by setWebhook request": ("setWebhook", {"url": "https://bot.example/"}),
}
