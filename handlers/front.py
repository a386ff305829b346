"""The front desk: every update comes in here, the right is checked here, and the reply goes out from here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from html import escape

import structlog
from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, MessageEntity, Update
from telegram.constants import ChatMemberStatus, ChatType

from alerts.errors import CascadeError, InvalidInput, NotAllowed, NotFound, Stale, StoreError
from alerts.people.rights import Right, may
from alerts.people.roster import Roster
from alerts.subscribers.roll import Roll
from handlers.conversation import Steps, ask_again
from handlers.help import Help
from handlers.menu import COMMANDS
from handlers.replies import Replies
from handlers.report import Report
from handlers.screen import Ask, Reply
from handlers.texts import Html, Texts

Handler = Callable[[Ask], Awaitable[Reply]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Verb:
    """What a button's verb means outside a conversation of several steps."""

    right: Right
    handler: Handler


class Front:
    """Takes updates.

    Args:
        commands: a handler for every command of the menu's table.
        verbs: the buttons that belong to no conversation.
    """

    def __init__(
        self,
        *,
        texts: Texts,
        roster: Roster,
        roll: Roll,
        steps: Steps,
        commands: Mapping[str, Handler],
        verbs: Mapping[str, Verb],
        report: Report,
        help_: Help,
        replies: Replies,
    ) -> None:
        self._texts = texts
        self._roster = roster
        self._roll = roll
        self._steps = steps
        self._commands = {command.name: Verb(command.right, commands[command.name]) for command in COMMANDS}
        self._verbs = verbs
        self._report = report
        self._help = help_
        self._replies = replies

    async def handle(self, update: Update) -> None:
        """Handle one update; whatever goes wrong, the person is told something and nothing is half done."""
        chat = update.effective_chat
        if chat is None:
            return
        try:
            await self._route(update, chat)
        except StoreError as error:
            log.error("handler_failed", chat_id=chat.id, error=str(error))  # noqa: TRY400 - the sentence says it all
            if chat.type == ChatType.PRIVATE:
                await self._replies.send(chat.id, Reply.of(self._texts("trouble")))

    async def _route(self, update: Update, chat: Chat) -> None:
        if update.my_chat_member is not None:
            await self._membership(update.my_chat_member)
        elif chat.type != ChatType.PRIVATE:
            await self._elsewhere(update)
        elif update.callback_query is not None:
            await self._pressed(update.callback_query)
        elif update.message is not None:
            await self._written(update.message)

    async def _membership(self, change: ChatMemberUpdated) -> None:
        if change.chat.type != ChatType.PRIVATE:
            return
        if change.new_chat_member.status == ChatMemberStatus.BANNED:
            await self._roll.blocked(change.chat.id)
        else:
            await self._roll.started(change.chat.id)

    async def _elsewhere(self, update: Update) -> None:
        """Point a group to the private chat; anything but a command stays unanswered there."""
        message = update.message
        if message is not None and message.text is not None and message.text.startswith("/"):
            await self._replies.send(message.chat_id, Reply.of(self._texts("group.not-here")))

    async def _pressed(self, query: CallbackQuery) -> None:
        """Take a button; the command buttons under an alert answer below it and leave it as it is."""
        chat_id = query.message.chat.id if query.message else query.from_user.id
        verb, *args = (query.data or "").split(":")
        ask = await self._ask(chat_id, query.from_user.id, query.from_user.first_name, args=tuple(args))
        is_command = verb == "cmd"
        if is_command:
            verb = args[0] if args else ""
        reply = await self._guarded(ask, lambda: self._route_press(verb, ask, is_command))
        if is_command:
            reply = replace(reply, replaces=False)
        await self._replies.answer_press(query, reply)

    async def _route_press(self, verb: str, ask: Ask, is_command: bool) -> Reply:
        table = self._commands if is_command else self._verbs
        if verb in table:
            return await self._allowed(ask, table[verb].right, lambda: table[verb].handler(ask))
        right = None if is_command else self._steps.right_of(verb)
        if right is None:
            return Reply(notice=self._texts.plain("button.broken"))
        return await self._allowed(ask, right, lambda: self._steps.press(verb, ask))

    async def _written(self, message: Message) -> None:
        sender = message.from_user
        if sender is None:
            return
        text, html = message.text or "", _html(message)
        ask = await self._ask(message.chat_id, sender.id, sender.first_name, text=text, html=html)
        await self._roll.started(message.chat_id)
        reply = await self._guarded(ask, lambda: self._route_text(ask))
        await self._replies.send(message.chat_id, reply)

    async def _route_text(self, ask: Ask) -> Reply:
        if ask.text.startswith("/"):
            return await self._command(ask)
        found = await self._steps.open_flow(ask.chat_id)
        if found is not None and may(ask.role, found[0].right):
            flow, conversation = found
            alarm = flow.right is Right.SUBSCRIBE and self._report.reads_like_emergency(ask.text)
            if not ask.text:
                return ask_again(self._texts("flow.text-wanted"), await flow.show(conversation))
            try:
                reply = await flow.answer(ask, conversation)
            except InvalidInput as problem:
                reply = ask_again(self._problem(problem), await flow.show(conversation))
            urgent = self._report.emergency().screens if alarm else ()
            return replace(reply, screens=(*urgent, *reply.screens), replaces=False)
        if self._report.reads_like_emergency(ask.text):
            return self._report.emergency()
        return self._help.not_understood("text.not-understood", ask.role)

    async def _command(self, ask: Ask) -> Reply:
        name, _, rest = ask.text.partition(" ")
        name = name[1:].partition("@")[0].lower()
        verb = self._commands.get(name)
        if verb is None:
            if self._report.reads_like_emergency(ask.text):
                return self._report.emergency()
            return self._help.not_understood("command.unknown", ask.role)
        return await self._allowed(ask, verb.right, lambda: verb.handler(_with_text(ask, rest.strip())))

    async def _allowed(self, ask: Ask, right: Right, act: Callable[[], Awaitable[Reply]]) -> Reply:
        if not may(ask.role, right):
            log.warning("refused", user_id=ask.user_id, right=right.value)
            raise NotAllowed("this is for officers")
        return await act()

    async def _guarded(self, ask: Ask, act: Callable[[], Awaitable[Reply]]) -> Reply:
        """Run a handler, and turn every refusal into an answer; for what nobody foresaw, apologise and log it."""
        try:
            return await act()
        except NotAllowed:
            sentence = self._texts("not-allowed")
        except InvalidInput as problem:
            sentence = self._problem(problem)
        except Stale:
            sentence = self._texts("stale")
        except NotFound:
            sentence = self._texts("button.broken")
        except CascadeError as error:
            log.error("handler_failed", user_id=ask.user_id, error=str(error))  # noqa: TRY400 - the sentence says it all
            sentence = self._texts("trouble")
        except Exception:
            log.exception("handler_broke", user_id=ask.user_id)
            sentence = self._texts("trouble")
        return Reply(Reply.of(sentence).screens, replaces=False)

    def _problem(self, problem: InvalidInput) -> Html:
        return self._texts(f"problem.{problem.problem}", **problem.details)

    async def _ask(
        self, chat_id: int, user_id: int, first_name: str, *, text: str = "", html: str = "", args: tuple[str, ...] = ()
    ) -> Ask:
        return Ask(chat_id, user_id, first_name, await self._roster.find(user_id), text, html, args)


def _html(message: Message) -> str:
    """Give a typed text with its formatting; the library would put a link's address into it unescaped."""
    entities = [
        MessageEntity(entity.type, entity.offset, entity.length, url=escape(entity.url)) if entity.url else entity
        for entity in message.entities
    ]
    return (
        Message(0, message.date, message.chat, text=message.text, entities=entities).text_html if message.text else ""
    )


def _with_text(ask: Ask, text: str) -> Ask:
    return Ask(ask.chat_id, ask.user_id, ask.first_name, ask.person, text, ask.html, ask.args)
