"""The after-action pack as a document for programs."""

from collections.abc import Callable
from typing import Any

from alerts.people.person_id import ERASED
from alerts.publishing.pack import Pack, Step
from alerts.publishing.reports import FullReport
from alerts.publishing.versions import Version


def document(pack: Pack, describe: Callable[[FullReport], dict[str, object]]) -> dict[str, Any]:
    """Give the pack as a document for programs; moments are ISO 8601 in UTC.

    What was asked for stands at the top, as in packs of one alert; `chain` has every alert of the chain in its order.

    Args:
        pack: what was gathered.
        describe: makes a report a document, as `cascade alert report --json` has it.
    """
    verdict = pack.verdict
    return {
        "made_at": pack.made_at,
        **_step(pack.step, describe),
        "chain": [_step(step, describe) for step in pack.steps],
        "timeline": [
            {
                "number": entry.number,
                "at": entry.at,
                "act": entry.act,
                "meaning": entry.meaning,
                "who": entry.who,
                "is_who_erased": entry.is_who_erased,
                "place": entry.place,
                "subject": entry.subject,
                "before": entry.before,
                "after": entry.after,
                "seal": entry.seal,
            }
            for entry in pack.timeline
        ],
        "people": {str(user_id): name for user_id, name in pack.names.items()},
        "record": {
            "ok": verdict.broken is None,
            "entries": verdict.entries,
            "head": {"number": verdict.newest.number, "seal": verdict.newest.seal} if verdict.newest else None,
        },
    }


def _step(step: Step, describe: Callable[[FullReport], dict[str, object]]) -> dict[str, Any]:
    alert = step.alert
    return {
        "alert": {
            "id": alert.id,
            "reference": alert.reference,
            "reference_on_copies": step.delivered.copied.reference,
            "kind": alert.kind,
            "change": alert.change,
            "status": alert.status,
            "severity": alert.severity,
            "headline": alert.headline,
            "sectors": alert.sectors,
            "regions": alert.regions,
            "origin": alert.origin,
            "revision": alert.revision,
            "author": alert.author or None,
            "is_author_erased": alert.author == ERASED,
            "created_at": alert.created_at,
            "released_at": alert.sending_at,
            "finished_at": alert.finished_at,
            "expires_at": alert.expires_at,
        },
        "versions": [_version(version, step.vouched.get(version.revision)) for version in step.versions],
        "approvals": [
            {
                "revision": one.revision,
                **_who(one.who),
                "at": one.at,
                "verdict": one.verdict,
                "reason": one.reason,
                "lapsed_at": one.lapsed_at,
            }
            for one in step.approvals
        ],
        "delivery": describe(step.delivered),
        "curve": [{"at": at, "reached": reached} for at, reached in step.curve],
    }


def _who(user_id: int | None) -> dict[str, object]:
    """Name a person; null for the command line and the bot, and for who was erased, which is said."""
    return {"who": user_id or None, "is_who_erased": user_id == ERASED}


def _version(version: Version, is_vouched: bool | None) -> dict[str, Any]:
    return {
        "revision": version.revision,
        **_who(version.who),
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
