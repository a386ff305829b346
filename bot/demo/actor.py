"""Somebody in the sandbox who presses buttons by what stands on them, as the newcomer would."""

import asyncio

from bot.sandbox import World

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 10.0


class Actor:
    """One account in one chat.

    Args:
        world: the sandbox's state.
        account: who acts.
        peer: the chat as that account sees it: the bot's id, or a group's.
    """

    def __init__(self, world: World, account: int, peer: int) -> None:
        self._world = world
        self._account = account
        self._peer = peer

    def say(self, text: str) -> None:
        """Write something."""
        self._world.say(self._world.chat(self._account, self._peer), text)

    async def press(self, *labels: str) -> None:
        """Press these buttons one after the other, each as soon as it is there.

        Raises:
            TimeoutError: a button did not come.
        """
        for label in labels:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not self._press_now(label):  # noqa: ASYNC110 - what is waited for stands in the sandbox's chat
                    await asyncio.sleep(LOOK_SECONDS)

    def _press_now(self, label: str) -> bool:
        """Press the newest button whose label begins so, and tell whether there was one."""
        chat = self._world.chat(self._account, self._peer)
        for message in reversed(list(chat.messages.values())):
            for row in (message.reply_markup or {}).get("inline_keyboard", ()):
                for button in row:
                    if button["text"].startswith(label) and "callback_data" in button:
                        self._world.press(chat, message.message_id, button["callback_data"])
                        return True
        return False
