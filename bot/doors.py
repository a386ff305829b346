"""What a room of the chat gives the front desk to route to; every builder in `bot/` gives one of these."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.conversation import Flow
from handlers.front import Handler, Verb


@dataclass(frozen=True, slots=True)
class Doors:
    """The ways into handlers.

    Attributes:
        commands: by the command's name.
        verbs: the buttons that belong to no conversation, by what they carry first.
        flows: conversations of several steps.
    """

    commands: Mapping[str, Handler] = field(default_factory=dict)
    verbs: Mapping[str, Verb] = field(default_factory=dict)
    flows: tuple[Flow, ...] = ()


def all_doors(*rooms: Doors) -> Doors:
    """Put the doors of several rooms together.

    Raises:
        ValueError: two rooms have a door of the same name.
    """
    commands = [name for room in rooms for name in room.commands]
    verbs = [verb for room in rooms for verb in room.verbs] + [flow.kind for room in rooms for flow in room.flows]
    for names in (commands, verbs):
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two rooms have a door named {', '.join(sorted(twice))}")
    return Doors(
        commands={name: handler for room in rooms for name, handler in room.commands.items()},
        verbs={name: verb for room in rooms for name, verb in room.verbs.items()},
        flows=tuple(flow for room in rooms for flow in room.flows),
    )
