"""From what was measured to the figures, the document and the page."""

import re

import pytest

from benchmarks.askers import percentile
from benchmarks.figures import FIGURES, figures
from benchmarks.report import BEGIN, END, document, section, shown, table, with_section
from benchmarks.scale import waited_during

NAMES = [
    "throughput_vs_ceiling",
    "throughput_vs_ptb",
    "throughput_vs_aiogram",
    "throughput_vs_telebot",
    "rate_kept_30",
    "rate_kept_300",
    "rate_kept_1000",
    "most_in_a_second",
    "too_many_requests",
    "cpu_vs_bare_at_1000",
    "urgent_first_s",
    "urgent_last_ratio",
    "answer_p99_added_ms",
    "plan_1m_sqlite_s",
    "plan_1m_postgresql_s",
    "plan_answer_p99_ms",
    "plan_memory_mb",
    "cost_ratio_sqlite",
    "cost_ratio_postgresql",
    "rss_mb",
]
RATE = {"share": 0.995, "refused": 0, "cpu_share": 0.26, "cpu_bare": 0.2}
SCALE = {"plan_seconds": 2.0, "answer_p99_ms": 300.0, "plan_memory_mb": 20.0, "cost_ratio": 1.1, "peak_mb": 120.0}
MEASURED = {
    "throughput": {
        "messages_per_second": {
            "cascade": 9000.0,
            "ceiling": 10000.0,
            "ptb": 600.0,
            "ptb-limiter": 500.0,
            "aiogram": 2000.0,
            "telebot": 3000.0,
        },
        "cpu_per_10000": dict.fromkeys(("cascade", "ceiling", "ptb", "ptb-limiter", "aiogram", "telebot"), 1.0),
        "connections": dict.fromkeys(("cascade", "ceiling", "ptb", "ptb-limiter", "aiogram", "telebot"), 32),
    },
    "rate": {
        "30": RATE | {"most_in_a_second": 31},
        "300": RATE | {"most_in_a_second": 300},
        "1000": RATE | {"most_in_a_second": 1001},
    },
    "urgent": {"first_seconds": 0.4, "last_seconds": 20.4, "alone_seconds": 20.0, "refused": 0},
    "answers": {"idle_p99_ms": 20.0, "busy_p99_ms": 80.0, "refused": 0},
    "scale_sqlite": SCALE,
    "scale_postgresql": SCALE | {"plan_seconds": 9.0, "answer_p99_ms": 700.0},
}


def test_the_document_has_exactly_the_agreed_names() -> None:
    """The document holds machine, versions and figures; the figures are those of the issue, each with three entries."""
    found = document(MEASURED)
    assert list(found) == ["machine", "versions", "figures"]
    assert list(found["figures"]) == NAMES
    assert all(list(entry) == ["value", "target", "met"] for entry in found["figures"].values())


def test_every_target_that_is_reached_is_met() -> None:
    """Measurements within all targets give figures that are all met, with the values that follow from them."""
    found = figures(MEASURED)
    assert all(entry["met"] is True for entry in found.values()), found
    assert found["throughput_vs_ceiling"]["value"] == 0.9
    assert found["throughput_vs_ptb"]["value"] == 15
    assert found["cpu_vs_bare_at_1000"]["value"] == 1.3
    assert found["answer_p99_added_ms"]["value"] == 60
    assert found["plan_answer_p99_ms"]["value"] == 700


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_missed_target_is_not_met(figure) -> None:
    """A value just on the wrong side of a target misses it, the target itself reaches it."""
    beyond = 0.001 if figure.is_most else -0.001
    assert figure.is_met(figure.target)
    assert not figure.is_met(figure.target + beyond)


def test_a_missed_target_says_so_in_the_document_and_in_the_table() -> None:
    """A slow urgent alert gives `met` false, and the table says by how much."""
    slow = MEASURED | {"urgent": MEASURED["urgent"] | {"first_seconds": 1.5}}
    found = figures(slow)
    assert found["urgent_first_s"] == {"value": 1.5, "target": 1.0, "met": False}
    row = next(row for row in table(found) if row[0] == "urgent_first_s")
    assert row[2:] == ("1.5 s", "≤ 1 s", "no, by 50%")


def test_what_was_not_measured_is_null_and_not_met() -> None:
    """Without a scenario its figures are null and not met, and the others stand."""
    found = figures({"rate": MEASURED["rate"]})
    assert found["throughput_vs_ptb"] == {"value": None, "target": 13.0, "met": False}
    assert found["rate_kept_300"]["met"]


def test_one_message_above_thirty_is_allowed_and_two_are_not() -> None:
    """31 in a second at 30/s count as the limit itself; 32 miss the target."""
    more = MEASURED["rate"] | {"30": RATE | {"most_in_a_second": 32}}
    assert figures(MEASURED)["most_in_a_second"]["value"] == 1.001
    assert not figures(MEASURED | {"rate": more})["most_in_a_second"]["met"]


def test_a_single_refusal_misses_its_target() -> None:
    """One 429 in any of the broadcasts is one too many."""
    refused = MEASURED | {"answers": MEASURED["answers"] | {"refused": 1}}
    assert figures(refused)["too_many_requests"] == {"value": 1.0, "target": 0, "met": False}


def test_percentiles_are_values_that_occurred() -> None:
    """A percentile is the smallest value below or at which the share lies, whatever the order."""
    values = [float(number) for number in range(200, 0, -1)]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.99, 1.0)] == [1.0, 100.0, 198.0, 200.0]
    assert percentile([7.0], 0.99) == 7.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_the_page_is_written_anew_between_its_marks_alone() -> None:
    """What stands around the marks stays, what stands between them goes."""
    page = f"# Title\n\n{BEGIN}\nold\n{END}\n\nThe end\n"
    assert with_section(page, "new") == f"# Title\n\n{BEGIN}\nnew\n{END}\n\nThe end\n"
    with pytest.raises(ValueError, match="has no"):
        with_section("# Title\n", "new")


def test_the_page_shows_every_figure_and_every_sender() -> None:
    """The page's tables have a row for each figure and one for each sender, fastest first."""
    text = section(MEASURED, document(MEASURED), "24 November 2026")
    assert re.findall(r"^\| `(\w+)` ", text, re.MULTILINE) == NAMES
    rates = re.findall(r"^\| .* \| 32 \| ([\d,]+) ", text, re.MULTILINE)
    assert rates == ["10,000", "9,000", "3,000", "2,000", "600", "500"]


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (0.0, "0 s"), (0.9501, "0.95 s"), (12.34, "12.3 s"), (1234.5, "1,234 s")]
)
def test_values_are_shown_with_as_many_places_as_say_something(value: float | None, text: str) -> None:
    """Small values keep three places, large ones none, and one that is missing is left empty."""
    assert shown(value, " s") == text


def test_who_waited_while_an_alert_was_planned_counts() -> None:
    """A question counts when its wait and the planning overlap, and not when it was over before or began after."""
    asked = [(1.0, 0.5), (1.8, 0.4), (2.5, 0.1), (3.0, 2.0), (3.1, 9.0)]
    assert waited_during(asked, 2.0, 3.0) == [0.4, 0.1, 2.0]
