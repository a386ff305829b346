"""Inline mode: an account types a bot's name in any chat, the bot offers results, and the chosen one is posted.

Only articles with a text are built. Telegram's cache of results is not: every query reaches the bot. How long a bot has
for its answer is not documented; bots report about ten seconds. Source: https://core.telegram.org/bots/api#inline-mode.
"""

from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.chats import Chat, Message
from bot.sandbox.errors import ApiError, bad_request, not_implemented
from bot.sandbox.groups import Seat
from bot.sandbox.keyboards import check_markup
from bot.sandbox.markup import format_text
from bot.sandbox.people import Account, Bot
from bot.sandbox.rules import (
    INLINE_QUERY_SECONDS,
    MAX_INLINE_QUERY,
    MAX_INLINE_RESULTS,
    MAX_RESULT_ID_BYTES,
    QUERY_EXPIRED,
)
from bot.sandbox.world import World

_REMEMBERED = 1000
_TYPES: dict[type[Any], str] = {str: "String", dict: "Object"}


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that a bot offers.

    Attributes:
        id: the bot's own name of it.
        title: what the account chooses by.
        description: a line below it, or "".
        message: what is posted when it is chosen, as fields of a message.
    """

    id: str
    title: str
    description: str
    message: dict[str, Any] = field(repr=False)

    def for_people(self) -> dict[str, Any]:
        """The Result of docs/sandbox.md."""
        return {"id": self.id, "title": self.title, "description": self.description, "text": self.message["text"]}


@dataclass(slots=True)
class InlineQuery:
    """What an account typed after a bot's name.

    Attributes:
        id: the inline_query_id.
        bot: who is asked.
        account: who asks.
        at: Unix seconds.
        results: what the bot offered; None until it has answered.
    """

    id: str
    bot: Bot
    account: Account
    at: float
    results: tuple[Result, ...] | None = None


def ask_inline(world: World, chat: Chat | Seat, bot: Bot, text: str) -> InlineQuery:
    """Let a chat's account type a bot's name and some words there.

    Raises:
        ApiError: 400, there are more words than Telegram passes on.
    """
    if len(text) > MAX_INLINE_QUERY:
        raise ApiError(400, f"An inline query has at most {MAX_INLINE_QUERY} characters.")
    account = chat.account if isinstance(chat, Chat) else world.account(chat.user.id)
    now = world.now()
    query = InlineQuery(f"{bot.id}{next(world.inline_ids)}", bot, account, now)
    while len(world.inline_queries) >= _REMEMBERED:
        del world.inline_queries[next(iter(world.inline_queries))]
    world.inline_queries[query.id] = query
    kind = chat.group.kind if isinstance(chat, Seat) else "sender" if chat.bot is bot else "private"
    update = {"id": query.id, "from": account.as_user, "query": text, "offset": "", "chat_type": kind}
    bot.updates.put("inline_query", update, now)
    return query


def choose_result(world: World, chat: Chat | Seat, query_id: str, result_id: str) -> Message:
    """Let a chat's account post a result there, which names the bot that it came from.

    Raises:
        ApiError: 404, the account was offered no such result; 409, it may not write there.
    """
    account_id = chat.account.id if isinstance(chat, Chat) else chat.user.id
    query = find_query(world, account_id, query_id)
    for result in query.results or ():
        if result.id == result_id:
            return world.say_via(chat, query.bot, **result.message)
    raise ApiError(404, f"There is no result {result_id}.")


def find_query(world: World, account_id: int, query_id: str) -> InlineQuery:
    """An account's own query.

    Raises:
        ApiError: 404, there is none.
    """
    query: InlineQuery | None = world.inline_queries.get(query_id)
    if query is None or query.account.id != account_id:
        raise ApiError(404, f"There is no inline query {query_id}.")
    return query


def answer_inline_query(world: World, bot: Bot, params: dict[str, Any]) -> bool:
    """https://core.telegram.org/bots/api#answerinlinequery; once for each query, and within ten seconds."""
    if len(params["results"]) > MAX_INLINE_RESULTS:
        raise bad_request("too many inline query results specified")
    results = tuple(_result(world, given) for given in params["results"])
    if len({result.id for result in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    query = world.inline_queries.get(params["inline_query_id"])
    is_open = query is not None and query.bot is bot and query.results is None
    if query is None or not is_open or world.now() - query.at > INLINE_QUERY_SECONDS:
        raise bad_request(QUERY_EXPIRED)
    query.results = results
    offered = [result.for_people() for result in results]
    world.events.tell(query.account.id, "inline", {"peer": bot.id, "inline_query_id": query.id, "results": offered})
    return True


def _result(world: World, given: Any) -> Result:
    if not isinstance(given, dict):
        raise _wrong("Inline query result must be an object")
    kind, id_ = _field(given, "type", str), _field(given, "id", str)
    if not 0 < len(id_.encode()) <= MAX_RESULT_ID_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    if kind.lower() != "article":
        raise not_implemented(f"an inline query result of type {kind}")
    title = _field(given, "title", str)
    if not title.strip():
        raise bad_request("ARTICLE_TITLE_EMPTY")
    content = _field(given, "input_message_content", dict)
    text, parse_mode = _field(content, "message_text", str), content.get("parse_mode") or ""
    formatted = format_text(text, parse_mode, content.get("entities") or ())
    preview = {key: value for key, value in (content.get("link_preview_options") or {}).items() if value}
    message = {
        "text": formatted.text,
        "entities": world.entity_objects(formatted),
        "reply_markup": check_markup(given.get("reply_markup"), inline_only=True),
        "options": {"link_preview_options": preview} if preview else {},
    }
    return Result(id_, title, str(given.get("description") or ""), message)


def _field(given: dict[str, Any], name: str, kind: type[Any]) -> Any:
    if name not in given:
        raise _wrong(f'Can\'t find field "{name}"')
    if not isinstance(given[name], kind):
        raise _wrong(f'Field "{name}" must be of type {_TYPES[kind]}')
    return given[name]


def _wrong(what: str) -> ApiError:
    return bad_request(f"can't parse inline query result: {what}")
