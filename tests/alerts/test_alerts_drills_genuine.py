"""Is a message of an exercise genuine? Who learns it, and that none of them is ever in force."""

from datetime import timedelta

from support.ground import ANSWER, DANA, OWNER, Ground
from support.record import TRAIL

from alerts.delivery.states import DeliveryState
from alerts.drills.drill import DrillPart, DrillStatus
from alerts.drills.messages import Played
from alerts.publishing.alert import Severity
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.verification import UNKNOWN, Verdict, Verification


async def test_who_learns_that_a_message_of_an_exercise_is_genuine(ground: Ground):
    """Participants by its reference or code, with its words; others by the code alone, and without them."""
    drill = await ground.announced()
    alert, _ = await ground.exercises.send(drill.id, ANSWER, ground.dana)
    for row in await ground.outbox.claim():
        await ground.outbox.record(row, DeliveryState.SENT, message_id=row.id)
    codes = CheckCodes(TRAIL.key)
    verification = Verification(ground.store, ground.clock, codes)
    for reference, code in ((alert.reference, None), (None, codes.of(alert)), (alert.reference, codes.of(alert))):
        finding = await verification.ask(1, 1, reference, code)
        assert (finding.verdict, finding.alert and finding.alert.id, finding.may_read) == (
            Verdict.EXERCISE,
            alert.id,
            True,
        )
        assert finding.played == Played(DrillPart.MESSAGE, DrillStatus.RUNNING)
    for who in (3, DANA, OWNER, 999):
        assert await verification.ask(who, who, alert.reference, None) == UNKNOWN
        assert await verification.ask(who, who, alert.reference, "0000-0000") == UNKNOWN
        finding = await verification.ask(who, who, None, codes.of(alert))
        assert (finding.verdict, finding.may_read) == (Verdict.EXERCISE, False)
    assert (await verification.ask(2, 2, alert.reference, "0000-0000")).has_other_code


async def test_no_message_of_an_exercise_is_ever_in_force(ground: Ground):
    """Whatever it tells and whenever it is asked for: it is of an exercise, and where that stands."""
    drill = await ground.announced()
    await ground.exercises.send(drill.id, ANSWER, ground.dana)
    real = await ground.outbox.send(severity=Severity.CRITICAL)
    codes = CheckCodes(TRAIL.key)
    verification = Verification(ground.store, ground.clock, codes)
    seen = {}
    for part, alert in (await ground.parts(drill)).items():
        finding = await verification.ask(1, 1, None, codes.of(alert))
        seen[part] = (finding.verdict, finding.newest, finding.later)
        assert finding.played == Played(part, DrillStatus.STOPPED)
    assert seen == dict.fromkeys(
        (DrillPart.ANNOUNCEMENT, DrillPart.MESSAGE, DrillPart.REAL), (Verdict.EXERCISE, None, ())
    )
    ground.clock.elapsed_seconds += timedelta(days=3).total_seconds()
    assert (await verification.ask(1, 1, None, codes.of(alert))).verdict is Verdict.EXERCISE
    assert (await verification.ask(1, 1, real.reference, None)).verdict is Verdict.EXPIRED
