"""Pictures and documents on their way out: the file itself goes once, its name goes to everybody else."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.outbox import Outbox
from support.pictures import picture
from support.record import TRAIL
from support.sending import RecordingSender, sending
from telegram_line import BOT, TOKEN

from alerts.data import DataFolder
from alerts.delivery.claim import Claimed
from alerts.delivery.states import DeliveryState, Outcome
from alerts.errors import NotFound, StoreError
from alerts.publishing.alert import Alert, Severity
from alerts.publishing.attachment import AttachmentKind, check_attachment
from alerts.publishing.desk import Content
from alerts.publishing.files import Files
from alerts.publishing.genuine import CheckCodes
from alerts.reporting.guide import Guide
from alerts.store import Store
from bot.sandbox import Limits, Sandbox
from bot.telegram.request import AiohttpRequest
from bot.telegram.sender import TelegramSender
from handlers.alert_message import AlertMessage
from handlers.texts import Texts

CHATS = range(1001, 1013)
FILES = {
    AttachmentKind.PHOTO: ("gate.png", picture(40, 30)),
    AttachmentKind.DOCUMENT: ("Übung plan.csv", b"gate,open\nA,no\n" * 200_000),
}
METHODS = {AttachmentKind.PHOTO: "sendPhoto", AttachmentKind.DOCUMENT: "sendDocument"}


@pytest.fixture
def sandbox() -> Sandbox:
    """A pretended Telegram that takes messages as fast as they come, with a started chat for everybody."""
    made = Sandbox(tokens={TOKEN: "Cascade"}, limits=Limits(bot_per_second=1000, chat_per_second=1000))
    for account in CHATS:
        made.world.add_account(id=account, first_name="Amira")
        made.world.say(made.world.chat(account, BOT), "/start")
    return made


class CountingRequest(AiohttpRequest):
    """Our connections, which note for each request its method and whether the file went along."""

    def __init__(self) -> None:
        super().__init__(connections=8, answer_seconds=5)
        self.sent: list[tuple[str, bool]] = []

    async def do_request(self, url, method, request_data=None, *args: Any, **timeouts: Any):
        """Note the request and make it."""
        self.sent.append((url.rpartition("/")[2], request_data.contains_files))
        return await super().do_request(url, method, request_data, *args, **timeouts)

    async def post_json(self, url: str, body: bytes) -> Any:
        """Note the request of prepared bytes and make it."""
        self.sent.append((url.rpartition("/")[2], False))
        return await super().post_json(url, body)


class Posting(RecordingSender):
    """Lets the dispatcher of these tests send with the real sender."""

    def __init__(self, outbox: Outbox, sender: TelegramSender) -> None:
        super().__init__(outbox)
        self._sender = sender

    async def send(self, row: Claimed) -> Outcome:
        """Send over HTTP."""
        return await self._sender.send(row)

    def is_ready(self, row: Claimed) -> bool:
        """Ask the sender."""
        return self._sender.is_ready(row)


@pytest.fixture
async def requests():
    """The connections."""
    async with CountingRequest() as opened:
        yield opened


@pytest.fixture
def outbox(store, clock, directory) -> Outbox:
    """A desk with its roll and its queue."""
    return Outbox(store, clock, directory)


@pytest.fixture
def sender(requests, sandbox_address, outbox, clock, directory) -> TelegramSender:
    """The real sender with the real messages."""
    return make_sender(requests, sandbox_address, outbox, clock, directory)


def make_sender(requests, address, outbox, clock, directory) -> TelegramSender:
    """Make a sender as the bot has it."""
    render = AlertMessage(
        Texts(ZoneInfo("Europe/London")), directory, Guide.load(DataFolder()), CheckCodes(TRAIL.key), clock
    )
    return TelegramSender(
        requests,
        f"{address}/bot{TOKEN}/",
        outbox.desk,
        Files(outbox.store),
        render,
        follow_ups=outbox.follow_ups,
        words=outbox.changes,
    )


async def issue(outbox: Outbox, kind: AttachmentKind, body: str = "Police are there.") -> Alert:
    """Send an alert with a file to everybody."""
    name, upload = FILES[kind]
    expires_at = outbox.clock.now() + timedelta(hours=6)
    attachment = check_attachment(kind, name, upload)
    content = Content("Roads closed", body, Severity.ADVISORY, expires_at, attachment=attachment, upload=upload)
    await outbox.subscribe(*CHATS)
    alert, _ = await outbox.desk.issue(content, origin="command line")
    return alert


def received(sandbox: Sandbox, account: int) -> list[dict]:
    """Give what the bot has sent to an account, oldest first, without what is each message's own."""
    sent = [one.for_bot() for one in sandbox.world.chat(account, BOT).messages.values() if one.sender.id == BOT]
    return [{name: one[name] for name in one.keys() - {"message_id", "date", "chat", "from"}} for one in sent]


@pytest.mark.parametrize("kind", AttachmentKind)
@pytest.mark.parametrize("parts", [1, 3])
async def test_the_file_goes_up_once_for_many_recipients(outbox, sender, requests, sandbox, kind, parts):
    """Of many sends at once exactly one carries the bytes; the rest go by file id, and the bytes are kept no more."""
    body = "Police are there." if parts == 1 else "x" * 3000 + "\n\n" + "y" * 100
    alert = await issue(outbox, kind, body)
    async with sending(outbox, sender=Posting(outbox, sender)) as at_work:
        await at_work.until_sent(alert.id)
    texts = [("sendMessage", False)] * (parts - 1) * len(CHATS)
    files = [(METHODS[kind], True)] + [(METHODS[kind], False)] * (len(CHATS) - 1)
    assert Counter(requests.sent) == Counter(texts + files)
    assert set((await outbox.states(alert.id)).values()) == {"sent"}
    found = (await outbox.desk.find(alert.id)).attachment
    assert found is not None
    assert found.file_id
    with pytest.raises(NotFound):
        await Files(outbox.store).content(alert.id)
    assert {row.uncertain_count for row in await outbox.rows(alert.id)} == {0}


async def test_what_everybody_sees_is_the_same(outbox, sender, sandbox):
    """Caption, buttons and file are alike for who got the upload and for who got the file id."""
    alert = await issue(outbox, AttachmentKind.DOCUMENT)
    async with sending(outbox, sender=Posting(outbox, sender)) as at_work:
        await at_work.until_sent(alert.id)
    [first] = received(sandbox, CHATS[0])
    assert all(received(sandbox, account) == [first] for account in CHATS)
    assert (first["document"]["file_name"], first["document"]["file_size"]) == ("Übung plan.csv", 3_000_000)
    assert first["caption"].startswith("ADVISORY: Roads closed\nTLP:GREEN – ")
    assert len(first["reply_markup"]["inline_keyboard"][0]) == 2


async def test_a_picture_with_a_long_text_comes_before_it(outbox, sender, sandbox):
    """Who reads gets the picture, then the parts of the text in their order, and the buttons under the last."""
    alert = await issue(outbox, AttachmentKind.PHOTO, "x" * 3000 + "\n\n" + "y" * 100)
    async with sending(outbox, sender=Posting(outbox, sender)) as at_work:
        await at_work.until_sent(alert.id)
    for account in CHATS:
        shown = received(sandbox, account)
        assert ["photo" in one for one in shown] == [True, False, False]
        assert ["reply_markup" in one for one in shown] == [False, False, True]
        assert ["Part 1 of 2" in shown[1]["text"], "Part 2 of 2" in shown[2]["text"]] == [True, True]


async def test_an_upload_that_is_refused_is_tried_by_the_next(outbox, sender, requests, sandbox):
    """Where the first recipient has blocked the bot the file goes up with the second, and nobody misses it."""
    sandbox.world.set_blocked(sandbox.world.chat(CHATS[0], BOT), blocked=True)
    sandbox.world.set_blocked(sandbox.world.chat(CHATS[1], BOT), blocked=True)
    alert = await issue(outbox, AttachmentKind.PHOTO)
    async with sending(outbox, sender=Posting(outbox, sender)) as at_work:
        await at_work.until_sent(alert.id)
    assert Counter(requests.sent) == {("sendPhoto", True): 3, ("sendPhoto", False): len(CHATS) - 3}
    assert await outbox.states(alert.id) == dict.fromkeys(CHATS[:2], "gone") | dict.fromkeys(CHATS[2:], "sent")
    with pytest.raises(NotFound):
        await Files(outbox.store).content(alert.id)


async def test_who_comes_during_the_upload_waits_in_the_queue(outbox, sender, requests):
    """While the file is on its way up another row of the alert makes no request, and counts no attempt."""
    await issue(outbox, AttachmentKind.PHOTO)
    rows = (await outbox.claim())[:2]
    assert await sender.repeats_uncertain(rows[0]) is False
    first, second = await asyncio.gather(*map(sender.send, rows))
    assert (first.state, second) == (DeliveryState.SENT, Outcome(DeliveryState.QUEUED))
    assert requests.sent == [("sendPhoto", True)]
    assert (await sender.send(rows[1])).state is DeliveryState.SENT
    assert requests.sent[1:] == [("sendPhoto", False)]


async def test_what_another_process_has_uploaded_is_not_uploaded_again(
    outbox, sender, requests, sandbox_address, clock, directory
):
    """A sender that has prepared the alert before another's upload finds the file id, and sends by that."""
    await issue(outbox, AttachmentKind.PHOTO)
    first, second, *_ = await outbox.claim()
    assert await sender.repeats_uncertain(first) is False
    other = make_sender(requests, sandbox_address, outbox, clock, directory)
    assert (await other.send(second)).state is DeliveryState.SENT
    assert await sender.send(first) == Outcome(DeliveryState.QUEUED)
    assert (await sender.send(first)).state is DeliveryState.SENT
    assert requests.sent == [("sendPhoto", True), ("sendPhoto", False)]


class FullDisk(Files):
    """Files whose first name from Telegram cannot be kept."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.refused = 0

    async def uploaded(self, alert_id: int, file_id: str) -> None:
        """Refuse once, then keep."""
        if not self.refused:
            self.refused += 1
            raise StoreError("the disk is full")
        await super().uploaded(alert_id, file_id)


async def test_an_upload_that_cannot_be_noted_is_no_doubtful_message(
    outbox, requests, sandbox_address, clock, directory
):
    """Telegram has the message: its row is sent and in no doubt; the next recipient's carries the file up once more."""
    render = AlertMessage(
        Texts(ZoneInfo("Europe/London")), directory, Guide.load(DataFolder()), CheckCodes(TRAIL.key), clock
    )
    files = FullDisk(outbox.store)
    sender = TelegramSender(
        requests,
        f"{sandbox_address}/bot{TOKEN}/",
        outbox.desk,
        files,
        render,
        follow_ups=outbox.follow_ups,
        words=outbox.changes,
    )
    alert = await issue(outbox, AttachmentKind.PHOTO)
    async with sending(outbox, sender=Posting(outbox, sender)) as at_work:
        await at_work.until_sent(alert.id)
    assert files.refused == 1
    assert Counter(requests.sent)["sendPhoto", True] == 2
    assert len(requests.sent) == len(CHATS)
    assert {row.uncertain_count for row in await outbox.rows(alert.id)} == {0}
