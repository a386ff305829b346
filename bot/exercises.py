"""Builds what templates and exercises are in the chat: two flows that fill templates, and share nothing but that."""

from alerts.people.rights import Right
from alerts.store.conversations import Conversations
from bot.domain import Domain
from bot.doors import Doors
from handlers.compose import Compose
from handlers.drill import Drills
from handlers.drill_message import ACKNOWLEDGE
from handlers.drill_plan import PlanDrill
from handlers.drill_write import WriteDrill
from handlers.front import Verb
from handlers.template_draft import TemplateDraft
from handlers.template_fill import FillTemplate
from handlers.template_write import WriteTemplate
from handlers.templates import CHANGE, EDIT, USE, Templates


def template_doors(domain: Domain, conversations: Conversations, compose: Compose) -> Doors:
    """Build the library in the chat, and the way from a template to the preview of /compose."""
    texts, library = domain.texts, domain.library
    templates = Templates(texts, library, domain.roster, domain.directory)
    write = WriteTemplate(
        texts=texts,
        library=library,
        conversations=conversations,
        directory=domain.directory,
        message=domain.message,
        clock=domain.clock,
    )
    fill = FillTemplate(
        kind="tfi",
        right=Right.SEND_ALERTS,
        texts=texts,
        library=library,
        conversations=conversations,
        clock=domain.clock,
        finish=TemplateDraft(domain.desk, library, compose, domain.clock).finish,
    )
    return Doors(
        commands={"templates": templates.tell},
        verbs={
            templates.kind: Verb(templates.right, templates.press),
            USE: Verb(Right.SEND_ALERTS, fill.use),
            CHANGE: Verb(Right.WRITE_TEMPLATES, templates.change),
            EDIT: Verb(Right.WRITE_TEMPLATES, write.edit),
        },
        flows=(write, fill),
    )


def drill_doors(domain: Domain, conversations: Conversations) -> Doors:
    """Build exercises in the chat; nothing of /compose is handed in, so nothing here can lead to it."""
    texts, exercises, message = domain.texts, domain.exercises, domain.drill_message
    plan = PlanDrill(
        texts=texts,
        exercises=exercises,
        conversations=conversations,
        roster=domain.roster,
        directory=domain.directory,
        message=message,
        words=domain.drill_words,
        clock=domain.clock,
    )
    write = WriteDrill(
        texts=texts,
        exercises=exercises,
        library=domain.library,
        conversations=conversations,
        message=message,
        words=domain.drill_words,
    )
    fill = FillTemplate(
        kind="xfi",
        right=Right.DRILL,
        texts=texts,
        library=domain.library,
        conversations=conversations,
        clock=domain.clock,
        finish=write.filled,
        in_drills=True,
    )
    write.fills_with(fill)
    drills = Drills(texts, exercises, write)
    return Doors(
        commands={"drill": drills.tell},
        verbs={
            drills.kind: Verb(drills.right, drills.press),
            ACKNOWLEDGE: Verb(Right.SUBSCRIBE, drills.acknowledge),
        },
        flows=(plan, write, fill),
    )
