"""Inline mode through the whole bot: the level and how to report in any chat, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from support.content import content
from support.patience import until
from support.talk import ask, enrol
from support.town import BOT, Town

from alerts.people.rights import Role

AMIRA, BEN = 11, 12


async def record(town: Town, level: str, scheme: str = "uk-national", *, seen_at: datetime | None = None) -> None:
    """Record a reading that nobody is told of."""
    proposal = await town.domain.register.propose(scheme, level, since=date(2026, 4, 30))
    await town.domain.register.record(proposal, source="test", push=False, seen_at=seen_at)


async def typed(town: Town, account: int, words: str = "", *, peer: int = BOT) -> tuple[str, list[dict[str, Any]]]:
    """Type the bot's name and some words in a chat, and give the query with the cards that are offered."""
    inline = f"{town.address}/client/accounts/{account}/inline"
    async with town.http.post(inline, json={"bot": BOT, "query": words, "peer": peer}) as answer:
        assert answer.status == 202, await answer.text()
        query = (await answer.json())["inline_query_id"]

    async def offered() -> list[dict[str, Any]] | None:
        async with town.http.get(f"{inline}/{query}") as shown:
            cards: list[dict[str, Any]] | None = (await shown.json())["results"]
            return cards

    return query, await until(offered, "cards")


async def choose(town: Town, account: int, query: str, card: str, *, peer: int = BOT) -> dict[str, Any]:
    """Choose a card, and give the message that is posted."""
    path = f"{town.address}/client/accounts/{account}/inline/{query}/choice"
    async with town.http.post(path, json={"result_id": card, "peer": peer}) as answer:
        assert answer.status == 201, await answer.text()
        return dict((await answer.json())["message"])


async def test_who_types_the_bots_name_is_offered_the_levels_and_how_to_report(town: Town) -> None:
    """Somebody who has never written to the bot gets a card for all levels, one for each, and how to report."""
    await record(town, "SEVERE")
    await record(town, "SUBSTANTIAL", "uk-northern-ireland")
    town.sandbox.world.add_account(id=AMIRA, first_name="Amira")
    _, cards = await typed(town, AMIRA)
    assert [card["title"] for card in cards] == [
        "UK national: SEVERE; Northern Ireland: SUBSTANTIAL",
        "UK national: SEVERE",
        "Northern Ireland: SUBSTANTIAL",
        "How to report",
    ]
    (reading, *_) = await town.domain.register.readings("uk-national")
    moment = town.domain.texts.when(reading.seen_at)
    assert cards[1]["description"] == f"Last confirmed {moment}"
    assert cards[1]["text"] == (
        "UK national threat level\nSEVERE (level 4 of 5)\nThis means: an attack is highly likely.\n"
        f"Since 30 Apr 2026.\nSet by: Joint Terrorism Analysis Centre (JTAC).\nLast confirmed: {moment}.\n\n"
        "The level may have changed since. The official page is always right. In an emergency call 999."
    )
    assert " ago" not in "".join(card["text"] for card in cards)


async def test_how_to_report_puts_999_first_and_says_that_the_bot_takes_no_reports(town: Town) -> None:
    """The card has every situation with whom to reach, in one message."""
    town.sandbox.world.add_account(id=AMIRA, first_name="Amira")
    _, cards = await typed(town, AMIRA, "report")
    (card,) = cards
    assert card["text"].index("999") < card["text"].index("0800 789 321")
    assert card["text"].endswith(town.domain.guide.no_reports)
    assert all(situation.title in card["text"] for situation in town.domain.guide.situations)
    assert len(card["text"]) < 4096


async def test_a_stale_or_unknown_level_says_so_before_it_is_chosen(town: Town) -> None:
    """The line under the title tells that a level may be out of date, or that none is known."""
    await record(town, "SEVERE", seen_at=datetime.now(UTC) - timedelta(days=5))
    town.sandbox.world.add_account(id=AMIRA, first_name="Amira")
    _, (_, national, northern, _) = await typed(town, AMIRA)
    assert national["description"].startswith("May be out of date: last confirmed ")
    assert "May be out of date: last confirmed " in national["text"]
    assert (northern["title"], northern["description"]) == (
        "Northern Ireland: not known here",
        "No reading is known here yet",
    )


async def test_a_chosen_card_is_posted_by_way_of_the_bot_and_not_answered(town: Town) -> None:
    """In the bot's own chat the posted card is no message to the bot: '999' in it reads like no emergency."""
    amira = await town.person(AMIRA)
    await ask(amira, "/help", "What I can do")
    before = len(amira.received())
    query, _ = await typed(town, AMIRA)
    message = await choose(town, AMIRA, query, "report")
    assert message["via"] == "Cascade"
    await town.settled()
    assert len(amira.received()) == before


async def test_a_card_can_be_posted_in_a_group(town: Town) -> None:
    """A member of a group with the bot in it posts the level there; the bot adds nothing."""
    await record(town, "SEVERE")
    world = town.sandbox.world
    world.add_account(id=AMIRA, first_name="Amira")
    group = world.add_group(title="Plant", kind="supergroup", creator=AMIRA)
    world.add_bot(group, BOT)
    await town.settled()
    query, _ = await typed(town, AMIRA, peer=group.id)
    message = await choose(town, AMIRA, query, "level-1", peer=group.id)
    assert "SEVERE (level 4 of 5)" in message["text"]
    await town.settled()
    assert [stored.message_id for stored in group.messages.values()][-1] == message["message_id"]


async def test_nobody_gets_an_alert_by_typing(town: Town) -> None:
    """Whoever types anything is offered the same few cards: no headline, no text, no recipient of any alert."""
    await town.stop_bot()
    await enrol(town, 2)
    await town.start_bot()
    await town.domain.desk.issue(content("Suspicious vehicle at the east gate"), origin="test")
    await town.domain.roster.grant(BEN, Role.OFFICER)
    for account in (AMIRA, BEN):
        town.sandbox.world.add_account(id=account, first_name="Somebody")
        for words in ("", "vehicle", "alerts C-2026-0001", "x" * 256):
            _, cards = await typed(town, account, words)
            assert {card["id"] for card in cards} == {"levels", "level-1", "level-2", "report"}
            assert "vehicle" not in str(cards)


async def test_words_choose_among_the_cards(town: Town) -> None:
    """What is typed after the name narrows the cards by their titles."""
    town.sandbox.world.add_account(id=AMIRA, first_name="Amira")
    assert [card["id"] for card in (await typed(town, AMIRA, "northern"))[1]] == ["levels", "level-2"]
    assert [card["id"] for card in (await typed(town, AMIRA, "REPORT"))[1]] == ["report"]


async def test_a_query_that_waited_too_long_is_let_go(town: Town) -> None:
    """A query of before a stop is answered too late: that is no error, and the next one is answered."""
    await town.stop_bot()
    world = town.sandbox.world
    world.add_account(id=AMIRA, first_name="Amira")
    update = {
        "id": "777",
        "from": world.accounts[AMIRA].as_user,
        "query": "",
        "offset": "",
        "chat_type": "sender",
    }
    world.bots[BOT].updates.put("inline_query", update, world.now())
    await town.start_bot()
    await town.settled()
    (call,) = town.calls("answerInlineQuery")
    assert (call["status"], "query is too old" in call["description"]) == (400, True)
    await typed(town, AMIRA)
