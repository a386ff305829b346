"""Inline mode of the sandbox: what is offered, to whom, for how long, and what becomes of the choice."""

from typing import Any

import pytest
from sandbox_doors import BotCaller, Clock, PersonCaller

from bot.sandbox import Sandbox
from bot.sandbox.chats import Chat
from bot.sandbox.errors import ApiError
from bot.sandbox.inline import ask_inline

BOT_ID = 4242


def article(**fields: Any) -> dict[str, Any]:
    """Make a result."""
    content = {"message_text": "<b>SEVERE</b> &amp; more", "parse_mode": "HTML"}
    return {"type": "article", "id": "1", "title": "The level", "input_message_content": content, **fields}


def inline(ann: Chat) -> str:
    """Give the address of Ann's queries."""
    return f"/client/accounts/{ann.id}/inline"


async def asked(people: PersonCaller, ann: Chat, words: str = "level") -> str:
    """Type the bot's name in its own chat."""
    answer = await people.post(inline(ann), {"bot": BOT_ID, "query": words, "peer": BOT_ID})
    assert answer.status == 202
    return str(answer.json["inline_query_id"])


async def test_a_query_is_answered_shown_and_chosen(bot: BotCaller, people: PersonCaller, ann: Chat) -> None:
    """The bot hears who asks what and where; the results stand there for the account; the choice names the bot."""
    query = await asked(people, ann)
    heard = (await bot.ok("getUpdates"))[0]["inline_query"]
    assert (heard["id"], heard["from"]["id"], heard["query"]) == (query, ann.id, "level")
    assert (heard["offset"], heard["chat_type"]) == ("", "sender")
    assert (await people.get(f"{inline(ann)}/{query}"))["results"] is None
    assert await bot.ok("answerInlineQuery", inline_query_id=query, results=[article(description="now")]) is True
    (result,) = (await people.get(f"{inline(ann)}/{query}"))["results"]
    assert result == {"id": "1", "title": "The level", "description": "now", "text": "SEVERE & more"}
    chosen = await people.post(f"{inline(ann)}/{query}/choice", {"result_id": "1", "peer": BOT_ID})
    message = chosen.json["message"]
    assert (chosen.status, message["text"], message["from"]["id"]) == (201, "SEVERE & more", ann.id)
    assert message["via"]
    told = (await bot.ok("getUpdates"))[-1]["message"]
    assert (told["via_bot"]["id"], told["entities"][0]["type"]) == (BOT_ID, "bold")


async def test_a_query_is_answered_once_and_within_ten_seconds(
    bot: BotCaller, people: PersonCaller, ann: Chat, clock: Clock
) -> None:
    """The second answer is refused as the first of another bot's would be, and so is one after eleven seconds."""
    query = await asked(people, ann)
    await bot.ok("answerInlineQuery", inline_query_id=query, results=[])
    assert "query is too old" in await bot.refused("answerInlineQuery", inline_query_id=query, results=[])
    late = await asked(people, ann)
    clock.now += 10
    await bot.ok("answerInlineQuery", inline_query_id=late, results=[article()])
    later = await asked(people, ann)
    clock.now += 11
    assert "query is too old" in await bot.refused("answerInlineQuery", inline_query_id=later, results=[article()])


async def test_only_who_asked_may_look_and_choose(
    bot: BotCaller, people: PersonCaller, sandbox: Sandbox, ann: Chat
) -> None:
    """Another account finds no such query, and a result that was not offered cannot be chosen."""
    query = await asked(people, ann)
    await bot.ok("answerInlineQuery", inline_query_id=query, results=[article()])
    sandbox.world.add_account(id=9, first_name="Nosy")
    for path, body in (("", None), ("/choice", {"result_id": "1", "peer": BOT_ID})):
        address = f"/client/accounts/9/inline/{query}{path}"
        answer = await (people.post(address, body) if body else people.caller("GET", address))
        assert answer.status == 404
    wrong = await people.post(f"{inline(ann)}/{query}/choice", {"result_id": "2", "peer": BOT_ID})
    assert (wrong.status, wrong.json) == (404, {"error": "There is no result 2."})


async def test_an_answer_is_told_to_the_open_page(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """Who follows the account hears of the results as they come."""
    stream = sandbox.world.events.follow(ann.id)
    query = ask_inline(sandbox.world, ann, sandbox.world.bots[BOT_ID], "level")
    await bot.ok("answerInlineQuery", inline_query_id=query.id, results=[article()])
    kind, data = stream.waiting.get_nowait() or ("", {})
    assert (kind, data["peer"], data["inline_query_id"]) == ("inline", BOT_ID, query.id)
    assert [result["title"] for result in data["results"]] == ["The level"]


async def test_where_an_account_may_not_write_it_posts_nothing(bot: BotCaller, sandbox: Sandbox, ann: Chat) -> None:
    """Who has blocked the bot of the chat cannot post its result there, and a query has 256 characters at most."""
    world = sandbox.world
    query = ask_inline(world, ann, world.bots[BOT_ID], "x" * 256)
    await bot.ok("answerInlineQuery", inline_query_id=query.id, results=[article()])
    world.set_blocked(ann, blocked=True)
    with pytest.raises(ApiError, match="has blocked the bot"):
        world.say_via(ann, world.bots[BOT_ID], text="SEVERE")
    with pytest.raises(ApiError, match="at most 256 characters"):
        ask_inline(world, ann, world.bots[BOT_ID], "x" * 257)


@pytest.mark.parametrize("fields", [{"type": "photo"}, {"type": "Gif"}])
async def test_other_results_than_articles_are_not_built(
    bot: BotCaller, people: PersonCaller, ann: Chat, fields: Any
) -> None:
    """They are answered with 501 and not taken for something else."""
    query = await asked(people, ann)
    said = await bot.refused("answerInlineQuery", inline_query_id=query, results=[article(**fields)])
    assert said.startswith("Not Implemented: an inline query result of type")
