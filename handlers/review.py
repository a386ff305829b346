"""What a second person is shown of an alert, and the buttons with which they approve it or return it."""

from dataclasses import replace
from datetime import datetime

from alerts.clock import Clock
from alerts.errors import NotFound
from alerts.people.rights import Right
from alerts.people.roster import Person
from alerts.publishing.alert import Alert, AlertStatus, Change
from alerts.publishing.desk import Desk
from alerts.publishing.follow_ups import FollowUps, Plan
from alerts.publishing.reviews import Review, ReviewState, Task
from alerts.publishing.scope import is_let_into
from alerts.store.conversations import Conversation, Conversations
from handlers.alert_message import AlertMessage
from handlers.change_message import ChangeMessage
from handlers.conversation import preview_of, step_button
from handlers.marking_words import left_out_words
from handlers.release_words import change_lines, person, state_lines
from handlers.screen import Ask, Button, Reply, Screen, button_data
from handlers.texts import Html, Texts, join, lines

STOP = "stp"
"""The verb of every button that stops an alert."""


IS_GOING = frozenset({AlertStatus.SCHEDULED, AlertStatus.SENDING})
"""While an alert has this status, who was asked can stop it, and reads whether a hold keeps it."""


class Reviewing:
    """Shows an alert to who may approve or stop it, and takes what they say."""

    kind = "apr"
    right = Right.APPROVE

    def __init__(
        self,
        *,
        texts: Texts,
        desk: Desk,
        message: AlertMessage,
        follow_ups: FollowUps,
        changes: ChangeMessage,
        conversations: Conversations,
        clock: Clock,
    ) -> None:
        self._texts = texts
        self._desk = desk
        self._clock = clock
        self._message = message
        self._follow_ups = follow_ups
        self._changes = changes
        self._conversations = conversations

    async def screens(self, review: Review, alert: Alert, viewer: Person) -> tuple[Screen, ...]:
        """Show the alert exactly as subscribers will see it, and under it what this person can do about it.

        Who may stop it and is not to read it is shown its number and the button alone.
        """
        standing = await self._desk.standing(alert.id)
        if not is_let_into(viewer, alert):
            goes_at = self._texts.second(standing.goes_at or alert.created_at)
            html = self._texts("review.glass-unseen", reference=alert.reference, goes_at=goes_at)
            return (Screen(html, ((stop_button(self._texts, alert),),)),)
        author = person(self._texts, alert.author, standing.author)
        left_out = await self._desk.count_left_out(alert.audience)
        recipients = await self._desk.count_for(alert)
        plan = await self._follow_ups.plan(alert) if alert.change else None
        preview = self._preview(alert, plan)
        facts = lines(
            self._texts("review.author", author=author),
            self._texts(f"review.change.{alert.change}", reference=plan.reference) if plan else "",
            self._texts.count("compose.recipients", recipients, audience=self._message.audience(alert)),
            left_out_words(self._texts, alert.audience, left_out),
            self._texts("review.send-at", send_at=alert.send_at) if alert.send_at else "",
        )
        if review.task is Task.STOP:
            html = join(self._glass(standing.goes_at or alert.created_at), facts)
            return (*preview, Screen(html, ((stop_button(self._texts, alert),),)))
        changes = change_lines(self._texts, self._message, await self._desk.seen(review), alert)
        html = join(self._texts("review.title", reference=alert.reference), facts, changes)
        approve = self._texts.count("review.approve.later" if alert.send_at else "review.approve", recipients)
        rows = (
            (self._button(approve, "yes", alert),),
            (
                self._button(self._texts.plain("review.return"), "no", alert),
                self._button(self._texts.plain("review.look"), "look", alert),
            ),
        )
        return (*preview, Screen(html, rows))

    def _glass(self, goes_at: datetime) -> Html:
        """Say to the second when a broken glass sends an alert, and how long that is after this message."""
        left = max(int((goes_at - self._clock.now()).total_seconds()), 0)
        return self._texts.count("review.glass", left, goes_at=self._texts.second(goes_at))

    def _preview(self, alert: Alert, plan: Plan | None) -> tuple[Screen, ...]:
        """Make the alert's messages; a file that Telegram does not have yet cannot be shown by its name."""
        is_edit = plan is not None and alert.change is Change.CORRECTION
        shown = self._changes.edited(plan) if plan is not None and is_edit else self._message(alert)
        if alert.attachment and not alert.attachment.file_id:
            return tuple(replace(screen, attachment=None) for screen in shown)
        return shown

    async def outcome(self, alert: Alert, viewer: Person | None) -> Screen:
        """Say what became of an alert that somebody was shown; while it is going out it can be stopped.

        The number stands in place of the headline for whom its marking does not let in.
        """
        standing = await self._desk.standing(alert.id)
        if viewer is None or not is_let_into(viewer, alert):
            standing = replace(standing, alert=replace(standing.alert, headline=""))
        html = state_lines(self._texts, standing)
        return Screen(html, ((stop_button(self._texts, alert),),) if alert.status in IS_GOING else ())

    async def press(self, ask: Ask) -> Reply:
        """Take 'approve', 'return with a reason' or 'look again'."""
        officer = _officer(ask)
        match ask.args:
            case ("yes", number, revision) if number.isdecimal() and revision.isdecimal():
                return await self._approve(officer, int(number), int(revision))
            case ("no", number, revision) if number.isdecimal() and revision.isdecimal():
                return await self._ask_for_reason(ask, int(number), int(revision))
            case ("look", number, *_) if number.isdecimal():
                return await self.look(officer, int(number))
            case _:
                raise NotFound("the button is broken")

    async def look(self, officer: Person, alert_id: int) -> Reply:
        """Show an alert as it stands now; who has pressed is told what becomes of it."""
        alert = await self._desk.find(alert_id)
        before = await self._desk.review(alert_id, officer.user_id, Task.APPROVE)
        above = before.preview_ids if before else ()
        if alert.status is not AlertStatus.SUBMITTED or not await self._desk.may_approve(alert_id, officer):
            return Reply((await self.outcome(alert, officer),), removes=above)
        review = before or Review(alert_id, officer.user_id, Task.APPROVE, ReviewState.ASKED, None, None, ())

        async def keep(shown: tuple[int, ...]) -> None:
            await self._desk.note_review(review, ReviewState.SHOWN, alert.revision, shown)

        return Reply(await self.screens(review, alert, officer), removes=above, on_shown=keep)

    async def _approve(self, officer: Person, alert_id: int, revision: int) -> Reply:
        review = await self._desk.review(alert_id, officer.user_id, Task.APPROVE)
        alert, _ = await self._desk.approve(alert_id, revision, officer)
        mine = review or Review(alert_id, officer.user_id, Task.APPROVE, ReviewState.ASKED, None, None, ())

        async def keep(shown: tuple[int, ...]) -> None:
            await self._desk.note_review(mine, ReviewState.SHOWN, alert.revision, shown)

        return Reply((await self.outcome(alert, officer),), removes=mine.preview_ids, on_shown=keep)

    async def _ask_for_reason(self, ask: Ask, alert_id: int, revision: int) -> Reply:
        alert = await self._desk.find(alert_id)
        if alert.status is not AlertStatus.SUBMITTED:
            return Reply((await self.outcome(alert, _officer(ask)),))
        data = {"alert": alert_id, "revision": revision, "name": alert.reference}
        left = await self._conversations.find(ask.chat_id)
        conversation = await self._conversations.open(ask.chat_id, Returning.kind, "reason", data)
        asked = (reason_screen(self._texts, conversation),)
        return Reply(asked, replaces=False, removes=preview_of(left) if left else ())

    def _button(self, label: str, action: str, alert: Alert) -> Button:
        return Button(label, button_data(self.kind, action, alert.id, alert.revision))


class Returning:
    """The conversation in which a second person says why they return an alert."""

    kind = "ret"
    right = Right.APPROVE
    takes_files = False

    def __init__(self, texts: Texts, desk: Desk, conversations: Conversations) -> None:
        self._texts = texts
        self._desk = desk
        self._conversations = conversations

    async def start(self, ask: Ask) -> Reply:  # noqa: ARG002 - Flow
        """Begin nothing: only the button under an alert does."""
        raise NotFound("an alert is returned from its own message")

    async def show(self, conversation: Conversation) -> Reply:
        """Ask for the reason."""
        return Reply((reason_screen(self._texts, conversation),))

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:  # noqa: ARG002 - Flow
        """Ask again: the only button leaves."""
        return await self.show(conversation)

    async def answer(self, ask: Ask, conversation: Conversation) -> Reply:
        """Take the reason, and return the alert."""
        officer, data = _officer(ask), conversation.data
        review = await self._desk.review(data["alert"], officer.user_id, Task.APPROVE)
        alert = await self._desk.give_back(data["alert"], data["revision"], officer, ask.text)
        await self._conversations.end(ask.chat_id)
        shown = (*review.preview_ids, *filter(None, [review.message_id])) if review else ()
        done = state_lines(self._texts, await self._desk.standing(alert.id))
        return Reply((Screen(done),), removes=shown)


def reason_screen(texts: Texts, conversation: Conversation) -> Screen:
    """Ask why an alert is returned."""
    leave = step_button(conversation, texts.plain("flow.cancel"), "cancel")
    return Screen(texts("review.reason", reference=conversation.data["name"]), ((leave,),))


def stop_button(texts: Texts, alert: Alert) -> Button:
    """Make the button that stops an alert at once, for whoever may."""
    return Button(texts.plain("progress.stop"), button_data(STOP, alert.id))


def _officer(ask: Ask) -> Person:
    if ask.person is None or ask.group is not None:
        raise NotFound("alerts are approved by people with a role, in private chats")
    return ask.person
