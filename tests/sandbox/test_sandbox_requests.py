"""How requests to the Bot API come in, and which are turned away at the door."""

from typing import Any

import orjson
import pytest
from sandbox_doors import BotCaller, Caller, Clock

from bot.sandbox import ApiError, Sandbox
from bot.sandbox.methods import METHODS, UNSUPPORTED
from bot.sandbox.spec import load_methods

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json; charset=utf-8"}
MULTIPART = {"content-type": "multipart/form-data; boundary=edge"}
PARTS = (
    b'--edge\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n1001\r\n'
    b'--edge\r\nContent-Disposition: form-data; name="text"\r\n\r\nH\xc3\xa9\r\n'
    b'--edge\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nfile\r\n--edge--\r\n'
)
SEND = "/bot4242:sandbox-token/sendMessage"


@pytest.mark.parametrize(
    ("method", "target", "body", "headers"),
    [
        ("GET", f"{SEND}?chat_id=1001&text=H%C3%A9", b"", {}),
        ("POST", f"{SEND}?chat_id=1001&text=H%C3%A9", b"", {}),
        ("POST", SEND, b"chat_id=1001&text=H%C3%A9", FORM),
        ("POST", SEND, '{"chat_id": 1001, "text": "Hé"}'.encode(), JSON),
        ("POST", SEND, '{"chat_id": "1001", "text": "Hé", "parse_mode": null}'.encode(), JSON),
        ("POST", SEND, PARTS, MULTIPART),
        ("POST", f"{SEND}?chat_id=5&text=no", b"chat_id=1001&text=H%C3%A9", FORM),
        ("POST", SEND.replace("sendMessage", "SENDmessage"), b"chat_id=1001&text=H%C3%A9&unknown=1", FORM),
    ],
)
@pytest.mark.usefixtures("ann")
async def test_four_ways_to_pass_parameters(
    http: Caller, method: str, target: str, body: bytes, headers: dict[str, str]
) -> None:
    """Query, form, JSON and multipart say the same; the body wins, and case and unknown names do not matter."""
    answer = await http(method, target, body, headers)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert (answer.json["ok"], answer.json["result"]["text"]) == (True, "Hé")


@pytest.mark.usefixtures("ann")
async def test_structures_come_as_json_in_forms(http: Caller) -> None:
    """A form carries a keyboard as a JSON string."""
    body = b'chat_id=1001&text=x&reply_markup={"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}'
    answer = await http("POST", SEND, body, FORM)
    assert answer.json["result"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "b"


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (b"{", JSON, "can't parse JSON object"),
        (b"[]", JSON, "expected an Object"),
        (b"text=%FF", FORM, "strings must be encoded in UTF-8"),
        (b"text=\xff", FORM, "strings must be encoded in UTF-8"),
        (b"no parts", {"content-type": "multipart/form-data"}, "can't parse multipart form data"),
        (b"no parts", MULTIPART, "can't parse multipart form data"),
    ],
)
async def test_bodies_that_cannot_be_read(http: Caller, body: bytes, headers: dict[str, str], reason: str) -> None:
    """A body that is not what it says is a bad request."""
    answer = await http("POST", SEND, body, headers)
    assert (answer.status, answer.json["description"]) == (400, f"Bad Request: {reason}")


@pytest.mark.parametrize(
    ("method", "params", "reason"),
    [
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": "", "text": "x"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": 1001}, "message text is empty"),
        ("sendMessage", {"chat_id": 1001, "text": ""}, "message text is empty"),
        ("sendMessage", {}, "message text is empty"),
        ("deleteMessage", {"chat_id": 1001}, "message identifier is not specified"),
        ("getChatMember", {"chat_id": 1001}, "invalid user_id specified"),
        ("sendChatAction", {"chat_id": 1001}, "wrong parameter action in request"),
        ("setMyCommands", {}, 'parameter "commands" is required'),
        ("deleteMessage", {"chat_id": 1001, "message_id": "x"}, 'field "message_id" must be of type Number'),
        ("deleteMessage", {"chat_id": 1001, "message_id": 1.5}, 'field "message_id" must be of type Number'),
        ("deleteMessage", {"chat_id": 1001, "message_id": True}, 'field "message_id" must be of type Number'),
        ("deleteMessage", {"chat_id": 1001, "message_id": 2**63}, 'field "message_id" must be of type Number'),
        ("deleteMessage", {"chat_id": [1001], "message_id": 1}, 'field "chat_id" must be of type String'),
        ("sendMessage", {"chat_id": 1001, "text": ["x"]}, 'field "text" must be of type String'),
        ("sendMessage", {"chat_id": 1001, "text": True}, 'field "text" must be of type String'),
        (
            "sendMessage",
            {"chat_id": 1001, "text": "x", "protect_content": "perhaps"},
            'field "protect_content" must be of type Boolean',
        ),
        ("sendMessage", {"chat_id": 1001, "text": "x", "reply_markup": []}, "object expected as reply markup"),
        (
            "sendMessage",
            {"chat_id": 1001, "text": "x", "reply_markup": "{"},
            "can't parse reply keyboard markup JSON object",
        ),
        ("sendMessage", {"chat_id": 1001, "text": "x", "entities": {}}, "expected an Array of MessageEntity"),
        (
            "sendMessage",
            {"chat_id": 1001, "text": "x", "link_preview_options": "5"},
            "object expected as link preview options",
        ),
        ("setMyCommands", {"commands": "none"}, "can't parse commands JSON object"),
        ("getUpdates", {"allowed_updates": [5]}, 'field "allowed_updates" must be an Array of String'),
        ("getUpdates", {"allowed_updates": "5"}, 'field "allowed_updates" must be of type Array'),
    ],
)
async def test_parameters_are_held_against_the_specification(
    bot: BotCaller, method: str, params: dict[str, Any], reason: str
) -> None:
    """What is missing or of the wrong type is refused with 400."""
    answer = await bot(method, **params)
    assert answer == {"ok": False, "error_code": 400, "description": f"Bad Request: {reason}"}


@pytest.mark.usefixtures("ann")
async def test_numbers_pass_as_text_and_text_as_numbers(bot: BotCaller) -> None:
    """As at Telegram, "2" is a message id and 5 is a text."""
    sent = await bot.ok("sendMessage", chat_id="1001", text=5, protect_content="true", disable_notification=0)
    assert (sent["text"], sent["has_protected_content"]) == ("5", True)
    assert await bot.ok("deleteMessage", chat_id=1001, message_id=str(sent["message_id"])) is True


@pytest.mark.usefixtures("ann")
async def test_what_the_sandbox_cannot_do_it_says(bot: BotCaller) -> None:
    """Known methods and parameters that are not built answer 501, unknown methods 404."""
    assert await bot("sendVideo", chat_id=1001) == {
        "ok": False,
        "error_code": 501,
        "description": "Not Implemented: sendVideo is not implemented in the sandbox",
    }
    refusal = await bot.refused("sendMessage", chat_id=1001, text="x", message_effect_id="5")
    assert refusal == "Not Implemented: message_effect_id of sendMessage is not implemented in the sandbox"
    assert await bot("sendPigeon") == {"ok": False, "error_code": 404, "description": "Not Found"}


@pytest.mark.parametrize(
    ("token", "status", "description"),
    [
        ("4242:wrong", 401, "Unauthorized"),
        ("1:unknown", 401, "Unauthorized"),
        ("4242", 404, "Not Found"),
        ("4242:ab", 404, "Not Found"),
        ("x:sandbox-token", 404, "Not Found"),
        ("4242:sandbox token", 404, "Not Found"),
        ("", 404, "Not Found"),
    ],
)
async def test_tokens(bot: BotCaller, token: str, status: int, description: str) -> None:
    """A token of nobody is unauthorised, and what is no token is not found."""
    bot.token = token
    assert await bot("getMe") == {"ok": False, "error_code": status, "description": description}


async def test_an_open_sandbox_takes_every_wellformed_token(bot: BotCaller, http: Caller, clock: Clock) -> None:
    """The bot has the id in its token; another secret for the same id is unauthorised."""
    sandbox = Sandbox(clock=clock)
    http.app = sandbox.app
    bot.token = "123:abc"
    me = await bot.ok("getMe")
    assert (me["id"], me["is_bot"], me["username"]) == (123, True, "sandbox_123_bot")
    bot.token = "123:other"
    assert await bot.refused("getMe") == "Unauthorized"
    assert sandbox.world.bot_for("123:abc").id == 123


def test_two_tokens_for_one_bot_are_a_mistake() -> None:
    """A sandbox that is told of two tokens with one id, or of a malformed one, is not built."""
    for tokens in ({"1:abc": "a", "1:abd": "b"}, {"nonsense": "a"}):
        with pytest.raises(ValueError, match="token"):
            Sandbox(tokens=tokens)


def test_a_bots_token_is_not_shown() -> None:
    """Neither the repr of a bot nor an error holds the token."""
    sandbox = Sandbox(tokens={"1:secret": "a"})
    assert "secret" not in repr(sandbox.world.bot_for("1:secret"))
    with pytest.raises(ApiError) as refused:
        sandbox.world.bot_for("2:secret")
    assert "secret" not in str(refused.value)


async def test_other_http_methods_are_refused(http: Caller) -> None:
    """The Bot API knows GET and POST."""
    answer = await http("DELETE", "/bot4242:sandbox-token/getMe")
    assert (answer.status, answer.json["description"]) == (405, "Method Not Allowed")


def test_the_table_names_methods_and_parameters_of_the_specification() -> None:
    """Nothing is implemented, or said to be missing, that the Bot API does not have."""
    known = {method.name: method for method in load_methods().values()}
    assert METHODS.keys() <= known.keys()
    for name, parameters in UNSUPPORTED.items():
        assert parameters <= known[name].converts.keys()


def test_floats_and_files() -> None:
    """The types that no built method uses yet are read as well."""
    methods = load_methods()
    place = methods["sendlocation"].read({"chat_id": 1, "latitude": "51.5", "longitude": 0})
    assert (place["latitude"], place["longitude"]) == (51.5, 0.0)
    for latitude in ("north", True):
        with pytest.raises(ApiError, match="must be of type Number"):
            methods["sendlocation"].read({"chat_id": 1, "latitude": latitude, "longitude": 0})
    assert methods["sendphoto"].read({"chat_id": 1, "photo": "file-id"})["photo"] == "file-id"


@pytest.mark.usefixtures("ann")
async def test_every_call_is_in_the_journal(bot: BotCaller, http: Caller, clock: Clock) -> None:
    """Refused and unauthorised calls are there too, numbered, with the chat's id as a number."""
    await http("POST", SEND, b"chat_id=1001&text=x", FORM)
    await bot("sendMessage", chat_id=5, text="x")
    bot.token = "9:unknown"
    await bot("getMe")
    bot.token = "malformed"
    await bot("getMe")
    calls = (await http("GET", "/client/calls?after=0")).json["calls"]
    at, sent = clock.now, {"bot_id": 4242, "method": "sendMessage"}
    assert calls == [
        {"seq": 1, "at": at, **sent, "chat_id": 1001, "status": 200, "description": None, "fault": None},
        {
            "seq": 2,
            "at": at,
            **sent,
            "chat_id": 5,
            "status": 400,
            "description": "Bad Request: chat not found",
            "fault": None,
        },
        {
            "seq": 3,
            "at": at,
            "bot_id": 9,
            "method": "getMe",
            "chat_id": None,
            "status": 401,
            "description": "Unauthorized",
            "fault": None,
        },
    ]
    assert [call["seq"] for call in (await http("GET", "/client/calls?after=2")).json["calls"]] == [3]


async def test_the_journal_keeps_ten_thousand_calls(sandbox: Sandbox) -> None:
    """Older ones go."""
    for _ in range(10_001):
        sandbox.world.journal.record(1, "getMe", None, at=0.0, status=200, description=None)
    assert [call["seq"] for call in sandbox.world.journal.after(0)][::9_999] == [2, 10_001]


async def test_a_large_body_is_refused(sandbox: Sandbox) -> None:
    """Bodies end at 50 MB."""
    chunks = [{"type": "http.request", "body": b"x" * 30_000_000, "more_body": True}] * 2
    sent = []

    async def receive() -> dict[str, object]:
        return chunks.pop()

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": SEND, "query_string": b"", "headers": []}
    await sandbox.app(scope, receive, send)
    assert sent[0]["status"] == 413
    assert orjson.loads(sent[1]["body"])["description"] == "Request Entity Too Large"
