"""People in a group or a channel of the sandbox, with the bot among them."""

from typing import Any

import aiohttp
from support.patience import until
from support.person import Message, Person
from support.town import BOT, Town

from alerts.subscribers.roll import Subscriber
from bot.sandbox.groups import Group, Kind


class GroupMember(Person):
    """An account with a group open."""

    def __init__(self, http: aiohttp.ClientSession, base: str, account: int, group_id: int) -> None:
        super().__init__(http, base, account, group_id)
        self.group_id = group_id

    async def say_anonymously(self, text: str) -> None:
        """Send a text in the group's own name, as its administrators may."""
        await self._post("messages", {"text": text, "anonymous": True})

    def is_bots(self, message: Message) -> bool:
        """Tell whether a message may be by the bot: in a channel everybody posts in the channel's name."""
        return super().is_bots(message) or message["from"]["id"] == self.group_id


def found(
    town: Town, creator: int, kind: Kind = "supergroup", *, title: str = "Plant security", **rights: Any
) -> Group:
    """Found a group with the bot in it; with rights the bot is one of its administrators."""
    world = town.sandbox.world
    _introduce(town, creator)
    group = world.add_group(title=title, kind=kind, creator=creator)
    world.add_bot(group, BOT, **rights)
    return group


async def member(town: Town, group: Group, account: int) -> GroupMember:
    """Sit down at an account with the group open; who is not in it yet is let in."""
    _introduce(town, account)
    if account not in group.seats:
        town.sandbox.world.add_member(group, account)
    seated = GroupMember(town.http, town.address, account, group.id)
    await town.seat(seated)
    return seated


async def subscribe_group(runner: GroupMember, *sectors: str, region: str | None = None) -> None:
    """Subscribe a group through its buttons, by the names on the first pages."""
    await runner.say("/subscribe")
    for label in ("I agree", *sectors, "Done", *((region, "Done") if region else ("All regions",)), "Confirm"):
        await runner.press(label)
    await runner.reads("You are subscribed")


async def standing(town: Town, chat_id: int, status: str) -> Subscriber:
    """Wait until a chat's subscription stands so, and give it."""

    async def entry() -> Subscriber | None:
        found_one = await town.domain.roll.find(chat_id)
        return found_one if found_one is not None and found_one.status == status else None

    return await until(entry, f"a subscription that is {status}")


def bot_said(group: Group) -> list[str]:
    """Give the texts of the bot's messages in a group, oldest first."""
    said = (message.text or message.caption for message in group.messages.values() if message.sender.is_bot)
    return [words for words in said if words]


def _introduce(town: Town, account: int) -> None:
    if town.sandbox.world.user(account) is None:
        town.sandbox.world.add_account(id=account, first_name=f"Person {account}")
