"""Builds the front desk and every room of the chat that it routes to."""

from telegram.ext import ExtBot

from alerts.levels.chronicle import Chronicle
from alerts.people.rights import Right
from alerts.store.conversations import Conversations
from bot.domain import Domain
from bot.doors import Doors, all_doors
from bot.exercises import drill_doors, template_doors
from bot.levels import level_reported
from bot.people import join_door, people_doors
from bot.publishing import Publishing
from bot.releases import Releases
from bot.settings import Settings
from bot.trust import trust_doors
from handlers.arrive import Arrive
from handlers.audit import Audit
from handlers.conversation import Steps
from handlers.drafts import DraftsList
from handlers.front import Front, Verb
from handlers.groups import Groups
from handlers.help import Help
from handlers.history import History
from handlers.hold import Holding
from handlers.inline import Inline
from handlers.level import SetLevel
from handlers.level_pictures import LevelPictures
from handlers.level_report import VERB as LEVEL_REPORTED
from handlers.past_day import PastDay
from handlers.photos import Photos
from handlers.progress import Progress
from handlers.replies import Replies
from handlers.report import Report
from handlers.schedule_add import AddSchedule
from handlers.subscribe import Subscribe
from handlers.takeover import TakeOver
from handlers.threat import Threat
from handlers.verify import Verify


def front_desk(
    settings: Settings,
    domain: Domain,
    bot: ExtBot[None],
    photos: Photos,
    pictures: LevelPictures | None,
    releases: Releases,
) -> tuple[Front, Progress, Replies]:
    """Build the front desk; an alert's progress and the replies are used by duties as well."""
    texts, desk = domain.texts, domain.desk
    conversations = Conversations(domain.store, domain.clock)
    progress, replies = Progress(texts, desk, domain.reports, domain.record), Replies(bot, photos)
    operator = (settings.operator, settings.operator_contact)
    subscribe = Subscribe(
        texts, domain.roll, domain.vetting, domain.in_force, conversations, domain.directory, operator
    )
    publishing = Publishing.build(domain, conversations, progress, releases.waiting)
    compose = publishing.compose
    drafts = DraftsList(texts, domain.drafts, domain.incoming, desk, compose, releases.waiting, domain.clock)
    report, help_ = Report(texts, domain.guide), Help(texts)
    verify = Verify(texts, domain.verification, domain.outgoing, report, settings.operator_contact)
    join = join_door(domain)
    arrive = Arrive(texts, subscribe, desk, domain.in_force, domain.changes, join)
    doors = all_doors(
        Doors(
            commands={
                "start": arrive.start,
                "subscribe": subscribe.start,
                "sectors": subscribe.change,
                "unsubscribe": subscribe.ask_to_end,
                "help": help_.tell,
            },
            verbs={"end": Verb(Right.SUBSCRIBE, subscribe.end)},
            flows=(subscribe,),
        ),
        _reading_doors(settings, domain, report, pictures),
        publishing.doors,
        Doors(
            commands={"drafts": drafts.tell},
            verbs={
                drafts.kind: Verb(drafts.right, drafts.press, drafts.actions),
                TakeOver.kind: Verb(TakeOver.right, TakeOver(texts, desk, drafts, compose).press),
                progress.kind: Verb(progress.right, progress.press, progress.actions),
            },
        ),
        releases.doors(drafts, progress),
        _duty_doors(domain, conversations),
        template_doors(domain, conversations, compose),
        drill_doors(domain, conversations),
        people_doors(domain, conversations, join, lambda: bot.username),
        trust_doors(domain, verify),
    )
    front = Front(
        texts=texts,
        roster=domain.roster,
        roll=domain.roll,
        steps=Steps(conversations, texts, doors.flows),
        commands=doors.commands,
        verbs=doors.verbs,
        report=report,
        help_=help_,
        inline=Inline(texts, domain.register, domain.guide, domain.clock),
        groups=Groups(texts, domain.roll, bot, domain.clock),
        verify=verify,
        replies=replies,
    )
    return front, progress, replies


def _reading_doors(settings: Settings, domain: Domain, report: Report, pictures: LevelPictures | None) -> Doors:
    """Build what anybody may ask: the levels, what they were, and how to report."""
    texts = domain.texts
    chronicle = Chronicle(domain.register, domain.schemes, domain.clock, settings.zone)
    threat = Threat(texts, domain.register, PastDay(texts, chronicle), pictures, domain.clock)
    history = History(texts, chronicle, pictures)
    return Doors(
        commands={"threat": threat.tell, "history": history.tell, "report": report.tell},
        verbs={
            "thr": Verb(Right.READ, threat.press),
            "his": Verb(Right.READ, history.press),
            "rep": Verb(Right.READ, report.press),
        },
    )


def _duty_doors(domain: Domain, conversations: Conversations) -> Doors:
    """Build what officers, owners and auditors do beside writing alerts: levels, schedules, the hold, the record."""
    texts = domain.texts
    level = SetLevel(
        texts=texts,
        register=domain.register,
        schemes=domain.schemes,
        desk=domain.desk,
        conversations=conversations,
        announce=domain.announce,
        message=domain.message,
        holds=domain.holds,
        clock=domain.clock,
    )
    add_schedule = AddSchedule(
        texts=texts,
        timetable=domain.timetable,
        conversations=conversations,
        directory=domain.directory,
        briefings=domain.briefings,
        desk=domain.desk,
        clockwork=domain.clockwork,
        message=domain.message,
        holidays=domain.holidays,
        clock=domain.clock,
    )
    holding, audit = Holding(texts, domain.holds), Audit(texts, domain.record)
    return Doors(
        commands={"level": level.start, "hold": holding.tell, "audit": audit.tell},
        verbs={
            LEVEL_REPORTED: Verb(Right.SET_LEVEL, level_reported(domain).press),
            holding.kind: Verb(holding.right, holding.press, holding.actions),
            audit.kind: Verb(Right.AUDIT, audit.press),
        },
        flows=(level, add_schedule),
    )
