"""The front desk: every update comes in here, the right is checked here, and the reply goes out from here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape

import structlog
from telegram import (
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    InlineQuery,
    Message,
    MessageEntity,
    MessageOriginUser,
    Update,
)
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest

from alerts.errors import CascadeError, Changed, InvalidInput, NotAllowed, NotFound, Stale, StoreError
from alerts.people.rights import Right, Role, may
from alerts.people.roster import Roster
from alerts.publishing.attachment import Attachment, AttachmentKind
from alerts.subscribers.roll import Roll
from handlers.conversation import Steps, ask_again
from handlers.groups import Groups
from handlers.help import Help
from handlers.inline import Inline
from handlers.menu import COMMANDS
from handlers.release_words import changed_line
from handlers.replies import Replies
from handlers.report import Report
from handlers.screen import Ask, Forwarded, Group, Reply
from handlers.texts import Html, Texts
from handlers.verify import Verify

Handler = Callable[[Ask], Awaitable[Reply]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Verb:
    """What a button's verb means outside a conversation of several steps.

    Attributes:
        right: what a person needs to press it.
        actions: what they need instead for some of its actions, by the first thing that the button carries.
    """

    right: Right
    handler: Handler
    actions: Mapping[str, Right] = field(default_factory=dict)

    def right_for(self, args: Sequence[str]) -> Right:
        """Give what a press with these arguments needs."""
        return self.actions.get(args[0], self.right) if args else self.right


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
        inline: Inline,
        groups: Groups,
        verify: Verify,
        replies: Replies,
    ) -> None:
        self._texts = texts
        self._roster = roster
        self._roll = roll
        self._steps = steps
        self._commands = {command.name: Verb(command.right, commands[command.name]) for command in COMMANDS}
        self._reading = {one.name for one in COMMANDS if one.right is Right.READ and not one.writes}
        self._verbs = verbs
        self._report = report
        self._help = help_
        self._inline = inline
        self._groups = groups
        self._verify = verify
        self._replies = replies

    async def handle(self, update: Update) -> None:
        """Handle one update; whatever goes wrong, the person is told something and nothing is half done."""
        if update.inline_query is not None:
            await self._typed_elsewhere(update.inline_query)
        chat = update.effective_chat
        if chat is None:
            return
        try:
            await self._route(update, chat)
        except StoreError as error:
            if chat.type != ChatType.PRIVATE or update.my_chat_member is not None:
                raise  # nobody there to try again: the inbox does
            log.error("handler_failed", chat_id=chat.id, error=str(error))  # noqa: TRY400 - the sentence says it all
            await self._replies.send(chat.id, Reply.of(self._texts("trouble")))

    def only_reads(self, update: Update) -> bool:
        """Tell whether an update asks for something that everybody may read: then it need not wait for who writes."""
        if update.inline_query is not None:
            return True
        message = update.message
        if message is None or message.chat.type != ChatType.PRIVATE:
            return False
        return _command_of(message.text or "")[0] in self._reading

    async def _route(self, update: Update, chat: Chat) -> None:
        if update.my_chat_member is not None:
            await self._membership(update.my_chat_member)
        elif update.callback_query is not None:
            await self._pressed(update.callback_query)
        elif chat.type != ChatType.PRIVATE:
            await self._in_group(update.message or update.channel_post)
        elif update.message is not None and not self._replies.is_own(update.message.via_bot):
            await self._written(update.message, answers_first=self.only_reads(update))

    async def _typed_elsewhere(self, query: InlineQuery) -> None:
        """Offer cards to who typed the bot's name in some chat; Telegram waits a few seconds, so nothing is retried."""
        try:
            person = await self._roster.find(query.from_user.id)
            if not may(person.role if person else Role.CONTACT, self._inline.right):
                return
            cards = await self._inline.cards(query.query)
        except CascadeError as error:
            log.error("inline_query_failed", user_id=query.from_user.id, error=str(error))  # noqa: TRY400 - the sentence says it all
        else:
            await self._replies.answer_inline(query.id, cards)

    async def _membership(self, change: ChatMemberUpdated) -> None:
        if change.chat.type != ChatType.PRIVATE:
            await self._groups.joined_or_left(change)
        elif change.new_chat_member.status == ChatMemberStatus.BANNED:
            await self._roll.blocked(change.chat.id)
        elif await self._roll.started(change.chat.id):
            await self._replies.send(change.chat.id, Reply.of(self._texts("unblocked")))

    async def _in_group(self, message: Message | None) -> None:
        """Take a command that was written in a group or posted in a channel; anything else stays unanswered there."""
        if message is None:
            return
        command = self._groups.command(message)
        verb = self._commands.get(command[0]) if command else None
        if command is None or verb is None:
            reply = await self._groups.service(message)
        else:
            reply = await self._group_command(message, verb, command[1])
        if reply is None:
            return
        try:
            await self._replies.send(message.chat.id, reply)
        except BadRequest as error:  # such as: the bot may read there and not write
            log.info("group_not_answered", chat_id=message.chat.id, reason=error.message)

    async def _group_command(self, message: Message, verb: Verb, text: str) -> Reply | None:
        """Answer a command of a group; what everybody may write there, refusals too, is answered so often only."""
        refusal = await self._groups.refusal(verb.right, message)
        is_anybodys = refusal is not None or verb.right is Right.READ
        if is_anybodys and not self._groups.has_room(message.chat.id):
            return None
        if refusal is not None:
            return Reply.of(self._texts(refusal))
        ask = self._groups.ask(message, text)
        return await self._guarded(ask, lambda: verb.handler(ask))

    async def _pressed(self, query: CallbackQuery) -> None:
        """Take a button; the command buttons under an alert answer below it and leave it as it is."""
        chat = query.message.chat if query.message else None
        chat_id = chat.id if chat else query.from_user.id
        verb, *args = (query.data or "").split(":")
        is_command = verb == "cmd"
        if is_command:
            verb = args[0] if args else ""
        if chat is not None and chat.type != ChatType.PRIVATE:
            refusal = await self._group_refusal(chat, query.from_user.id, verb, args, is_command=is_command)
            if refusal is not None:
                await self._replies.answer_press(query, Reply(notice=self._texts.plain(refusal)))
                return
            group = Group(chat.type, chat.title or "")
            ask = Ask(chat_id, query.from_user.id, group.title, args=tuple(args), group=group)
        else:
            ask = await self._ask(chat_id, query.from_user.id, query.from_user.first_name, args=tuple(args))
        reply = await self._guarded(ask, lambda: self._route_press(verb, ask, is_command))
        if is_command:
            reply = replace(reply, replaces=False)
        await self._replies.answer_press(query, reply)

    async def _group_refusal(
        self, chat: Chat, user_id: int, verb: str, args: Sequence[str], *, is_command: bool
    ) -> str | None:
        """Name the notice that refuses a press in a group, None when it may go on."""
        table = self._commands if is_command else self._verbs
        right = table[verb].right_for(args) if verb in table else self._steps.right_of(verb)
        if right is None:
            return "button.broken"
        refusal = await self._groups.press_refusal(right, chat.id, chat.type, user_id)
        if refusal is None and right is Right.READ and not self._groups.has_room(chat.id):
            return "group.busy.notice"
        return refusal

    async def _route_press(self, verb: str, ask: Ask, is_command: bool) -> Reply:
        table = self._commands if is_command else self._verbs
        if verb in table:
            return await self._allowed(ask, table[verb].right_for(ask.args), lambda: table[verb].handler(ask))
        right = None if is_command else self._steps.right_of(verb)
        if right is None:
            return Reply(notice=self._texts.plain("button.broken"))
        return await self._allowed(ask, right, lambda: self._steps.press(verb, ask))

    async def _written(self, message: Message, *, answers_first: bool) -> None:
        """Answer a message, and note that the bot can write to the person: first or afterwards."""
        sender = message.from_user
        if sender is None:
            return
        text = message.text or message.caption or ""
        ask = await self._ask(message.chat_id, sender.id, sender.first_name, text=text, html=_html(message))
        ask = replace(ask, attachment=_attachment(message), forwarded=self._forwarded(message))
        if not answers_first:
            await self._roll.started(message.chat_id)
        reply = await self._guarded(ask, lambda: self._route_text(ask, is_text=message.text is not None))
        await self._replies.send(message.chat_id, reply)
        if answers_first:
            await self._roll.started(message.chat_id)

    async def _route_text(self, ask: Ask, *, is_text: bool) -> Reply:
        if ask.text.startswith("/") and ask.forwarded is None:
            return await self._command(ask)
        found = await self._steps.open_flow(ask.chat_id)
        is_asked = found is not None and may(ask.role, found[0].right)
        if self._verify.is_meant(ask, is_asked=is_asked):
            return await self._verify.check(ask)
        if found is not None and is_asked:
            flow, conversation = found
            alarm = flow.right is Right.SUBSCRIBE and self._report.reads_like_emergency(ask.text)
            try:
                if ask.attachment and not flow.takes_files:
                    reply = ask_again(self._texts("flow.no-file"), await flow.show(conversation))
                elif not ask.text and not ask.attachment:
                    reply = ask_again(self._texts("flow.text-wanted"), await flow.show(conversation))
                else:  # a cry for help is no answer: it is not kept, and the question stands
                    reply = await (flow.show(conversation) if alarm else flow.answer(ask, conversation))
            except InvalidInput as problem:
                reply = ask_again(self._problem(problem), await flow.show(conversation))
            urgent = self._report.emergency().screens if alarm else ()
            return replace(reply, screens=(*urgent, *reply.screens), replaces=False)
        if not is_text and not may(ask.role, Right.SEND_ALERTS):
            return self._report.unseen()
        if self._report.reads_like_emergency(ask.text):
            return self._report.emergency()
        return self._help.not_understood("text.not-understood", ask.role)

    async def _command(self, ask: Ask) -> Reply:
        name, rest = _command_of(ask.text)
        verb = self._commands.get(name)
        if verb is None:
            if self._report.reads_like_emergency(ask.text):
                return self._report.emergency()
            return self._help.not_understood("command.unknown", ask.role)
        return await self._allowed(ask, verb.right, lambda: verb.handler(replace(ask, text=rest)))

    async def _allowed(self, ask: Ask, right: Right, act: Callable[[], Awaitable[Reply]]) -> Reply:
        if not may(ask.role, right):
            log.warning("refused", user_id=ask.user_id, right=right.value)
            sentence = self._texts("not-allowed" if may(Role.OFFICER, right) else "not-allowed.owners")
            return Reply(Reply.of(sentence).screens, replaces=False)
        return await act()

    async def _guarded(self, ask: Ask, act: Callable[[], Awaitable[Reply]]) -> Reply:
        """Run a handler, and turn every refusal into an answer; for what nobody foresaw, apologise and log it."""
        try:
            return await act()
        except NotAllowed:
            sentence = self._texts("not-allowed.scope")
        except InvalidInput as problem:
            sentence = self._problem(problem)
        except Changed as change:
            sentence = changed_line(self._texts, change, ask.user_id)
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

    def _forwarded(self, message: Message) -> Forwarded | None:
        """Tell where a forwarded message comes from, None for one that the person wrote."""
        origin = message.forward_origin
        if origin is None:
            return None
        is_ours = isinstance(origin, MessageOriginUser) and self._replies.is_own(origin.sender_user)
        entities = message.entities or message.caption_entities
        return Forwarded(is_ours, tuple(entity.url for entity in entities if entity.url))

    def _problem(self, problem: InvalidInput) -> Html:
        return self._texts(f"problem.{problem.problem}", **problem.details)

    async def _ask(
        self, chat_id: int, user_id: int, first_name: str, *, text: str = "", html: str = "", args: tuple[str, ...] = ()
    ) -> Ask:
        return Ask(chat_id, user_id, first_name, await self._roster.find(user_id), text, html, args)


def _command_of(text: str) -> tuple[str, str]:
    """Take the name of a command and what stands behind it out of a text; the name is empty when there is none."""
    first, _, rest = text.partition(" ")
    return (first[1:].partition("@")[0].lower() if first.startswith("/") else ""), rest.strip()


def _html(message: Message) -> str:
    """Give a typed text or caption with its formatting; the library would put a link's address into it unescaped."""
    text = message.text or message.caption
    if not text:
        return ""
    entities = [
        MessageEntity(entity.type, entity.offset, entity.length, url=escape(entity.url)) if entity.url else entity
        for entity in message.entities or message.caption_entities
    ]
    return Message(0, message.date, message.chat, text=text, entities=entities).text_html


def _attachment(message: Message) -> Attachment | None:
    """Give the picture or document of a message, by the name that Telegram has for it."""
    if message.photo:
        return Attachment(AttachmentKind.PHOTO, "", message.photo[-1].file_id)
    if message.document is not None:
        return Attachment(AttachmentKind.DOCUMENT, message.document.file_name or "", message.document.file_id)
    return None
