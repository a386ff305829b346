"""What comes from outside: known again, edited, adopted by one officer, discarded for all, and never sent by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.newsroom import AVIATOR, DANA, EVE, FLOOD, OWNER, Newsroom, numbered

from alerts.errors import InvalidInput, NotAllowed, NotFound, Stale
from alerts.people.rights import Role
from alerts.publishing.alert import Alert, AlertStatus, Audience, Severity
from alerts.publishing.checks import BODY_LIMIT, HEADLINE_LIMIT, LONGEST_LIFE
from alerts.publishing.drafts import PAGE_SIZE
from alerts.publishing.incoming import Arrival, ArrivalState, IncomingState, Item
from alerts.publishing.incoming_item import LINK_LIMIT
from alerts.publishing.markup import read_html, visible
from alerts.subscribers.sectors import UnknownCode
from alerts.text import utf16_length

NEW, EDITED, KNOWN = ArrivalState.NEW, ArrivalState.EDITED, ArrivalState.KNOWN


async def test_what_comes_again_is_known(newsroom: Newsroom):
    """The same name and content is known, also to a process that has just started, and changes nothing."""
    assert await newsroom.incoming.arrive(FLOOD) == Arrival(NEW, 1)
    before = await newsroom.item(1)
    await newsroom.clock.advance(3600)
    assert await newsroom.another().arrive(FLOOD) == Arrival(KNOWN, 1)
    assert await newsroom.another().arrive(replace(FLOOD, published_at=newsroom.clock.now())) == Arrival(KNOWN, 1)
    assert await newsroom.item(1) == before


async def test_a_name_belongs_to_its_source(newsroom: Newsroom):
    """Two sources may give the same name to different things."""
    assert (await newsroom.incoming.arrive(FLOOD)).state is NEW
    assert (await newsroom.incoming.arrive(replace(FLOOD, source="ctp"))).state is NEW


@pytest.mark.parametrize(
    "change",
    [
        {"headline": "Flooding is over"},
        {"body": "Go home."},
        {"link": None},
        {"severity": Severity.URGENT},
        {"expires_at": datetime(2026, 11, 24, tzinfo=UTC)},
        {"audience": Audience(regions=("london",))},
        {"is_test": True},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_another_content_is_an_edition(newsroom: Newsroom, change: dict[str, object]):
    """Whatever an item says differently is an edition: the same row, brought up to date, and first in the list."""
    await newsroom.incoming.arrive(FLOOD)
    await newsroom.incoming.arrive(numbered(2))
    edited = replace(FLOOD, **change)
    assert await newsroom.incoming.arrive(edited) == Arrival(EDITED, 1)
    kept = await newsroom.item(1)
    for name, value in change.items():
        assert getattr(kept, name) == value
    assert (await newsroom.incoming.waiting(await newsroom.person(DANA)))[0].id == 1
    assert await newsroom.incoming.arrive(edited) == Arrival(KNOWN, 1)


async def test_an_item_becomes_an_ordinary_draft(newsroom: Newsroom):
    """The draft is the officer's, names the source and the link, and lacks what the source did not say."""
    await newsroom.incoming.arrive(FLOOD)
    draft = await newsroom.incoming.adopt(1, await newsroom.person(DANA))
    assert (draft.status, draft.author, draft.origin) == (AlertStatus.DRAFT, DANA, "incoming: govuk-alerts")
    assert draft.headline == "Severe flooding in Ely"
    assert draft.body == f"{FLOOD.body}\n\nSource: GOV.UK Emergency Alerts, {FLOOD.link}"
    assert (draft.severity, draft.sectors, draft.regions, draft.expires_at) == (None, (), (), None)
    assert await newsroom.desk.newest_draft(DANA) == draft
    assert await newsroom.headlines(DANA) == []
    assert (await newsroom.item(1)).state is IncomingState.ADOPTED


async def test_a_draft_takes_what_the_source_says(newsroom: Newsroom):
    """Severity, audience and expiry come along; an expiry that has passed, or is too far ahead, is left to ask for."""
    soon = newsroom.clock.now() + timedelta(hours=2)
    said = {"severity": Severity.CRITICAL, "audience": Audience(("aviation",), ("london",))}
    dana = await newsroom.person(DANA)

    async def adopted(number: int, expires_at: datetime) -> Alert:
        arrival = await newsroom.incoming.arrive(numbered(number, expires_at=expires_at, **said))
        return await newsroom.incoming.adopt(arrival.id, dana)

    draft = await adopted(1, soon)
    assert (draft.severity, draft.sectors, draft.regions) == (Severity.CRITICAL, ("aviation",), ("london",))
    assert draft.expires_at == soon
    assert (await adopted(2, newsroom.clock.now() + LONGEST_LIFE + timedelta(seconds=1))).expires_at is None
    assert (await adopted(3, newsroom.clock.now())).expires_at is None


async def test_a_test_is_marked_in_the_headline(newsroom: Newsroom):
    """The draft of a test says so in words, whatever its length, so that it cannot go out looking real."""
    await newsroom.incoming.arrive(replace(FLOOD, is_test=True))
    await newsroom.incoming.arrive(numbered(2, headline="x " * 80, is_test=True))
    for item_id in (1, 2):
        draft = await newsroom.incoming.adopt(item_id, await newsroom.person(DANA))
        assert draft.headline.startswith("TEST: ")
        assert utf16_length(draft.headline) <= HEADLINE_LIMIT


async def test_one_officer_has_it(newsroom: Newsroom):
    """The second officer reads who has it already; the first gets the same draft again, not another one."""
    await newsroom.incoming.arrive(FLOOD)
    draft = await newsroom.incoming.adopt(1, await newsroom.person(DANA))
    assert await newsroom.incoming.adopt(1, await newsroom.person(DANA)) == draft
    for act in (newsroom.incoming.adopt, newsroom.incoming.discard):
        with pytest.raises(InvalidInput, match="Dana has made a draft") as refused:
            await act(1, await newsroom.person(EVE))
        assert refused.value.problem == "incoming-adopted"
        assert refused.value.details["reference"] == draft.reference
    assert await newsroom.counts() == (1, 1, 0)


async def test_who_has_thrown_it_away_is_told(newsroom: Newsroom):
    """A discarded item is gone for everybody, and whoever comes later reads who has decided."""
    await newsroom.incoming.arrive(FLOOD)
    gone = await newsroom.incoming.discard(1, await newsroom.person(EVE))
    assert (gone.state, gone.decided_by) == (IncomingState.DISCARDED, EVE)
    assert await newsroom.headlines(DANA) == []
    with pytest.raises(InvalidInput, match="Eve has discarded it"):
        await newsroom.incoming.adopt(1, await newsroom.person(DANA))


async def test_a_button_knows_what_was_seen(newsroom: Newsroom):
    """An item that has changed since it was shown is neither adopted nor discarded by the old button."""
    await newsroom.incoming.arrive(FLOOD)
    seen = (await newsroom.item(1)).news
    await newsroom.incoming.arrive(replace(FLOOD, headline="Another"))
    for act in (newsroom.incoming.adopt, newsroom.incoming.discard):
        with pytest.raises(Stale):
            await act(1, await newsroom.person(DANA), seen)
    draft = await newsroom.incoming.adopt(1, await newsroom.person(DANA), (await newsroom.item(1)).news)
    assert draft.headline == "Another"


async def test_an_edition_of_an_adopted_item_waits_again(newsroom: Newsroom):
    """The first draft is as it was, and the new wording can become another one."""
    await newsroom.incoming.arrive(FLOOD)
    first = await newsroom.incoming.adopt(1, await newsroom.person(DANA))
    await newsroom.incoming.arrive(replace(FLOOD, body="Go home."))
    assert await newsroom.headlines(EVE) == [FLOOD.headline]
    second = await newsroom.incoming.adopt(1, await newsroom.person(EVE))
    assert second.id != first.id
    assert await newsroom.desk.find(first.id) == first


async def test_a_discarded_item_comes_back_with_a_new_text_alone(newsroom: Newsroom):
    """A new date or link of what was thrown away is noted in silence; a new wording waits again."""
    await newsroom.incoming.arrive(FLOOD)
    await newsroom.incoming.discard(1, await newsroom.person(DANA))
    moved = replace(FLOOD, link="https://www.gov.uk/alerts/moved")
    assert (await newsroom.incoming.arrive(moved)).state is EDITED
    assert (await newsroom.item(1)).link == moved.link
    assert await newsroom.headlines(DANA) == []
    await newsroom.incoming.arrive(replace(moved, headline="It is worse now"))
    assert await newsroom.headlines(DANA) == ["It is worse now"]


async def test_old_items_are_remembered_in_silence(newsroom: Newsroom):
    """What was there before its source was watched waits for nobody, is known again, and returns with new words."""
    async with newsroom.store.writing() as connection:
        await newsroom.incoming.arrive_within(connection, FLOOD, is_old=True)
    assert await newsroom.headlines(DANA) == []
    assert await newsroom.notices.waiting() == []
    assert (await newsroom.incoming.arrive(FLOOD)).state is KNOWN
    with pytest.raises(InvalidInput, match="too old"):
        await newsroom.incoming.adopt(1, await newsroom.person(DANA))
    await newsroom.incoming.arrive(replace(FLOOD, body="New words."))
    assert await newsroom.headlines(DANA) == [FLOOD.headline]


async def test_nobody_takes_up_what_its_source_took_back(newsroom: Newsroom):
    """A withdrawn item leaves the list; an officer who has made a draft of it is told, and the draft stays theirs."""
    for item in (FLOOD, numbered(2)):
        await newsroom.incoming.arrive(item)
    draft = await newsroom.incoming.adopt(1, await newsroom.person(DANA))
    async with newsroom.store.writing() as connection:
        for item in (FLOOD, numbered(2)):
            assert await newsroom.incoming.withdraw_within(connection, item.source, item.identifier) is not None
            assert await newsroom.incoming.withdraw_within(connection, item.source, item.identifier) is None
        assert await newsroom.incoming.withdraw_within(connection, "ctp", "never heard of") is None
    with pytest.raises(InvalidInput, match="taken it back"):
        await newsroom.incoming.adopt(2, await newsroom.person(DANA))
    kinds = {(one.user_id, one.kind.value): one.details for one in await newsroom.notices.waiting()}
    assert kinds[DANA, "incoming-withdrawn"]["reference"] == draft.reference
    assert [user for user, kind in kinds if kind == "incoming-withdrawn"] == [DANA]
    assert await newsroom.desk.find(draft.id) == draft


async def test_what_nobody_takes_up_lapses(newsroom: Newsroom):
    """An item whose time has passed, or that has waited for thirty days, leaves the list."""
    await newsroom.incoming.arrive(numbered(1, expires_at=newsroom.clock.now() + timedelta(hours=1)))
    await newsroom.incoming.arrive(numbered(2))
    await newsroom.incoming.lapse_old()
    assert await newsroom.headlines(DANA) == ["Item 2", "Item 1"]
    await newsroom.clock.advance(3600)
    await newsroom.incoming.lapse_old()
    assert await newsroom.headlines(DANA) == ["Item 2"]
    await newsroom.clock.advance(LONGEST_LIFE.total_seconds())
    await newsroom.incoming.lapse_old()
    assert await newsroom.headlines(DANA) == []


async def test_an_officer_sees_what_their_sectors_cover(newsroom: Newsroom):
    """Items for other sectors, in part or whole, are not theirs; those without are everybody's, owners see all."""
    await newsroom.roster.grant(OWNER, Role.OWNER, name="Olu")
    for number, sectors in enumerate([(), ("aviation",), ("aviation", "retail"), ("retail",)], start=1):
        await newsroom.incoming.arrive(numbered(number, audience=Audience(sectors)))
    assert await newsroom.headlines(AVIATOR) == ["Item 2", "Item 1"]
    assert await newsroom.headlines(DANA) == await newsroom.headlines(OWNER) == [f"Item {n}" for n in (4, 3, 2, 1)]
    aviator = await newsroom.person(AVIATOR)
    for act in (newsroom.incoming.find, newsroom.incoming.adopt, newsroom.incoming.discard):
        with pytest.raises(NotAllowed):
            await act(3, aviator)
        with pytest.raises(NotFound):
            await act(99, aviator)


async def test_pages(newsroom: Newsroom):
    """A page holds so many items, the newest first; beyond the last page stands the last one."""
    for number in range(PAGE_SIZE + 1):
        await newsroom.incoming.arrive(numbered(number))
    dana = await newsroom.person(DANA)
    first, second = await newsroom.drafts.page(dana, 0), await newsroom.drafts.page(dana, 1)
    assert [item.headline for item in first.items] == [f"Item {n}" for n in range(PAGE_SIZE, 0, -1)]
    assert [item.headline for item in second.items] == ["Item 0"]
    assert (first.window.pages, first.window.total, second.window.number) == (2, PAGE_SIZE + 1, 1)
    assert await newsroom.drafts.page(dana, 9) == second


async def test_the_list_of_drafts_goes_on_from_the_items(newsroom: Newsroom):
    """/drafts pages over both: what came in, then the officer's own drafts; another officer's are not among them."""
    dana = await newsroom.person(DANA)
    for number in range(4):
        await newsroom.incoming.arrive(numbered(number))
    own = [(await newsroom.desk.start_draft(DANA)).id for _ in range(4)]
    await newsroom.desk.start_draft(EVE)
    first, second = await newsroom.drafts.page(dana, 0), await newsroom.drafts.page(dana, 1)
    assert ([item.headline for item in first.items], [draft.id for draft in first.drafts]) == (
        ["Item 3", "Item 2", "Item 1", "Item 0"],
        own[:1:-1],
    )
    assert ([*second.items], [draft.id for draft in second.drafts]) == ([], own[1::-1])
    assert (first.window.pages, second.window.pages) == (2, 2)
    assert (await newsroom.drafts.page(dana, 5)).window.number == 1


async def test_a_long_text_is_cut_with_a_note(newsroom: Newsroom):
    """A text beyond what an alert can hold ends at a paragraph, says so, and names where the whole of it stands."""
    paragraph = f"<b>Word</b> {'of advice ' * 30}".strip()
    await newsroom.incoming.arrive(replace(FLOOD, body="\n\n".join([paragraph] * 70), headline="Long " * 60))
    draft = await newsroom.incoming.adopt(1, await newsroom.person(DANA))
    assert utf16_length(visible(draft.body)) <= BODY_LIMIT
    *kept, note, source = draft.body.split("\n\n")
    assert set(kept) == {paragraph}
    assert note == f"[Cut here: the whole text is at {FLOOD.link}]"
    assert source.startswith("Source: ")
    assert utf16_length(draft.headline) <= HEADLINE_LIMIT
    assert draft.headline.endswith("Long…")
    assert (
        await newsroom.incoming.arrive(replace(FLOOD, body="\n\n".join([paragraph] * 70), headline="Long " * 60))
    ) == (Arrival(KNOWN, 1))


@pytest.mark.parametrize("length", [10_000, 11_000, 12_000, 30_000])
async def test_whatever_was_kept_can_be_opened(newsroom: Newsroom, length: int):
    """The longest link leaves its own room, twice, so that no item waits which cannot become a draft."""
    link = "https://x.org/" + "a" * (LINK_LIMIT - 14)
    text = "word " * (length // 5)
    formatted = "<b>w</b> " * 200
    for number, body in enumerate((text, formatted)):
        arrival = await newsroom.incoming.arrive(numbered(number, body=body, link=link, is_test=True))
        draft = await newsroom.incoming.adopt(arrival.id, await newsroom.person(DANA))
        assert utf16_length(visible(draft.body)) <= BODY_LIMIT
        assert draft.body.endswith(link)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"source": ""}, "incoming-length"),
        ({"identifier": "x" * 501}, "incoming-length"),
        ({"identifier": ""}, "incoming-length"),
        ({"link": "https://x.org/" + "a" * 1500}, "incoming-length"),
        ({"link": "javascript:alert(1)"}, "incoming-link"),
        ({"link": "https://x.org/ b"}, "incoming-link"),
        ({"headline": "a\x00b"}, "incoming-characters"),
        ({"body": "a\ud800b"}, "incoming-characters"),
        ({"headline": " \n "}, "headline-empty"),
        ({"body": "<b> </b>"}, "body-empty"),
        ({"body": "<script>x</script>"}, "markup"),
    ],
)
async def test_what_cannot_be_kept_is_refused(newsroom: Newsroom, change: dict[str, str], problem: str):
    """An item with a part that no database, button or alert can hold is refused with the reason, and not kept."""
    with pytest.raises(InvalidInput) as refused:
        await newsroom.incoming.arrive(replace(FLOOD, **change))
    assert refused.value.problem == problem
    assert await newsroom.counts() == (0, 0, 0)


async def test_an_unknown_sector_is_refused(newsroom: Newsroom):
    """Nobody would ever see an item for a sector that does not exist."""
    with pytest.raises(UnknownCode):
        await newsroom.incoming.arrive(replace(FLOOD, audience=Audience(("no-such-sector",))))
    with pytest.raises(UnknownCode):
        await newsroom.incoming.arrive(replace(FLOOD, audience=Audience(regions=("atlantis",))))


async def test_nothing_is_sent_by_arriving(newsroom: Newsroom):
    """Whatever arrives, how often and however urgent: no alert is sent and no recipient has a row."""
    await newsroom.outbox.subscribe(1001, 1002)
    for number in range(3):
        await newsroom.incoming.arrive(numbered(number, severity=Severity.CRITICAL))
        await newsroom.incoming.arrive(numbered(number, severity=Severity.CRITICAL, headline="Edited"))
    await newsroom.incoming.announce()
    await newsroom.incoming.adopt(1, await newsroom.person(DANA))
    await newsroom.clock.advance(600)
    assert await newsroom.counts() == (3, 1, 0)
    assert newsroom.outbox.nudges == 0


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(str.strip)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrivals=st.lists(st.tuples(st.integers(1, 3), texts, texts), min_size=1, max_size=8))
async def test_any_history_of_editions(newsroom: Newsroom, arrivals: list[tuple[int, str, str]]):
    """Over any arrivals and restarts there is one item a name, with the words that came last."""
    source = f"run-{newsroom.clock.elapsed_seconds}"
    await newsroom.clock.advance(1)
    last: dict[int, Item] = {}
    for number, headline, text in arrivals:
        item = numbered(number, source=source, headline=headline, body=text.replace("&", "&amp;").replace("<", "&lt;"))
        arrival = await newsroom.another().arrive(item)
        before = last.get(number)
        expected = NEW if before is None else KNOWN if before == item else EDITED
        assert arrival.state is expected
        last[number] = item
        kept = await newsroom.item(arrival.id)
        assert kept.headline == " ".join(headline.split())
        assert kept.body == read_html(item.body).html
    assert {number: (await newsroom.another().arrive(item)).state for number, item in last.items()} == dict.fromkeys(
        last, KNOWN
    )
