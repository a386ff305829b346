"""What the demo can make happen at a press of a button; bot/demo/narrator.py tells what the bot does about it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from alerts.errors import NotFound
from alerts.people.roster import Person
from alerts.publishing.alert import AlertStatus, Audience, Severity
from alerts.publishing.attachment import AttachmentKind, check_attachment
from alerts.publishing.desk import Content
from alerts.publishing.marking import Marking
from alerts.schedule.schedule import Plan, Push, ScheduleStatus
from alerts.schedule.when import read_when
from alerts.subscribers.roll import Profile
from alerts.subscribers.states import SubscriberStatus
from bot.demo.actor import Actor
from bot.demo.cast import CONTACT, DEMO_TOKEN, GROUP, GROUP_TITLE, OFFICER, OTHER_CONTACT, OWNER
from bot.domain import Domain
from bot.sandbox import Sandbox
from bot.sandbox.story import Scene

FEW = 5
CROWD = 60
STORM = 5
"""How many requests the pretended Telegram refuses with a 429."""

STORM_WAIT_SECONDS = 2
BLOCKED_SECONDS = 6
AHEAD_SECONDS = 3
"""How far ahead of its minute a reminder is scheduled at least."""

LIFE = timedelta(hours=6)
LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 30.0


class Scenes:
    """The buttons of the demo.

    Args:
        sandbox: the pretended Telegram, in which people act.
        domain: the use cases, as an officer at the command line has them.
    """

    def __init__(self, sandbox: Sandbox, domain: Domain) -> None:
        self._sandbox = sandbox
        self._world = sandbox.world
        self._story = sandbox.story
        self._domain = domain
        self._bot = self._world.bot_for(DEMO_TOKEN)
        self._scheduled = 0

    def all(self) -> tuple[Scene, ...]:
        """Give them in the order of the page."""
        return (
            Scene("schedule", "A schedule fires", "A reminder is scheduled for the next full minute.", self.schedule),
            Scene(
                "group", "A group subscribes", f"Olu sets up the group {GROUP_TITLE}; an alert reaches it.", self.group
            ),
            Scene("picture", "An alert with a picture", "It is uploaded once and sent to all by its id.", self.picture),
            Scene(
                "blocked", "Somebody blocks the bot", "Ben blocks it for a while, and an alert goes out.", self.blocked
            ),
            Scene(
                "storm",
                "Telegram says: too fast",
                f"{CROWD} more contacts, an alert, and {STORM} refusals with 429.",
                self.storm,
            ),
        )

    async def schedule(self) -> None:
        """Schedule a reminder for the next full minute, as the command line would, and wait until it has fired."""
        clock, texts = self._domain.clock, self._domain.texts
        due = (clock.now() + timedelta(seconds=60 + AHEAD_SECONDS)).astimezone(texts.zone)
        self._scheduled += 1
        added = await self._domain.timetable.add(
            Plan(
                name=f"Evening check {self._scheduled}",
                push=Push.REMINDER,
                recurrence=read_when(f"once {due:%Y-%m-%d %H:%M}", texts.zone, clock.now()).recurrence,
                headline="Reminder: evening check",
                body="Please go round once before you close: doors, gates, alarms, the list of visitors.",
            )
        )
        olu = await self._olu()
        await self._domain.timetable.approve(added.id, olu)
        self._story.tell(
            f"A reminder was scheduled for {texts.when(due)}. It stands in the database, and the bot looks every second"
            " whether one is due. Dana sees it under /schedule.",
            account=OFFICER,
            peer=self._bot.id,
        )

        async def has_fired() -> bool:
            return (await self._domain.timetable.find(added.id)).status is ScheduleStatus.ENDED

        await self._until(has_fired, patience_seconds=2 * 60 + AHEAD_SECONDS)

    async def group(self) -> None:
        """Let the group's owner subscribe it with its buttons, then send an alert."""
        olu = Actor(self._world, OWNER, GROUP)
        entry = await self._domain.roll.find(GROUP)
        if entry is None or entry.status is SubscriberStatus.ENDED:
            self._story.tell(
                f"Olu runs the group {GROUP_TITLE} and writes /subscribe there. The bot asks Telegram whether he is an"
                " administrator, at every press.",
                account=OWNER,
                peer=GROUP,
            )
            olu.say("/subscribe")
            await olu.press("I agree", "Aviation", "Done", "All regions", "Confirm")
            await self._until(self._is_active(GROUP))
        await self._send(
            "Unattended van by the cargo gate", "Police are looking at it. Use the west entrance until noon."
        )
        self._story.tell("The alert has reached the group like any other recipient.", account=CONTACT, peer=GROUP)

    async def picture(self) -> None:
        """Send an alert with a picture, whose bytes Telegram does not have yet."""
        await self._enrol(FEW)
        content = _picture()
        await self._send(
            "Road closed at the north gate",
            "The plan shows the way round. Deliveries go to the south gate until 18:00.",
            upload=content,
        )
        self._story.tell(
            f"The picture has {len(content):,} bytes. The first recipient's message uploaded it; the others were sent"
            " the id that Telegram gave it.",
            account=OTHER_CONTACT,
            peer=self._bot.id,
        )

    async def blocked(self) -> None:
        """Let Ben block the bot, send an alert, and let him come back."""
        chat = self._world.chat(OTHER_CONTACT, self._bot.id)
        self._world.set_blocked(chat, blocked=True)
        self._story.tell("Ben has blocked the bot.", account=OTHER_CONTACT, peer=self._bot.id)
        await self._until(self._has_status(OTHER_CONTACT, SubscriberStatus.SUSPENDED))
        await self._enrol(FEW)
        self._story.tell("His subscription is suspended, with the reason 'blocked the bot'. Nobody is forgotten.")
        await self._send("Test of the alarm chain at 11:00", "Sirens will sound for two minutes. Nothing to do.")
        await asyncio.sleep(BLOCKED_SECONDS)
        self._world.set_blocked(chat, blocked=False)
        await self._until(self._is_active(OTHER_CONTACT))
        self._story.tell("Ben has unblocked the bot, and his subscription goes on by itself.")

    async def storm(self) -> None:
        """Put a crowd on the roll and let Telegram refuse some of what goes out."""
        await self._enrol(CROWD)
        self._sandbox.faults.add(
            {
                "fault": "429",
                "methods": ["sendMessage"],
                "retry_after": STORM_WAIT_SECONDS,
                "probability": 0.2,
                "count": STORM,
            }
        )
        await self._send("Drone sighted over the terminal", "Flights may be held. Watch the roofs.", Severity.ADVISORY)

    async def _send(
        self, headline: str, body: str, severity: Severity = Severity.INFORMATION, upload: bytes = b""
    ) -> None:
        """Send an alert to everybody, as `cascade alert send` would, let Olu approve it, and wait until it is over."""
        content = Content(
            headline=headline,
            body=body,
            severity=severity,
            expires_at=self._domain.clock.now() + LIFE,
            audience=Audience(marking=Marking.CLEAR),
            attachment=check_attachment(AttachmentKind.PHOTO, "plan.png", upload) if upload else None,
            upload=upload,
        )
        alert, _ = await self._domain.desk.issue(content, origin="command line")
        if alert.status is AlertStatus.SUBMITTED:
            self._story.tell("Two people may approve here, so the alert waits for one of them. Olu approves it.")
            await self._domain.desk.approve(alert.id, alert.revision, await self._olu())

        async def is_over() -> bool:
            return (await self._domain.desk.find(alert.id)).status is not AlertStatus.SENDING

        await self._until(is_over)

    async def _olu(self) -> Person:
        """Give the owner, who approves what others send."""
        found = await self._domain.roster.find(OWNER)
        if found is None:
            raise NotFound("the demo has lost its owner")
        return found

    async def _enrol(self, number: int) -> None:
        """Put made-up contacts on the roll, so that there is somebody to send to; the page does not list them."""
        for chat_id in self._world.add_crowd(number, self._bot):
            await self._domain.roll.subscribe(chat_id, "private", Profile(sectors=("aviation",)))
        self._story.tell(f"{number} made-up contacts were added, so that there are some to send to.")

    async def _until(self, look: Callable[[], Awaitable[bool]], patience_seconds: float = PATIENCE_SECONDS) -> None:
        async with asyncio.timeout(patience_seconds):
            while not await look():  # noqa: ASYNC110 - what is waited for stands in the store, which calls nobody
                await asyncio.sleep(LOOK_SECONDS)

    def _is_active(self, chat_id: int) -> Callable[[], Awaitable[bool]]:
        return self._has_status(chat_id, SubscriberStatus.ACTIVE)

    def _has_status(self, chat_id: int, status: SubscriberStatus) -> Callable[[], Awaitable[bool]]:
        async def look() -> bool:
            entry = await self._domain.roll.find(chat_id)
            return entry is not None and entry.status is status

        return look


def _picture() -> bytes:
    """Draw a plan of a site with a closed road and the way round it."""
    plan = Image.new("RGB", (640, 400), "#eef2f5")
    draw = ImageDraw.Draw(plan)
    draw.rectangle((200, 120, 440, 300), fill="#c8d3dc", outline="#33424f", width=3)
    draw.text((285, 200), "TERMINAL", fill="#33424f", font_size=20)
    draw.line((0, 70, 640, 70), fill="#8a98a5", width=26)
    draw.line((0, 350, 640, 350), fill="#8a98a5", width=26)
    draw.line((560, 70, 560, 350), fill="#8a98a5", width=26)
    draw.line((250, 40, 330, 100), fill="#b3261e", width=9)
    draw.line((330, 40, 250, 100), fill="#b3261e", width=9)
    draw.text((345, 36), "CLOSED: north gate", fill="#b3261e", font_size=20)
    draw.text((300, 318), "OPEN: south gate", fill="#1b5e3a", font_size=20)
    drawn = BytesIO()
    plan.save(drawn, "PNG")
    return drawn.getvalue()
