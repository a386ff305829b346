import json

import pytest
from support.outbox import Outbox
from telegram_line import TOKEN, bot_at, http_answer

from alerts.delivery.states import DeliveryState, Outcome
from alerts.publishing.alert import Alert, Severity
from alerts.publishing.files import Files
from bot.telegram.sender import TelegramSender
from handlers.replies import NO_PREVIEW, keyboard
from handlers.screen import Button, Screen

CHAT = 1001
ROWS = (
    (Button("Stop – “now”", "stop:5"), Button("Map", url="https://example.org/?a=1&b=2")),
    (Button("Help", "help"),),
)
SCREENS = [Screen("<b>Fire &amp; smoke</b>\n“Gate 3” 🚨"), Screen("<i>With buttons</i>", ROWS)]
STORED = b'{"ok":true,"result":{"message_id":77,"date":1,"text":"x","chat":{"id":%d,"type":"private"}}}' % CHAT


@pytest.fixture
def outbox(store, clock, directory) -> Outbox:
    """A desk with its roll and its queue."""
    return Outbox(store, clock, directory)


async def claimed(outbox: Outbox):
    """Issue an alert to one chat and claim its row."""
    await outbox.subscribe(CHAT)
    await outbox.send()
    return (await outbox.claim())[0]


def sender(outbox: Outbox, connections, line, screen: Screen = SCREENS[0]) -> TelegramSender:
    """Make a sender whose every alert looks the same."""
    address = line.send_message.removesuffix("sendMessage")
    return TelegramSender(
        connections,
        address,
        outbox.desk,
        Files(outbox.store),
        lambda _: (screen,),
        follow_ups=outbox.follow_ups,
        words=outbox.changes,
    )


@pytest.mark.parametrize("screen", SCREENS, ids=["plain", "with buttons"])
async def test_the_prepared_bytes_say_what_the_library_would_say(outbox, connections, line, screen):
    """Address and JSON are those of Bot.send_message, key by key; the library wraps nested values in text."""
    line.answer, line.hangs_up = http_answer(200, STORED), False
    row = await claimed(outbox)
    assert await sender(outbox, connections, line, screen).send(row) == Outcome(DeliveryState.SENT, message_id=77)
    async with bot_at(line.address) as bot:
        await bot.send_message(
            CHAT,
            screen.html,
            parse_mode="HTML",
            reply_markup=keyboard(screen.rows),
            link_preview_options=NO_PREVIEW,
        )
    (our_head, our_body), (their_head, their_body) = line.requests
    assert our_head == their_head == f"POST /bot{TOKEN}/sendMessage HTTP/1.1"
    texts = {"text", "parse_mode"}
    theirs = {key: v if key in texts else json.loads(v) for key, v in json.loads(their_body).items()}
    ours = json.loads(our_body)
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        assert ours[key] == value, key
    assert (ours["chat_id"], ours["text"], ours["parse_mode"]) == (CHAT, screen.html, "HTML")


async def test_an_alert_is_rendered_once_for_all_chats(outbox, connections, line):
    """A second row of the same alert goes out with the same bytes and its own chat."""
    line.answer, line.hangs_up = http_answer(200, STORED), False
    rendered = []
    await outbox.subscribe(1001, 1002)
    await outbox.send()

    def render(alert: Alert) -> tuple[Screen, ...]:
        rendered.append(alert.id)
        return (SCREENS[1],)

    sends = TelegramSender(
        connections,
        line.send_message.removesuffix("sendMessage"),
        outbox.desk,
        Files(outbox.store),
        render,
        follow_ups=outbox.follow_ups,
        words=outbox.changes,
    )
    for row in await outbox.claim():
        await sends.send(row)
    bodies = [json.loads(body) for _, body in line.requests]
    assert len(rendered) == 1
    assert [body.pop("chat_id") for body in bodies] == [1001, 1002]
    assert bodies[0] == bodies[1]


BODIES_WITHOUT_A_MESSAGE = [
    b'{"ok":true,"result":true}',
    b'{"ok":true,"result":{}}',
    b'{"ok":true,"result":{"message_id":"7"}}',
    b'{"ok":true}',
    b"[]",
    b"7",
    b"null",
    b"<html>",
]


async def test_an_answer_without_a_message_is_uncertain(outbox, connections, line):
    """Only a stored message is proof; anything else with a 200 leaves it open."""
    row, line.hangs_up = await claimed(outbox), False
    for body in BODIES_WITHOUT_A_MESSAGE:
        line.answer = http_answer(200, body)
        outcome = await sender(outbox, connections, line).send(row)
        assert (outcome.state, outcome.may_have_arrived, outcome.message_id) == (
            DeliveryState.UNCERTAIN,
            True,
            None,
        ), body
    assert len(line.requests) == len(BODIES_WITHOUT_A_MESSAGE)


async def test_an_error_becomes_an_outcome(outbox, connections, line):
    """The sender raises nothing for what Telegram says or fails to say."""
    line.hangs_up = False
    line.answer = http_answer(403, b'{"ok":false,"description":"Forbidden: bot was blocked by the user"}')
    sends, row = sender(outbox, connections, line), await claimed(outbox)
    assert await sends.send(row) == Outcome(DeliveryState.GONE, "blocked the bot")
    line.answer, line.hangs_up = b"", True
    assert (await sends.send(row)).state is DeliveryState.UNCERTAIN


async def test_only_urgent_alerts_are_repeated_when_uncertain(outbox, connections, line):
    """A double is better than a miss for critical and urgent alerts alone."""
    await outbox.subscribe(CHAT)
    for severity in Severity:
        await outbox.send(severity)
    sends = sender(outbox, connections, line)
    repeated = {Severity(list(Severity)[row.lane]): await sends.repeats_uncertain(row) for row in await outbox.claim()}
    assert repeated == {
        Severity.CRITICAL: True,
        Severity.URGENT: True,
        Severity.ADVISORY: False,
        Severity.INFORMATION: False,
    }
