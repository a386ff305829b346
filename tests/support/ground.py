"""A place to exercise, for tests of exercises in the domain."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from support.clock import DrivenClock
from support.outbox import Outbox, officer
from support.record import TRAIL

from alerts.delivery.states import DeliveryState
from alerts.drills.drill import Chosen, Drill, DrillPart, DrillPlan, DrillText
from alerts.drills.exercises import Exercises
from alerts.drills.interruption import Interruption
from alerts.people.notices import Notices
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.publishing.alert import Alert, Severity
from alerts.publishing.approvals import Rule
from alerts.publishing.desk import Desk
from alerts.store import Store
from alerts.subscribers.roll import Profile
from alerts.subscribers.sectors import Directory
from handlers.drill_words import DrillWording
from handlers.texts import Texts

DANA, OWNER, LEE = 13, 900, 14
ANSWER = DrillText("EXERCISE: Vehicle", "Played.", Severity.CRITICAL)


class Ground:
    """A place to exercise: a desk whose critical alerts interrupt, four contacts, an owner and two officers."""

    def __init__(self, store: Store, clock: DrivenClock, directory: Directory) -> None:
        self.store, self.clock = store, clock
        self.outbox = Outbox(store, clock, directory)
        words = DrillWording(Texts(ZoneInfo("Europe/London")))
        alone, interrupt = Rule(two_persons=False), Interruption(TRAIL, words.real)
        self.desk = self.outbox.desk = Desk(store, clock, TRAIL, directory, rule=alone, interrupt=interrupt)
        self.exercises = Exercises(store=store, clock=clock, trail=TRAIL, directory=directory, words=words)
        self.roster = Roster(store, clock, TRAIL, directory)
        self.notices = Notices(store, clock)
        self.dana = officer(DANA)

    async def people(self) -> None:
        """Put contacts on the roll and people into their roles; the lead has not pressed Start."""
        await self.outbox.subscribe(1, 2, sectors=("aviation",))
        await self.outbox.subscribe(3, sectors=("retail",))
        await self.outbox.roll.subscribe(-100, "supergroup", Profile(sectors=("aviation",)))
        await self.outbox.vouch(-100)
        for user_id, role in ((DANA, Role.OFFICER), (OWNER, Role.OWNER), (LEE, Role.LEAD)):
            await self.roster.grant(user_id, role, sectors=("aviation",) if role is Role.LEAD else ())
        for user_id in (DANA, OWNER):
            await self.outbox.roll.started(user_id)

    def plan(self, *, begins: float = 0, lasts: float = 2, chosen: Chosen | None = None) -> DrillPlan:
        """Plan one for aviation, so many hours from now and long."""
        begins_at = self.clock.now() + timedelta(hours=begins)
        who = chosen or Chosen(sectors=("aviation",))
        return DrillPlan("Lockdown", begins_at, begins_at + timedelta(hours=lasts), who)

    async def announced(self, **plan: float) -> Drill:
        """Announce one."""
        return (await self.exercises.announce(self.plan(**plan), self.dana))[0]  # type: ignore[arg-type]

    async def parts(self, drill: Drill) -> dict[DrillPart, Alert]:
        """Give the newest message of each part."""
        return {part.part: part.alert for part in (await self.exercises.report(drill.id)).parts}

    async def send_everything(self) -> list[int]:
        """Send what waits, and give the chats in their order."""
        sent = []
        while rows := await self.outbox.claim():
            for row in rows:
                sent.append(row.chat_id)
                await self.outbox.record(row, DeliveryState.SENT, message_id=1)
        return sent
