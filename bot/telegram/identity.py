"""Asks the Bot API what the bot of a token is called."""

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from alerts.errors import CascadeError
from bot.telegram.request import AiohttpRequest


async def username_of(token: str, api_url: str) -> str:
    """Give the bot's user name.

    Raises:
        CascadeError: the token is refused, or the server cannot be used.
    """
    try:
        async with Bot(token, base_url=f"{api_url}/bot", request=AiohttpRequest(connections=1)) as bot:
            return bot.username
    except InvalidToken:
        raise CascadeError(f"{api_url} refuses CASCADE_BOT_TOKEN") from None
    except TelegramError as error:
        raise CascadeError(f"{api_url} (CASCADE_API_URL) cannot be used: {error.message}") from None
