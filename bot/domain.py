"""The use cases, built by hand over a store: all that most commands need, and what the bot is built on."""

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from alerts.audit.record import Record
from alerts.audit.trail import Trail
from alerts.cap.outgoing import Issuer
from alerts.cap.publisher import CapPublisher
from alerts.clock import Clock
from alerts.data import DataFolder
from alerts.delivery.hold import Holds
from alerts.drills.exercises import Exercises
from alerts.drills.interruption import Interruption
from alerts.drills.selftest import SelfTest
from alerts.intake.feeds import Feeds
from alerts.intake.intake import Intake
from alerts.intake.sources import Sources
from alerts.levels.register import Register
from alerts.levels.reports import Reports as LevelReports
from alerts.levels.scheme import Schemes
from alerts.levels.sources.mi5 import Mi5
from alerts.levels.watch import Watch
from alerts.people.contacts import Contacts
from alerts.people.invitations import Invitations
from alerts.people.roster import Roster
from alerts.publishing.briefings import Briefings
from alerts.publishing.desk import Desk
from alerts.publishing.drafts import Drafts
from alerts.publishing.follow_ups import FollowUps
from alerts.publishing.genuine import CheckCodes
from alerts.publishing.in_force import InForce
from alerts.publishing.incoming import Incoming
from alerts.publishing.pack import Packs
from alerts.publishing.reports import Reports
from alerts.publishing.sensitivity import Sensitivity
from alerts.publishing.verification import Verification
from alerts.reporting.guide import Guide
from alerts.schedule.clockwork import Clockwork
from alerts.schedule.contents import Contents
from alerts.schedule.places import Place, find_place
from alerts.schedule.recurrence import Recurrence
from alerts.schedule.timetable import Timetable
from alerts.store import Store
from alerts.subscribers.roll import Roll
from alerts.subscribers.sectors import Directory
from alerts.subscribers.vetting import Vetting
from alerts.templates.library import Library
from alerts.templates.shipped import load_templates
from bot.fetch import HttpFetch
from bot.secret import read_secret
from bot.settings import Settings
from handlers.alert_message import AlertMessage
from handlers.briefing_words import BriefingWords
from handlers.cap_words import issuer_words
from handlers.change_message import ChangeMessage
from handlers.drill_message import DrillMessage, Outgoing
from handlers.drill_words import DrillWording
from handlers.incoming_words import IncomingWording
from handlers.intake_words import IntakeWording
from handlers.texts import Texts
from handlers.threat import LevelAnnouncement, LevelBulletin


@dataclass(frozen=True, slots=True)
class Domain:
    """The use cases, without Telegram: what the command line needs, and what the bot is built on."""

    store: Store
    clock: Clock
    trail: Trail
    record: Record
    packs: Packs
    texts: Texts
    directory: Directory
    schemes: Schemes
    guide: Guide
    briefings: Briefings
    roll: Roll
    roster: Roster
    invitations: Invitations
    contacts: Contacts
    desk: Desk
    follow_ups: FollowUps
    in_force: InForce
    changes: ChangeMessage
    reports: Reports
    register: Register
    level_reports: LevelReports
    watch: Watch
    announce: LevelAnnouncement
    message: AlertMessage
    timetable: Timetable
    contents: Contents
    clockwork: Clockwork
    holidays: Place
    holds: Holds
    incoming: Incoming
    sources: Sources
    intake: Intake
    intake_words: IntakeWording
    publisher: CapPublisher
    vetting: Vetting
    verification: Verification
    sensitivity: Sensitivity
    feeds: Feeds
    drafts: Drafts
    library: Library
    exercises: Exercises
    self_test: SelfTest
    drill_words: DrillWording
    drill_message: DrillMessage
    outgoing: Outgoing


def build_domain(settings: Settings, clock: Clock, wake: asyncio.Event | None = None) -> Domain:
    """Build the use cases over a store that is not opened yet.

    Args:
        settings: the environment.
        clock: the source of time.
        wake: set when rows were queued.

    Raises:
        DataError: a data file is wrong.
    """
    folder = DataFolder(settings.data_dir)
    directory, schemes, guide = Directory.load(folder), Schemes.load(folder), Guide.load(folder)
    texts = Texts(settings.zone)
    store, trail = Store(settings.database_url), Trail(cache(lambda: read_secret(settings)))
    codes = CheckCodes(trail.key)
    on_queued = wake.set if wake else lambda: None
    drill_words, drill_message = DrillWording(texts), DrillMessage(texts, codes, clock)
    interrupt = Interruption(trail, drill_words.real)
    desk = Desk(store, clock, trail, directory, on_queued, settings.rule, interrupt)
    message = AlertMessage(texts, directory, guide, codes, clock)
    changes = ChangeMessage(texts, message, clock)
    announce = LevelAnnouncement(texts)
    briefings, roster = Briefings.load(folder), Roster(store, clock, trail, directory)
    sources = (Mi5(schemes, settings.level_feed_url),) if settings.level_feed_url else ()
    register = Register(store, clock, trail, settings.zone, schemes, desk, announce, sources)
    minutes = settings.level_confirm_by_second_reading
    level_reports = LevelReports(store, clock, schemes, register, timedelta(minutes=minutes) if minutes else None)
    incoming = Incoming(store, clock, trail, directory, IncomingWording(texts))
    contents = Contents(
        store=store, register=register, briefings=briefings, bulletin=LevelBulletin(texts), word=BriefingWords(texts)
    )
    intake_words = IntakeWording(texts)
    message = AlertMessage(texts, directory, guide, codes, clock)
    intake = Intake(store, clock, trail, desk, incoming, intake_words)
    issuer = Issuer(
        sender=settings.issues_cap_as,
        name=settings.operator,
        contact=settings.operator_contact,
        language=texts.language,
        words=issuer_words(texts, directory, guide, settings.operator),
    )
    return Domain(
        store=store,
        clock=clock,
        trail=trail,
        record=Record(store, clock, trail),
        packs=Packs(store, clock, trail),
        texts=texts,
        directory=directory,
        schemes=schemes,
        guide=guide,
        briefings=briefings,
        roll=Roll(store, clock, trail, directory),
        roster=roster,
        invitations=Invitations(store, clock, trail, roster),
        contacts=Contacts(store, clock, trail),
        desk=desk,
        follow_ups=FollowUps(store, clock, desk, changes),
        in_force=InForce(store, clock),
        changes=changes,
        reports=Reports(store, clock),
        register=register,
        level_reports=level_reports,
        watch=Watch(
            store=store,
            clock=clock,
            reports=level_reports,
            sources=sources,
            fetch=HttpFetch(),
            chance=random.random,
            silent_after=timedelta(minutes=settings.level_feed_silent_minutes),
        ),
        announce=announce,
        message=message,
        timetable=Timetable(store, clock, trail, directory, briefings, settings.rule),
        contents=contents,
        holidays=find_place(settings.holidays),
        clockwork=Clockwork(store=store, clock=clock, trail=trail, desk=desk, contents=contents, roster=roster),
        holds=Holds(store, clock, trail),
        incoming=incoming,
        sources=Sources(store, clock, trail, directory),
        intake=intake,
        feeds=Feeds(store, clock, HttpFetch(), intake, intake_words),
        intake_words=intake_words,
        publisher=CapPublisher(store, issuer),
        vetting=Vetting(store, clock, trail),
        verification=Verification(store, clock, codes),
        sensitivity=Sensitivity.load(folder, guide),
        drafts=Drafts(store, incoming, desk),
        library=Library(store, clock, trail, directory, load_templates(folder)),
        exercises=Exercises(
            store=store, clock=clock, trail=trail, directory=directory, words=drill_words, on_queued=on_queued
        ),
        self_test=SelfTest(
            store=store,
            clock=clock,
            trail=trail,
            rule=Recurrence.parse(settings.self_test, settings.zone, clock.now()) if settings.self_test else None,
            words=drill_words.self_test,
            on_queued=on_queued,
        ),
        drill_words=drill_words,
        drill_message=drill_message,
        outgoing=Outgoing(message, drill_message),
    )
