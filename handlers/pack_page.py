"""The after-action pack in words: one page that any browser shows by itself, and the words of its charts."""

import base64
from collections.abc import Iterable, Sequence
from html import escape

from alerts.audit.verdict import FAULTS
from alerts.delivery.states import DeliveryState
from alerts.pictures.curve import Curve
from alerts.publishing.approvals import MEANING
from alerts.publishing.pack import Pack, Step
from alerts.publishing.versions import Version
from alerts.subscribers.sectors import Directory
from handlers.reckoning import change_lines, count_lines, reason_lines, speed_lines
from handlers.record_words import changes, named, who_did
from handlers.texts import Html, Texts, lines

MINUTES_FROM, HOURS_FROM = 180, 3 * 3600
"""From so many seconds on the chart counts in minutes, and in hours."""

CHANGES_LIMIT = 600

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #14202b; background: #e8edf2; margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; background: #fff; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 2px solid #8494a3; }
h3, h4 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
h4 { font-weight: 600; color: #465564; }
p, blockquote { white-space: pre-wrap; margin: .5rem 0; }
blockquote.text { border-left: 4px solid #8494a3; padding: .25rem 1rem; overflow-wrap: anywhere; }
.soft { color: #465564; }
.whole { white-space: nowrap; }
.wide { overflow-x: auto; }
.wide:has(thead) table { min-width: 44rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #cbd4dc; }
td { overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; }
code { overflow-wrap: anywhere; }
@media print { body { background: none; } main { padding: 0; } tr, img, blockquote { break-inside: avoid; } }
"""


class PackPage:
    """Puts packs into words.

    Args:
        texts: the catalogue.
        directory: the names of sectors and regions.
        operator: who runs this installation.
    """

    def __init__(self, texts: Texts, directory: Directory, operator: str) -> None:
        self._texts = texts
        self._operator = operator
        self._sectors = {sector.code: sector.name for sector in directory.sectors}
        self._regions = {region.code: region.name for region in directory.regions}

    def curve(self, step: Step) -> Curve | None:
        """Give the chart of the delivery of one alert, None when nothing was sent."""
        if not step.curve:
            return None
        begun = step.curve[0][0]
        seconds = (step.curve[-1][0] - begun).total_seconds()
        unit, size = "seconds", 1
        if seconds >= MINUTES_FROM:
            unit, size = ("hours", 3600) if seconds >= HOURS_FROM else ("minutes", 60)
        counted = step.delivered.counted
        return Curve(
            title=self._texts.plain("pack.curve.title", reference=step.alert.reference),
            along=self._texts.plain(f"pack.curve.{unit}"),
            points=tuple(((moment - begun).total_seconds() / size, reached) for moment, reached in step.curve),
            recipients=counted.recipients,
            recipients_label=self._texts.plain("pack.curve.recipients", number=counted.recipients),
            reached_label=self._texts.plain("pack.curve.reached", number=counted.counts[DeliveryState.SENT]),
        )

    def html(self, pack: Pack, charts: Sequence[bytes | None] = ()) -> str:
        """Give the page, with everything that it needs in itself: no script, no font, no address is fetched.

        Args:
            pack: what was gathered.
            charts: the pictures of the steps, in their order.
        """
        texts, is_chain = self._texts, len(pack.steps) > 1
        title = texts.plain("pack.title", reference=pack.reference)
        drawn = (*charts, *(None for _ in pack.steps[len(charts) :]))
        sections = (
            _tag("h1", pack.steps[0].alert.headline or title),
            _tag("p", texts("pack.made", reference=pack.reference, operator=self._operator, at=pack.made_at), "soft"),
            *(self._overview(pack) if is_chain else ()),
            *(
                section
                for number, (step, chart) in enumerate(zip(pack.steps, drawn, strict=True), start=1)
                for section in self._step(pack, step, chart, number if is_chain else None)
            ),
            _tag("h2", texts("pack.timeline")),
            _tag("p", texts("pack.timeline.what"), "soft"),
            self._timeline(pack),
            _tag("h2", texts("pack.record")),
            _tag("p", self._record(pack)),
        )
        head = (
            f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        )
        body = "\n".join(section for section in sections if section)
        return (
            f'<!doctype html>\n<html lang="{texts.language}"><head>{head}<style>{STYLE}</style></head>\n'
            f"<body><main>\n{body}\n</main></body></html>\n"
        )

    def _overview(self, pack: Pack) -> Iterable[str]:
        """List the chain: what went out one after the other, under which number, and how many it reached."""
        plain = self._texts.plain
        yield _tag("h2", plain("pack.chain"))
        yield _tag("p", plain("pack.chain.what"), "soft")
        headings = ("step", "when", "what", "reference", "headline", "reached")
        rows = (
            (
                self._texts.number(number),
                self._texts.when(step.alert.sending_at or step.alert.created_at),
                Html(_tag("span", self._what(step), "whole")),
                self._references(step),
                step.alert.headline,
                self._texts.number(step.delivered.counted.counts[DeliveryState.SENT]),
            )
            for number, step in enumerate(pack.steps, start=1)
        )
        yield _table([plain(f"pack.heading.{heading}") for heading in headings], rows)

    def _step(self, pack: Pack, step: Step, chart: bytes | None, number: int | None) -> Iterable[str]:
        """Tell of one alert; of a chain each has a heading of its own, and what is below it stands a level deeper."""
        texts = self._texts
        level = "h2" if number is None else "h3"
        if number is not None:
            name = {"what": self._what(step), "headline": step.alert.headline}
            yield _tag("h2", texts.plain("pack.step", number=number, **name))
        yield _table((), self._facts(pack, step))
        yield _tag(level, texts("pack.versions"))
        yield from (self._version(pack, step, version) for version in step.versions)
        yield _tag(level, texts("pack.approvals"))
        yield self._approvals(pack, step)
        yield _tag(level, texts("pack.delivery"))
        yield self._delivery(step, chart)

    def _what(self, step: Step) -> str:
        """Say what an alert was to those before it."""
        return self._texts.plain(f"alert-list.version.{step.alert.change or 'first'}")

    def _references(self, step: Step) -> str:
        """Give the reference that people have, and beside it the number of a correction."""
        found = step.delivered.copied
        if not found.is_mended:
            return found.reference
        return self._texts.plain("pack.reference.both", reference=found.reference, number=found.alert.reference)

    def _facts(self, pack: Pack, step: Step) -> Iterable[Sequence[str]]:
        alert, plain = step.alert, self._texts.plain
        yield plain("pack.reference"), self._references(step)
        yield plain("pack.status"), str(alert.status)
        yield plain("pack.severity"), plain(f"severity.{alert.severity}") if alert.severity else "–"
        yield plain("pack.audience"), self._audience(alert.sectors, alert.regions)
        yield plain("pack.author"), named(self._texts, alert.author, pack.names)
        yield plain("pack.origin"), alert.origin
        moments = {"created": alert.created_at, "released": alert.sending_at, "expires": alert.expires_at}
        for name, moment in moments.items():
            yield plain(f"pack.{name}"), self._texts.when(moment) if moment else "–"

    def _version(self, pack: Pack, step: Step, version: Version) -> str:
        texts = self._texts
        head = texts(
            "pack.version", revision=version.revision, who=named(texts, version.who, pack.names), at=version.at
        )
        expires = texts.plain("pack.until", at=version.expires_at) if version.expires_at else ""
        severity = texts.plain(f"severity.{version.severity}") if version.severity else ""
        about = "; ".join(filter(None, (severity, self._audience(version.sectors, version.regions), expires)))
        text = Html(f"<b>{escape(version.headline, quote=False)}</b>\n\n{version.body}")
        vouched = step.vouched.get(version.revision)
        proof = "" if vouched is None else texts("pack.version.vouched" if vouched else "pack.version.altered")
        level = "h4" if len(pack.steps) > 1 else "h3"
        parts = (_tag(level, head), _tag("p", about, "soft"), _tag("blockquote", text, "text"))
        return "".join(parts) + (_tag("p", proof, "soft") if proof else "")

    def _approvals(self, pack: Pack, step: Step) -> str:
        texts = self._texts
        if not step.approvals:
            return _tag("p", texts("pack.approvals.none"))
        headings = ("when", "who", "version", "verdict", "reason")
        rows = (
            (
                texts.when(one.at),
                named(texts, one.who, pack.names),
                texts.number(one.revision),
                MEANING[one.verdict] + (texts.plain("pack.lapsed", at=one.lapsed_at) if one.lapsed_at else ""),
                one.reason,
            )
            for one in step.approvals
        )
        return _table([texts.plain(f"pack.heading.{heading}") for heading in headings], rows)

    def _delivery(self, step: Step, chart: bytes | None) -> str:
        found, texts = step.delivered, self._texts
        counted = found.counted
        words = (
            count_lines(texts, counted),
            change_lines(texts, found.change) or reason_lines(texts, counted),
            speed_lines(texts, counted, found.waits),
            texts.count("final.doubled", counted.uncertain_count) if counted.uncertain_count else "",
        )
        described = _tag("p", lines(*words) or texts("pack.delivery.none"))
        if chart is None:
            return described
        reached = texts.plain("pack.curve.reached", number=counted.counts[DeliveryState.SENT])
        of = texts.plain("pack.curve.recipients", number=counted.recipients)
        picture = base64.b64encode(chart).decode()
        return f'{described}<img alt="{escape(f"{reached}. {of}.")}" src="data:image/png;base64,{picture}">'

    def _timeline(self, pack: Pack) -> str:
        """List the entries of the record; in a chain each says which alert it is about."""
        texts, is_chain = self._texts, len(pack.steps) > 1
        references = {f"alert {step.alert.id}": step.alert.reference for step in pack.steps}
        about = ("about",) if is_chain else ()
        headings = ("number", "when", *about, "what", "who", "changes")
        rows = (
            (
                texts.number(entry.number),
                texts.when(entry.at),
                *((references.get(entry.subject, entry.subject),) if is_chain else ()),
                entry.meaning,
                who_did(texts, entry, pack.names),
                changes(texts, entry, CHANGES_LIMIT),
            )
            for entry in pack.timeline
        )
        return _table([texts.plain(f"pack.heading.{heading}") for heading in headings], rows)

    def _record(self, pack: Pack) -> Html:
        verdict = pack.verdict
        if verdict.broken is not None:
            number = verdict.broken.number
            where = "" if number is None else self._texts.plain("pack.record.where", number=number)
            return self._texts("pack.record.broken", where=where, fault=FAULTS[verdict.broken.fault])
        if verdict.newest is None:
            return self._texts("audit.none")
        return self._texts("pack.record.whole", number=verdict.newest.number, seal=verdict.newest.seal)

    def _audience(self, sectors: Sequence[str], regions: Sequence[str]) -> str:
        plain = self._texts.plain
        where = "; ".join(self._regions.get(code, code) for code in regions) or plain("pack.regions.all")
        return plain("pack.to", sectors=_listed(self._sectors, sectors) or plain("pack.sectors.all"), regions=where)


def _listed(names: dict[str, str], codes: Sequence[str]) -> str:
    return "; ".join(names.get(code, code) for code in codes)


def _tag(name: str, content: str, kind: str = "") -> str:
    """Wrap a text in a tag; what is not HTML already is escaped."""
    inner = content if isinstance(content, Html) else escape(content, quote=False)
    return f'<{name} class="{kind}">{inner}</{name}>' if kind else f"<{name}>{inner}</{name}>"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out rows; without headings the first cell of each row is its heading."""
    head = "".join(_tag("th", heading) for heading in headings)
    top = f"<thead><tr>{head}</tr></thead>" if headings else ""
    body = "".join(
        "<tr>" + "".join(_tag("td" if headings or place else "th", cell) for place, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table>{top}<tbody>{body}</tbody></table></div>'
