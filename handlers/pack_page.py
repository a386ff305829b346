"""The after-action pack in words: one page that any browser shows by itself, the chart's words, and the document."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from alerts.audit.verdict import FAULTS
from alerts.delivery.states import DeliveryState
from alerts.pictures.curve import Curve
from alerts.publishing.approvals import MEANING
from alerts.publishing.pack import Pack
from alerts.publishing.versions import Version
from alerts.subscribers.sectors import Directory
from handlers.reckoning import count_lines, reason_lines, speed_lines
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
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p, blockquote { white-space: pre-wrap; margin: .5rem 0; }
blockquote.text { border-left: 4px solid #8494a3; padding: .25rem 1rem; overflow-wrap: anywhere; }
.soft { color: #465564; }
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

    def curve(self, pack: Pack) -> Curve | None:
        """Give the chart of the delivery, None when nothing was sent."""
        if not pack.curve:
            return None
        begun = pack.curve[0][0]
        seconds = (pack.curve[-1][0] - begun).total_seconds()
        unit, size = "seconds", 1
        if seconds >= MINUTES_FROM:
            unit, size = ("hours", 3600) if seconds >= HOURS_FROM else ("minutes", 60)
        counted = pack.delivered.counted
        return Curve(
            title=self._texts.plain("pack.curve.title", reference=pack.alert.reference),
            along=self._texts.plain(f"pack.curve.{unit}"),
            points=tuple(((moment - begun).total_seconds() / size, reached) for moment, reached in pack.curve),
            recipients=counted.recipients,
            recipients_label=self._texts.plain("pack.curve.recipients", number=counted.recipients),
            reached_label=self._texts.plain("pack.curve.reached", number=counted.counts[DeliveryState.SENT]),
        )

    def html(self, pack: Pack, chart: bytes | None) -> str:
        """Give the page, with everything that it needs in itself: no script, no font, no address is fetched."""
        alert, texts = pack.alert, self._texts
        title = texts.plain("pack.title", reference=alert.reference)
        sections = (
            _tag("h1", alert.headline or title),
            _tag("p", texts("pack.made", reference=alert.reference, operator=self._operator, at=pack.made_at), "soft"),
            _table((), self._facts(pack)),
            _tag("h2", texts("pack.versions")),
            *(self._version(pack, version) for version in pack.versions),
            _tag("h2", texts("pack.approvals")),
            self._approvals(pack),
            _tag("h2", texts("pack.delivery")),
            self._delivery(pack, chart),
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

    def _facts(self, pack: Pack) -> Iterable[Sequence[str]]:
        alert, plain = pack.alert, self._texts.plain
        yield plain("pack.reference"), alert.reference
        yield plain("pack.status"), str(alert.status)
        yield plain("pack.severity"), plain(f"severity.{alert.severity}") if alert.severity else "–"
        yield plain("pack.audience"), self._audience(alert.sectors, alert.regions)
        yield plain("pack.author"), named(self._texts, alert.author, pack.names)
        yield plain("pack.origin"), alert.origin
        moments = {"created": alert.created_at, "released": alert.sending_at, "expires": alert.expires_at}
        for name, moment in moments.items():
            yield plain(f"pack.{name}"), self._texts.when(moment) if moment else "–"

    def _version(self, pack: Pack, version: Version) -> str:
        texts = self._texts
        head = texts(
            "pack.version", revision=version.revision, who=named(texts, version.who, pack.names), at=version.at
        )
        expires = texts.plain("pack.until", at=version.expires_at) if version.expires_at else ""
        severity = texts.plain(f"severity.{version.severity}") if version.severity else ""
        about = "; ".join(filter(None, (severity, self._audience(version.sectors, version.regions), expires)))
        text = Html(f"<b>{escape(version.headline, quote=False)}</b>\n\n{version.body}")
        vouched = pack.vouched.get(version.revision)
        proof = "" if vouched is None else texts("pack.version.vouched" if vouched else "pack.version.altered")
        parts = (_tag("h3", head), _tag("p", about, "soft"), _tag("blockquote", text, "text"))
        return "".join(parts) + (_tag("p", proof, "soft") if proof else "")

    def _approvals(self, pack: Pack) -> str:
        texts = self._texts
        if not pack.approvals:
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
            for one in pack.approvals
        )
        return _table([texts.plain(f"pack.heading.{heading}") for heading in headings], rows)

    def _delivery(self, pack: Pack, chart: bytes | None) -> str:
        found, texts = pack.delivered, self._texts
        counted = found.counted
        words = (
            count_lines(texts, counted),
            reason_lines(texts, counted),
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
        texts = self._texts
        headings = ("number", "when", "what", "who", "changes")
        rows = (
            (
                texts.number(entry.number),
                texts.when(entry.at),
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


def document(pack: Pack, delivery: dict[str, object]) -> dict[str, Any]:
    """Give the pack as a document for programs; moments are ISO 8601 in UTC.

    Args:
        pack: what was gathered.
        delivery: the report of it, as `cascade alert report --json` has it.
    """
    alert, verdict = pack.alert, pack.verdict
    return {
        "made_at": pack.made_at,
        "alert": {
            "id": alert.id,
            "reference": alert.reference,
            "kind": alert.kind,
            "status": alert.status,
            "severity": alert.severity,
            "headline": alert.headline,
            "sectors": alert.sectors,
            "regions": alert.regions,
            "origin": alert.origin,
            "revision": alert.revision,
            "author": alert.author,
            "created_at": alert.created_at,
            "released_at": alert.sending_at,
            "finished_at": alert.finished_at,
            "expires_at": alert.expires_at,
        },
        "versions": [_version_of(version, pack.vouched.get(version.revision)) for version in pack.versions],
        "approvals": [
            {
                "revision": one.revision,
                "who": one.who,
                "at": one.at,
                "verdict": one.verdict,
                "reason": one.reason,
                "lapsed_at": one.lapsed_at,
            }
            for one in pack.approvals
        ],
        "timeline": [
            {
                "number": entry.number,
                "at": entry.at,
                "act": entry.act,
                "meaning": entry.meaning,
                "who": entry.who,
                "place": entry.place,
                "subject": entry.subject,
                "before": entry.before,
                "after": entry.after,
                "seal": entry.seal,
            }
            for entry in pack.timeline
        ],
        "people": {str(user_id): name for user_id, name in pack.names.items()},
        "delivery": delivery,
        "curve": [{"at": at, "reached": reached} for at, reached in pack.curve],
        "record": {
            "ok": verdict.broken is None,
            "entries": verdict.entries,
            "head": {"number": verdict.newest.number, "seal": verdict.newest.seal} if verdict.newest else None,
        },
    }


def _version_of(version: Version, is_vouched: bool | None) -> dict[str, Any]:
    return {
        "revision": version.revision,
        "who": version.who,
        "at": version.at,
        "headline": version.headline,
        "body": version.body,
        "severity": version.severity,
        "sectors": version.sectors,
        "regions": version.regions,
        "expires_at": version.expires_at,
        "sha256": version.sha256,
        "is_as_recorded": is_vouched,
    }


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
