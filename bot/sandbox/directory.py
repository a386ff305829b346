"""Who is there: accounts by their id, bots by their token."""

import re
from collections.abc import Mapping, Sequence
from itertools import count

from bot.sandbox.errors import ApiError
from bot.sandbox.events import EventHub
from bot.sandbox.people import ANONYMOUS, Account, Bot
from bot.sandbox.rules import MAX_NAME, TOKEN

_FIRST_ACCOUNT_ID = 7_100_000_001
_LARGEST_ID = 2**52
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")


class Directory:
    """Accounts and bots, whose ids share one space of numbers as at Telegram.

    Args:
        tokens: the bots there are, as token → first name; None lets every well-formed token in, as a bot of that id.
    """

    def __init__(self, tokens: Mapping[str, str] | None = None) -> None:
        self.accounts: dict[int, Account] = {}
        self.bots: dict[int, Bot] = {}
        self.events = EventHub()
        self._by_token: dict[str, Bot] = {}
        self._is_open = tokens is None
        self._account_ids = count(_FIRST_ACCOUNT_ID)
        for token, first_name in (tokens or {}).items():
            self._add_bot(token, first_name)

    def add_account(
        self,
        *,
        first_name: str,
        last_name: str | None = None,
        username: str | None = None,
        note: str | None = None,
        id: int | None = None,  # noqa: A002 - the Bot API's name for it
    ) -> Account:
        """Add a person; without an id one is drawn.

        Raises:
            ApiError: 400, a field is malformed; 409, the id or the username is taken.
        """
        names = [first_name.strip(), (last_name or "").strip()]
        username = (username or "").strip().removeprefix("@")
        if not names[0] or max(map(len, names)) > MAX_NAME:
            raise ApiError(400, f"A first name has 1 to {MAX_NAME} characters, and a last name no more.")
        if username and not _USERNAME.fullmatch(username):
            raise ApiError(
                400, "A username has 4 to 32 Latin letters, digits and underscores and starts with a letter."
            )
        if id is not None and not 0 < id < _LARGEST_ID:
            raise ApiError(400, "An id is a positive number below 2 to the power of 52.")
        if id is not None and self._is_taken(id):
            raise ApiError(409, f"The id {id} is taken.")
        if username and any((other.username or "").lower() == username.lower() for other in self.accounts.values()):
            raise ApiError(409, f"The username {username} is taken.")
        if id is None:
            id = next(free for free in self._account_ids if not self._is_taken(free))  # noqa: A001 - see above
        account = Account(id, names[0], names[1] or None, username or None, (note or "").strip() or None)
        self.accounts[id] = account
        return account

    def add_accounts(self, names: Sequence[tuple[str, str]]) -> range:
        """Add many people at once.

        Args:
            names: first and last name of each.

        Returns:
            Their ids, in a row.
        """
        first = next(self._account_ids)
        while taken := [id for id in range(first, first + len(names)) if self._is_taken(id)]:  # noqa: A001 - see above
            first = taken[-1] + 1
        ids = range(first, first + len(names))
        self._account_ids = count(ids.stop)
        for account_id, (first_name, last_name) in zip(ids, names, strict=True):
            self.accounts[account_id] = Account(account_id, first_name, last_name, is_in_crowd=True)
        return ids

    def account(self, account_id: int) -> Account:
        """The person with this id.

        Raises:
            ApiError: 404, there is none.
        """
        try:
            return self.accounts[account_id]
        except KeyError:
            raise ApiError(404, f"There is no account {account_id}.") from None

    def bot(self, bot_id: int) -> Bot:
        """The bot with this id.

        Raises:
            ApiError: 404, there is none.
        """
        try:
            return self.bots[bot_id]
        except KeyError:
            raise ApiError(404, f"There is no bot {bot_id}.") from None

    def bot_for(self, token: str) -> Bot:
        """The bot whose token this is, made on the spot if the sandbox is open to all.

        Raises:
            ApiError: 404, the token is malformed; 401, it belongs to no bot.
        """
        bot = self._by_token.get(token)
        if bot is not None:
            return bot
        match = TOKEN.fullmatch(token)
        if match is None:
            raise ApiError(404, "Not Found")
        if not self._is_open or self._is_taken(int(match[1])):
            raise ApiError(401, "Unauthorized")
        bot = self._add_bot(token, f"Bot {int(match[1])}")
        self.events.tell_all("chat", {"peer": bot.id})
        return bot

    def _add_bot(self, token: str, first_name: str) -> Bot:
        match = TOKEN.fullmatch(token)
        if match is None or self._is_taken(int(match[1])):
            raise ValueError("a token is malformed, or two are for one id")
        bot = Bot(int(match[1]), token, first_name)
        self._by_token[token] = self.bots[bot.id] = bot
        return bot

    def _is_taken(self, user_id: int) -> bool:
        return user_id in self.accounts or user_id in self.bots or user_id == ANONYMOUS["id"]

    def user(self, user_id: int) -> Account | Bot | None:
        """Whoever has this id."""
        return self.accounts.get(user_id) or self.bots.get(user_id)
