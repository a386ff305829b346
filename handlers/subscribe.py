"""Subscribing: consent, a few details, sectors, regions, a summary; and changing or ending it later."""

from dataclasses import replace
from typing import Any

from alerts.errors import InvalidInput
from alerts.people.rights import Right
from alerts.publishing.in_force import InForce
from alerts.store.conversations import Conversation, Conversations
from alerts.subscribers.roll import DETAIL_LIMIT, Profile, Roll, Subscriber, check_detail
from alerts.subscribers.sectors import Directory
from alerts.subscribers.states import SubscriberStatus
from alerts.subscribers.vetting import Vetting
from alerts.text import cut_to
from handlers.choices import Choices, page_of
from handlers.conversation import LEFT, step_button
from handlers.screen import Ask, Button, Reply, Rows, button_data, column
from handlers.texts import Html, Texts, join, lines

DETAILS = ("name", "organisation", "job")
STEPS = ("consent", *DETAILS, "sectors", "regions", "summary")


class Subscribe:
    """The conversation that puts a contact on the roll."""

    kind = "sub"
    right = Right.SUBSCRIBE
    takes_files = False

    def __init__(
        self,
        texts: Texts,
        roll: Roll,
        vetting: Vetting,
        in_force: InForce,
        conversations: Conversations,
        directory: Directory,
        operator: tuple[str, str],
    ) -> None:
        self._texts = texts
        self._roll = roll
        self._vetting = vetting
        self._in_force = in_force
        self._conversations = conversations
        self._sectors = Choices(texts, {sector.code: sector.name for sector in directory.sectors})
        self._regions = Choices(texts, {region.code: region.name for region in directory.regions})
        self._operator, self._contact = operator

    async def start(self, ask: Ask) -> Reply:
        """/start and /subscribe: take up what is open, show what stands, or begin."""
        open_one = await self._conversations.find(ask.chat_id)
        if open_one is not None and open_one.kind == self.kind:
            return await self.show(open_one)
        if ask.group is not None:
            await self._roll.let_in(ask.chat_id)  # the bot can answer there, so alerts get through
        subscriber = await self._roll.find(ask.chat_id)
        if subscriber is not None and subscriber.status is not SubscriberStatus.ENDED:
            return Reply.of(self._standing(subscriber), *self._standing_rows())
        began = await self._conversations.open(ask.chat_id, self.kind, "consent", _beginning(ask))
        return await self.show(began)

    def knows_sector(self, code: str) -> bool:
        """Tell whether there is a sector of this code."""
        return code in self._sectors.codes

    async def start_with(self, ask: Ask, sector: str) -> Reply:
        """Begin, or change a subscription that stands, with a sector ticked; nothing holds before it is confirmed."""
        subscriber = await self._roll.find(ask.chat_id)
        if subscriber is None or subscriber.status is SubscriberStatus.ENDED:
            data = _beginning(ask) | {"sectors": [sector]}
            return await self.show(await self._conversations.open(ask.chat_id, self.kind, "consent", data))
        if sector in subscriber.profile.sectors:
            return Reply.of(self._standing(subscriber), *self._standing_rows())
        changed = replace(subscriber.profile, sectors=(*subscriber.profile.sectors, sector))
        return await self._change_to(ask, changed)

    async def change(self, ask: Ask) -> Reply:
        """/sectors: change the choice of a subscription that stands."""
        subscriber = await self._roll.find(ask.chat_id)
        if subscriber is None or subscriber.status is SubscriberStatus.ENDED:
            return await self.start(ask)
        return await self._change_to(ask, subscriber.profile)

    async def _change_to(self, ask: Ask, profile: Profile) -> Reply:
        answers = _beginning(ask) | {
            "name": profile.name,
            "organisation": profile.organisation,
            "job": profile.job,
            "sectors": list(profile.sectors),
            "regions": list(profile.regions),
            "wants_levels": profile.wants_levels,
            "changes": True,
            LEFT: "flow.left.unchanged",
        }
        return await self.show(await self._conversations.open(ask.chat_id, self.kind, "sectors", answers))

    async def show(self, conversation: Conversation) -> Reply:
        """Ask what the present step asks."""
        if conversation.step != "summary":
            return self._page(conversation, 0)
        ends = await self._vetting.would_end(conversation.chat_id, _profile(conversation))
        return self._summary(conversation, ends_vetting=ends and not _is_group(conversation))

    async def answer(self, ask: Ask, conversation: Conversation) -> Reply:
        """Take a typed detail; the other steps want a button."""
        if conversation.step == "consent":
            raise InvalidInput("button-wanted-consent", "this step wants a yes or no by a button")
        if conversation.step not in DETAILS:
            raise InvalidInput("button-wanted", "this step wants a button")
        detail = check_detail(ask.text)
        return await self._go(conversation, _after(conversation.step), **{conversation.step: detail})

    async def press(self, ask: Ask, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a button of the present step."""
        match args:
            case ("next",):
                return await self._go(conversation, _next(conversation))
            case ("skip",) if conversation.step in DETAILS:
                return await self._go(conversation, _after(conversation.step), **{conversation.step: ""})
            case ("mine",) if conversation.step == "name":
                return await self._go(conversation, _after("name"), name=check_detail(ask.first_name))
            case ("back",):
                return await self._go(conversation, _before(conversation))
            case ("edit", "name") if conversation.step == "summary":
                return await self._go(conversation, "name")
            case ("levels",) if conversation.step == "summary":
                wants = not conversation.data.get("wants_levels", True)
                return await self._go(conversation, "summary", wants_levels=wants)
            case ("save",) if conversation.step == "summary":
                return await self._save(ask, conversation)
            case _:
                return await self._choose(conversation, args)

    async def ask_to_end(self, ask: Ask) -> Reply:
        """/unsubscribe: say what it means, and ask."""
        subscriber = await self._roll.find(ask.chat_id)
        if subscriber is None or subscriber.status is SubscriberStatus.ENDED:
            return Reply.of(self._texts("unsubscribe.none"))
        yes = Button(self._texts.plain("unsubscribe.yes"), button_data("end", "yes"))
        no = Button(self._texts.plain("unsubscribe.no"), button_data("end", "no"))
        return Reply.of(self._texts("unsubscribe.ask"), *column(yes, no))

    async def end(self, ask: Ask) -> Reply:
        """Take the answer to the question of /unsubscribe."""
        if ask.args != ("yes",):
            return Reply.of(self._texts("unsubscribe.kept"))
        await self._conversations.end(ask.chat_id)
        ended = await self._roll.unsubscribe(ask.chat_id, ask.user_id)
        return Reply.of(self._texts("unsubscribe.done" if ended else "unsubscribe.none"))

    async def _choose(self, conversation: Conversation, args: tuple[str, ...]) -> Reply:
        """Take a tick, a page, 'all' or 'done' of a list."""
        step = conversation.step
        if step not in {"sectors", "regions"}:
            return await self.show(conversation)
        chosen = conversation.data.get(step, [])
        match args:
            case ("toggle", code, _):
                choices = self._sectors if step == "sectors" else self._regions
                changed = await self._conversations.advance(conversation, step, **{step: choices.toggled(chosen, code)})
                return self._page(changed, page_of(args))
            case ("everywhere",) if step == "regions":
                return await self._go(conversation, "summary", regions=[])
            case ("done",) if step == "sectors" and not chosen:
                return Reply(self._page(conversation, 0).screens, self._texts.plain("subscribe.sectors.none"))
            case ("done",):
                return await self._go(conversation, _after(step))
            case _:
                return self._page(conversation, page_of(args))

    async def _go(self, conversation: Conversation, step: str, **answers: object) -> Reply:
        return await self.show(await self._conversations.advance(conversation, step, **answers))

    async def _save(self, ask: Ask, conversation: Conversation) -> Reply:
        profile = _profile(conversation)
        if ask.group is None:
            subscriber = await self._roll.subscribe(ask.chat_id, "private", profile)
        else:
            named = replace(profile, name=cut_to(ask.group.title, DETAIL_LIMIT))
            subscriber = await self._roll.subscribe(ask.chat_id, ask.group.kind, named, set_up_by=ask.user_id)
        await self._conversations.end(ask.chat_id)
        if not subscriber.is_vetted:
            await self._vetting.announce(subscriber.profile.sectors)
        standing = await self._in_force.count(ask.chat_id)
        alerts = Button(self._texts.plain("subscribe.alerts"), button_data("cmd", "alerts"))
        return Reply.of(
            join(
                self._texts("subscribe.done"),
                self._choice(subscriber.profile, is_group=ask.group is not None),
                "" if subscriber.is_vetted else self._texts("subscribe.unvetted"),
                self._texts.count("subscribe.in-force", standing) if standing else "",
                self._texts("subscribe.next"),
            ),
            *(((alerts,),) if standing else ()),
        )

    def _page(self, conversation: Conversation, page: int) -> Reply:
        """Lay out the present step."""
        step, data = conversation.step, conversation.data
        if step == "consent":
            return self._consent(conversation)
        if step in DETAILS:
            return self._detail(conversation)
        choices = self._sectors if step == "sectors" else self._regions
        chosen = data.get(step, [])
        listed = self._texts.listing(choices.named(chosen), most=6)
        html = self._texts(f"subscribe.{step}", chosen=listed or self._texts.plain(f"subscribe.{step}.empty"))
        done = step_button(conversation, self._texts.plain("choice.done", number=len(chosen)), "done")
        everywhere = step_button(conversation, self._texts.plain("subscribe.everywhere"), "everywhere")
        closing: Rows = ((done,),) if step == "sectors" or chosen else ((everywhere,),)
        return Reply.of(html, *choices.rows(conversation, chosen, page), *closing, self._footer(conversation))

    def _consent(self, conversation: Conversation) -> Reply:
        key = "subscribe.group" if _is_group(conversation) else "subscribe.consent"
        html = self._texts(key, operator=self._operator, contact=self._contact)
        agree = step_button(conversation, self._texts.plain("subscribe.agree"), "next")
        leave = step_button(conversation, self._texts.plain("subscribe.decline"), "cancel")
        return Reply.of(html, (agree,), (leave,))

    def _detail(self, conversation: Conversation) -> Reply:
        step, data = conversation.step, conversation.data
        html = self._texts(f"subscribe.{step}")
        if data.get(step):
            html = join(html, self._texts("subscribe.present", value=data[step]))
        rows: list[tuple[Button, ...]] = []
        if data.get(step):
            rows.append((step_button(conversation, self._texts.plain("subscribe.keep"), "next"),))
        elif step == "name" and data.get("first_name"):
            label = self._texts.plain("subscribe.mine", name=data["first_name"])
            rows.append((step_button(conversation, label, "mine"),))
        rows.append((step_button(conversation, self._texts.plain("flow.skip"), "skip"),))
        return Reply.of(html, *rows, self._footer(conversation))

    def _summary(self, conversation: Conversation, *, ends_vetting: bool) -> Reply:
        profile = _profile(conversation)
        save = step_button(conversation, self._texts.plain("subscribe.save"), "save")
        levels = "subscribe.levels.off" if profile.wants_levels else "subscribe.levels.on"
        edit = step_button(conversation, self._texts.plain("subscribe.edit"), "edit", "name")
        is_group = _is_group(conversation)
        return Reply.of(
            join(
                self._texts("subscribe.summary"),
                self._choice(profile, is_group=is_group),
                self._texts("subscribe.ends-vetting") if ends_vetting else "",
            ),
            (save,),
            (step_button(conversation, self._texts.plain(levels), "levels"),),
            *(() if is_group else ((edit,),)),
            self._footer(conversation),
        )

    def _choice(self, profile: Profile, *, is_group: bool = False) -> Html:
        """Show what a contact has said and chosen; a group has said nothing of itself."""
        missing = self._texts.plain("subscribe.not-given")
        everywhere = self._texts.plain("subscribe.regions.empty")
        details = (
            self._texts("summary.name", value=profile.name or missing),
            self._texts("summary.organisation", value=profile.organisation or missing),
            self._texts("summary.job", value=profile.job or missing),
        )
        return lines(
            *(() if is_group else details),
            self._texts("summary.sectors", value="; ".join(self._sectors.named(profile.sectors))),
            self._texts("summary.regions", value="; ".join(self._regions.named(profile.regions)) or everywhere),
            self._texts("summary.levels.on" if profile.wants_levels else "summary.levels.off"),
        )

    def _standing(self, subscriber: Subscriber) -> Html:
        return join(
            self._texts("subscribe.standing", since=subscriber.since),
            self._choice(subscriber.profile, is_group=subscriber.chat_id < 0),
            self._texts("subscribe.next"),
        )

    def _standing_rows(self) -> Rows:
        change = Button(self._texts.plain("subscribe.change"), button_data("cmd", "sectors"))
        leave = Button(self._texts.plain("subscribe.leave"), button_data("cmd", "unsubscribe"))
        return column(change, leave)

    def _footer(self, conversation: Conversation) -> tuple[Button, ...]:
        """Offer the way back, where there is one, and the way out."""
        leave = step_button(conversation, self._texts.plain("flow.cancel"), "cancel")
        if _before(conversation) == conversation.step:
            return (leave,)
        return (step_button(conversation, self._texts.plain("flow.back"), "back"), leave)


def _profile(conversation: Conversation) -> Profile:
    data = conversation.data
    return Profile(
        data.get("name", ""),
        data.get("organisation", ""),
        data.get("job", ""),
        tuple(data.get("sectors", ())),
        tuple(data.get("regions", ())),
        data.get("wants_levels", True),
    )


def _beginning(ask: Ask) -> dict[str, Any]:
    """Give what a conversation knows from the start."""
    return {"first_name": ask.first_name, "group": ask.group is not None}


def _is_group(conversation: Conversation) -> bool:
    return bool(conversation.data.get("group"))


def _after(step: str) -> str:
    return STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]


def _next(conversation: Conversation) -> str:
    """Name the step after the present one; a group is asked for no details of a person."""
    return "sectors" if _is_group(conversation) and conversation.step == "consent" else _after(conversation.step)


def _before(conversation: Conversation) -> str:
    """Name the step before; a change of a standing subscription begins at the sectors."""
    if _is_group(conversation) and conversation.step == "sectors" and not conversation.data.get("changes"):
        return "consent"
    first = "sectors" if conversation.data.get("changes") and conversation.step in {"sectors", "regions"} else "consent"
    here = STEPS.index(conversation.step)
    return STEPS[max(here - 1, STEPS.index(first))]
