import pytest
from sqlalchemy import select
from support.intake import Mailroom
from support.outbox import Outbox

from alerts.data import UnknownCode
from alerts.errors import FetchFailed, InvalidInput, NotFound
from alerts.intake.source import SourceKind
from alerts.intake.sources import TOKEN_PREFIX, new_token
from alerts.publishing.alert import Severity
from alerts.store.outside import intake_sources
from alerts.subscribers.sectors import Directory


@pytest.fixture
def mailroom(outbox: Outbox, directory: Directory) -> Mailroom:
    """Sources, an intake and the officers' pile."""
    return Mailroom(outbox, directory)


async def test_a_token_is_stored_as_its_hash_alone(mailroom: Mailroom):
    """Who reads the database has nobody's token; who holds the token is known by it."""
    source, token = await mailroom.sources.add("control-room", SourceKind.CAP)
    async with mailroom.outbox.store.reading() as connection:
        row = (await connection.execute(select(intake_sources))).one()
    assert token is not None
    assert not any(token in str(value) or token.removeprefix(TOKEN_PREFIX) in str(value) for value in row)
    assert await mailroom.sources.holder_of(token) == source
    for wrong in ("", token[:-1], token + "x", token.upper(), "é", row.token_hash):
        assert await mailroom.sources.holder_of(wrong) is None


def test_tokens_cannot_be_guessed():
    """Two tokens are never the same, and each has 256 bits of chance."""
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == len(TOKEN_PREFIX) + 43 for token in tokens)


async def test_a_rotated_token_ends_the_old_one(mailroom: Mailroom):
    """After a rotation the new token is the source's, and the old one nobody's."""
    _, old = await mailroom.sources.add("control-room", SourceKind.CAP)
    new = await mailroom.sources.rotate("control-room")
    assert await mailroom.sources.holder_of(old or "") is None
    holder = await mailroom.sources.holder_of(new)
    assert holder is not None
    assert holder.code == "control-room"


async def test_a_new_source_is_not_trusted(mailroom: Mailroom):
    """Trust is given by hand, with its caps, and taken away at once."""
    source, _ = await mailroom.sources.add("control-room", SourceKind.JSON)
    assert not source.is_trusted
    trusted = await mailroom.sources.trust("control-room", severity_cap=Severity.URGENT, sectors=["legal"], per_hour=3)
    assert (trusted.is_trusted, trusted.severity_cap, trusted.sectors, trusted.per_hour) == (
        True,
        Severity.URGENT,
        ("legal",),
        3,
    )
    assert not (await mailroom.sources.untrust("control-room")).is_trusted


async def test_a_removed_source_is_nobody(mailroom: Mailroom):
    """Its token opens nothing, it is in no list, and its code may be given anew, without the old trust."""
    _, token = await mailroom.sources.add("control-room", SourceKind.CAP)
    await mailroom.sources.trust("control-room", severity_cap=Severity.URGENT, per_hour=3)
    await mailroom.sources.remove("control-room")
    assert await mailroom.sources.holder_of(token or "") is None
    assert await mailroom.sources.everything() == []
    for act in (mailroom.sources.rotate, mailroom.sources.untrust, mailroom.sources.remove, mailroom.sources.find):
        with pytest.raises(NotFound):
            await act("control-room")
    again, _ = await mailroom.sources.add("control-room", SourceKind.CAP)
    assert not again.is_trusted


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"code": "Control Room"}, InvalidInput),
        ({"code": "x" * 41}, InvalidInput),
        ({"code": ""}, InvalidInput),
        ({"code": "taken"}, InvalidInput),
        ({"name": "x" * 81}, InvalidInput),
        ({"address": "https://example.org/feed"}, InvalidInput),
        ({"kind": SourceKind.FEED}, InvalidInput),
        ({"kind": SourceKind.FEED, "address": "http://example.org/feed"}, FetchFailed),
        ({"kind": SourceKind.FEED, "address": "https://example.org/feed", "poll_minutes": 0}, InvalidInput),
    ],
)
async def test_a_source_that_makes_no_sense_is_refused(mailroom: Mailroom, how, error):
    """A bad or taken code, a feed without a safe address, a token's kind with one: nothing is added."""
    await mailroom.sources.add("taken", SourceKind.CAP)
    with pytest.raises(error):
        await mailroom.sources.add(**({"code": "control-room", "kind": SourceKind.CAP} | how))
    assert [source.code for source in await mailroom.sources.everything()] == ["taken"]


async def test_caps_that_make_no_sense_are_refused(mailroom: Mailroom):
    """An unknown sector or a number out of range gives no trust; a feed has no token to rotate."""
    await mailroom.sources.add("control-room", SourceKind.CAP)
    with pytest.raises(UnknownCode):
        await mailroom.sources.trust("control-room", severity_cap=Severity.URGENT, sectors=["moonbase"], per_hour=3)
    with pytest.raises(InvalidInput):
        await mailroom.sources.trust("control-room", severity_cap=Severity.URGENT, per_hour=0)
    assert not (await mailroom.sources.find("control-room")).is_trusted
    await mailroom.sources.add("weather", SourceKind.FEED, address="https://example.org/feed")
    with pytest.raises(InvalidInput):
        await mailroom.sources.rotate("weather")
