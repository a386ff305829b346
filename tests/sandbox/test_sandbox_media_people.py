"""Pictures and documents that people send: in Python, on the client door, and as the bot gets them."""

from typing import Any

import aiohttp
import pytest
import telegram
from sandbox_doors import PersonCaller
from sandbox_pictures import form, jpeg, png

from bot.sandbox import Sandbox
from bot.sandbox.chats import Chat

BOLD = '[{"type": "bold", "offset": 4, "length": 4}]'


async def test_what_people_send_reaches_the_bot(ptb: telegram.Bot, sandbox: Sandbox, ann: Chat) -> None:
    """Pictures and documents arrive as the library's objects, and the bot can download and send them on."""
    sandbox.world.say_photo(ann, jpeg(400, 300), "See /help", [{"type": "bold", "offset": 0, "length": 3}])
    sandbox.world.say_document(ann, b"%PDF", "C:\\plans\\plan.pdf", caption="The plan")
    sandbox.world.say_document(ann, b"?", "odd.thing", "application/x-thing")
    photo, document, odd = [update.message for update in await ptb.get_updates(timeout=5)]
    assert photo is not None
    assert [(size.width, size.height) for size in photo.photo] == [(90, 68), (320, 240), (400, 300)]
    assert [entity.type for entity in photo.caption_entities] == ["bold", "bot_command"]
    assert await (await photo.photo[-1].get_file()).download_as_bytearray() == jpeg(400, 300)
    assert document is not None
    assert document.document is not None
    assert (document.document.file_name, document.caption) == ("plan.pdf", "The plan")
    assert odd is not None
    assert odd.document is not None
    assert odd.document.mime_type == "application/x-thing"
    assert (await ptb.send_photo(ann.id, photo.photo[0].file_id)).photo == photo.photo


async def test_the_page_sends_files(
    session: aiohttp.ClientSession, address: str, sandbox: Sandbox, ann: Chat, people: PersonCaller
) -> None:
    """The client door takes a form with a file, a caption and what it is to be sent as."""
    path = f"{address}/client/accounts/{ann.id}/chats/4242/files"
    data = form(file=("road.png", png(30, 20)), caption="The road", entities=BOLD, **{"as": "photo"})
    async with session.post(path, data=data) as answer:
        assert answer.status == 201
        message = (await answer.json())["message"]
    url = message["photo"]["url"]
    size = len(png(30, 20))
    assert message["photo"] == {"url": url, "size": size, "width": 30, "height": 20}
    assert (message["caption"], message["text"], message["entities"][0]["type"]) == ("The road", None, "bold")
    async with session.get(f"{address}{url}") as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", png(30, 20))
    async with session.post(path, data=form(file=("Ü <1>.html", b"<script>"))) as answer:
        document = (await answer.json())["message"]["document"]
    assert (document["name"], document["mime_type"], document["size"]) == ("Ü <1>.html", "text/html", 8)
    async with session.get(f"{address}{document['url']}") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%9C%20%3C1%3E.html"
    assert [sorted(update) for update in ann.bot.updates.read(0, 9, 0)] == [["message", "update_id"]] * 2
    assert (await people.get("/client/files/99")) == {"error": "There is no such file."}
    assert sandbox.world.library.at(-1) is None


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "The form has to bring a file."),
        ({"file": "text"}, "The form has to bring a file."),
        ({"file": b"x", "as": "video"}, "A file is sent as a photo or as a document."),
        ({"file": b"x", "as": "photo"}, "IMAGE_PROCESS_FAILED."),
        ({"file": b""}, "File must be non-empty."),
        ({"file": b"x", "entities": "{"}, "The field entities is a list."),
        ({"file": b"x", "entities": "{}"}, "The field entities is a list."),
        ({"file": b"x", "caption": "x" * 1025}, "Message caption is too long."),
    ],
)
async def test_forms_of_the_page_that_are_refused(
    session: aiohttp.ClientSession, address: str, ann: Chat, fields: dict[str, Any], error: str
) -> None:
    """Each refusal is one sentence, and nothing is sent."""
    path = f"{address}/client/accounts/{ann.id}/chats/4242/files"
    before = len(ann.messages)
    async with session.post(path, data=form(**{"caption": "", **fields})) as answer:
        assert (answer.status, await answer.json()) == (400, {"error": error})
    assert len(ann.messages) == before
