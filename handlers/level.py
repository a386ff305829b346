"""/level: an officer records a reading of a threat level after a preview and a confirmation."""

from dataclasses import replace
from datetime import date

from alerts.clock import Clock
from alerts.delivery.hold import Holds
from alerts.errors import InvalidInput
from alerts.levels.register import Announce, Proposal, Register
from alerts.levels.scheme import Schemes
from alerts.people.rights import Right
from alerts.publishing.alert import OF_LEVELS
from alerts.publishing.desk import Desk
from alerts.store.conversations import Conversation, Conversations
from handlers.alert_message import AlertMessage
from handlers.conversation import preview_of, step_button
from handlers.hold import hold_line
from handlers.release_words import pushed_line
from handlers.screen import Ask, Button, Reply, Screen, column
from handlers.texts import Texts, join, lines

STEPS = ("scheme", "level", "since", "statement", "preview")


class SetLevel:
    """The conversation in which a reading is recorded."""

    kind = "lvl"
    right = Right.SET_LEVEL
    takes_files = False

    def __init__(
        self,
        *,
        texts: Texts,
        register: Register,
        schemes: Schemes,
        desk: Desk,
        conversations: Conversations,
        announce: Announce,
        message: AlertMessage,
        holds: Holds,
        clock: Clock,
    ) -> None:
        self._texts = texts
        self._register = register
        self._schemes = schemes
        self._desk = desk
        self._conversations = conversations
        self._announce = announce
        self._message = message
        self._holds = holds
        self._clock = clock

    async def start(self, ask: Ask) -> Reply:
        """/level: begin with the scheme; a preview that stands there from an earlier run goes."""
        before = await self._conversations.find(ask.chat_id)
        shown = await self.show(await self._conversations.open(ask.chat_id, self.kind, "scheme", {}))
        return replace(shown, removes=preview_of(before) if before else ())

    async def show(self, conversation: Conversation) -> Reply:
        """Ask what the present step asks, or show the preview."""
        if conversation.step == "preview":
            return await self._preview(conversation)
        html = self._texts(f"set-level.{conversation.step}")
        return Reply.of(html, *column(*self._buttons(conversation)), self._footer(conversation))

    async def answer(self, ask: Ask, conversation: Conversation) -> Reply:
        """Take a typed day or statement; the other steps want a button."""
        match conversation.step:
            case "since":
                day, data = _read_day(ask.text), conversation.data
                await self._register.propose(data["scheme"], data["level"], since=day)
                return await self._go(conversation, "statement", since=day.isoformat())
            case "statement":
                proposal = await self._propose(conversation, statement=ask.text)
                return await self._go(conversation, "preview", statement=proposal.statement, seen=_version(proposal))
            case _:
                raise InvalidInput("button-wanted", "this step wants a button")

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a button of the present step."""
        match (conversation.step, *args):
            case ("scheme", "scheme", code) if code in {scheme.code for scheme in self._schemes.in_force}:
                return await self._go(conversation, "level", scheme=code)
            case ("level", "rank", rank) if rank.isdecimal():
                level = self._schemes.scheme(conversation.data["scheme"]).level_ranked(int(rank))
                return await self._go(conversation, "since", level=level.name)
            case ("since", "today"):
                return await self._go(conversation, "statement", since=self._today().isoformat())
            case ("since", "same"):
                return await self._go(conversation, "statement", since="")
            case ("statement", "skip"):
                proposal = await self._propose(conversation, statement="")
                return await self._go(conversation, "preview", statement="", seen=_version(proposal))
            case ("preview", "confirm"):
                return await self._confirm(ask, conversation)
            case (_, "back"):
                before = STEPS[max(STEPS.index(conversation.step) - 1, 0)]
                return replace(await self._go(conversation, before), removes=preview_of(conversation))
            case _:
                return await self.show(conversation)

    async def _go(self, conversation: Conversation, step: str, **answers: object) -> Reply:
        return await self.show(await self._conversations.advance(conversation, step, **answers))

    async def _propose(self, conversation: Conversation, statement: str) -> Proposal:
        data = conversation.data
        since = date.fromisoformat(data["since"]) if data.get("since") else None
        return await self._register.propose(data["scheme"], data["level"], since=since, statement=statement)

    async def _confirm(self, ask: Ask, conversation: Conversation) -> Reply:
        proposal = await self._propose(conversation, conversation.data["statement"])
        if _version(proposal) != conversation.data["seen"]:
            changed = await self._conversations.advance(conversation, "preview", seen=_version(proposal))
            return replace(await self.show(changed), notice=self._texts.plain("set-level.changed"))
        _, sent = await self._register.record(proposal, source="officer", set_by=ask.user_id)
        await self._conversations.end(ask.chat_id)
        done = self._texts("set-level.done", scheme=proposal.scheme.name, level=proposal.level.name)
        if not sent:
            return Reply.of(join(done, self._texts("set-level.not-pushed")))
        pushed = pushed_line(self._texts, sent[0], sent[1])
        return Reply.of(join(done, pushed, hold_line(self._texts, await self._holds.current())))

    async def _preview(self, conversation: Conversation) -> Reply:
        proposal = await self._propose(conversation, conversation.data["statement"])
        facts = self._texts(
            "set-level.preview",
            scheme=proposal.scheme.name,
            level=proposal.level.name,
            since=proposal.since,
            before=proposal.before.level if proposal.before else self._texts.plain("set-level.none"),
        )
        content = self._announce(proposal, self._clock.now())
        severity = self._texts.plain(f"severity.{content.severity}")
        effect = self._texts(f"set-level.effect.{proposal.effect}", severity=severity)
        confirm = step_button(conversation, self._texts.plain("set-level.confirm"), "confirm")
        rows = ((confirm,), self._footer(conversation))
        if not proposal.is_change:
            return Reply((Screen(join(facts, effect), rows),), removes=preview_of(conversation))
        recipients = await self._desk.count_recipients(OF_LEVELS)
        told = lines(
            self._texts.count("set-level.recipients", recipients),
            self._texts("compose.needs-second") if await self._desk.needs_second_person() else "",
        )

        async def keep(shown: tuple[int, ...]) -> None:
            await self._conversations.advance(conversation, "preview", preview=list(shown[:-1]))

        screens = (*self._message.sketch(content), Screen(join(facts, effect, told), rows))
        return Reply(screens, removes=preview_of(conversation), on_shown=keep)

    def _buttons(self, conversation: Conversation) -> tuple[Button, ...]:
        def button(label: str, *args: str | int) -> Button:
            return step_button(conversation, label, *args)

        match conversation.step:
            case "scheme":
                return tuple(button(scheme.name, "scheme", scheme.code) for scheme in self._schemes.in_force)
            case "level":
                scheme = self._schemes.scheme(conversation.data["scheme"])
                return tuple(button(level.name, "rank", level.rank) for level in reversed(scheme.levels))
            case "since":
                today = button(self._texts.plain("set-level.today", day=self._today()), "today")
                return (today, button(self._texts.plain("set-level.same"), "same"))
            case _:
                return (button(self._texts.plain("flow.skip"), "skip"),)

    def _footer(self, conversation: Conversation) -> tuple[Button, ...]:
        leave = step_button(conversation, self._texts.plain("flow.cancel"), "cancel")
        if conversation.step == "scheme":
            return (leave,)
        return (step_button(conversation, self._texts.plain("flow.back"), "back"), leave)

    def _today(self) -> date:
        return self._clock.now().astimezone(self._texts.zone).date()


def _version(proposal: Proposal) -> int:
    return proposal.before.version if proposal.before else 0


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput("day-unreadable", "write the day as 2026-11-23") from None
