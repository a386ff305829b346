"""The documents that scripts read have exactly the keys that were promised, and nothing beside them on the streams."""

import json
from typing import Any

import pytest
from support.processes import Done, Home

LEVEL = {"scheme", "level", "rank", "definition", "since", "seen_at", "source", "stale"}
REPORT = {"id", "status", "recipients", "counts", "uncertain_count", "first_sent_at", "last_sent_at"}
REPORT_MORE = {"reference", "reference_on_copies", "rate_per_second", "p50_seconds", "p99_seconds", "reasons"}
ALERT = {"id", "status", "severity", "headline", "created_at", "expires_at", "recipients"}
SUBSCRIBER = {"chat_id", "kind", "status", "reason", "sectors", "regions", "since"}
STATES = {"queued", "leased", "sent", "retry", "uncertain", "gone", "failed", "skipped"}


@pytest.fixture(scope="module")
def printed(peopled: Home) -> dict[str, Any]:
    """The documents after one reading and one alert that nothing has sent yet; `before` is the level before those."""
    before = peopled.cascade("level", "show", "--json")
    (peopled.folder / "body.txt").write_text("Police are there.", encoding="utf-8")
    written = peopled.each(
        [
            ("level", "set", "uk-national", "severe", "--yes"),
            ("alert", "send", "--headline", "East gate", "--file", "body.txt", "--severity", "urgent", "--yes"),
        ]
    )
    assert [done.code for done in written] == [0, 0], written
    number = written[1].stdout.strip()
    asked = {
        "level": ("level", "show", "--json"),
        "report": ("alert", "report", number, "--json"),
        "alerts": ("alert", "list", "--json"),
        "subscribers": ("subscribers", "list", "--json"),
    }
    found = dict(zip(asked, peopled.each(list(asked.values())), strict=True))
    return {name: _document(done) for name, done in ({"before": before} | found).items()}


def test_a_level_that_nobody_has_read_is_null(printed: dict[str, Any]) -> None:
    """The shipped history is never shown as a current reading."""
    levels = printed["before"]["levels"]
    assert {entry["scheme"] for entry in levels} == {"uk-national", "uk-northern-ireland"}
    for entry in levels:
        assert set(entry) == LEVEL
        assert not {name: value for name, value in entry.items() if name not in {"scheme", "stale"} and value}
        assert entry["level"] is None


def test_a_set_level_is_shown_in_the_schemes_capitals(printed: dict[str, Any]) -> None:
    """After `level set uk-national severe` the document says SEVERE, and leaves the other scheme null."""
    assert set(printed["level"]) == {"levels"}
    levels = {entry["scheme"]: entry for entry in printed["level"]["levels"]}
    assert set(levels["uk-national"]) == LEVEL
    assert levels["uk-national"]["level"] == "SEVERE"
    assert levels["uk-national"]["seen_at"].endswith("Z")
    assert levels["uk-northern-ireland"]["level"] is None


def test_a_report_counts_every_state(printed: dict[str, Any]) -> None:
    """A report has every delivery state, and the counts add up to the recipients."""
    report = printed["report"]
    assert set(report) == REPORT | REPORT_MORE
    assert set(report["counts"]) == STATES
    assert sum(report["counts"].values()) == report["recipients"] == 40
    assert (report["status"], report["uncertain_count"], report["first_sent_at"]) == ("sending", 0, None)


def test_lists_have_the_promised_entries(printed: dict[str, Any]) -> None:
    """Alerts and subscribers are listed with exactly the promised keys."""
    assert set(printed["alerts"]) == {"alerts"}
    assert [set(entry) for entry in printed["alerts"]["alerts"]] == [ALERT]
    assert printed["alerts"]["alerts"][0]["recipients"] == 40
    assert set(printed["subscribers"]) == {"subscribers"}
    assert len(printed["subscribers"]["subscribers"]) == 40
    assert {frozenset(entry) for entry in printed["subscribers"]["subscribers"]} == {frozenset(SUBSCRIBER)}


def test_a_check_prints_one_document_whether_it_is_well_or_not(peopled: Home, sandbox: str) -> None:
    """`check --json` has the same keys with a good server (exit 0) and with one that is away (exit 1)."""
    addresses: list[tuple[str, str | None]] = [("api_url", sandbox), ("api_url", "http://127.0.0.1:9")]
    well, ill = peopled.each_setting(addresses, "check", "--json")
    for done, ok in ((well, True), (ill, False)):
        document = _document(done, code=0 if ok else 1)
        assert set(document) == {"ok", "checks"}
        assert document["ok"] is ok
        assert {frozenset(check) for check in document["checks"]} == {frozenset({"name", "ok", "detail"})}
    assert [check["name"] for check in json.loads(ill.stdout)["checks"] if not check["ok"]] == ["token"]


def _document(done: Done, code: int = 0) -> Any:
    assert (done.code, done.stderr) == (code, ""), done
    return json.loads(done.stdout)
