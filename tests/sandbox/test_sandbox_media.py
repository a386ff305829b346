"""Pictures and documents: uploads, ids, limits, captions, downloads."""

from typing import Any

import aiohttp
import pytest
import telegram
from sandbox_doors import TOKEN, BotCaller, Clock
from sandbox_pictures import filled, form, jpeg, png, webp
from telegram.error import BadRequest

from bot.sandbox import Limits, Sandbox
from bot.sandbox.chats import Chat
from bot.sandbox.images import picture_size
from bot.sandbox.media import MAX_DOWNLOAD, MAX_FILE, MAX_PHOTO

BOLD = '[{"type": "bold", "offset": 4, "length": 4}]'
WRONG_ID = "Bad Request: wrong file identifier/HTTP URL specified"


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    """A sandbox with two bots that may send as fast as they like."""
    limits = Limits(bot_per_second=10_000, chat_per_second=10_000)
    return Sandbox(clock=clock, limits=limits, tokens={TOKEN: "Cascade", "77:another-token": "Other"})


class Uploader:
    """Sends forms with files to the first bot's methods."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session = session
        self._address = address

    async def __call__(self, method: str, **fields: Any) -> Any:
        """The whole answer, whether ok or not."""
        data = form(**{"chat_id": "1001", **fields})
        async with self._session.post(f"{self._address}/bot{TOKEN}/{method}", data=data) as answer:
            content = await answer.json()
            assert answer.status == content.get("error_code", 200)
            return content

    async def ok(self, method: str, **fields: Any) -> Any:
        """The result of a call that has to succeed."""
        answer = await self(method, **fields)
        assert answer["ok"], answer
        return answer["result"]

    async def refused(self, method: str, **fields: Any) -> str:
        """The description of a call that has to fail."""
        return str((await self(method, **fields))["description"])


@pytest.fixture
def upload(session: aiohttp.ClientSession, address: str, ann: Chat) -> Uploader:
    """Uploads over HTTP into the chat of Ann."""
    assert ann.id == 1001
    return Uploader(session, address)


async def test_python_telegram_bot_sends_a_photo_and_sends_it_again(ptb: telegram.Bot, ann: Chat) -> None:
    """A picture goes up once as bytes and then by its file_id, with a caption that is formatted."""
    sent = await ptb.send_photo(ann.id, png(1600, 900), "<b>Road</b> closed", parse_mode="HTML", has_spoiler=True)
    assert [(size.width, size.height) for size in sent.photo] == [(90, 51), (320, 180), (800, 450), (1280, 720)]
    assert (sent.caption_html, sent.has_media_spoiler, sent.text) == ("<b>Road</b> closed", True, None)
    again = await ptb.send_photo(ann.id, sent.photo[-1].file_id, show_caption_above_media=True, caption="x")
    assert (again.photo, again.show_caption_above_media) == (sent.photo, True)


async def test_python_telegram_bot_sends_a_document_and_downloads_it(ptb: telegram.Bot, ann: Chat) -> None:
    """A document keeps its name and its bytes on the way up and down."""
    sent = await ptb.send_document(ann.id, b"a,b\n1,2\n", filename="Übung 1.csv", caption="The list")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.mime_type, sent.document.file_size) == ("Übung 1.csv", "text/csv", 8)
    file = await ptb.get_file(sent.document.file_id)
    assert file.file_unique_id == sent.document.file_unique_id
    assert bytes(await file.download_as_bytearray()) == b"a,b\n1,2\n"
    with pytest.raises(BadRequest, match="Can't use file of type document as photo"):
        await ptb.send_photo(ann.id, sent.document.file_id)


async def test_python_telegram_bot_edits_captions_and_buttons(ptb: telegram.Bot, ann: Chat) -> None:
    """The caption and the buttons of a picture can be changed, its text cannot, and it can be deleted."""
    sent = await ptb.send_photo(ann.id, png(100, 100), "one", protect_content=True, has_spoiler=True)
    edited = await sent.edit_caption("<i>two</i>", parse_mode="HTML", show_caption_above_media=True)
    assert isinstance(edited, telegram.Message)
    assert (edited.caption_html, edited.show_caption_above_media) == ("<i>two</i>", True)
    assert (edited.has_protected_content, edited.has_media_spoiler) == (True, True)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sent.edit_caption("<i>two</i>", parse_mode="HTML", show_caption_above_media=True)
    keyboard = telegram.InlineKeyboardMarkup.from_button(telegram.InlineKeyboardButton("Seen", callback_data="seen"))
    marked = await sent.edit_reply_markup(keyboard)
    assert isinstance(marked, telegram.Message)
    assert (marked.reply_markup, marked.caption) == (keyboard, "two")
    bare = await sent.edit_caption()
    assert isinstance(bare, telegram.Message)
    assert (bare.caption, bare.caption_entities, bare.reply_markup) == (None, (), None)
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await sent.edit_text("three")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await (await ptb.send_message(ann.id, "text")).edit_caption("four")
    assert await sent.delete()


async def test_a_form_may_name_its_file(upload: Uploader) -> None:
    """`attach://NAME` stands for the part of that name, and says so when it is not there."""
    sent = await upload.ok("sendDocument", document="attach://part", part=("plan.pdf", b"%PDF"))
    assert (sent["document"]["file_name"], sent["document"]["mime_type"]) == ("plan.pdf", "application/pdf")
    absent = "Bad Request: there is no document in the request"
    assert await upload.refused("sendDocument", document="attach://other", part=("plan.pdf", b"%PDF")) == absent
    assert await upload.refused("sendDocument") == absent


async def test_a_caption_that_looks_like_a_part_stays_text(upload: Uploader) -> None:
    """Only the fields for files are read as the names of parts."""
    sent = await upload.ok("sendPhoto", photo=png(1, 1), caption="attach://photo")
    assert sent["caption"] == "attach://photo"


async def test_the_same_bytes_have_one_unique_id(upload: Uploader) -> None:
    """A second upload gets another file_id and the same file_unique_id; every size has ids of its own."""
    first = (await upload.ok("sendPhoto", photo=png(200, 200)))["photo"]
    second = (await upload.ok("sendPhoto", photo=png(200, 200)))["photo"]
    assert [size["file_unique_id"] for size in first] == [size["file_unique_id"] for size in second]
    assert len({size["file_id"] for size in first + second}) == 4
    assert len({size["file_unique_id"] for size in first}) == 2


async def test_a_file_id_belongs_to_one_bot(upload: Uploader, bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """What one bot has uploaded, another bot cannot send, ask for or download by the first one's id."""
    account = ann.account.id
    sandbox.world.say(sandbox.world.chat(account, 77), "/start")
    other = BotCaller(bot.caller, "77:another-token")
    file_id = (await upload.ok("sendPhoto", photo=png(50, 50)))["photo"][0]["file_id"]
    assert await other.refused("sendPhoto", chat_id=account, photo=file_id) == WRONG_ID
    assert await other.refused("getFile", file_id=file_id) == "Bad Request: invalid file_id"
    path = (await bot.ok("getFile", file_id=file_id))["file_path"]
    assert (await bot.caller("GET", f"/file/bot77:another-token/{path}")).status == 404
    assert (await bot.caller("GET", f"/file/bot{TOKEN}/{path}")).body == png(50, 50)


@pytest.mark.parametrize("photo", ["x", "AgAC", "ü", "AgACAAAAAAAAcw==", 5, {"a": 1}, "attach:/x"])
@pytest.mark.usefixtures("ann")
async def test_invented_file_ids_are_refused(bot: BotCaller, photo: Any) -> None:
    """Whatever is no id that the bot was given is answered as Telegram answers it."""
    assert await bot.refused("sendPhoto", chat_id=1001, photo=photo) == WRONG_ID


async def test_files_do_not_change_their_kind(upload: Uploader) -> None:
    """A document's id is not taken for a picture, nor the other way round."""
    document = (await upload.ok("sendDocument", document=png(50, 50)))["document"]["file_id"]
    photo = (await upload.ok("sendPhoto", photo=png(50, 50)))["photo"][0]["file_id"]
    refusal = "Bad Request: can't use file of type Document as Photo"
    assert await upload.refused("sendPhoto", photo=document) == refusal
    refusal = "Bad Request: can't use file of type Photo as Document"
    assert await upload.refused("sendDocument", document=photo) == refusal


@pytest.mark.usefixtures("ann")
async def test_nothing_is_fetched(bot: BotCaller) -> None:
    """An address in place of a file is refused with the reason."""
    refusal = await bot.refused("sendPhoto", chat_id=1001, photo="https://example.org/a.png")
    assert refusal.startswith("Bad Request: failed to get HTTP URL content: the sandbox fetches nothing")


@pytest.mark.parametrize(
    ("picture", "description"),
    [
        (png(9_000, 1_001), "PHOTO_INVALID_DIMENSIONS"),
        (png(2_001, 100), "PHOTO_INVALID_DIMENSIONS"),
        (png(100, 2_001), "PHOTO_INVALID_DIMENSIONS"),
        (png(0, 5), "IMAGE_PROCESS_FAILED"),
        (png(5, 5)[:20], "IMAGE_PROCESS_FAILED"),
        (jpeg(5, 5)[:20], "IMAGE_PROCESS_FAILED"),
        (b"GIF89a\x01\x00\x01\x00", "IMAGE_PROCESS_FAILED"),
        (b"%PDF-1.7", "IMAGE_PROCESS_FAILED"),
        (b"", "file must be non-empty"),
        (
            filled(png(5, 5), MAX_PHOTO + 1),
            f"file of size {MAX_PHOTO + 1} bytes is too big for a photo; the maximum size is {MAX_PHOTO} bytes",
        ),
    ],
    ids=["sides", "wide", "high", "flat", "cut png", "cut jpeg", "gif", "pdf", "empty", "heavy"],
)
async def test_pictures_that_are_refused(upload: Uploader, picture: bytes, description: str) -> None:
    """A picture is refused one step beyond each limit, and where its bytes are no picture."""
    assert await upload.refused("sendPhoto", photo=picture) == f"Bad Request: {description}"


@pytest.mark.parametrize(
    "picture",
    [png(9_000, 1_000), png(2_000, 100), png(1, 20), jpeg(5, 5), filled(png(5, 5))],
    ids=["sides", "wide", "high", "small", "heavy"],
)
async def test_pictures_at_the_limits_are_taken(upload: Uploader, picture: bytes) -> None:
    """10,000 pixels of width and height together, 20 to 1, and 10 MB are still allowed."""
    assert (await upload.ok("sendPhoto", photo=picture))["photo"][0]["file_size"] == len(picture)


@pytest.mark.parametrize(
    "picture",
    [png(640, 480), jpeg(640, 480), *(webp(kind, 640, 480) for kind in (b"VP8 ", b"VP8L", b"VP8X"))],
    ids=["png", "jpeg", "webp", "lossless webp", "extended webp"],
)
def test_sizes_are_read_from_headers(picture: bytes) -> None:
    """Width and height stand in the header of each format."""
    assert picture_size(picture) == (640, 480)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xda\x00\x08", b"RIFF    WEBPVP9 ", b"RIFF    WEBPVP8 ", b"\xff\xd8\xff\xd0x"],
)
def test_broken_headers_have_no_size(data: bytes) -> None:
    """Bytes that stop or go astray before the size are no picture."""
    assert picture_size(data) is None


async def test_documents_have_their_limits(upload: Uploader, bot: BotCaller) -> None:
    """50 MB go up and one byte more does not; above 20 MB nothing comes down; an empty file is refused."""
    assert await upload.refused("sendDocument", document=b"") == "Bad Request: file must be non-empty"
    large = (await upload.ok("sendDocument", document=bytes(MAX_FILE)))["document"]
    assert large["mime_type"] == "application/octet-stream"
    answer = await upload("sendDocument", document=bytes(MAX_FILE + 1))
    assert (answer["error_code"], answer["description"]) == (413, "Request Entity Too Large")
    assert await bot.refused("getFile", file_id=large["file_id"]) == "Bad Request: file is too big"
    fits = (await upload.ok("sendDocument", document=("a.bin", bytes(MAX_DOWNLOAD))))["document"]
    assert (await bot.ok("getFile", file_id=fits["file_id"]))["file_size"] == MAX_DOWNLOAD


async def test_captions_have_their_limits(upload: Uploader) -> None:
    """1,024 UTF-16 units count after the tags are read; a caption of nothing but blanks is none."""
    longest = "😀" * 512
    sent = await upload.ok("sendPhoto", photo=png(9, 9), caption=f"<b>{longest}</b>", parse_mode="HTML")
    assert (sent["caption"], sent["caption_entities"]) == (longest, [{"type": "bold", "offset": 0, "length": 1024}])
    refusal = await upload.refused("sendPhoto", photo=png(9, 9), caption=f"{longest}x")
    assert refusal == "Bad Request: message caption is too long"
    assert "caption" not in await upload.ok("sendPhoto", photo=png(9, 9), caption=" \n ")


async def test_captions_take_entities_and_answers(upload: Uploader, bot: BotCaller) -> None:
    """caption_entities, reply_parameters and buttons work as they do with a text."""
    first = await bot.ok("sendMessage", chat_id=1001, text="first")
    sent = await upload.ok(
        "sendDocument",
        document=("a.txt", b"a"),
        caption="now here",
        caption_entities='[{"type":"code","offset":0,"length":3}]',
        reply_parameters=f'{{"message_id":{first["message_id"]}}}',
        reply_markup='{"inline_keyboard":[[{"text":"Seen","callback_data":"seen"}]]}',
    )
    assert sent["caption_entities"] == [{"type": "code", "offset": 0, "length": 3}]
    assert sent["reply_to_message"]["text"] == "first"
    assert sent["reply_markup"]["inline_keyboard"][0][0]["text"] == "Seen"


async def test_pictures_count_against_the_rates(http: Any, clock: Clock) -> None:
    """A picture is a message like any other for the flood control."""
    strict = Sandbox(clock=clock, limits=Limits(chat_per_second=1, jitter=0), tokens={TOKEN: "Cascade"})
    http.app = strict.app
    strict.world.add_account(first_name="Ann", id=1001)
    chat = strict.world.chat(1001, 4242)
    strict.world.say_photo(chat, png(9, 9))
    bot = BotCaller(http)
    (update,) = await bot.ok("getUpdates")
    photo = update["message"]["photo"][0]["file_id"]
    await bot.ok("sendPhoto", chat_id=1001, photo=photo)
    assert (await bot("sendPhoto", chat_id=1001, photo=photo))["error_code"] == 429


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/file/bot{TOKEN}/photos/file_0.jpg", 404),
        ("GET", "/file/bot77:wrong/photos/file_0.jpg", 401),
        ("GET", "/file/botnonsense", 404),
        ("POST", f"/file/bot{TOKEN}/photos/file_0.jpg", 405),
    ],
)
async def test_downloads_that_are_refused(bot: BotCaller, method: str, path: str, status: int) -> None:
    """A path that getFile has not given, a wrong token and a wrong HTTP method are refused as JSON."""
    answer = await bot.caller(method, path)
    assert (answer.status, answer.json["error_code"]) == (status, status)
