"""/start: alone it begins a subscription; with a payload it goes where the link leads."""

from dataclasses import replace

from alerts.errors import NotFound
from alerts.publishing.desk import Desk
from alerts.publishing.in_force import InForce
from handlers.change_message import ChangeMessage
from handlers.join import Join
from handlers.links import Link, LinkKind
from handlers.screen import Ask, Reply
from handlers.subscribe import Subscribe
from handlers.texts import Texts


class Arrive:
    """Answers /start. A link that leads nowhere is answered kindly, and changes nothing."""

    def __init__(
        self,
        texts: Texts,
        subscribe: Subscribe,
        desk: Desk,
        in_force: InForce,
        changes: ChangeMessage,
        join: Join,
    ) -> None:
        self._texts = texts
        self._subscribe = subscribe
        self._desk = desk
        self._in_force = in_force
        self._changes = changes
        self._join = join

    async def start(self, ask: Ask) -> Reply:
        """/start, with or without a payload.

        Raises:
            InvalidInput: the payload cannot be read.
        """
        if not ask.text or ask.group is not None:
            return await self._subscribe.start(ask)
        link = Link.read(ask.text)
        match link.kind:
            case LinkKind.SECTOR:
                return await self._sector(ask, link.code)
            case LinkKind.ALERT:
                return await self._alert(ask, link.code)
            case LinkKind.INVITATION:
                return await self._join.look(ask, link.code)

    async def _sector(self, ask: Ask, code: str) -> Reply:
        if not self._subscribe.knows_sector(code):
            return Reply.of(self._texts("link.sector.unknown"))
        return await self._subscribe.start_with(ask, code)

    async def _alert(self, ask: Ask, reference: str) -> Reply:
        """Show an alert as it is today to whom it was sent; whether there is such a one is told to nobody else."""
        try:
            alert = await self._desk.received(reference, ask.chat_id)
        except NotFound:
            return Reply.of(self._texts("link.alert.unknown"))
        try:
            newest = await self._in_force.find(alert.id, ask.chat_id, None)
        except NotFound:
            return Reply.of(self._texts("link.alert.over", reference=alert.reference))
        screens = self._changes.standing(newest)
        if any(screen.attachment and not screen.attachment.file_id for screen in screens):
            screens = tuple(replace(screen, attachment=None) for screen in screens)
        return Reply(screens)
