"""Who is in the demo: a few people, a group, one subscription, two levels; put there before the bot starts."""

from datetime import UTC, date, datetime

from alerts.audit.entry import ADMINISTRATOR, in_chat
from alerts.people.rights import Role
from alerts.store.migrate import claim_purpose, migrate
from alerts.subscribers.roll import Profile
from bot.domain import Domain
from bot.sandbox import World

DEMO_TOKEN = "700000001:demo-token-of-the-sandbox-only"  # noqa: S105 - it opens the sandbox of this process alone
OFFICER, CONTACT, OTHER_CONTACT, OWNER = 501, 101, 102, 601
GROUP = -700
GROUP_TITLE = "Airport Watch"
FEED_SEEN_AT = datetime(2026, 4, 30, 5, 9, 17, tzinfo=UTC)
"""When the two levels below were captured from MI5's feed; so long ago that the demo shows what 'out of date' means."""


async def furnish(domain: Domain, world: World) -> None:
    """Put the people and the group into the sandbox, what they are to the bot into the store."""
    await migrate(domain.store)
    await claim_purpose(domain.store, "demo")
    world.add_account(id=CONTACT, first_name="Amira", last_name="Khan", note="contact")
    world.add_account(id=OTHER_CONTACT, first_name="Ben", last_name="Hughes", note="contact, finance")
    world.add_account(id=OFFICER, first_name="Dana", last_name="Reid", note="duty officer")
    world.add_account(id=OWNER, first_name="Olu", last_name="Adeyemi", note="owner")
    await domain.roster.grant(OWNER, Role.OWNER, name="Olu Adeyemi")
    await domain.roster.grant(OFFICER, Role.OFFICER, name="Dana Reid", by=in_chat(OWNER))
    ben = Profile("Ben Hughes", "Hughes & Daughters Bank", "Security manager", ("financial-services",))
    await domain.roll.subscribe(OTHER_CONTACT, "private", ben)
    await domain.vetting.vet_many([OTHER_CONTACT], ADMINISTRATOR)
    bot = world.bot_for(DEMO_TOKEN)
    for account in (OTHER_CONTACT, OFFICER, OWNER):
        world.say(world.chat(account, bot.id), "/start" if account == OTHER_CONTACT else "/help")
    group = world.add_group(title=GROUP_TITLE, creator=OWNER, id=GROUP)
    world.add_member(group, CONTACT, by=OWNER)
    world.add_bot(group, bot.id, by=OWNER)
    for scheme, level, since in (
        ("uk-national", "SEVERE", date(2026, 4, 30)),
        ("uk-northern-ireland", "SUBSTANTIAL", date(2024, 3, 6)),
    ):
        proposal = await domain.register.propose(scheme, level, since=since)
        await domain.register.record(proposal, source="capture of MI5's feed", seen_at=FEED_SEEN_AT)
