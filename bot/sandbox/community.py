"""Who is in which group, and how that changes."""

from collections.abc import Callable, Mapping
from itertools import count

from bot.sandbox.errors import ApiError
from bot.sandbox.groups import KINDS, Group, Kind, Seat, Status
from bot.sandbox.people import Account, Bot
from bot.sandbox.tidings import Tidings

_FIRST_GROUP_ID = 4_100_000_001
_SUPERGROUPS = -1_000_000_000_000
_LONGEST_TITLE = 128


class Community(Tidings):
    """Groups, supergroups and channels, on top of who is there.

    Users are named by their ids. `by` is the account that does it, the creator unless named.

    Args:
        clock: gives Unix seconds.
        tokens: the bots there are, as token → first name; None lets every well-formed token in.

    Attributes:
        groups: by id, also those that have become supergroups.
    """

    def __init__(self, clock: Callable[[], float], tokens: Mapping[str, str] | None = None) -> None:
        super().__init__(clock, tokens)
        self.groups: dict[int, Group] = {}
        self._group_ids = count(_FIRST_GROUP_ID)

    def group(self, group_id: int) -> Group:
        """The group with this id.

        Raises:
            ApiError: 404, there is none; 409, it has become a supergroup.
        """
        group = self.groups.get(group_id)
        if group is None:
            raise ApiError(404, f"There is no group {group_id}.")
        if group.migrated_to is not None:
            raise ApiError(409, f"This group has become the supergroup {group.migrated_to}.")
        return group

    def add_group(self, *, title: str, kind: Kind = "group", creator: int, id: int | None = None) -> Group:  # noqa: A002
        """Found a group; without an id one is drawn.

        Raises:
            ApiError: 400, a field is malformed; 404, there is no such creator; 409, the id is taken.
        """
        title = title.strip()
        if not title or len(title) > _LONGEST_TITLE:
            raise ApiError(400, f"A title has 1 to {_LONGEST_TITLE} characters.")
        if kind not in KINDS:
            raise ApiError(400, f"A group is one of {', '.join(KINDS)}.")
        account = self.account(creator)
        if id is None:
            id = self._free_id(kind)  # noqa: A001 - the Bot API's name for it
        elif (id < _SUPERGROUPS) != (kind != "group") or id >= 0:
            raise ApiError(400, "The id of a group is negative, and of a supergroup or channel below -1000000000000.")
        elif id in self.groups:
            raise ApiError(409, f"The id {id} is taken.")
        group = self.groups[id] = Group(id, kind, title)
        self._seat(group, account).status = "creator"
        self._tell_group_changed(group)
        return group

    # ---- Members

    def add_member(self, group: Group, account: int, *, by: int | None = None) -> Seat:
        """Let somebody in; named as their own `by`, they join by themselves. A ban is lifted with it.

        Raises:
            ApiError: 404, there is no such account; 409, it is in already, or `by` may not add it.
        """
        user, actor = self.account(account), self._actor(group, by)
        seat = self._seat(group, user, "left")
        if seat.is_inside:
            raise ApiError(409, f"{user.name} is in this group already.")
        if seat.status == "kicked":
            self._check_right(group, actor, "can_restrict_members")
        elif by != account:
            self._check_inside(group, actor)
        seat.appoint("member")
        self.announce(group, user if by == account else actor, new_chat_members=[user.as_user])
        self._tell_group_changed(group)
        return seat

    def add_bot(
        self, group: Group, bot: int, *, by: int | None = None, administrator: bool = False, **rights: bool
    ) -> Seat:
        """Add a bot: to a group as a member, or as an administrator, which one with rights and a channel's always is.

        Raises:
            ApiError: 404, there is no such bot; 409, it is in already, or `by` may not add it.
        """
        user, actor = self.bot(bot), self._actor(group, by)
        seat = self._seat(group, user, "left")
        if seat.is_inside:
            raise ApiError(409, f"{user.name} is in this group already.")
        administrator = administrator or group.is_channel or bool(rights)
        if administrator:
            self._check_right(group, actor, "can_promote_members")
        else:
            self._check_inside(group, actor)
        user.chats[group.id] = seat
        self.change(seat, actor, "administrator" if administrator else "member", rights)
        self.announce(group, actor, new_chat_members=[user.as_user])
        self._tell_group_changed(group)
        return seat

    def remove_member(self, group: Group, user_id: int, *, by: int | None = None) -> Seat:
        """Remove somebody for good, or let them leave if they are their own `by`; bots alike.

        Raises:
            ApiError: 404, there is no such member; 409, it is the creator, or `by` may not remove it.
        """
        seat = self._member(group, user_id)
        actor = seat.user if by == user_id else self._actor(group, by)
        self._check_not_creator(seat)
        if seat.user is not actor:
            self._check_right(group, actor, "can_restrict_members")
        viewers = list(seat.viewers())
        self.change(seat, actor, "left" if seat.user is actor else "kicked")
        self.announce(group, actor, also=seat if seat.status == "kicked" else None, left_chat_member=seat.user.as_user)
        for account_id, peer in viewers:
            self.events.tell(account_id, "chat", {"peer": peer})
        return seat

    def remove_bot(self, group: Group, bot: int, *, by: int | None = None) -> Seat:
        """Remove a bot, which Telegram calls kicked.

        Raises:
            ApiError: 404, it is not there; 409, `by` may not remove it.
        """
        return self.remove_member(group, self.bot(bot).id, by=by)

    def promote(self, group: Group, user_id: int, *, by: int | None = None, **rights: bool) -> Seat:
        """Make a member an administrator, or change an administrator's rights.

        Args:
            group: where.
            user_id: an account or a bot.
            by: who does it.
            rights: `is_anonymous` and any of the Bot API's `can_…`; the rest as Telegram's clients offer it.

        Raises:
            ApiError: 400, a right is unknown here; 404, there is no such member; 409, `by` may not do it.
        """
        seat, actor = self._member(group, user_id), self._actor(group, by)
        self._check_right(group, actor, "can_promote_members")
        if seat.status == "creator":
            if set(rights) - {"is_anonymous"}:
                raise ApiError(409, "The creator has every right already.")
            seat.is_anonymous = rights.get("is_anonymous", False)
        else:
            self.change(seat, actor, "administrator", rights)
        self._tell_group_changed(group)
        return seat

    def demote(self, group: Group, user_id: int, *, by: int | None = None) -> Seat:
        """Make an administrator a plain member again.

        Raises:
            ApiError: 404, there is no such member; 409, it is the creator, or `by` may not do it.
        """
        return self._move(group, user_id, by, "can_promote_members", "member")

    def restrict(self, group: Group, user_id: int, *, by: int | None = None, **permissions: bool) -> Seat:
        """Take a supergroup's member the right to write, or whatever else the permissions leave out.

        Raises:
            ApiError: 404, there is no such member; 409, it is the creator, `by` may not do it, or it is no supergroup.
        """
        if group.kind != "supergroup":
            raise ApiError(409, "Only in a supergroup can members be restricted.")
        return self._move(group, user_id, by, "can_restrict_members", "restricted", permissions)

    def lift(self, group: Group, user_id: int, *, by: int | None = None) -> Seat:
        """Take back a restriction, or a ban, after which the user may come again.

        Raises:
            ApiError: 404, the user has never been here; 409, `by` may not do it, or there is nothing to take back.
        """
        seat = group.seats.get(user_id)
        if seat is None or seat.status not in ("restricted", "kicked"):
            raise ApiError(409 if seat else 404, "There is nothing to take back.")
        return self._move(group, user_id, by, "can_restrict_members", "left" if seat.status == "kicked" else "member")

    def migrate(self, group: Group, *, id: int | None = None) -> Group:  # noqa: A002 - the Bot API's name for it
        """Turn a group into a supergroup, with a new id; the old one is refused from then on.

        Bots see themselves come into the new chat, then the service messages of the old one and of the new one.

        Raises:
            ApiError: 409, it is no plain group, or has moved before.
        """
        if group.kind != "group" or group.migrated_to is not None:
            raise ApiError(409, "Only a plain group becomes a supergroup.")
        creator = self._creator(group)
        viewers = list(creator.viewers())
        id = id or self._free_id("supergroup")  # noqa: A001 - see above
        heir = self.groups[id] = Group(id, "supergroup", group.title)
        for seat in group.members():
            new = self._seat(heir, seat.user, "left")
            if isinstance(seat.user, Bot):
                seat.user.chats[heir.id] = new
            self.change(new, creator.user, seat.status, seat.rights, is_anonymous=seat.is_anonymous)
        self.announce(group, creator.user, migrate_to_chat_id=heir.id)
        group.migrated_to = heir.id
        self.announce(heir, creator.user, sender_chat=heir.as_chat, migrate_from_chat_id=group.id)
        for account_id, peer in viewers:
            self.events.tell(account_id, "chat", {"peer": peer})
        self._tell_group_changed(heir)
        return heir

    # ---- Inside

    def _move(
        self,
        group: Group,
        user_id: int,
        by: int | None,
        right: str,
        status: Status,
        rights: Mapping[str, bool] | None = None,
    ) -> Seat:
        seat = self._member(group, user_id, ever=status == "left")
        actor = self._actor(group, by)
        self._check_not_creator(seat)
        self._check_right(group, actor, right)
        self.change(seat, actor, status, rights)
        self._tell_group_changed(group)
        return seat

    def _seat(self, group: Group, user: Account | Bot, status: Status = "member") -> Seat:
        seat = group.seats.get(user.id)
        if seat is None:
            seat = group.seats[user.id] = Seat(group, user, status)
        return seat

    def _member(self, group: Group, user_id: int, *, ever: bool = False) -> Seat:
        seat = group.seats.get(user_id)
        if seat is None or not (ever or seat.is_inside):
            raise ApiError(404, f"There is no member {user_id} in this group.")
        return seat

    def _creator(self, group: Group) -> Seat:
        return next(iter(group.seats.values()))

    def _actor(self, group: Group, by: int | None) -> Account | Bot:
        return self._creator(group).user if by is None else self.account(by)

    def _check_inside(self, group: Group, actor: Account | Bot) -> None:
        seat = group.seats.get(actor.id)
        if seat is None or not seat.is_inside or (group.is_channel and not seat.is_administrator):
            raise ApiError(409, f"{actor.name} may not do this here.")

    def _check_right(self, group: Group, actor: Account | Bot, right: str) -> None:
        seat = group.seats.get(actor.id)
        if seat is None or not seat.can(right):
            raise ApiError(409, f"{actor.name} may not do this here.")

    def _check_not_creator(self, seat: Seat) -> None:
        if seat.status == "creator":
            raise ApiError(409, "The creator of a group stays what it is.")

    def _tell_group_changed(self, group: Group) -> None:
        for account_id, peer in self._creator(group).viewers():
            self.events.tell(account_id, "chat", {"peer": peer})

    def _free_id(self, kind: Kind) -> int:
        ids = (-number if kind == "group" else _SUPERGROUPS - number for number in self._group_ids)
        return next(free for free in ids if free not in self.groups)
