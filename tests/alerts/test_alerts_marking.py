"""Whom a marking lets have an alert: each label, on each kind of chat, in the one statement that counts and writes."""

from itertools import product

import pytest
from support.outbox import Outbox
from support.record import TRAIL

from alerts.errors import InvalidInput, NotAllowed
from alerts.people.rights import Role
from alerts.people.roster import Roster
from alerts.publishing.alert import Audience
from alerts.publishing.audience import LeftOut
from alerts.publishing.marking import NAMED_AT_MOST, RULES, Marking, find_marking, stricter
from alerts.subscribers.roll import Profile
from alerts.subscribers.sectors import Directory

VETTED, UNVETTED, OTHER = 101, 102, 103
GROUP, UNVETTED_GROUP, CHANNEL = -201, -202, -203
NAMED = (VETTED,)

RECEIVERS = {
    Marking.CLEAR: {VETTED, UNVETTED, OTHER, GROUP, UNVETTED_GROUP, CHANNEL},
    Marking.GREEN: {VETTED, OTHER, GROUP},
    Marking.AMBER: {VETTED, OTHER},
    Marking.AMBER_STRICT: {VETTED, OTHER},
    Marking.RED: {VETTED},
}
"""Written down by hand: who gets what, of the chats below."""

LEFT_OUT = {
    Marking.CLEAR: LeftOut(),
    Marking.GREEN: LeftOut(unvetted=2, groups=1),
    Marking.AMBER: LeftOut(unvetted=1, groups=3),
    Marking.AMBER_STRICT: LeftOut(unvetted=1, groups=3),
    Marking.RED: LeftOut(),
}


@pytest.fixture
async def town(outbox: Outbox) -> Outbox:
    """A roll with a chat of every kind."""
    profile = Profile(sectors=("retail",))
    kinds = {UNVETTED: "private", GROUP: "supergroup", UNVETTED_GROUP: "group", CHANNEL: "channel"}
    await outbox.subscribe(VETTED, OTHER)
    for chat, kind in kinds.items():
        await outbox.roll.subscribe(chat, kind, profile)
    await outbox.vouch(GROUP, CHANNEL)
    return outbox


def audience_of(marking: Marking, **parts: object) -> Audience:
    """Give an audience of a marking, with the named person where it takes one."""
    return Audience(marking=marking, named=NAMED if marking is Marking.RED else (), **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize("marking", Marking)
async def test_who_gets_what(town: Outbox, marking: Marking):
    """The rows that are written are those of the table above, and the number that was shown before is theirs."""
    audience = audience_of(marking)
    counted, left_out = await town.desk.count_recipients(audience), await town.desk.count_left_out(audience)
    alert = await town.send(marking=marking, named=audience.named)
    assert {row.chat_id for row in await town.rows(alert.id)} == RECEIVERS[marking]
    assert counted == len(RECEIVERS[marking])
    assert left_out == LEFT_OUT[marking]
    assert alert.marking is marking


async def test_a_role_stands_for_vetting(town: Outbox, directory: Directory):
    """Whoever holds a role was vouched for by who gave it, and loses that with the role."""
    roster = Roster(town.store, town.clock, TRAIL, directory)
    await roster.grant(UNVETTED, Role.OFFICER)
    assert await town.desk.count_recipients(Audience()) == len(RECEIVERS[Marking.GREEN]) + 1
    await roster.revoke(UNVETTED)
    assert await town.desk.count_recipients(Audience()) == len(RECEIVERS[Marking.GREEN])


@pytest.mark.parametrize(
    ("role", "sees"),
    [(Role.DEPUTY, False), (Role.LEAD, False), (Role.AUDITOR, True), (Role.OFFICER, True), (Role.OWNER, True)],
)
async def test_who_sees_in_the_list_what_is_for_named_persons(town: Outbox, role: Role, *, sees: bool):
    """A lead or deputy finds a RED alert of their sectors only when named; who answers for what goes out finds it."""
    alert = await town.send(marking=Marking.RED, named=NAMED, sectors=("retail",))
    sectors = ("retail",) if role in {Role.DEPUTY, Role.LEAD} else ()
    (person,) = await town.grant(901, role=role, sectors=sectors)
    (named,) = await town.grant(VETTED, role=Role.LEAD, sectors=("retail",))
    assert [one.alert.id for one in (await town.in_force.page(901, person, 0)).items] == ([alert.id] if sees else [])
    assert [one.alert.id for one in (await town.in_force.page(VETTED, named, 0)).items] == [alert.id]


async def test_named_persons_within_an_officers_sectors(town: Outbox):
    """An officer who is limited to sectors names nobody of another one: the sectors of the alert hold for RED too."""
    await town.subscribe(104, sectors=("aviation",))
    audience = Audience(("retail",), marking=Marking.RED, named=(VETTED, 104))
    assert await town.desk.count_recipients(audience) == 1
    draft = await town.draft(501, marking=Marking.RED, named=[104], sectors=[])
    with pytest.raises(NotAllowed):
        await town.desk.confirm(draft.id, draft.revision, await town.hire(501, "retail"))


@pytest.mark.parametrize("named", [[GROUP], [VETTED, CHANNEL], list(range(1, NAMED_AT_MOST + 2))])
async def test_no_group_is_ever_named(town: Outbox, named: list[int]):
    """A group or channel cannot be named, and no more persons than one alert can have."""
    draft = await town.desk.start_draft(501)
    with pytest.raises(InvalidInput):
        await town.desk.revise(draft.id, 501, named=named)


@pytest.mark.parametrize(("marking", "named"), [(Marking.RED, []), (Marking.AMBER, [VETTED]), (None, [VETTED])])
async def test_names_and_red_go_together(town: Outbox, marking: Marking | None, named: list[int]):
    """What is RED is not sent without names, and nothing else with them: the sectors would be forgotten."""
    draft = await town.draft(501, **({"marking": marking} if marking else {}), named=named)
    with pytest.raises(InvalidInput, match="TLP:RED"):
        await town.desk.confirm(draft.id, draft.revision, await town.hire(501))
    assert await town.written() == (1, 0)


async def test_what_nobody_marked_is_green(town: Outbox):
    """A draft without a marking goes out as TLP:GREEN, and says so."""
    draft = await town.desk.start_draft(501)
    expires_at = (await town.draft(501)).expires_at
    draft = await town.desk.revise(
        draft.id, 501, headline="Test", body="Text", severity="urgent", expires_at=expires_at
    )
    assert draft.marking is None
    alert, recipients = await town.desk.confirm(draft.id, draft.revision, await town.hire(501))
    assert (alert.marking, recipients) == (Marking.GREEN, 3)


def test_every_marking_has_its_rule():
    """Each label has a rule; protection, vetting and reach only ever grow stricter along the protocol."""
    assert list(RULES) == list(Marking)
    assert [marking.label for marking in Marking] == [
        "TLP:CLEAR",
        "TLP:GREEN",
        "TLP:AMBER",
        "TLP:AMBER+STRICT",
        "TLP:RED",
    ]
    rules = list(RULES.values())
    for name in ("needs_vetting", "is_protected", "is_named_only"):
        assert [getattr(rule, name) for rule in rules] == sorted(getattr(rule, name) for rule in rules)
    for name in ("is_public", "reaches_channels", "reaches_groups"):
        assert [getattr(rule, name) for rule in rules] == sorted((getattr(rule, name) for rule in rules), reverse=True)
    assert [marking for marking in Marking if marking.rule.is_protected] == [
        Marking.AMBER,
        Marking.AMBER_STRICT,
        Marking.RED,
    ]


@pytest.mark.parametrize(("wide", "narrow"), list(product(Marking, Marking)))
def test_what_may_be_told_where(wide: Marking, narrow: Marking):
    """An alert is named in a briefing only where the briefing is marked as strictly, and what is RED in none."""
    covers = Audience(marking=wide).covers(Audience(("retail",), marking=narrow))
    assert covers == (wide is not Marking.RED and wide.rank <= narrow.rank)
    assert stricter(wide, narrow) is (wide if wide.rank > narrow.rank else narrow)


@pytest.mark.parametrize(
    ("text", "marking"),
    [
        ("TLP:AMBER", Marking.AMBER),
        ("tlp: amber+strict, please", Marking.AMBER_STRICT),
        ("Marked TLP:GREEN and TLP:RED", Marking.RED),
        ("TLP:WHITE", Marking.CLEAR),
        ("TLP:AMBER + STRICT", Marking.AMBER_STRICT),
        ("amber alert", None),
        ("TLP:REDACTED", None),
        ("", None),
    ],
)
def test_a_label_is_found_in_words(text: str, marking: Marking | None):
    """The labels of the protocol, its former WHITE too, are found in a text, the strictest of several."""
    assert find_marking(text) is marking
