import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

from alerts.data import DataFolder
from alerts.delivery.states import DeliveryState
from alerts.drills.drill import DrillPart, DrillStatus
from alerts.intake.cap_door import MARKED
from alerts.levels.chronicle import Surety
from alerts.levels.register import Effect
from alerts.people.invitation import PENDING, InvitationState
from alerts.people.notices import NoticeKind
from alerts.people.rights import Role
from alerts.publishing.alert import ENDS, REPLIES, UNRELEASED, AlertStatus, Change, Severity
from alerts.publishing.approvals import Verdict
from alerts.publishing.attachment import AttachmentKind
from alerts.publishing.feeds import SOURCES as FEEDS
from alerts.publishing.incoming_item import IncomingState
from alerts.publishing.marking import Marking
from alerts.publishing.markup import read_html
from alerts.publishing.verification import UNKNOWN
from alerts.publishing.verification import Verdict as Genuineness
from alerts.publishing.versions import Part
from alerts.reporting.guide import Guide
from alerts.schedule.schedule import Push, ScheduleStatus
from handlers import (
    compose_parts,
    drill_message,
    drill_plan,
    drill_write,
    level,
    schedule_add,
    subscribe,
    template_write,
)
from handlers.alert_message import SAID_ABOVE
from handlers.alerts_list import AT_ONCE, WRITTEN
from handlers.menu import COMMANDS
from handlers.texts import Texts

ROOT = Path(__file__).parents[2]
TEXTS = Texts(ZoneInfo("Europe/London"))
PASSED_ON = "problem"
"""The parameter of `alerts.text.check_length`: there the code comes from the caller, who writes it literally."""

WAYS = ("phone", "textphone", "text", "web")
BUTTON_MAKERS = {"Button", "button", "step_button"}
LABELS_FROM_VARIABLES = {
    "choice.off",
    "choice.on",
    "subscribe.levels.off",
    "subscribe.levels.on",
    "subscribe.mine",
    "compose.send",
    "compose.file.add",
    "compose.file.change",
    *(f"severity.{severity}.button" for severity in Severity),
    *(f"compose.edit.{part}" for part in compose_parts.PARTS),
    *(f"compose.send.{change}" for change in WRITTEN),
    *(f"alert-list.do.{change}" for change in (*WRITTEN, *AT_ONCE)),
    "compose.all-sectors",
    "compose.all-regions",
    *(f"schedule.push.{push}" for push in Push),
    *(f"schedule.example.{number}" for number in range(len(schedule_add.EXAMPLES))),
    *(f"write.kind.{kind}" for kind in template_write.KINDS),
    *(f"write.edit.{part}" for part in template_write.EDITS),
    "write.drills.on",
    "write.drills.off",
    "drill.announce",
    "drill.send",
    "fill.now",
    "fill.in",
    "fill.ago",
    *(f"schedule.{action}" for action in ("pause", "resume", "remove", "remove.yes", "remove.no", "back")),
}
"""Labels whose key or text comes into the button by a variable, so that a scan for nested calls misses it."""


def test_no_text_stands_twice():
    """Two entries of one name would hide each other, and a change of the first would change nothing."""
    source = (Path(__file__).parents[2] / "handlers" / "texts" / "en_GB.po").read_text(encoding="utf-8")
    names = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert sorted({name for name in names if names.count(name) > 1}) == []


def trees(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Read the sources, without the sandbox, which has no words of ours."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "sandbox" not in path.parts:
                yield path, ast.parse(path.read_text())


SOURCES = [tree for _, tree in trees("handlers", "bot")]


def is_asked_of_texts(node: ast.AST) -> bool:
    """Tell whether a node is a call of the catalogue: `texts(…)`, `texts.plain(…)` or `texts.count(…)`."""
    if not isinstance(node, ast.Call) or not node.args:
        return False
    func = node.func
    if isinstance(func, ast.Attribute) and func.attr in {"plain", "count"}:
        func = func.value
    return (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) in {"_texts", "texts"}


CALLS = [node for tree in SOURCES for node in ast.walk(tree) if is_asked_of_texts(node)]


def literals(node: ast.AST) -> list[str]:
    """Give the keys that an argument may be: a literal, or either side of a choice."""
    match node:
        case ast.Constant(value=str() as key):
            return [key]
        case ast.IfExp():
            return literals(node.body) + literals(node.orelse)
    return []


def raised() -> dict[str, set[str]]:
    """Give the code of every InvalidInput and FetchFailed that is raised, with the values that go with it."""
    found: dict[str, set[str]] = {}
    for path, tree in trees("alerts", "handlers", "bot"):
        kinds = {"FetchFailed"} if path.is_relative_to(ROOT / "bot") else {"InvalidInput", "FetchFailed"}
        for node in ast.walk(tree):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if name in kinds and ast.unparse(node.args[0]) != PASSED_ON:
                [code] = literals(node.args[0])
                found[code] = {keyword.arg or "" for keyword in node.keywords}
            elif name == "check_length":
                [code] = literals(node.args[2])
                found[code] = {"length", "limit"}
    return found


FOUND = set(Genuineness) - {UNKNOWN.verdict, Genuineness.EXERCISE}
FOUND |= {f"{Genuineness.EXERCISE}.{frame}" for frame in drill_message.FRAMES.values()}
"""What /verify finds; of a message of an exercise it says what it tells."""

FAMILIES: dict[str, set[str]] = {
    "severity.{}": set(Severity),
    "severity.{}.button": set(Severity),
    "compose.{}": {"begin", *compose_parts.PARTS, compose_parts.FILE, compose_parts.WHEN},
    "compose.all-{}": {"sectors", "regions"},
    "compose.edit.{}": set(compose_parts.PARTS),
    "marking.{}": set(Marking),
    "marking.{}.short": set(Marking),
    "verify.{}": FOUND,
    "verify.now.{}": FOUND,
    "verify.played.{}": set(DrillStatus),
    "attachment.{}": set(AttachmentKind),
    "state.{}": set(DeliveryState),
    "final.{}": set(AlertStatus) - UNRELEASED - {AlertStatus.SENDING},
    "progress.over.{}": set(AlertStatus) - UNRELEASED - {AlertStatus.SENDING},
    "release.{}": {"draft", "rejected", "cancelled", "expired"},
    "word.{}": {verdict.name.lower() for verdict in set(Verdict) - {Verdict.RETURNED}},
    "part.{}": set(Part),
    "change.{}": {"file", "named", "more"},
    "drafts.status.{}": UNRELEASED - {AlertStatus.DRAFT},
    "set-level.{}": set(level.STEPS) - {"preview"},
    "set-level.effect.{}": set(Effect),
    "subscribe.{}": set(subscribe.STEPS) - {"consent", "summary"},
    "subscribe.{}.empty": {"sectors", "regions"},
    "report.way.{}": set(WAYS),
    "problem.{}": set(raised()),
    "schedule.push.{}": set(Push),
    "schedule.status.{}": set(ScheduleStatus),
    "schedule.example.{}": {str(number) for number in range(len(schedule_add.EXAMPLES))},
    "schedule.ask.{}": set(schedule_add.STEPS) - {"check"},
    "schedule.{}": {"pause", "resume", "remove"},
    "notice.{}": set(NoticeKind)
    - {NoticeKind.LEVEL_REPORTED, NoticeKind.SCHEDULE_SUBMITTED, NoticeKind.INVITATION_ACCEPTED},
    "role.{}": set(Role) - {Role.CONTACT},
    "role.{}.does": set(Role) - {Role.CONTACT},
    "invitation.state.{}": set(InvitationState) - PENDING - {InvitationState.LAPSED},
    "source.{}": {"mi5"},
    "feed.{}": set(FEEDS),
    "intake.mark.{}": {status.lower() for status in MARKED},
    "intake.{}.headline": {status.lower() for status in MARKED} - {"test"},
    "drafts.discard.{}": {"yes", "no"},
    "drafts.state.{}": set(IncomingState) - {IncomingState.WAITING},
    "surety.{}": set(Surety),
    "alert.change.{}": set(SAID_ABOVE),
    "change.marked.{}": set(REPLIES),
    "change.{}.headline": set(ENDS),
    "change.{}.body": set(ENDS),
    "change.report.{}": {"replied", "edited", "deleted", "anew", "waiting", "could-not"},
    "compose.preview.{}": set(WRITTEN),
    "compose.send.{}": set(WRITTEN),
    "review.change.{}": set(WRITTEN),
    "alert-list.state.{}": {*ENDS, *AlertStatus} - UNRELEASED,
    "alert-list.do.{}": {*WRITTEN, *AT_ONCE},
    "alert-list.{}.ask": set(AT_ONCE),
    "alert-list.{}.yes": set(AT_ONCE),
    "alert-list.version.{}": {"first", *Change} - {Change.MARK},
    "past.{}{}": {"on", "until", "about-on", "about-until"},
    "write.{}": set(template_write.STEPS) - {"check"},
    "write.kind.{}": set(template_write.KINDS),
    "write.edit.{}": set(template_write.EDITS),
    "fill.{}": {"in", "ago"},
    "drill.plan.{}": set(drill_plan.STEPS),
    "drill.ask.{}": set(drill_write.STEPS) - {"check"},
    "drill.role.{}": set(drill_plan.ROLES),
    "drill.status.{}": set(DrillStatus),
    "drill.part.{}": set(DrillPart),
    "drill.top.{}": {*drill_message.FRAMES.values(), drill_message.SELF_TEST},
    "drill.bottom.{}": {*drill_message.FRAMES.values(), drill_message.SELF_TEST},
    "drill.headline.{}": set(DrillPart),
    "command.{}": {command.name for command in COMMANDS},
    "pack.{}": {"created", "released", "expires"},
    "pack.curve.{}": {"seconds", "minutes", "hours"},
    "pack.heading.{}": {
        *("number", "when", "what", "who", "changes", "version", "verdict", "reason"),
        *("step", "about", "reference", "headline", "reached"),
    },
}
MADE = {family.replace("{}{}", "{}").format(member) for family, members in FAMILIES.items() for member in members}


def written() -> set[str]:
    """Give every string of the sources that is a key or looks like one."""
    heads = {key.partition(".")[0] for key in TEXTS.keys if "." in key}
    asked = {key for call in CALLS for key in literals(call.args[0])}
    in_patterns = {
        part for tree in SOURCES for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
    }
    dotted = {
        node.value
        for tree in SOURCES
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node not in in_patterns and isinstance(node.value, str)
        if re.fullmatch(r"[a-z-]+(\.[a-z-]+)+", node.value) and node.value.partition(".")[0] in heads
    }
    return asked | dotted


def sentences() -> Iterator[tuple[str, str]]:
    """Give every sentence of the catalogue with its key; a plural gives two."""
    with (ROOT / "handlers/texts/en_GB.po").open("rb") as file:
        for message in read_po(file, locale="en_GB"):
            if message.id:
                key = message.id if isinstance(message.id, str) else message.id[0]
                texts = [message.string] if isinstance(message.string, str) else message.string
                yield from ((key, text) for text in texts)


def placeholders(sentence: str) -> set[str]:
    """Name the values that a sentence wants."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


WANTED: dict[str, set[str]] = {}
for _key, _sentence in sentences():
    WANTED.setdefault(_key, set()).update(placeholders(_sentence))


def test_every_key_that_is_used_is_in_the_catalogue():
    """No handler and no command asks for a sentence that is not there."""
    assert (written() | MADE) - TEXTS.keys == set()


def test_every_key_of_the_catalogue_is_used():
    """No sentence is left over that nobody asks for."""
    assert TEXTS.keys - written() - MADE == set()


def test_every_pattern_of_keys_is_enumerated_here():
    """A key that is put together belongs to a family whose members these tests know, and every family is in use."""
    patterns = {
        "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        for tree in SOURCES
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    }
    asked = {
        "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in call.args[0].values)
        for call in CALLS
        if isinstance(call.args[0], ast.JoinedStr)
    }
    assert asked <= FAMILIES.keys() <= patterns


def test_every_problem_has_a_sentence_with_the_values_it_names():
    """Whatever InvalidInput is raised, the chat can say it, and no placeholder of the sentence stays empty."""
    problems = raised()
    assert {"headline-too-long", "expiry-far", "day-unreadable", "nobody"} <= problems.keys()
    assert [code for code, values in problems.items() if WANTED[f"problem.{code}"] - values] == []


def test_every_shipped_way_to_report_has_a_sentence():
    """The kinds of ways that the family enumerates are those of the data."""
    guide = Guide.load(DataFolder())
    assert {way.kind for channel in guide.channels for way in channel.ways} <= set(WAYS)


def test_every_call_gives_the_values_that_its_sentence_wants():
    """Where a key is literal, the call names each placeholder of its sentence."""
    missing = []
    for call in CALLS:
        given = {keyword.arg for keyword in call.keywords}
        is_count = isinstance(call.func, ast.Attribute) and call.func.attr == "count"
        given |= {"number"} if is_count else set()
        missing += [(key, WANTED[key] - given) for key in literals(call.args[0]) if None not in given]
    assert len(missing) > 100
    assert [(key, names) for key, names in missing if names] == []


@pytest.mark.parametrize(("key", "sentence"), list(sentences()))
def test_every_sentence_can_be_formatted(key: str, sentence: str):
    """With its values a sentence has no brace left, is not empty, and its formatting is Telegram's."""
    wanted = placeholders(sentence)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in wanted)
    shown = sentence.format(**dict.fromkeys(wanted, "value"))
    assert shown.strip()
    assert not set("{}") & set(shown)
    assert read_html(shown).plain, key


def test_labels_of_buttons_are_shorter_than_64_characters():
    """Every label fits on a button, the numbers in it large; names that the data give have limits of their own."""
    nested = {
        key
        for tree in SOURCES
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in BUTTON_MAKERS
        for inner in ast.walk(node)
        if inner is not node and is_asked_of_texts(inner)
        for key in literals(inner.args[0])
    }
    labels = nested | LABELS_FROM_VARIABLES
    assert {"flow.back", "compose.continue", "report.open", "progress.stop"} <= labels
    shown = {
        sentence.format(**dict.fromkeys(placeholders(sentence), "20,000"))
        for key, sentence in sentences()
        if key in labels
    }
    assert [label for label in shown if len(label) >= 64 or "\n" in label or "<" in label] == []
