"""The door for people."""

from typing import Any

import pytest
from sandbox_doors import BotCaller, Caller, Clock, PersonCaller

from bot.sandbox import Sandbox

JSON = {"content-type": "application/json"}
CHAT = "/client/accounts/1001/chats/4242"


async def test_accounts_are_made_and_listed(people: PersonCaller) -> None:
    """A new account comes back whole, null where nothing was given, with an id of its own."""
    made = await people.post(
        "/client/accounts", {"first_name": " Ann ", "username": "@ann_other", "note": "duty officer"}
    )
    assert made.status == 201
    account = made.json
    assert account == {
        "id": account["id"],
        "first_name": "Ann",
        "last_name": None,
        "username": "ann_other",
        "note": "duty officer",
    }
    assert account["id"] > 2**32
    assert (await people.post("/client/accounts", {"first_name": "Bob", "id": 5})).json["id"] == 5
    assert (await people.get("/client/accounts"))["accounts"][0] == account


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        ({}, 400, "A first name has 1 to 64 characters, and a last name no more."),
        ({"first_name": "x" * 65}, 400, "A first name has 1 to 64 characters, and a last name no more."),
        ({"first_name": 5}, 400, "The field first_name is of the wrong type."),
        ({"first_name": "x", "id": True}, 400, "The field id is of the wrong type."),
        ({"first_name": "x", "id": -1}, 400, "An id is a positive number below 2 to the power of 52."),
        ({"first_name": "x", "id": 1001}, 409, "The id 1001 is taken."),
        ({"first_name": "x", "id": 4242}, 409, "The id 4242 is taken."),
        ({"first_name": "x", "username": "Ann_Other"}, 409, "The username Ann_Other is taken."),
        (
            {"first_name": "x", "username": "1x"},
            400,
            "A username has 4 to 32 Latin letters, digits and underscores and starts with a letter.",
        ),
        ([], 400, "The body has to be a JSON object."),
        (None, 400, "The body has to be a JSON object."),
    ],
)
@pytest.mark.usefixtures("ann")
async def test_accounts_that_are_refused(people: PersonCaller, content: Any, status: int, error: str) -> None:
    """Each refusal is one sentence."""
    answer = await people.post("/client/accounts", content)
    assert (answer.status, answer.json) == (status, {"error": error})


async def test_drawn_ids_pass_over_those_taken(sandbox: Sandbox) -> None:
    """An id that somebody has chosen is not drawn again."""
    drawn = sandbox.world.add_account(first_name="a").id
    sandbox.world.add_account(first_name="b", id=drawn + 1)
    assert sandbox.world.add_account(first_name="c").id == drawn + 2


async def test_bots_are_listed(people: PersonCaller) -> None:
    """Each with id, name and username, and never the token."""
    assert (await people.get("/client/bots"))["bots"][0] == {
        "id": 4242,
        "first_name": "Cascade",
        "username": "sandbox_4242_bot",
    }


@pytest.mark.usefixtures("ann")
async def test_there_is_a_chat_with_every_bot(people: PersonCaller) -> None:
    """Also before the first message; after it the last one stands in the list."""
    started, fresh = (await people.get("/client/accounts/1001/chats"))["chats"]
    assert fresh == {
        "peer": 77,
        "kind": "private",
        "title": "Other",
        "started": False,
        "blocked": False,
        "unread": 0,
        "last": None,
    }
    assert (started["peer"], started["started"], started["last"]["text"]) == (4242, True, "/start")


@pytest.mark.usefixtures("ann")
async def test_a_chat_shows_menu_and_messages(people: PersonCaller, bot: BotCaller, clock: Clock) -> None:
    """Messages are as docs/sandbox.md has them, null where unset."""
    await bot.ok("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    await bot.ok("sendMessage", chat_id=1001, text="Hello")
    chat = await people.get(CHAT)
    assert chat["commands"] == [{"command": "help", "description": "Help"}]
    assert chat["messages"][0]["from"] == {"id": 1001, "is_bot": False, "name": "Ann Other"}
    assert chat["messages"][1] == {
        "message_id": 2,
        "date": int(clock.now),
        "edit_date": None,
        "from": {"id": 4242, "is_bot": True, "name": "Cascade"},
        "text": "Hello",
        "entities": None,
        "sticker": None,
        "reply_markup": None,
    }


@pytest.mark.usefixtures("ann")
async def test_unread_messages_are_the_bots(people: PersonCaller, bot: BotCaller) -> None:
    """They are counted until the account reads the chat."""
    await bot.ok("sendMessage", chat_id=1001, text="a")
    await people.post(f"{CHAT}/messages", {"text": "b"})
    await bot.ok("sendMessage", chat_id=1001, text="c")
    assert (await people.get("/client/accounts/1001/chats"))["chats"][0]["unread"] == 2
    answer = await people.post(f"{CHAT}/read")
    assert (answer.status, answer.json) == (200, {})
    assert (await people.get("/client/accounts/1001/chats"))["chats"][0]["unread"] == 0


@pytest.mark.usefixtures("ann")
async def test_people_write_and_press(people: PersonCaller, bot: BotCaller) -> None:
    """Texts, stickers and presses reach the bot."""
    said = await people.post(
        f"{CHAT}/messages", {"text": " hi ", "entities": [{"type": "bold", "offset": 1, "length": 2}]}
    )
    assert (said.status, said.json["message"]["text"]) == (201, "hi")
    sticker = await people.post(f"{CHAT}/messages", {"sticker": "👍"})
    assert (sticker.json["message"]["sticker"], sticker.json["message"]["text"]) == ("👍", None)
    pressed = await people.post(f"{CHAT}/presses", {"message_id": 1, "data": "forged"})
    assert pressed.status == 202
    updates = await bot.ok("getUpdates")
    assert updates[0]["message"]["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
    assert updates[1]["message"]["sticker"]["emoji"] == "👍"
    assert updates[2]["callback_query"]["id"] == pressed.json["callback_query_id"]


@pytest.mark.parametrize(
    ("action", "content", "error"),
    [
        ("messages", {}, "A message has either a text or a sticker."),
        ("messages", {"text": "x", "sticker": "y"}, "A message has either a text or a sticker."),
        ("messages", {"text": ""}, "Message text is empty."),
        ("messages", {"text": " "}, "Text must be non-empty."),
        ("messages", {"text": "x" * 4097}, "Message is too long."),
        ("messages", {"sticker": " "}, "A sticker is named by one emoji."),
        ("presses", {"message_id": 1}, "A press names a message_id and the data."),
    ],
)
@pytest.mark.usefixtures("ann")
async def test_what_people_cannot_say(people: PersonCaller, action: str, content: Any, error: str) -> None:
    """People are held to the same limits of text as bots."""
    answer = await people.post(f"{CHAT}/{action}", content)
    assert (answer.status, answer.json) == (400, {"error": error})


@pytest.mark.usefixtures("ann")
async def test_blocking(people: PersonCaller) -> None:
    """A blocked bot is neither written to nor pressed until it is unblocked; a fresh one cannot be blocked."""
    assert (await people.post(f"{CHAT}/block")).json == {}
    assert (await people.get(CHAT))["blocked"] is True
    for action, content in (("messages", {"text": "x"}), ("presses", {"message_id": 1, "data": "x"})):
        answer = await people.post(f"{CHAT}/{action}", content)
        assert (answer.status, answer.json) == (
            409,
            {"error": "This account has blocked the bot; it has to unblock it first."},
        )
    assert (await people.post(f"{CHAT}/unblock")).json == {}
    assert (await people.post(f"{CHAT}/messages", {"text": "x"})).status == 201
    fresh = await people.post("/client/accounts/1001/chats/77/block")
    assert (fresh.status, fresh.json["error"]) == (409, "This account has not started the bot yet.")


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("/client/accounts/9/chats", "There is no account 9."),
        ("/client/accounts/9/chats/4242", "There is no account 9."),
        ("/client/accounts/1001/chats/-5", "There is no chat -5."),
        ("/client/events?account=9", "There is no account 9."),
        ("/client/nothing", "There is nothing here."),
        ("/nothing", "There is nothing here."),
        ("/nothing.js", "There is nothing here."),
        ("/client.py", "There is nothing here."),
        ("/..%2fclient.js", "There is nothing here."),
    ],
)
@pytest.mark.usefixtures("ann")
async def test_what_is_not_there(http: Caller, target: str, error: str) -> None:
    """404 and one sentence."""
    answer = await http("GET", target)
    assert (answer.status, answer.json) == (404, {"error": error})


@pytest.mark.usefixtures("ann")
async def test_numbers_have_to_be_numbers(people: PersonCaller, http: Caller) -> None:
    """A peer, an account or a sequence number that is none is a bad request, an unknown message is not found."""
    for target in ("/client/accounts/1001/chats/x", "/client/events", "/client/calls?after=x"):
        assert (await http("GET", target)).status == 400
    assert (await people.post(f"{CHAT}/presses", {"message_id": 99, "data": "x"})).status == 404
    assert (await people.post("/client/bots", {})).status == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8765", 200),
        ("127.0.0.1", 200),
        ("127.8.8.8:1", 200),
        ("[::1]:8765", 200),
        ("sandbox.internal:80", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost@evil.example", 403),
        ("10.0.0.1:8765", 403),
        ("[::2]", 403),
        ("", 403),
    ],
)
async def test_other_host_names_are_refused(http: Caller, clock: Clock, host: str, status: int) -> None:
    """Only this machine and the host that the sandbox listens on may be named, which stops rebound DNS names."""
    http.app = Sandbox(clock=clock, listen_host="Sandbox.internal").app
    assert (await http("GET", "/client/accounts", headers={"host": host})).status == status
    assert (await http("GET", "/nothing", headers={"host": host})).status == (404 if status == 200 else 403)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"origin": "http://127.0.0.1:8765"}, 201),
        ({"sec-fetch-site": "same-origin"}, 201),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
    ],
)
@pytest.mark.usefixtures("ann")
async def test_other_sites_cannot_change_anything(http: Caller, headers: dict[str, str], status: int) -> None:
    """A request that changes something has to come from the page itself or from no page at all."""
    answer = await http("POST", f"{CHAT}/messages", b'{"text": "x"}', {**JSON, **headers})
    assert answer.status == status


async def test_the_page_is_served_with_strict_headers(http: Caller) -> None:
    """The page and its files may load nothing from elsewhere, tell nobody where they are, and be framed nowhere."""
    types = {"/": "text/html; charset=utf-8", "/app.css": "text/css; charset=utf-8", "/app.js": "text/javascript"}
    for target, content_type in types.items():
        answer = await http("GET", target)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(content_type)
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await http("GET", "/favicon.ico")).status == 204
